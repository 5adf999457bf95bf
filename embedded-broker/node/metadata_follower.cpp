#include "embedded-broker/node/metadata_follower.h"

#include "embedded-broker/replication/metadata_changes.h"

namespace broker::node {

void MetadataFollower::registered(BrokerEpoch epoch) {
    m_selfEpoch = epoch;
    startWhenCurrent();
}

void MetadataFollower::startWhenCurrent() {
    const auto* self = m_broker.image->broker(m_self);
    if (m_started || m_selfEpoch < 0 || self == nullptr || self->epoch < m_selfEpoch)
        return;
    m_started = true;
    if (m_deeds.firstReplicas)
        m_deeds.firstReplicas(replication::allFor(m_self, *m_broker.image));
}

void MetadataFollower::onMetadata(const metadata::MetadataDelta& delta, const metadata::ImagePtr& image) {
    m_broker.image = image;
    if (m_deeds.beforeReplicas && !delta.changedBrokers().empty())
        m_deeds.beforeReplicas(*image);
    if (!m_started) {
        startWhenCurrent();
    } else if (m_deeds.replicas) {
        const auto changes = replication::changesFor(m_self, delta, *image);
        if (!changes.changed.empty() || !changes.removed.empty() || changes.brokersChanged)
            m_deeds.replicas(changes);
    }
    if (m_deeds.brokerBack && m_started)
        for (const NodeId id : delta.changedBrokers())
            if (const auto* broker = image->broker(id); broker != nullptr && id != m_self && !broker->fenced)
                m_deeds.brokerBack(id);
    if (m_deeds.brokerSettings)
        for (const auto& resource : delta.changedConfigs())
            if (resource.type == metadata::ResourceType::Broker && (resource.name.empty() || resource.name == std::to_string(m_self)))
                m_deeds.brokerSettings();
    if (m_deeds.reconfigure && m_started) {
        for (const auto& resource : delta.changedConfigs()) {
            if (resource.type == metadata::ResourceType::Topic)
                m_deeds.reconfigure(resource.name);
            else if (resource.type == metadata::ResourceType::Broker && (resource.name.empty() || resource.name == std::to_string(m_self)))
                for (const auto& [name, topic] : image->topics())
                    m_deeds.reconfigure(name);
        }
    }
    if (m_deeds.groups) {
        std::vector<std::string> deleted;
        for (const auto& [id, name] : delta.deletedTopics())
            deleted.push_back(name);
        m_deeds.groups(deleted);
    }
    if (m_deeds.loaded)
        m_deeds.loaded(image->offset());
    m_broker.waiters.changed();
}

void MetadataFollower::onController(NodeId controller, QuorumEpoch) {
    if (m_deeds.controller)
        m_deeds.controller(controller);
    m_broker.waiters.changed();
}

} // namespace broker::node
