#include "embedded-broker/metadata/metadata_image.h"

#include <algorithm>

namespace broker::metadata {

bool PartitionState::hasReplica(NodeId node) const { return std::ranges::find(replicas, node) != replicas.end(); }
bool PartitionState::inIsr(NodeId node) const { return std::ranges::find(isr, node) != isr.end(); }

Uuid PartitionState::directoryOf(NodeId node) const {
    const auto at = std::ranges::find(replicas, node);
    const auto index = static_cast<std::size_t>(at - replicas.begin());
    return at != replicas.end() && index < directories.size() ? directories[index] : Uuid{};
}

const BrokerEndpoint* BrokerImage::endpoint(std::string_view listener) const {
    const auto it = std::ranges::find(endpoints, listener, &BrokerEndpoint::listener);
    return it == endpoints.end() ? nullptr : &*it;
}

MetadataImage::MetadataImage()
    : m_topics(std::make_shared<Topics>()), m_topicsById(std::make_shared<TopicsById>()), m_brokers(std::make_shared<Brokers>()),
      m_controllers(std::make_shared<Controllers>()), m_configs(std::make_shared<Configs>()), m_features(std::make_shared<Features>()),
      m_acls(std::make_shared<security::AclSet>()), m_scramUsers(std::make_shared<ScramUsers>()), m_opaque(std::make_shared<Opaque>()) {}

const TopicImage* MetadataImage::topic(std::string_view name) const {
    const auto it = m_topics->find(name);
    return it == m_topics->end() ? nullptr : it->second.get();
}

TopicPtr MetadataImage::topicPtr(const Uuid& id) const {
    const auto it = m_topicsById->find(id);
    return it == m_topicsById->end() ? nullptr : it->second;
}

const TopicImage* MetadataImage::topic(const Uuid& id) const {
    const auto it = m_topicsById->find(id);
    return it == m_topicsById->end() ? nullptr : it->second.get();
}

namespace {
const PartitionState* partitionOf(const TopicImage* topic, PartitionIndex index) {
    if (topic == nullptr || index < 0 || static_cast<std::size_t>(index) >= topic->partitions.size())
        return nullptr;
    return topic->partitions[static_cast<std::size_t>(index)].get();
}
} // namespace

const PartitionState* MetadataImage::partition(const Uuid& topicId, PartitionIndex index) const { return partitionOf(topic(topicId), index); }
const PartitionState* MetadataImage::partition(std::string_view name, PartitionIndex index) const { return partitionOf(topic(name), index); }

const BrokerImage* MetadataImage::broker(NodeId id) const {
    const auto it = m_brokers->find(id);
    return it == m_brokers->end() ? nullptr : it->second.get();
}

const ConfigMap& MetadataImage::config(ResourceType type, std::string_view name) const {
    static const ConfigMap none;
    const auto it = m_configs->find(ConfigResource{type, std::string(name)});
    return it == m_configs->end() ? none : *it->second;
}

std::optional<std::string> MetadataImage::topicConfig(std::string_view topic, std::string_view key) const {
    const ConfigMap& overrides = config(ResourceType::Topic, topic);
    const auto it = overrides.find(std::string(key));
    if (it == overrides.end())
        return std::nullopt;
    return it->second;
}

std::int16_t MetadataImage::feature(std::string_view name) const {
    const auto it = m_features->find(std::string(name));
    return it == m_features->end() ? std::int16_t{0} : it->second;
}

} // namespace broker::metadata
