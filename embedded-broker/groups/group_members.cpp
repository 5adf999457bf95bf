#include "embedded-broker/groups/group_members.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/groups/member_answers.h"

#include <algorithm>

namespace broker::groups {
namespace {

/// A member that is new may wait for others this long, whatever its session (Kafka's CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS).
constexpr std::int32_t kNewMemberJoinTimeoutMs = 5 * 60 * 1000;

} // namespace

void GroupMembers::start(ClassicGroup& group) {
    for (auto& [memberId, member] : group.members())
        scheduleSession(group, member, member.sessionTimeoutMs);
    if (static_cast<std::int64_t>(group.members().size()) > m_config.maxSize)
        prepareRebalance(group);
}

void GroupMembers::resign(ClassicGroup& group) {
    clearTimers(group);
    for (auto& [memberId, member] : group.members()) {
        answer(member, joinError(GroupError::NotCoordinator, memberId));
        answer(member, SyncResult{GroupError::NotCoordinator, {}, {}, {}});
    }
}

void GroupMembers::clearTimers(ClassicGroup& group) {
    m_seams.scheduler.cancel(std::exchange(group.joinTimer, 0));
    m_seams.scheduler.cancel(std::exchange(group.syncTimer, 0));
    for (auto& [id, timer] : group.pendingTimers)
        m_seams.scheduler.cancel(timer);
    group.pendingTimers.clear();
    for (auto& [id, member] : group.members())
        m_seams.scheduler.cancel(std::exchange(member.sessionTimer, 0));
}

// ---------------------------------------------------------------------------------------------------------------------
// JoinGroup

std::string GroupMembers::newMemberId(const JoinRequest& request) const {
    const std::string& prefix = request.groupInstanceId ? *request.groupInstanceId : request.clientId;
    // Kafka's ids end in a java.util.UUID: hexadecimal groups of 8-4-4-4-12.
    const Uuid id = Uuid::random(m_seams.random);
    std::string text = prefix + '-';
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text.push_back('-');
        text.push_back(digits[id.bytes[i] >> 4]);
        text.push_back(digits[id.bytes[i] & 15U]);
    }
    return text;
}

void GroupMembers::join(JoinRequest request, JoinReply reply) {
    if (request.groupId.empty())
        return reply(joinError(GroupError::InvalidGroupId, request.memberId));
    if (request.sessionTimeoutMs < m_config.minSessionTimeoutMs || request.sessionTimeoutMs > m_config.maxSessionTimeoutMs)
        return reply(joinError(GroupError::InvalidSessionTimeout, request.memberId));
    ClassicGroup* found = m_seams.find(request.groupId);
    if (!found) {
        if (!request.memberId.empty())
            return reply(joinError(GroupError::UnknownMemberId, request.memberId));
        if (request.protocolType.empty() || request.protocols.empty()) // a request that can never join must not make a group
            return reply(joinError(GroupError::InconsistentGroupProtocol, request.memberId));
        found = &m_seams.obtain(request.groupId);
    }
    ClassicGroup& group = *found;
    const bool known = group.hasMember(request.memberId) || group.pendingMembers().contains(request.memberId) ||
                       (request.groupInstanceId && group.hasStaticMember(*request.groupInstanceId));
    if (!known && static_cast<std::int64_t>(group.members().size()) >= m_config.maxSize)
        return reply(joinError(GroupError::GroupMaxSizeReached, request.memberId));
    if (!group.supportsProtocols(request.protocolType, request.protocols))
        return reply(joinError(GroupError::InconsistentGroupProtocol, request.memberId));
    if (request.memberId.empty())
        joinNewMember(group, std::move(request), std::move(reply));
    else
        joinExistingMember(group, std::move(request), std::move(reply));
}

void GroupMembers::joinNewMember(ClassicGroup& group, JoinRequest request, JoinReply reply) {
    const std::string memberId = newMemberId(request);
    if (request.groupInstanceId)
        return joinStaticMember(group, std::move(request), memberId, std::move(reply));
    if (!request.requireKnownMemberId)
        return addMemberThenRebalance(group, std::move(request), memberId, std::move(reply));
    // The member comes back with this id; until then it counts as joining, for as long as its session.
    group.pendingMembers().insert(memberId);
    group.pendingTimers[memberId] = m_seams.scheduler.after(milliseconds(request.sessionTimeoutMs),
        [this, groupId = request.groupId, memberId] { sessionExpired(groupId, memberId); });
    reply(joinError(GroupError::MemberIdRequired, memberId));
}

