#include "embedded-broker/handlers/topic_answers.h"

#include <algorithm>

namespace broker::handlers {

bool isValidTopicName(std::string_view name) {
    return !name.empty() && name.size() <= 249 && name != "." && name != ".." && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

bool isInternalTopic(std::string_view name) {
    return name == "__consumer_offsets" || name == "__transaction_state" || name == "__share_group_state";
}

const metadata::BrokerEndpoint* aliveEndpoint(const metadata::MetadataImage& image, NodeId broker, std::string_view listener) {
    const auto* registered = image.broker(broker);
    return registered != nullptr && !registered->fenced ? registered->endpoint(listener) : nullptr;
}

std::vector<NodeId> offlineReplicas(const metadata::MetadataImage& image, const metadata::PartitionState& partition, std::string_view listener) {
    std::vector<NodeId> offline;
    for (const NodeId replica : partition.replicas)
        if (aliveEndpoint(image, replica, listener) == nullptr)
            offline.push_back(replica);
    return offline;
}

NodeId controllerForClients(const BrokerContext& broker) {
    const NodeId active = broker.activeController ? broker.activeController() : kNoNode;
    const auto* registered = broker.image->broker(active);
    if (registered != nullptr && !registered->fenced)
        return active;
    for (const auto& [id, candidate] : broker.image->brokers())
        if (!candidate->fenced)
            return id;
    return kNoNode;
}

} // namespace broker::handlers
