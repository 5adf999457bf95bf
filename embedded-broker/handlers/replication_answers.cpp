#include "embedded-broker/handlers/replication_answers.h"

namespace broker::handlers {

using protocol::KafkaError;
using replication::ReplicaError;

KafkaError toKafka(ReplicaError error) {
    switch (error) {
    case ReplicaError::None: return KafkaError::None;
    case ReplicaError::UnknownTopicOrPartition: return KafkaError::UnknownTopicOrPartition;
    case ReplicaError::UnknownTopicId: return KafkaError::UnknownTopicId;
    case ReplicaError::InconsistentTopicId: return KafkaError::InconsistentTopicId;
    case ReplicaError::NotLeaderOrFollower: return KafkaError::NotLeaderOrFollower;
    case ReplicaError::FencedLeaderEpoch: return KafkaError::FencedLeaderEpoch;
    case ReplicaError::UnknownLeaderEpoch: return KafkaError::UnknownLeaderEpoch;
    case ReplicaError::OffsetOutOfRange: return KafkaError::OffsetOutOfRange;
    case ReplicaError::OffsetNotAvailable: return KafkaError::OffsetNotAvailable;
    case ReplicaError::NotEnoughReplicas: return KafkaError::NotEnoughReplicas;
    case ReplicaError::NotEnoughReplicasAfterAppend: return KafkaError::NotEnoughReplicasAfterAppend;
    case ReplicaError::RequestTimedOut: return KafkaError::RequestTimedOut;
    case ReplicaError::StorageError: return KafkaError::KafkaStorageError;
    case ReplicaError::PolicyViolation: return KafkaError::PolicyViolation;
    case ReplicaError::InvalidRequiredAcks: return KafkaError::InvalidRequiredAcks;
    case ReplicaError::CorruptMessage: return KafkaError::CorruptMessage;
    case ReplicaError::InvalidRecord: return KafkaError::InvalidRecord;
    case ReplicaError::MessageTooLarge: return KafkaError::MessageTooLarge;
    case ReplicaError::RecordListTooLarge: return KafkaError::RecordListTooLarge;
    case ReplicaError::InvalidTimestamp: return KafkaError::InvalidTimestamp;
    case ReplicaError::UnsupportedForMessageFormat: return KafkaError::UnsupportedForMessageFormat;
    case ReplicaError::OutOfOrderSequence: return KafkaError::OutOfOrderSequenceNumber;
    case ReplicaError::InvalidProducerEpoch: return KafkaError::InvalidProducerEpoch;
    case ReplicaError::DuplicateSequence: return KafkaError::DuplicateSequenceNumber;
    case ReplicaError::InvalidTxnState: return KafkaError::InvalidTxnState;
    case ReplicaError::CoordinatorFenced: return KafkaError::TransactionCoordinatorFenced;
    case ReplicaError::Unexpected: return KafkaError::UnknownServerError;
    }
    return KafkaError::UnknownServerError;
}

KafkaError partitionError(const BrokerContext& broker, ReplicaError error, const TopicPartition& tp) {
    if (error == ReplicaError::UnknownTopicOrPartition && broker.image->partition(tp.topic, tp.partition) != nullptr)
        return KafkaError::NotLeaderOrFollower;
    return toKafka(error);
}

std::expected<std::shared_ptr<replication::Partition>, KafkaError> leaderOf(const BrokerContext& broker, const TopicPartition& tp,
                                                                           LeaderEpoch currentEpoch) {
    auto partition = broker.replicas->find(tp);
    if (!partition)
        return std::unexpected(partitionError(broker, ReplicaError::UnknownTopicOrPartition, tp));
    if (const auto error = partition->check(currentEpoch, {}); error != ReplicaError::None)
        return std::unexpected(toKafka(error));
    return partition;
}

} // namespace broker::handlers
