#pragma once
// Answers to members, inside GroupMembers.

#include "embedded-broker/groups/classic_group.h"

#include <string>
#include <utility>

namespace broker::groups {

/// Answers a member that waits; one that does not is left alone.
inline void answer(ClassicMember& member, JoinResult result) {
    if (auto reply = std::exchange(member.joinReply, {}))
        reply(std::move(result));
}

inline void answer(ClassicMember& member, SyncResult result) {
    if (auto reply = std::exchange(member.syncReply, {}))
        reply(std::move(result));
}

inline JoinResult joinError(GroupError error, std::string memberId) {
    JoinResult result;
    result.error = error;
    result.memberId = std::move(memberId);
    return result;
}

} // namespace broker::groups
