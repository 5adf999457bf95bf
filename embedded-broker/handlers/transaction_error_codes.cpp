#include "embedded-broker/handlers/transaction_error_codes.h"

namespace broker::handlers {

protocol::KafkaError kafkaError(transactions::TransactionError error) {
    using protocol::KafkaError;
    using transactions::TransactionError;
    switch (error) {
    case TransactionError::None: return KafkaError::None;
    case TransactionError::InvalidRequest: return KafkaError::InvalidRequest;
    case TransactionError::NotCoordinator: return KafkaError::NotCoordinator;
    case TransactionError::CoordinatorNotAvailable: return KafkaError::CoordinatorNotAvailable;
    case TransactionError::CoordinatorLoadInProgress: return KafkaError::CoordinatorLoadInProgress;
    case TransactionError::InvalidProducerIdMapping: return KafkaError::InvalidProducerIdMapping;
    case TransactionError::ProducerFenced: return KafkaError::ProducerFenced;
    case TransactionError::ConcurrentTransactions: return KafkaError::ConcurrentTransactions;
    case TransactionError::InvalidTransactionState: return KafkaError::InvalidTxnState;
    case TransactionError::InvalidTransactionTimeout: return KafkaError::InvalidTransactionTimeout;
    case TransactionError::TransactionAbortable: return KafkaError::TransactionAbortable;
    case TransactionError::TransactionalIdNotFound: return KafkaError::TransactionalIdNotFound;
    case TransactionError::UnknownServerError: return KafkaError::UnknownServerError;
    }
    return KafkaError::UnknownServerError;
}

protocol::KafkaError kafkaError(transactions::TransactionError error, bool knowsFenced) {
    const auto code = kafkaError(error);
    return code == protocol::KafkaError::ProducerFenced && !knowsFenced ? protocol::KafkaError::InvalidProducerEpoch : code;
}

} // namespace broker::handlers
