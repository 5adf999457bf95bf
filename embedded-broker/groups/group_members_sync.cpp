// What members ask once they are in: their assignment (SyncGroup), to stay (Heartbeat), to go (LeaveGroup).
#include "embedded-broker/base/log.h"
#include "embedded-broker/groups/group_members.h"
#include "embedded-broker/groups/member_answers.h"

namespace broker::groups {

// ---------------------------------------------------------------------------------------------------------------------
// SyncGroup

void GroupMembers::sync(SyncRequest request, SyncReply reply) {
    const auto refuse = [&](GroupError error) { reply(SyncResult{error, {}, {}, {}}); };
    if (request.groupId.empty())
        return refuse(GroupError::InvalidGroupId);
    ClassicGroup* found = m_seams.find(request.groupId);
    if (!found)
        return refuse(GroupError::UnknownMemberId);
    ClassicGroup& group = *found;
    if (const auto error = group.validateMember(request.memberId, request.groupInstanceId); error != GroupError::None)
        return refuse(error);
    if (request.generationId != group.generation())
        return refuse(GroupError::IllegalGeneration);
    if ((request.protocolType && group.protocolType() && *request.protocolType != *group.protocolType()) ||
        (request.protocolName && group.protocolName() && *request.protocolName != *group.protocolName()))
        return refuse(GroupError::InconsistentGroupProtocol);
    ClassicMember& member = *group.member(request.memberId);
    switch (group.state()) {
    case GroupState::Empty:
    case GroupState::Dead: return refuse(GroupError::UnknownMemberId);
    case GroupState::PreparingRebalance: return refuse(GroupError::RebalanceInProgress);
    case GroupState::Stable:
        group.pendingSyncMembers().erase(request.memberId);
        scheduleSession(group, member, member.sessionTimeoutMs);
        return reply(SyncResult{GroupError::None, group.protocolType(), group.protocolName(), member.assignment});
    case GroupState::CompletingRebalance: break;
    }
    if (member.syncReply)
        answer(member, SyncResult{GroupError::RebalanceInProgress, {}, {}, {}});
    member.syncReply = std::move(reply);
    group.pendingSyncMembers().erase(request.memberId);
    if (!group.isLeader(request.memberId))
        return;

    // What the leader leaves out gets an empty assignment. The record is written from the group as it will be, and the
    // group itself changes when the record is committed.
    std::map<std::string, Slice> assignments;
    std::map<std::string, Slice> before;
    for (auto& [id, each] : group.members()) {
        const auto given = request.assignments.find(id);
        assignments[id] = given == request.assignments.end() ? Slice() : given->second;
        before[id] = std::exchange(each.assignment, assignments[id]);
    }
    GroupRecord record = groupMetadataRecord(group);
    for (auto& [id, each] : group.members())
        each.assignment = before[id];
    m_seams.write({std::move(record)}, [this, alive = m_alive, groupId = request.groupId, generation = group.generation(),
                                   assignments = std::move(assignments)](GroupError error) mutable {
        if (*alive)
            finishSync(groupId, generation, std::move(assignments), error);
    });
}

void GroupMembers::finishSync(const std::string& groupId, std::int32_t generation, std::map<std::string, Slice> assignments, GroupError error) {
    ClassicGroup* found = m_seams.find(groupId);
    // Another member may have joined meanwhile: then a new generation is on its way and this one is history.
    if (!found || !found->isIn(GroupState::CompletingRebalance) || found->generation() != generation)
        return;
    ClassicGroup& group = *found;
    if (error != GroupError::None) {
        resetAssignments(group, error == GroupError::NotCoordinator ? error : GroupError::CoordinatorNotAvailable);
        prepareRebalance(group);
        return;
    }
    group.transitionTo(GroupState::Stable, m_seams.scheduler.wallNow());
    std::vector<std::pair<SyncReply, SyncResult>> replies;
    for (auto& [id, member] : group.members()) {
        member.assignment = assignments[id];
        if (!member.awaitsSync())
            continue;
        scheduleSession(group, member, member.sessionTimeoutMs);
        replies.emplace_back(std::exchange(member.syncReply, {}),
            SyncResult{GroupError::None, group.protocolType(), group.protocolName(), member.assignment});
    }
    for (auto& [reply, result] : replies)
        reply(std::move(result));
}

void GroupMembers::resetAssignments(ClassicGroup& group, GroupError told) {
    std::vector<SyncReply> waiting;
    for (auto& [id, member] : group.members()) {
        member.assignment = {};
        if (!member.awaitsSync())
            continue;
        scheduleSession(group, member, member.sessionTimeoutMs);
        waiting.push_back(std::exchange(member.syncReply, {}));
    }
    for (auto& reply : waiting)
        reply(SyncResult{told, {}, {}, {}});
}

// ---------------------------------------------------------------------------------------------------------------------
// Heartbeat, sessions, LeaveGroup

GroupError GroupMembers::heartbeat(const std::string& groupId, std::int32_t generationId, const std::string& memberId,
    const std::optional<std::string>& groupInstanceId) {
    if (groupId.empty())
        return GroupError::InvalidGroupId;
    ClassicGroup* found = m_seams.find(groupId);
    if (!found)
        return GroupError::UnknownMemberId;
    ClassicGroup& group = *found;
    if (const auto error = group.validateMember(memberId, groupInstanceId); error != GroupError::None)
        return error;
    if (generationId != group.generation())
        return GroupError::IllegalGeneration;
    switch (group.state()) {
    case GroupState::Empty:
    case GroupState::Dead: return GroupError::UnknownMemberId;
    case GroupState::PreparingRebalance: {
        ClassicMember& member = *group.member(memberId);
        scheduleSession(group, member, member.sessionTimeoutMs);
        return GroupError::RebalanceInProgress;
    }
    case GroupState::CompletingRebalance:
    case GroupState::Stable: {
        ClassicMember& member = *group.member(memberId);
        scheduleSession(group, member, member.sessionTimeoutMs);
        return GroupError::None;
    }
    }
    return GroupError::UnknownServerError;
}

void GroupMembers::scheduleSession(ClassicGroup& group, ClassicMember& member, std::int32_t timeoutMs) {
    m_seams.scheduler.cancel(member.sessionTimer);
    member.sessionTimer = m_seams.scheduler.after(milliseconds(timeoutMs),
        [this, groupId = group.groupId(), memberId = member.memberId] { sessionExpired(groupId, memberId); });
}

void GroupMembers::sessionExpired(const std::string& groupId, const std::string& memberId) {
    ClassicGroup* found = m_seams.find(groupId);
    if (!found)
        return;
    ClassicGroup& group = *found;
    if (group.pendingMembers().contains(memberId)) {
        group.pendingTimers.erase(memberId);
        group.pendingMembers().erase(memberId);
        maybeCompleteJoin(group);
        return;
    }
    ClassicMember* member = group.member(memberId);
    if (!member)
        return;
    member->sessionTimer = 0;
    // A member that waits for our answer cannot send a heartbeat; a new one may still have gone away.
    if (!member->isNew && (member->awaitsJoin() || member->awaitsSync()))
        return;
    log::info("groups", "group {}: member {} sent no heartbeat within its session and is removed", groupId, memberId);
    removeMember(group, memberId, GroupError::UnknownMemberId);
    memberGone(group);
}

void GroupMembers::removeMember(ClassicGroup& group, const std::string& memberId, GroupError toldToWaiting) {
    if (ClassicMember* member = group.member(memberId)) {
        m_seams.scheduler.cancel(std::exchange(member->sessionTimer, 0));
        answer(*member, joinError(toldToWaiting, memberId));
        answer(*member, SyncResult{toldToWaiting, {}, {}, {}});
    }
    group.remove(memberId);
}

void GroupMembers::memberGone(ClassicGroup& group) {
    switch (group.state()) {
    case GroupState::Stable:
    case GroupState::CompletingRebalance: return prepareRebalance(group);
    case GroupState::PreparingRebalance: return maybeCompleteJoin(group);
    case GroupState::Empty:
    case GroupState::Dead: return;
    }
}

LeaveResult GroupMembers::leave(const std::string& groupId, const std::vector<MemberIdentity>& members) {
    LeaveResult result;
    if (groupId.empty()) {
        result.error = GroupError::InvalidGroupId;
        return result;
    }
    ClassicGroup* found = m_seams.find(groupId);
    if (!found) {
        result.error = GroupError::UnknownMemberId;
        return result;
    }
    ClassicGroup& group = *found;
    bool removed = false;
    for (const auto& identity : members) {
        GroupError error = GroupError::None;
        std::string memberId = identity.memberId;
        if (memberId.empty() && identity.groupInstanceId) {
            // An administrator removes a static member by its name.
            memberId = group.staticMemberId(*identity.groupInstanceId).value_or("");
            if (memberId.empty())
                error = GroupError::UnknownMemberId;
        } else if (group.pendingMembers().contains(memberId)) {
            group.pendingMembers().erase(memberId);
            if (const auto timer = group.pendingTimers.find(memberId); timer != group.pendingTimers.end()) {
                m_seams.scheduler.cancel(timer->second);
                group.pendingTimers.erase(timer);
            }
            removed = true;
            result.members.emplace_back(identity, GroupError::None);
            continue;
        } else {
            error = group.validateMember(memberId, identity.groupInstanceId);
        }
        if (error == GroupError::None) {
            removeMember(group, memberId, GroupError::UnknownMemberId);
            removed = true;
        }
        result.members.emplace_back(identity, error);
    }
    if (removed)
        memberGone(group);
    return result;
}

} // namespace broker::groups
