#pragma once
// How a transactional id is written to __transaction_state: Kafka's TransactionLogKey and TransactionLogValue, each behind its version;
// no value = forgotten.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/transactions/transaction.h"

#include <optional>
#include <string>

namespace broker::transactions {

struct TransactionRecord {
    Slice key;
    std::optional<Slice> value;
};

/// `version` of the cluster's transaction.version: below 1 the value has no room for the ids before and after.
TransactionRecord transactionRecord(const std::string& transactionalId, const Transaction& transaction, std::int16_t version);
TransactionRecord transactionTombstone(const std::string& transactionalId);

struct TransactionEntry {
    std::string transactionalId;
    std::optional<Transaction> transaction; ///< nothing = forgotten
};
/// Nothing for a record of a kind that this engine does not know: it stays in the log.
Result<std::optional<TransactionEntry>> parseRecord(const Slice& key, const std::optional<Slice>& value);

} // namespace broker::transactions
