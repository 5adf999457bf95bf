#pragma once
// Kafka's code for what the transaction coordinator said.

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/transactions/transaction_error.h"

namespace broker::handlers {

[[nodiscard]] protocol::KafkaError kafkaError(transactions::TransactionError error);
/// For clients of before PRODUCER_FENCED had a code of its own: they know the older one.
[[nodiscard]] protocol::KafkaError kafkaError(transactions::TransactionError error, bool knowsFenced);

} // namespace broker::handlers
