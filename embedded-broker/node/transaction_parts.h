#pragma once
// The transaction coordinator of a broker with all that it stands on. Loop thread only; owned by the node.

#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/node/transaction_links.h"
#include "embedded-broker/node/transaction_log.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

#include <memory>

namespace broker::node {

class TransactionParts {
public:
    /// Puts itself into `broker`, which has its replicas and its way to the controller by the time somebody asks.
    TransactionParts(const BrokerConfig& config, handlers::BrokerContext& broker, Network& network, std::shared_ptr<const security::ByteVector> linkSecret);

    /// A replica changed its role.
    void roleChanged(const TopicPartition& tp, replication::Partition::Role role, LeaderEpoch epoch);
    /// The metadata changed, or a peer is back.
    void lookAgain();
    void shutdown() { m_coordinator.shutdown(); }

private:
    handlers::BrokerContext& m_broker;
    TransactionLog m_log;
    TransactionLinks m_links;
    transactions::TransactionCoordinator m_coordinator;
};

} // namespace broker::node
