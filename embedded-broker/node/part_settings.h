#pragma once
// What a node's settings mean to its parts: each gets its own, in its own units. Pure.

#include "embedded-broker/groups/group_config.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/replication/replica_manager.h"
#include "embedded-broker/storage/log_manager.h"
#include "embedded-broker/transactions/transaction_shard.h"

#include <string>

namespace broker::node {

[[nodiscard]] handlers::BrokerSettings brokerSettings(const BrokerConfig& config, const std::string& clusterId);
[[nodiscard]] storage::LogManagerOptions logOptions(const BrokerConfig& config, const storage::CleanerOptions& cleaner);
[[nodiscard]] groups::GroupConfig groupConfig(const BrokerConfig& config);
[[nodiscard]] transactions::TransactionConfig transactionConfig(const BrokerConfig& config);
[[nodiscard]] replication::ReplicaManagerSettings replicaSettings(const BrokerConfig& config);
/// Without what an empty log begins with.
[[nodiscard]] metadata::ControllerOptions controllerOptions(const BrokerConfig& config, const std::string& clusterId);

} // namespace broker::node
