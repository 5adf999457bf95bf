#include "embedded-broker/metadata/metadata_delta.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/record.h"

#include <algorithm>

namespace broker::metadata {

namespace {

constexpr std::int32_t kNoLeaderChange = -2;

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

template <class Endpoints>
std::vector<BrokerEndpoint> endpointsOf(const Endpoints& from) {
    std::vector<BrokerEndpoint> all;
    for (const auto& e : from)
        all.push_back({e.name, e.host, e.port, e.securityProtocol});
    return all;
}

template <class Features>
std::map<std::string, FeatureRange> featuresOf(const Features& from) {
    std::map<std::string, FeatureRange> all;
    for (const auto& f : from)
        all[f.name] = {f.minSupportedVersion, f.maxSupportedVersion};
    return all;
}

} // namespace

MetadataDelta::MetadataDelta(ImagePtr base) : m_base(std::move(base)) {}

MetadataDelta MetadataDelta::between(ImagePtr base, const ImagePtr& next) {
    MetadataDelta delta(std::move(base));
    const MetadataImage& before = *delta.m_base;
    delta.m_touched = true;
    delta.m_featuresChanged = before.features() != next->features();
    for (const auto& [name, topic] : before.topics())
        if (next->topic(topic->id) == nullptr)
            delta.m_deletedTopics[topic->id] = name;
    for (const auto& [name, topic] : next->topics()) {
        const TopicImage* old = before.topic(topic->id);
        if (old == nullptr)
            delta.m_changedPartitions[topic->id];
        for (std::size_t i = 0; i < topic->partitions.size(); ++i)
            if (old == nullptr || i >= old->partitions.size() || *old->partitions[i] != *topic->partitions[i])
                delta.m_changedPartitions[topic->id].insert(static_cast<PartitionIndex>(i));
    }
    const auto changes = [](const auto& from, const auto& to, auto& out) {
        for (const auto& [key, value] : from)
            if (!to.contains(key))
                out.insert(key);
        for (const auto& [key, value] : to)
            if (const auto old = from.find(key); old == from.end() || *old->second != *value)
                out.insert(key);
    };
    changes(before.brokers(), next->brokers(), delta.m_changedBrokers);
    changes(before.configs(), next->configs(), delta.m_changedConfigs);
    return delta;
}

MetadataImage::Topics& MetadataDelta::topicsForWrite() {
    if (!m_topics) {
        m_topics = std::make_shared<MetadataImage::Topics>(*m_base->m_topics);
        m_topicsById = std::make_shared<MetadataImage::TopicsById>(*m_base->m_topicsById);
    }
    return *m_topics;
}

/// Null when there is no such topic.
TopicImage* MetadataDelta::topicForWrite(const Uuid& id) {
    if (const auto open = m_openTopics.find(id); open != m_openTopics.end())
        return open->second.get();
    topicsForWrite();
    const auto it = m_topicsById->find(id);
    if (it == m_topicsById->end())
        return nullptr;
    auto copy = std::make_shared<TopicImage>(*it->second);
    it->second = copy;
    (*m_topics)[copy->name] = copy;
    m_openTopics[id] = copy;
    return copy.get();
}

MetadataImage::Brokers& MetadataDelta::brokersForWrite() {
    if (!m_brokers)
        m_brokers = std::make_shared<MetadataImage::Brokers>(*m_base->m_brokers);
    return *m_brokers;
}

MetadataImage::Configs& MetadataDelta::configsForWrite() {
    if (!m_configs)
        m_configs = std::make_shared<MetadataImage::Configs>(*m_base->m_configs);
    return *m_configs;
}

security::AclSet& MetadataDelta::aclsForWrite() {
    if (!m_acls)
        m_acls = std::make_shared<security::AclSet>(*m_base->m_acls);
    return *m_acls;
}

MetadataImage::ScramUsers& MetadataDelta::scramUsersForWrite() {
    if (!m_scramUsers)
        m_scramUsers = std::make_shared<MetadataImage::ScramUsers>(*m_base->m_scramUsers);
    return *m_scramUsers;
}

void MetadataDelta::changeBroker(NodeId id, BrokerEpoch epoch, const std::function<void(BrokerImage&)>& change) {
    auto& brokers = brokersForWrite();
    const auto it = brokers.find(id);
    if (it == brokers.end() || it->second->epoch != epoch) {
        log::error("metadata", "A record about broker {}, epoch {}, which is not registered, is skipped.", id, epoch);
        return;
    }
    auto copy = std::make_shared<BrokerImage>(*it->second);
    change(*copy);
    it->second = std::move(copy);
    m_changedBrokers.insert(id);
}

void MetadataDelta::apply(const Record& record) {
    m_touched = true;
    std::visit(
        Overloaded{
            [&](const protocol::RegisterBrokerRecord& r) {
                auto broker = std::make_shared<BrokerImage>();
                broker->id = r.brokerId;
                broker->epoch = r.brokerEpoch;
                broker->incarnation = r.incarnationId;
                broker->endpoints = endpointsOf(r.endPoints);
                broker->features = featuresOf(r.features);
                broker->rack = r.rack;
                broker->fenced = r.fenced;
                broker->inControlledShutdown = r.inControlledShutdown;
                broker->directories = r.logDirs;
                brokersForWrite()[r.brokerId] = std::move(broker);
                m_changedBrokers.insert(r.brokerId);
            },
            [&](const protocol::UnregisterBrokerRecord& r) {
                brokersForWrite().erase(r.brokerId);
                m_changedBrokers.insert(r.brokerId);
            },
            [&](const protocol::FenceBrokerRecord& r) { changeBroker(r.id, r.epoch, [](BrokerImage& b) { b.fenced = true; }); },
            [&](const protocol::UnfenceBrokerRecord& r) { changeBroker(r.id, r.epoch, [](BrokerImage& b) { b.fenced = false; }); },
            [&](const protocol::BrokerRegistrationChangeRecord& r) {
                changeBroker(r.brokerId, r.brokerEpoch, [&](BrokerImage& b) {
                    if (r.fenced != 0) // -1 unfence, 1 fence
                        b.fenced = r.fenced > 0;
                    if (r.inControlledShutdown != 0)
                        b.inControlledShutdown = r.inControlledShutdown > 0;
                    if (!r.logDirs.empty())
                        b.directories = r.logDirs;
                });
            },
            [&](const protocol::RegisterControllerRecord& r) {
                if (!m_controllers)
                    m_controllers = std::make_shared<MetadataImage::Controllers>(*m_base->m_controllers);
                (*m_controllers)[r.controllerId] = {r.controllerId, r.incarnationId, endpointsOf(r.endPoints), featuresOf(r.features)};
            },
            [&](const protocol::TopicRecord& r) {
                auto topic = std::make_shared<TopicImage>();
                topic->name = r.name;
                topic->id = r.topicId;
                topicsForWrite()[r.name] = topic;
                (*m_topicsById)[r.topicId] = topic;
                m_openTopics[r.topicId] = topic;
                m_changedPartitions[r.topicId];
            },
            [&](const protocol::RemoveTopicRecord& r) { removeTopic(r.topicId); },
            [&](const protocol::PartitionRecord& r) { applyPartition(r); },
            [&](const protocol::PartitionChangeRecord& r) { applyPartitionChange(r); },
            [&](const protocol::ConfigRecord& r) {
                const ConfigResource resource{static_cast<ResourceType>(r.resourceType), r.resourceName};
                auto& configs = configsForWrite();
                auto next = std::make_shared<ConfigMap>();
                if (const auto it = configs.find(resource); it != configs.end())
                    *next = *it->second;
                if (r.value)
                    (*next)[r.name] = *r.value;
                else
                    next->erase(r.name);
                if (next->empty())
                    configs.erase(resource);
                else
                    configs[resource] = std::move(next);
                m_changedConfigs.insert(resource);
            },
            [&](const protocol::FeatureLevelRecord& r) {
                if (!m_features)
                    m_features = std::make_shared<MetadataImage::Features>(*m_base->m_features);
                if (r.featureLevel == 0)
                    m_features->erase(r.name);
                else
                    (*m_features)[r.name] = r.featureLevel;
            },
            [&](const protocol::ProducerIdsRecord& r) { m_nextProducerId = r.nextProducerId; },
            [&](const protocol::ClearElrRecord& r) { clearElr(r.topicName); },
            [&](const protocol::AccessControlEntryRecord& r) {
                aclsForWrite().add(r.id, {security::resourceType(r.resourceType), r.resourceName, security::patternType(r.patternType), r.principal, r.host,
                                          security::operation(r.operation), security::permission(r.permissionType)});
            },
            [&](const protocol::RemoveAccessControlEntryRecord& r) {
                if (!aclsForWrite().remove(r.id))
                    log::error("metadata", "A record that removes the unknown ACL {} is skipped.", r.id.toString());
            },
            [&](const protocol::UserScramCredentialRecord& r) {
                const auto bytes = [](const Slice& slice) { return security::ByteVector(slice.bytes().begin(), slice.bytes().end()); };
                scramUsersForWrite()[{r.name, static_cast<security::ScramMechanism>(r.mechanism)}] = {
                    .salt = bytes(r.salt), .storedKey = bytes(r.storedKey), .serverKey = bytes(r.serverKey), .iterations = static_cast<std::uint32_t>(r.iterations)};
            },
            [&](const protocol::RemoveUserScramCredentialRecord& r) {
                scramUsersForWrite().erase({r.name, static_cast<security::ScramMechanism>(r.mechanism)});
            },
            [](const protocol::NoOpRecord&) {},
            [](const protocol::ZkMigrationStateRecord&) {},
            // The loader's business.
            [](const protocol::BeginTransactionRecord&) {},
            [](const protocol::EndTransactionRecord&) {},
            [](const protocol::AbortTransactionRecord&) {},
            [&](const auto&) { // kept, not interpreted yet
                if (!m_opaque)
                    m_opaque = std::make_shared<MetadataImage::Opaque>(*m_base->m_opaque);
                m_opaque->push_back(std::make_shared<const Record>(record));
            },
        },
        record.body);
}

void MetadataDelta::applyPartition(const protocol::PartitionRecord& r) {
    TopicImage* topic = topicForWrite(r.topicId);
    if (topic == nullptr || r.partitionId < 0 || static_cast<std::size_t>(r.partitionId) > topic->partitions.size()) {
        log::error("metadata", "A record about partition {} of the unknown topic {} is skipped.", r.partitionId, r.topicId.toString());
        return;
    }
    auto state = std::make_shared<PartitionState>();
    state->replicas = r.replicas;
    state->directories = r.directories;
    state->directories.resize(r.replicas.size());
    state->isr = r.isr;
    state->removingReplicas = r.removingReplicas;
    state->addingReplicas = r.addingReplicas;
    state->elr = r.eligibleLeaderReplicas.value_or(std::vector<NodeId>{});
    state->lastKnownElr = r.lastKnownElr.value_or(std::vector<NodeId>{});
    state->leader = r.leader;
    state->leaderRecoveryState = r.leaderRecoveryState;
    state->leaderEpoch = r.leaderEpoch;
    state->partitionEpoch = r.partitionEpoch;
    const auto index = static_cast<std::size_t>(r.partitionId);
    if (index == topic->partitions.size()) {
        topic->partitions.push_back(std::move(state));
        ++m_partitionCount;
    } else {
        topic->partitions[index] = std::move(state);
    }
    m_changedPartitions[r.topicId].insert(r.partitionId);
}

void MetadataDelta::applyPartitionChange(const protocol::PartitionChangeRecord& r) {
    TopicImage* topic = topicForWrite(r.topicId);
    if (topic == nullptr || r.partitionId < 0 || static_cast<std::size_t>(r.partitionId) >= topic->partitions.size()) {
        log::error("metadata", "A change of the unknown partition {}-{} is skipped.", r.topicId.toString(), r.partitionId);
        return;
    }
    auto& slot = topic->partitions[static_cast<std::size_t>(r.partitionId)];
    auto state = std::make_shared<PartitionState>(*slot);
    if (r.replicas) {
        std::vector<Uuid> directories;
        for (const NodeId replica : *r.replicas)
            directories.push_back(slot->directoryOf(replica));
        state->replicas = *r.replicas;
        state->directories = std::move(directories);
    }
    if (r.directories) {
        state->directories = *r.directories;
        state->directories.resize(state->replicas.size());
    }
    if (r.isr)
        state->isr = *r.isr;
    if (r.removingReplicas)
        state->removingReplicas = *r.removingReplicas;
    if (r.addingReplicas)
        state->addingReplicas = *r.addingReplicas;
    if (r.eligibleLeaderReplicas)
        state->elr = *r.eligibleLeaderReplicas;
    if (r.lastKnownElr)
        state->lastKnownElr = *r.lastKnownElr;
    if (r.leaderRecoveryState >= 0)
        state->leaderRecoveryState = r.leaderRecoveryState;
    if (r.leader != kNoLeaderChange) {
        state->leader = r.leader;
        ++state->leaderEpoch;
    }
    ++state->partitionEpoch;
    slot = std::move(state);
    m_changedPartitions[r.topicId].insert(r.partitionId);
}

void MetadataDelta::removeTopic(const Uuid& id) {
    topicsForWrite();
    const auto it = m_topicsById->find(id);
    if (it == m_topicsById->end())
        return;
    const TopicPtr topic = it->second;
    m_topicsById->erase(it);
    if (const auto named = m_topics->find(topic->name); named != m_topics->end() && named->second->id == id)
        m_topics->erase(named);
    m_openTopics.erase(id);
    m_changedPartitions.erase(id);
    m_partitionCount -= static_cast<std::ptrdiff_t>(topic->partitions.size());
    if (m_base->topic(id) != nullptr)
        m_deletedTopics[id] = topic->name;
    const ConfigResource resource{ResourceType::Topic, topic->name};
    if (configsForWrite().erase(resource) != 0)
        m_changedConfigs.insert(resource);
}

void MetadataDelta::clearElr(const std::string& topicName) {
    std::vector<Uuid> ids;
    topicsForWrite();
    for (const auto& [name, topic] : *m_topics)
        if (topicName.empty() || name == topicName)
            ids.push_back(topic->id);
    for (const Uuid& id : ids) {
        TopicImage* topic = topicForWrite(id);
        for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
            auto& slot = topic->partitions[i];
            if (slot->elr.empty() && slot->lastKnownElr.empty())
                continue;
            auto state = std::make_shared<PartitionState>(*slot);
            state->elr.clear();
            state->lastKnownElr.clear();
            slot = std::move(state);
            m_changedPartitions[id].insert(static_cast<PartitionIndex>(i));
        }
    }
}

ImagePtr MetadataDelta::finish(Offset offset, QuorumEpoch epoch) {
    auto image = std::make_shared<MetadataImage>(*m_base);
    image->m_offset = offset;
    image->m_epoch = epoch;
    if (m_topics) {
        image->m_topics = std::exchange(m_topics, nullptr);
        image->m_topicsById = std::exchange(m_topicsById, nullptr);
        m_openTopics.clear();
        image->m_partitionCount = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(m_base->m_partitionCount) + m_partitionCount);
    }
    if (m_brokers)
        image->m_brokers = std::exchange(m_brokers, nullptr);
    if (m_controllers)
        image->m_controllers = std::exchange(m_controllers, nullptr);
    if (m_configs)
        image->m_configs = std::exchange(m_configs, nullptr);
    if (m_features)
        image->m_features = m_features;
    if (m_acls)
        image->m_acls = std::exchange(m_acls, nullptr);
    if (m_scramUsers)
        image->m_scramUsers = std::exchange(m_scramUsers, nullptr);
    if (m_opaque)
        image->m_opaque = std::exchange(m_opaque, nullptr);
    if (m_nextProducerId)
        image->m_nextProducerId = *m_nextProducerId;
    return image;
}

} // namespace broker::metadata
