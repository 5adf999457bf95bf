#include "embedded-broker/handlers/group_error_codes.h"

namespace broker::handlers {

protocol::KafkaError kafkaError(groups::GroupError error) {
    using groups::GroupError;
    using protocol::KafkaError;
    switch (error) {
    case GroupError::None: return KafkaError::None;
    case GroupError::CoordinatorNotAvailable: return KafkaError::CoordinatorNotAvailable;
    case GroupError::CoordinatorLoadInProgress: return KafkaError::CoordinatorLoadInProgress;
    case GroupError::NotCoordinator: return KafkaError::NotCoordinator;
    case GroupError::InvalidGroupId: return KafkaError::InvalidGroupId;
    case GroupError::InvalidSessionTimeout: return KafkaError::InvalidSessionTimeout;
    case GroupError::InconsistentGroupProtocol: return KafkaError::InconsistentGroupProtocol;
    case GroupError::UnknownMemberId: return KafkaError::UnknownMemberId;
    case GroupError::MemberIdRequired: return KafkaError::MemberIdRequired;
    case GroupError::FencedInstanceId: return KafkaError::FencedInstanceId;
    case GroupError::IllegalGeneration: return KafkaError::IllegalGeneration;
    case GroupError::RebalanceInProgress: return KafkaError::RebalanceInProgress;
    case GroupError::GroupMaxSizeReached: return KafkaError::GroupMaxSizeReached;
    case GroupError::GroupIdNotFound: return KafkaError::GroupIdNotFound;
    case GroupError::NonEmptyGroup: return KafkaError::NonEmptyGroup;
    case GroupError::GroupSubscribedToTopic: return KafkaError::GroupSubscribedToTopic;
    case GroupError::OffsetMetadataTooLarge: return KafkaError::OffsetMetadataTooLarge;
    case GroupError::InvalidCommitOffsetSize: return KafkaError::InvalidCommitOffsetSize;
    case GroupError::UnknownTopicOrPartition: return KafkaError::UnknownTopicOrPartition;
    case GroupError::TopicAuthorizationFailed: return KafkaError::TopicAuthorizationFailed;
    case GroupError::UnknownTopicId: return KafkaError::UnknownTopicId;
    case GroupError::InvalidProducerEpoch: return KafkaError::InvalidProducerEpoch;
    case GroupError::InvalidTxnState: return KafkaError::InvalidTxnState;
    case GroupError::CoordinatorFenced: return KafkaError::TransactionCoordinatorFenced;
    case GroupError::UnknownServerError: return KafkaError::UnknownServerError;
    }
    return KafkaError::UnknownServerError;
}

} // namespace broker::handlers
