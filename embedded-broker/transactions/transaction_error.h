#pragma once
// What the transaction coordinator may answer. handlers/ turns these into Kafka's wire codes.

#include <cstdint>
#include <string_view>

namespace broker::transactions {

enum class TransactionError : std::uint8_t {
    None,
    InvalidRequest,             ///< an empty transactional id
    NotCoordinator,
    CoordinatorNotAvailable,    ///< the state could not be written now: too few replicas in sync, or no producer ids
    CoordinatorLoadInProgress,
    InvalidProducerIdMapping,   ///< the transactional id is not known, or belongs to another producer id
    ProducerFenced,             ///< a newer producer has the transactional id
    ConcurrentTransactions,     ///< the last transaction is not complete yet: ask again
    InvalidTransactionState,
    InvalidTransactionTimeout,
    TransactionAbortable,       ///< verification: the partition is not in the transaction
    TransactionalIdNotFound,
    UnknownServerError,
};

std::string_view toString(TransactionError error);

} // namespace broker::transactions