void GroupMembers::joinStaticMember(ClassicGroup& group, JoinRequest request, const std::string& memberId, JoinReply reply) {
    const auto oldId = group.staticMemberId(*request.groupInstanceId);
    if (!oldId)
        return addMemberThenRebalance(group, std::move(request), memberId, std::move(reply));

    const std::string leaderBefore = group.leader();
    if (ClassicMember* old = group.member(*oldId)) {
        answer(*old, joinError(GroupError::FencedInstanceId, *oldId));
        answer(*old, SyncResult{GroupError::FencedInstanceId, {}, {}, {}});
        m_seams.scheduler.cancel(std::exchange(old->sessionTimer, 0));
    }
    ClassicMember& member = group.replaceStaticMember(*request.groupInstanceId, *oldId, memberId);
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    group.updateProtocols(member, request.protocolType, request.protocols);

    if (group.isIn(GroupState::Stable) && group.keepsProtocol()) {
        scheduleSession(group, member, member.sessionTimeoutMs);
        // The new id must survive, or a failover would fence the member that holds it.
        m_seams.write({groupMetadataRecord(group)},
            [this, alive = m_alive, groupId = request.groupId, memberId, leaderBefore,
                skipping = request.supportsSkippingAssignment, reply = std::move(reply)](GroupError error) mutable {
                ClassicGroup* current = *alive ? m_seams.find(groupId) : nullptr;
                if (error != GroupError::None || !current)
                    return reply(joinError(error == GroupError::None ? GroupError::NotCoordinator : error, memberId));
                const bool leads = current->isLeader(memberId);
                JoinResult result = currentGeneration(*current, memberId, skipping && leads);
                if (skipping)
                    result.skipAssignment = leads;
                else
                    result.leader = leaderBefore; // an old client must not think that it has to assign again
                reply(std::move(result));
            });
        return;
    }
    member.joinReply = std::move(reply);
    scheduleSession(group, member, kNewMemberJoinTimeoutMs);
    if (group.isIn(GroupState::PreparingRebalance))
        maybeCompleteJoin(group);
    else
        prepareRebalance(group);
}

void GroupMembers::joinExistingMember(ClassicGroup& group, JoinRequest request, JoinReply reply) {
    const std::string memberId = request.memberId;
    if (group.pendingMembers().contains(memberId)) {
        if (const auto timer = group.pendingTimers.find(memberId); timer != group.pendingTimers.end()) {
            m_seams.scheduler.cancel(timer->second);
            group.pendingTimers.erase(timer);
        }
        return addMemberThenRebalance(group, std::move(request), memberId, std::move(reply));
    }
    if (const auto error = group.validateMember(memberId, request.groupInstanceId); error != GroupError::None)
        return reply(joinError(error, memberId));
    ClassicMember& member = *group.member(memberId);
    const bool matches = member.protocols == request.protocols;
    switch (group.state()) {
    case GroupState::PreparingRebalance:
        return updateMemberThenRebalance(group, member, std::move(request), std::move(reply));
    case GroupState::CompletingRebalance:
        // The answer was lost and the member asks again: tell it once more.
        if (matches)
            return reply(currentGeneration(group, memberId, group.isLeader(memberId)));
        return updateMemberThenRebalance(group, member, std::move(request), std::move(reply));
    case GroupState::Stable:
        // A leader rejoins because something changed that only it can see, e.g. partitions were added.
        if (group.isLeader(memberId) || !matches)
            return updateMemberThenRebalance(group, member, std::move(request), std::move(reply));
        return reply(currentGeneration(group, memberId, false));
    case GroupState::Empty:
    case GroupState::Dead: break;
    }
    reply(joinError(GroupError::UnknownMemberId, memberId));
}

JoinResult GroupMembers::currentGeneration(const ClassicGroup& group, const std::string& memberId, bool withMembers) const {
    JoinResult result;
    result.generationId = group.generation();
    result.protocolType = group.protocolType();
    result.protocolName = group.protocolName();
    result.leader = group.leader();
    result.memberId = memberId;
    if (withMembers)
        result.members = group.membersForLeader();
    return result;
}

void GroupMembers::addMemberThenRebalance(ClassicGroup& group, JoinRequest request, const std::string& memberId, JoinReply reply) {
    ClassicMember member;
    member.memberId = memberId;
    member.groupInstanceId = request.groupInstanceId;
    member.clientId = std::move(request.clientId);
    member.clientHost = std::move(request.clientHost);
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.protocolType = std::move(request.protocolType);
    member.protocols = std::move(request.protocols);
    member.isNew = true;
    member.joinReply = std::move(reply);
    if (group.isIn(GroupState::PreparingRebalance) && group.generation() == 0)
        group.newMemberAdded = true;
    ClassicMember& added = group.add(std::move(member));
    scheduleSession(group, added, kNewMemberJoinTimeoutMs);
    maybePrepareRebalance(group);
}

void GroupMembers::updateMemberThenRebalance(ClassicGroup& group, ClassicMember& member, JoinRequest request, JoinReply reply) {
    if (member.joinReply) // an older join of the same member: the client has given it up
        answer(member, joinError(GroupError::RebalanceInProgress, member.memberId));
    member.clientId = std::move(request.clientId);
    member.clientHost = std::move(request.clientHost);
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    group.updateProtocols(member, std::move(request.protocolType), std::move(request.protocols));
    member.joinReply = std::move(reply);
    maybePrepareRebalance(group);
}

void GroupMembers::maybePrepareRebalance(ClassicGroup& group) {
    if (group.canRebalance())
        prepareRebalance(group);
    else
        maybeCompleteJoin(group);
}

