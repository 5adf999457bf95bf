#pragma once
// Before a batch of a transaction is appended, its coordinator is asked (KIP-890): older clients have added the partition, and it is looked up; newer
// ones leave the adding to the leader. Without it a late request could open a transaction that nobody ends. What a log has in an open
// transaction already needs no question.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <functional>
#include <string>
#include <vector>

namespace broker::handlers {

/// How the client speaks of transactions, by the version of its request.
enum class TransactionDialect : std::uint8_t {
    Oldest,    ///< does not know TRANSACTION_ABORTABLE
    Abortable, ///< knows it
    Adding,    ///< transaction.version 2: the leader adds the partition
};

struct TransactionVerdict {
    protocol::KafkaError error = protocol::KafkaError::None;
    std::string message;
};

/// One verdict a partition of `partitions`, in their order, possibly before the call returns. Partitions that this broker does not lead are
/// waved through: the append refuses them. What is allowed is to be appended at once, in the same turn.
void checkTransaction(BrokerContext& broker, const std::string& transactionalId, ProducerId producer, ProducerEpoch epoch,
                      const std::vector<TopicPartition>& partitions, TransactionDialect dialect,
                      std::move_only_function<void(std::vector<TransactionVerdict>)> done);

} // namespace broker::handlers
