#include "embedded-broker/node/metadata_follower.h"

namespace broker::node {

replication::MetadataChanges changesFor(NodeId self, const metadata::MetadataDelta& delta, const metadata::MetadataImage& image) {
    replication::MetadataChanges changes;
    for (const auto& [id, name] : delta.deletedTopics()) {
        const auto* topic = delta.base()->topic(id);
        for (std::size_t index = 0; topic != nullptr && index < topic->partitions.size(); ++index)
            if (topic->partitions[index]->hasReplica(self))
                changes.removed.push_back({name, static_cast<PartitionIndex>(index)});
    }
    for (const auto& [id, indexes] : delta.changedPartitions()) {
        const auto* topic = image.topic(id);
        if (topic == nullptr)
            continue;
        for (const PartitionIndex index : indexes) {
            const auto* state = image.partition(id, index);
            if (state == nullptr)
                continue;
            const TopicPartition tp{topic->name, index};
            if (!state->hasReplica(self)) {
                const auto* before = delta.base()->partition(id, index);
                if (before != nullptr && before->hasReplica(self))
                    changes.removed.push_back(tp);
                continue;
            }
            replication::PartitionChange change;
            change.tp = tp;
            change.topicId = id;
            change.facts.leader = state->leader;
            change.facts.leaderEpoch = state->leaderEpoch;
            change.facts.partitionEpoch = state->partitionEpoch;
            change.facts.replicas = state->replicas;
            change.facts.isr = state->isr;
            change.facts.recovering = state->leaderRecoveryState == metadata::kRecovering;
            const Uuid directory = state->directoryOf(self);
            if (directory != Uuid{})
                change.directoryId = directory;
            changes.changed.push_back(std::move(change));
        }
    }
    changes.brokersChanged = !delta.changedBrokers().empty();
    return changes;
}

void MetadataFollower::onMetadata(const metadata::MetadataDelta& delta, const metadata::ImagePtr& image) {
    m_broker.image = image;
    if (m_deeds.beforeReplicas && !delta.changedBrokers().empty())
        m_deeds.beforeReplicas(*image);
    if (m_deeds.replicas) {
        const auto changes = changesFor(m_self, delta, *image);
        if (!changes.changed.empty() || !changes.removed.empty() || changes.brokersChanged)
            m_deeds.replicas(changes);
    }
    if (m_deeds.brokerBack)
        for (const NodeId id : delta.changedBrokers())
            if (const auto* broker = image->broker(id); broker != nullptr && id != m_self && !broker->fenced)
                m_deeds.brokerBack(id);
    if (m_deeds.reconfigure) {
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
