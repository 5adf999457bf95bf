#pragma once
// What Metadata, DescribeTopicPartitions and DescribeCluster have in common.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/metadata_image.h"

#include <string>
#include <string_view>
#include <vector>

namespace broker::handlers {

/// Kafka's rules: 1 to 249 of [a-zA-Z0-9._-], not "." or "..".
[[nodiscard]] bool isValidTopicName(std::string_view name);
[[nodiscard]] bool isInternalTopic(std::string_view name);
/// Replicas on brokers that are fenced or gone, or on a directory that is offline.
[[nodiscard]] std::vector<NodeId> offlineReplicas(const metadata::MetadataImage& image, const metadata::PartitionState& partition,
                                                  std::string_view listener);
/// Null when the broker is not there, fenced, or does not listen by that name.
[[nodiscard]] const metadata::BrokerEndpoint* aliveEndpoint(const metadata::MetadataImage& image, NodeId broker, std::string_view listener);
/// The active controller where clients can reach it as a broker, else any live broker; -1 = none.
[[nodiscard]] NodeId controllerForClients(const BrokerContext& broker);

} // namespace broker::handlers
