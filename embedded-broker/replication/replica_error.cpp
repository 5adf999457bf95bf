#include "embedded-broker/replication/replica_error.h"

namespace broker::replication {

std::string_view toString(ReplicaError error) {
    switch (error) {
    case ReplicaError::None: return "none";
    case ReplicaError::UnknownTopicOrPartition: return "unknown topic or partition";
    case ReplicaError::UnknownTopicId: return "unknown topic id";
    case ReplicaError::InconsistentTopicId: return "inconsistent topic id";
    case ReplicaError::NotLeaderOrFollower: return "not leader or follower";
    case ReplicaError::FencedLeaderEpoch: return "fenced leader epoch";
    case ReplicaError::UnknownLeaderEpoch: return "unknown leader epoch";
    case ReplicaError::OffsetOutOfRange: return "offset out of range";
    case ReplicaError::OffsetNotAvailable: return "offset not available";
    case ReplicaError::NotEnoughReplicas: return "not enough replicas";
    case ReplicaError::NotEnoughReplicasAfterAppend: return "not enough replicas after append";
    case ReplicaError::RequestTimedOut: return "request timed out";
    case ReplicaError::StorageError: return "storage error";
    case ReplicaError::PolicyViolation: return "policy violation";
    case ReplicaError::InvalidRequiredAcks: return "invalid required acks";
    case ReplicaError::CorruptMessage: return "corrupt message";
    case ReplicaError::InvalidRecord: return "invalid record";
    case ReplicaError::MessageTooLarge: return "message too large";
    case ReplicaError::RecordListTooLarge: return "record list too large";
    case ReplicaError::InvalidTimestamp: return "invalid timestamp";
    case ReplicaError::UnsupportedForMessageFormat: return "unsupported for message format";
    case ReplicaError::OutOfOrderSequence: return "out of order sequence";
    case ReplicaError::InvalidProducerEpoch: return "invalid producer epoch";
    case ReplicaError::DuplicateSequence: return "duplicate sequence";
    case ReplicaError::InvalidTxnState: return "invalid transaction state";
    case ReplicaError::CoordinatorFenced: return "transaction coordinator fenced";
    case ReplicaError::Unexpected: return "unexpected";
    }
    return "unexpected";
}

ReplicaError fromRefusal(storage::AppendRefusal refusal) {
    using storage::AppendRefusal;
    switch (refusal) {
    case AppendRefusal::CorruptBatch: return ReplicaError::CorruptMessage;
    case AppendRefusal::InvalidRecord: return ReplicaError::InvalidRecord;
    case AppendRefusal::RecordTooLarge: return ReplicaError::MessageTooLarge;
    case AppendRefusal::RecordListTooLarge: return ReplicaError::RecordListTooLarge;
    case AppendRefusal::InvalidTimestamp: return ReplicaError::InvalidTimestamp;
    case AppendRefusal::UnsupportedMagic: return ReplicaError::UnsupportedForMessageFormat;
    case AppendRefusal::OutOfOrderSequence: return ReplicaError::OutOfOrderSequence;
    case AppendRefusal::InvalidProducerEpoch: return ReplicaError::InvalidProducerEpoch;
    case AppendRefusal::DuplicateSequence: return ReplicaError::DuplicateSequence;
    case AppendRefusal::InvalidTxnState: return ReplicaError::InvalidTxnState;
    case AppendRefusal::CoordinatorFenced: return ReplicaError::CoordinatorFenced;
    case AppendRefusal::OffsetsOutOfOrder: return ReplicaError::Unexpected;
    case AppendRefusal::StorageFailed: return ReplicaError::StorageError;
    }
    return ReplicaError::Unexpected;
}

} // namespace broker::replication
