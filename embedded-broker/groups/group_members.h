#pragma once
// Who is in a group, and what each member has: JoinGroup, SyncGroup, Heartbeat and LeaveGroup for the groups of one shard, with their timers.
// Membership lives in memory, as in Kafka; a generation that is stable is written as a record, and its answers leave when that is committed.
// Loop thread only; owned by GroupShard, which keeps the groups and writes for it.

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/groups/classic_group.h"
#include "embedded-broker/groups/group_config.h"
#include "embedded-broker/groups/group_records.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace broker::groups {

struct JoinRequest {
    std::string groupId;
    std::string memberId; ///< empty = unknown
    std::optional<std::string> groupInstanceId;
    std::string clientId;
    std::string clientHost;
    bool requireKnownMemberId = false;       ///< JoinGroup v4+: a new dynamic member must come back with its id
    bool supportsSkippingAssignment = false; ///< JoinGroup v9+
    std::string protocolType;
    std::vector<MemberProtocol> protocols;
    std::int32_t rebalanceTimeoutMs = 0;
    std::int32_t sessionTimeoutMs = 0;
};

struct SyncRequest {
    std::string groupId;
    std::int32_t generationId = -1;
    std::string memberId;
    std::optional<std::string> groupInstanceId;
    std::optional<std::string> protocolType;
    std::optional<std::string> protocolName;
    std::map<std::string, Slice> assignments; ///< from the leader: member id -> assignment
};

struct MemberIdentity {
    std::string memberId;
    std::optional<std::string> groupInstanceId;
};

struct LeaveResult {
    GroupError error = GroupError::None;
    std::vector<std::pair<MemberIdentity, GroupError>> members;
};

class GroupMembers {
public:
    struct Seams {
        Scheduler& scheduler;
        Random& random;
        std::function<ClassicGroup*(const std::string& groupId)> find; ///< null: there is no such group
        std::function<ClassicGroup&(const std::string& groupId)> obtain;
        /// `done` when the records are committed, or will never be.
        std::function<void(std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done)> write;
    };
    GroupMembers(const GroupConfig& config, Seams seams) : m_config(config), m_seams(std::move(seams)) {}
    ~GroupMembers() { *m_alive = false; }
    GroupMembers(const GroupMembers&) = delete;
    GroupMembers& operator=(const GroupMembers&) = delete;

    /// A group that was loaded: its members get their session timers.
    void start(ClassicGroup& group);
    /// Leadership is gone: all who wait in the group are told NotCoordinator, and its timers end.
    void resign(ClassicGroup& group);
    /// After the last group: what is being written belongs to nobody any more.
    void forgetWrites() { *std::exchange(m_alive, std::make_shared<bool>(true)) = false; }
    /// Before a group goes.
    void clearTimers(ClassicGroup& group);

    void join(JoinRequest request, JoinReply reply);
    void sync(SyncRequest request, SyncReply reply);
    GroupError heartbeat(const std::string& groupId, std::int32_t generationId, const std::string& memberId,
        const std::optional<std::string>& groupInstanceId);
    LeaveResult leave(const std::string& groupId, const std::vector<MemberIdentity>& members);
    /// The member has shown that it lives.
    void scheduleSession(ClassicGroup& group, ClassicMember& member, std::int32_t timeoutMs);

private:
    void joinNewMember(ClassicGroup& group, JoinRequest request, JoinReply reply);
    void joinExistingMember(ClassicGroup& group, JoinRequest request, JoinReply reply);
    void joinStaticMember(ClassicGroup& group, JoinRequest request, const std::string& newMemberId, JoinReply reply);
    void addMemberThenRebalance(ClassicGroup& group, JoinRequest request, const std::string& memberId, JoinReply reply);
    void updateMemberThenRebalance(ClassicGroup& group, ClassicMember& member, JoinRequest request, JoinReply reply);
    void maybePrepareRebalance(ClassicGroup& group);
    void prepareRebalance(ClassicGroup& group);
    void maybeCompleteJoin(ClassicGroup& group);
    void completeJoin(ClassicGroup& group);
    void continueInitialDelay(const std::string& groupId, std::int32_t delayMs, std::int32_t remainingMs);
    void removeMember(ClassicGroup& group, const std::string& memberId, GroupError toldToWaiting);
    void memberGone(ClassicGroup& group);
    void sessionExpired(const std::string& groupId, const std::string& memberId);
    void schedulePendingSync(ClassicGroup& group);
    void resetAssignments(ClassicGroup& group, GroupError told);
    void finishSync(const std::string& groupId, std::int32_t generation, std::map<std::string, Slice> assignments, GroupError error);
    [[nodiscard]] JoinResult currentGeneration(const ClassicGroup& group, const std::string& memberId, bool withMembers) const;
    [[nodiscard]] std::string newMemberId(const JoinRequest& request) const;

    const GroupConfig& m_config;
    Seams m_seams;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true); ///< callbacks of what was resigned do nothing
};

} // namespace broker::groups
