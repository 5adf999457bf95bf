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
    UnknownServerError,
};

std::string_view toString(GroupError error);

} // namespace broker::groups
