#pragma once
// One classic consumer group: its members, its generation and its state. Pure: no timers, no log, no sockets.
//
// States and legal moves (as Kafka's ClassicGroupState):
//
//     Empty                 -> PreparingRebalance (a member joins), Dead (deleted or expired)
//     PreparingRebalance    -> CompletingRebalance (all members rejoined or the time is over), Empty (all left), Dead
//     CompletingRebalance   -> Stable (the leader's assignment is written), PreparingRebalance (a member joins, leaves or fails), Dead
//     Stable                -> PreparingRebalance (a member joins, leaves, fails or changes its protocols), Dead
//     Dead                  -> nothing; the group is forgotten
//
// Used on the loop thread, owned by GroupShard.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/groups/group_errors.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace broker::groups {

enum class GroupState { Empty, PreparingRebalance, CompletingRebalance, Stable, Dead };
/// "Empty", "PreparingRebalance", ... as DescribeGroups names them.
std::string_view toString(GroupState state);

struct JoinResult {
    struct Member {
        std::string memberId;
        std::optional<std::string> groupInstanceId;
        Slice metadata;
    };
    GroupError error = GroupError::None;
    std::int32_t generationId = -1;
    std::optional<std::string> protocolType;
    std::optional<std::string> protocolName;
    std::string leader;
    std::string memberId;
    bool skipAssignment = false;
    std::vector<Member> members; ///< for the leader only
};
using JoinReply = std::move_only_function<void(JoinResult)>;

struct SyncResult {
    GroupError error = GroupError::None;
    std::optional<std::string> protocolType;
    std::optional<std::string> protocolName;
    Slice assignment;
};
using SyncReply = std::move_only_function<void(SyncResult)>;

struct MemberProtocol {
    std::string name;
    Slice metadata;
    bool operator==(const MemberProtocol&) const = default;
};

struct ClassicMember {
    std::string memberId;
    std::optional<std::string> groupInstanceId;
    std::string clientId;
    std::string clientHost;
    std::int32_t rebalanceTimeoutMs = 0;
    std::int32_t sessionTimeoutMs = 0;
    std::string protocolType;
    std::vector<MemberProtocol> protocols; ///< in the member's order of preference
    Slice assignment;
    JoinReply joinReply; ///< set while the member waits for the join phase to end
    SyncReply syncReply; ///< set while the member waits for the leader's assignment
    bool isNew = false;  ///< joined, and its first join has not been answered: it can expire while it waits
    bool heartbeatSatisfied = false;
    TimerId sessionTimer = 0;

    [[nodiscard]] bool awaitsJoin() const { return static_cast<bool>(joinReply); }
    [[nodiscard]] bool awaitsSync() const { return static_cast<bool>(syncReply); }
    [[nodiscard]] Slice metadataFor(std::string_view protocol) const;
};

class ClassicGroup {
public:
    explicit ClassicGroup(std::string groupId, WallMs now) : m_groupId(std::move(groupId)), m_stateSince(now) {}

    [[nodiscard]] const std::string& groupId() const { return m_groupId; }
    [[nodiscard]] GroupState state() const { return m_state; }
    [[nodiscard]] GroupState previousState() const { return m_previousState; }
    [[nodiscard]] WallMs stateSince() const { return m_stateSince; }
    void transitionTo(GroupState next, WallMs now);
    [[nodiscard]] bool isIn(GroupState state) const { return m_state == state; }
    [[nodiscard]] bool canRebalance() const {
        return m_state == GroupState::Stable || m_state == GroupState::CompletingRebalance || m_state == GroupState::Empty;
    }

    [[nodiscard]] std::int32_t generation() const { return m_generation; }
    [[nodiscard]] const std::optional<std::string>& protocolType() const { return m_protocolType; }
    [[nodiscard]] const std::optional<std::string>& protocolName() const { return m_protocolName; }
    [[nodiscard]] const std::string& leader() const { return m_leader; }
    [[nodiscard]] bool isLeader(const std::string& memberId) const { return !m_leader.empty() && m_leader == memberId; }

