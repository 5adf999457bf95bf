#include "embedded-broker/handlers/errors.h"

namespace broker::handlers {

protocol::KafkaError toKafka(ErrorCode code) {
    using protocol::KafkaError;
    switch (code) {
    case ErrorCode::InvalidArgument: return KafkaError::InvalidRequest;
    case ErrorCode::NotFound: return KafkaError::UnknownTopicOrPartition;
    case ErrorCode::AlreadyExists: return KafkaError::TopicAlreadyExists;
    case ErrorCode::Corrupt: return KafkaError::CorruptMessage;
    case ErrorCode::OutOfRange: return KafkaError::OffsetOutOfRange;
    case ErrorCode::IoError: return KafkaError::KafkaStorageError;
    case ErrorCode::NoSpace: return KafkaError::KafkaStorageError;
    case ErrorCode::Unavailable: return KafkaError::BrokerNotAvailable;
    case ErrorCode::TimedOut: return KafkaError::RequestTimedOut;
    case ErrorCode::Cancelled: return KafkaError::UnknownServerError;
    case ErrorCode::Unsupported: return KafkaError::UnsupportedVersion;
    case ErrorCode::Busy: return KafkaError::CoordinatorLoadInProgress;
    case ErrorCode::Fenced: return KafkaError::FencedLeaderEpoch;
    case ErrorCode::Internal: return KafkaError::UnknownServerError;
    }
    return KafkaError::UnknownServerError;
}

} // namespace broker::handlers
