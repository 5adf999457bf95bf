#pragma once
// What a group operation may answer. handlers/ turns these into Kafka's wire codes, one for one.

#include <string_view>

namespace broker::groups {

enum class GroupError {
    None,
    CoordinatorNotAvailable,
    CoordinatorLoadInProgress,
    NotCoordinator,
    InvalidGroupId,
    InvalidSessionTimeout,
    InconsistentGroupProtocol,
    UnknownMemberId,
    MemberIdRequired,
    FencedInstanceId,
    IllegalGeneration,
    RebalanceInProgress,
    GroupMaxSizeReached,
    GroupIdNotFound,
    NonEmptyGroup,
    GroupSubscribedToTopic,
    OffsetMetadataTooLarge,
    InvalidCommitOffsetSize,
    UnknownTopicOrPartition,
    UnknownTopicId,
    InvalidProducerEpoch,     ///< a transactional commit of a producer that is fenced
    InvalidTxnState,
    CoordinatorFenced,        ///< an end marker of an older transaction coordinator
    TopicAuthorizationFailed, ///< said by who asks the coordinator, for an item that it must not write
    UnknownServerError,
};

std::string_view toString(GroupError error);

} // namespace broker::groups