    [[nodiscard]] std::map<std::string, ClassicMember>& members() { return m_members; }
    [[nodiscard]] const std::map<std::string, ClassicMember>& members() const { return m_members; }
    [[nodiscard]] ClassicMember* member(const std::string& memberId);
    [[nodiscard]] bool hasMember(const std::string& memberId) const { return m_members.contains(memberId); }
    [[nodiscard]] std::optional<std::string> staticMemberId(const std::string& groupInstanceId) const;
    [[nodiscard]] bool hasStaticMember(const std::string& groupInstanceId) const { return m_staticMembers.contains(groupInstanceId); }

    /// Adds a member; the first one decides the protocol type and becomes leader.
    ClassicMember& add(ClassicMember member);
    /// Forgets a member and its waiting replies (the caller answers them first). Another becomes leader.
    void remove(const std::string& memberId);
    /// A static member came back under a new id: `newMemberId` takes the place of `oldMemberId`.
    ClassicMember& replaceStaticMember(const std::string& groupInstanceId, const std::string& oldMemberId, const std::string& newMemberId);
    void updateProtocols(ClassicMember& member, std::string protocolType, std::vector<MemberProtocol> protocols);

    std::set<std::string>& pendingMembers() { return m_pendingMembers; }     ///< told MEMBER_ID_REQUIRED, not back yet
    std::set<std::string>& pendingSyncMembers() { return m_pendingSyncMembers; } ///< joined, not synced yet
    [[nodiscard]] std::size_t size() const { return m_members.size() + m_pendingMembers.size(); }

    /// A new member may join only with the group's type and at least one protocol that all others have.
    [[nodiscard]] bool supportsProtocols(const std::string& protocolType, const std::vector<MemberProtocol>& protocols) const;
    [[nodiscard]] bool allMembersJoined() const;
    [[nodiscard]] std::int32_t rebalanceTimeoutMs() const; ///< the longest of the members'
    /// When the leader did not rejoin, one that did takes its place. False when nobody rejoined.
    bool electLeaderAmongJoined();
    /// generation + 1; with members: protocol chosen by vote, CompletingRebalance; without: Empty.
    void beginNextGeneration(WallMs now);
    /// The members would choose the present protocol again: what a static member that came back brings changes nothing for the others.
    [[nodiscard]] bool keepsProtocol() const { return m_protocolName && chooseProtocol() == *m_protocolName; }
    /// GroupError::None, or why a member with these credentials is not one (UnknownMemberId, FencedInstanceId).
    [[nodiscard]] GroupError validateMember(const std::string& memberId, const std::optional<std::string>& groupInstanceId) const;
    /// What the leader is told of all members.
    [[nodiscard]] std::vector<JoinResult::Member> membersForLeader() const;
    /// Whether a member of the current generation consumes `topic` (consumer protocol only). Unreadable metadata counts as yes.
    [[nodiscard]] bool isSubscribedTo(const std::string& topic) const;
    [[nodiscard]] bool usesConsumerProtocol() const { return m_protocolType == "consumer"; }

    bool newMemberAdded = false; ///< while the first rebalance is delayed: someone came, so wait once more
    TimerId joinTimer = 0;
    TimerId syncTimer = 0;
    std::map<std::string, TimerId> pendingTimers; ///< of pendingMembers

    /// Set from a loaded record.
    void restore(std::int32_t generation, std::optional<std::string> protocolType, std::optional<std::string> protocolName,
        std::string leader, WallMs stateSince);

private:
    [[nodiscard]] std::string chooseProtocol() const;
    [[nodiscard]] std::set<std::string> commonProtocols() const;

    std::string m_groupId;
    GroupState m_state = GroupState::Empty;
    GroupState m_previousState = GroupState::Empty;
    WallMs m_stateSince = 0;
    std::int32_t m_generation = 0;
    std::optional<std::string> m_protocolType;
    std::optional<std::string> m_protocolName;
    std::string m_leader;
    std::map<std::string, ClassicMember> m_members;
    std::map<std::string, std::string> m_staticMembers; ///< instance id -> member id
    std::set<std::string> m_pendingMembers;
    std::set<std::string> m_pendingSyncMembers;
};

} // namespace broker::groups