void GroupMembers::prepareRebalance(ClassicGroup& group) {
    if (group.isIn(GroupState::CompletingRebalance))
        resetAssignments(group, GroupError::RebalanceInProgress);
    m_seams.scheduler.cancel(std::exchange(group.syncTimer, 0));
    group.pendingSyncMembers().clear();
    const bool initial = group.isIn(GroupState::Empty);
    group.transitionTo(GroupState::PreparingRebalance, m_seams.scheduler.wallNow());
    m_seams.scheduler.cancel(std::exchange(group.joinTimer, 0));
    if (initial) {
        // More members are likely to come at once: wait for them a moment before the first generation.
        const std::int32_t delay = m_config.initialRebalanceDelayMs;
        const std::int32_t remaining = std::max(group.rebalanceTimeoutMs() - delay, 0);
        group.newMemberAdded = false;
        group.joinTimer = m_seams.scheduler.after(milliseconds(delay),
            [this, id = group.groupId(), delay, remaining] { continueInitialDelay(id, delay, remaining); });
        return;
    }
    group.joinTimer = m_seams.scheduler.after(milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId()] {
        if (ClassicGroup* current = m_seams.find(id)) {
            current->joinTimer = 0;
            completeJoin(*current);
        }
    });
    maybeCompleteJoin(group);
}

void GroupMembers::continueInitialDelay(const std::string& groupId, std::int32_t delayMs, std::int32_t remainingMs) {
    ClassicGroup* found = m_seams.find(groupId);
    if (!found)
        return;
    found->joinTimer = 0;
    if (!found->newMemberAdded || remainingMs == 0)
        return completeJoin(*found);
    found->newMemberAdded = false;
    const std::int32_t next = std::min(m_config.initialRebalanceDelayMs, remainingMs);
    const std::int32_t left = std::max(remainingMs - delayMs, 0);
    found->joinTimer =
        m_seams.scheduler.after(milliseconds(next), [this, groupId, next, left] { continueInitialDelay(groupId, next, left); });
}

void GroupMembers::maybeCompleteJoin(ClassicGroup& group) {
    if (group.isIn(GroupState::PreparingRebalance) && group.previousState() != GroupState::Empty && group.allMembersJoined())
        completeJoin(group);
}

void GroupMembers::completeJoin(ClassicGroup& group) {
    if (!group.isIn(GroupState::PreparingRebalance))
        return;
    m_seams.scheduler.cancel(std::exchange(group.joinTimer, 0));
    // Dynamic members that did not come back are out; static ones keep their place for as long as their session.
    std::vector<std::string> missing;
    for (const auto& [id, member] : group.members())
        if (!member.awaitsJoin() && !member.groupInstanceId)
            missing.push_back(id);
    for (const auto& id : missing)
        removeMember(group, id, GroupError::UnknownMemberId);

    if (!group.members().empty() && !group.electLeaderAmongJoined()) {
        // Only static members, and none of them came: wait for them once more.
        group.joinTimer = m_seams.scheduler.after(milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId()] {
            if (ClassicGroup* current = m_seams.find(id)) {
                current->joinTimer = 0;
                completeJoin(*current);
            }
        });
        return;
    }
    group.beginNextGeneration(m_seams.scheduler.wallNow());
    if (group.isIn(GroupState::Empty)) {
        log::info("groups", "group {} is empty, generation {}", group.groupId(), group.generation());
        m_seams.write({groupMetadataRecord(group)}, [](GroupError) {}); // nobody waits; a lost write is repeated by the next change
        return;
    }
    log::info("groups", "group {} has generation {} with {} members", group.groupId(), group.generation(), group.members().size());
    for (auto& [id, member] : group.members()) {
        if (!member.awaitsJoin()) // a static member that is away keeps its place without a word
            continue;
        group.pendingSyncMembers().insert(id);
        member.isNew = false;
        scheduleSession(group, member, member.sessionTimeoutMs);
    }
    schedulePendingSync(group);
    // Replies last: a reply may come back into this shard.
    std::vector<std::pair<JoinReply, JoinResult>> replies;
    for (auto& [id, member] : group.members())
        if (member.awaitsJoin())
            replies.emplace_back(std::exchange(member.joinReply, {}), currentGeneration(group, id, group.isLeader(id)));
    for (auto& [reply, result] : replies)
        reply(std::move(result));
}

void GroupMembers::schedulePendingSync(ClassicGroup& group) {
    m_seams.scheduler.cancel(std::exchange(group.syncTimer, 0));
    group.syncTimer = m_seams.scheduler.after(
        milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId(), generation = group.generation()] {
            ClassicGroup* current = m_seams.find(id);
            if (!current || current->generation() != generation)
                return;
            ClassicGroup& target = *current;
            target.syncTimer = 0;
            const auto late = target.pendingSyncMembers();
            if (late.empty() || target.isIn(GroupState::PreparingRebalance) || target.isIn(GroupState::Empty))
                return;
            for (const auto& memberId : late)
                removeMember(*current, memberId, GroupError::UnknownMemberId);
            target.pendingSyncMembers().clear();
            prepareRebalance(*current);
        });
}

} // namespace broker::groups
