#include "embedded-broker/groups/group_shard.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/base/uuid.h"

#include <algorithm>
#include <utility>

namespace broker::groups {
namespace {

/// A member that is new may wait for others this long, whatever its session (Kafka's CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS).
constexpr std::int32_t kNewMemberJoinTimeoutMs = 5 * 60 * 1000;

JoinResult joinError(GroupError error, std::string memberId) {
    JoinResult result;
    result.error = error;
    result.memberId = std::move(memberId);
    return result;
}

void answer(ClassicMember& member, JoinResult result) {
    if (auto reply = std::exchange(member.joinReply, {}))
        reply(std::move(result));
}

void answer(ClassicMember& member, SyncResult result) {
    if (auto reply = std::exchange(member.syncReply, {}))
        reply(std::move(result));
}

} // namespace

GroupShard::GroupShard(PartitionIndex partition, const GroupConfig& config, Scheduler& scheduler, Random& random, OffsetsLog& log)
    : m_partition(partition), m_config(config), m_scheduler(scheduler), m_random(random), m_log(log) {}

GroupShard::~GroupShard() {
    *m_alive = false;
    for (auto& [id, entry] : m_groups)
        clearTimers(*entry);
}

GroupShard::Entry* GroupShard::find(const std::string& groupId) {
    const auto it = m_groups.find(groupId);
    return it == m_groups.end() ? nullptr : it->second.get();
}

const GroupShard::Entry* GroupShard::find(const std::string& groupId) const {
    const auto it = m_groups.find(groupId);
    return it == m_groups.end() ? nullptr : it->second.get();
}

GroupShard::Entry& GroupShard::obtain(const std::string& groupId) {
    auto& slot = m_groups[groupId];
    if (!slot)
        slot = std::make_unique<Entry>(Entry{ClassicGroup(groupId, m_scheduler.wallNow()), {}, 0, {}});
    return *slot;
}

void GroupShard::write(std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done) {
    auto kept = records; // slices: this copies reference counts
    m_log.append(m_partition, {std::move(records), std::nullopt, std::nullopt},
        [this, alive = m_alive, kept = std::move(kept), done = std::move(done)](GroupError error, Offset at) mutable {
            if (!*alive) {
                done(GroupError::NotCoordinator);
                return;
            }
            if (error == GroupError::None)
                for (const auto& record : kept)
                    apply(record, at++, kNoProducerId);
            done(error);
        });
}

void GroupShard::start() {
    for (auto& [id, entry] : m_groups) {
        for (auto& [memberId, member] : entry->group.members())
            scheduleSession(*entry, member, member.sessionTimeoutMs);
        if (static_cast<std::int64_t>(entry->group.members().size()) > m_config.maxSize)
            prepareRebalance(*entry);
    }
}

void GroupShard::resign() {
    *m_alive = false;
    m_alive = std::make_shared<bool>(true);
    for (auto& [id, entry] : m_groups) {
        clearTimers(*entry);
        for (auto& [memberId, member] : entry->group.members()) {
            answer(member, joinError(GroupError::NotCoordinator, memberId));
            answer(member, SyncResult{GroupError::NotCoordinator, {}, {}, {}});
        }
    }
    m_groups.clear();
    m_open.clear();
}

void GroupShard::clearTimers(Entry& entry) {
    m_scheduler.cancel(std::exchange(entry.group.joinTimer, 0));
    m_scheduler.cancel(std::exchange(entry.group.syncTimer, 0));
    for (auto& [id, timer] : entry.group.pendingTimers)
        m_scheduler.cancel(timer);
    entry.group.pendingTimers.clear();
    for (auto& [id, member] : entry.group.members())
        m_scheduler.cancel(std::exchange(member.sessionTimer, 0));
}

// ---------------------------------------------------------------------------------------------------------------------
// JoinGroup

std::string GroupShard::newMemberId(const JoinRequest& request) const {
    const std::string& prefix = request.groupInstanceId ? *request.groupInstanceId : request.clientId;
    // Kafka's ids end in a java.util.UUID: hexadecimal groups of 8-4-4-4-12.
    const Uuid id = Uuid::random(m_random);
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

void GroupShard::join(JoinRequest request, JoinReply reply) {
    if (request.groupId.empty())
        return reply(joinError(GroupError::InvalidGroupId, request.memberId));
    if (request.sessionTimeoutMs < m_config.minSessionTimeoutMs || request.sessionTimeoutMs > m_config.maxSessionTimeoutMs)
        return reply(joinError(GroupError::InvalidSessionTimeout, request.memberId));
    Entry* entry = find(request.groupId);
    if (!entry) {
        if (!request.memberId.empty())
            return reply(joinError(GroupError::UnknownMemberId, request.memberId));
        if (request.protocolType.empty() || request.protocols.empty()) // a request that can never join must not make a group
            return reply(joinError(GroupError::InconsistentGroupProtocol, request.memberId));
        entry = &obtain(request.groupId);
    }
    ClassicGroup& group = entry->group;
    const bool known = group.hasMember(request.memberId) || group.pendingMembers().contains(request.memberId) ||
                       (request.groupInstanceId && group.hasStaticMember(*request.groupInstanceId));
    if (!known && static_cast<std::int64_t>(group.members().size()) >= m_config.maxSize)
        return reply(joinError(GroupError::GroupMaxSizeReached, request.memberId));
    if (!group.supportsProtocols(request.protocolType, request.protocols))
        return reply(joinError(GroupError::InconsistentGroupProtocol, request.memberId));
    if (request.memberId.empty())
        joinNewMember(*entry, std::move(request), std::move(reply));
    else
        joinExistingMember(*entry, std::move(request), std::move(reply));
}

void GroupShard::joinNewMember(Entry& entry, JoinRequest request, JoinReply reply) {
    const std::string memberId = newMemberId(request);
    if (request.groupInstanceId)
        return joinStaticMember(entry, std::move(request), memberId, std::move(reply));
    if (!request.requireKnownMemberId)
        return addMemberThenRebalance(entry, std::move(request), memberId, std::move(reply));
    // The member comes back with this id; until then it counts as joining, for as long as its session.
    entry.group.pendingMembers().insert(memberId);
    entry.group.pendingTimers[memberId] = m_scheduler.after(milliseconds(request.sessionTimeoutMs),
        [this, groupId = request.groupId, memberId] { sessionExpired(groupId, memberId); });
    reply(joinError(GroupError::MemberIdRequired, memberId));
}

void GroupShard::joinStaticMember(Entry& entry, JoinRequest request, const std::string& memberId, JoinReply reply) {
    ClassicGroup& group = entry.group;
    const auto oldId = group.staticMemberId(*request.groupInstanceId);
    if (!oldId)
        return addMemberThenRebalance(entry, std::move(request), memberId, std::move(reply));

    const std::string leaderBefore = group.leader();
    if (ClassicMember* old = group.member(*oldId)) {
        answer(*old, joinError(GroupError::FencedInstanceId, *oldId));
        answer(*old, SyncResult{GroupError::FencedInstanceId, {}, {}, {}});
        m_scheduler.cancel(std::exchange(old->sessionTimer, 0));
    }
    ClassicMember& member = group.replaceStaticMember(*request.groupInstanceId, *oldId, memberId);
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    group.updateProtocols(member, request.protocolType, request.protocols);

    if (group.isIn(GroupState::Stable) && group.keepsProtocol()) {
        scheduleSession(entry, member, member.sessionTimeoutMs);
        // The new id must survive, or a failover would fence the member that holds it.
        write({groupMetadataRecord(group)},
            [this, alive = m_alive, groupId = request.groupId, memberId, leaderBefore,
                skipping = request.supportsSkippingAssignment, reply = std::move(reply)](GroupError error) mutable {
                Entry* current = *alive ? find(groupId) : nullptr;
                if (error != GroupError::None || !current)
                    return reply(joinError(error == GroupError::None ? GroupError::NotCoordinator : error, memberId));
                const bool leads = current->group.isLeader(memberId);
                JoinResult result = currentGeneration(current->group, memberId, skipping && leads);
                if (skipping)
                    result.skipAssignment = leads;
                else
                    result.leader = leaderBefore; // an old client must not think that it has to assign again
                reply(std::move(result));
            });
        return;
    }
    member.joinReply = std::move(reply);
    scheduleSession(entry, member, kNewMemberJoinTimeoutMs);
    if (group.isIn(GroupState::PreparingRebalance))
        maybeCompleteJoin(entry);
    else
        prepareRebalance(entry);
}

void GroupShard::joinExistingMember(Entry& entry, JoinRequest request, JoinReply reply) {
    ClassicGroup& group = entry.group;
    const std::string memberId = request.memberId;
    if (group.pendingMembers().contains(memberId)) {
        if (const auto timer = group.pendingTimers.find(memberId); timer != group.pendingTimers.end()) {
            m_scheduler.cancel(timer->second);
            group.pendingTimers.erase(timer);
        }
        return addMemberThenRebalance(entry, std::move(request), memberId, std::move(reply));
    }
    if (const auto error = group.validateMember(memberId, request.groupInstanceId); error != GroupError::None)
        return reply(joinError(error, memberId));
    ClassicMember& member = *group.member(memberId);
    const bool matches = member.protocols == request.protocols;
    switch (group.state()) {
    case GroupState::PreparingRebalance:
        return updateMemberThenRebalance(entry, member, std::move(request), std::move(reply));
    case GroupState::CompletingRebalance:
        // The answer was lost and the member asks again: tell it once more.
        if (matches)
            return reply(currentGeneration(group, memberId, group.isLeader(memberId)));
        return updateMemberThenRebalance(entry, member, std::move(request), std::move(reply));
    case GroupState::Stable:
        // A leader rejoins because something changed that only it can see, e.g. partitions were added.
        if (group.isLeader(memberId) || !matches)
            return updateMemberThenRebalance(entry, member, std::move(request), std::move(reply));
        return reply(currentGeneration(group, memberId, false));
    case GroupState::Empty:
    case GroupState::Dead: break;
    }
    reply(joinError(GroupError::UnknownMemberId, memberId));
}

JoinResult GroupShard::currentGeneration(const ClassicGroup& group, const std::string& memberId, bool withMembers) const {
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

void GroupShard::addMemberThenRebalance(Entry& entry, JoinRequest request, const std::string& memberId, JoinReply reply) {
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
    if (entry.group.isIn(GroupState::PreparingRebalance) && entry.group.generation() == 0)
        entry.group.newMemberAdded = true;
    ClassicMember& added = entry.group.add(std::move(member));
    scheduleSession(entry, added, kNewMemberJoinTimeoutMs);
    maybePrepareRebalance(entry);
}

void GroupShard::updateMemberThenRebalance(Entry& entry, ClassicMember& member, JoinRequest request, JoinReply reply) {
    if (member.joinReply) // an older join of the same member: the client has given it up
        answer(member, joinError(GroupError::RebalanceInProgress, member.memberId));
    member.clientId = std::move(request.clientId);
    member.clientHost = std::move(request.clientHost);
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    entry.group.updateProtocols(member, std::move(request.protocolType), std::move(request.protocols));
    member.joinReply = std::move(reply);
    maybePrepareRebalance(entry);
}

void GroupShard::maybePrepareRebalance(Entry& entry) {
    if (entry.group.canRebalance())
        prepareRebalance(entry);
    else
        maybeCompleteJoin(entry);
}

void GroupShard::prepareRebalance(Entry& entry) {
    ClassicGroup& group = entry.group;
    if (group.isIn(GroupState::CompletingRebalance))
        resetAssignments(entry, GroupError::RebalanceInProgress);
    m_scheduler.cancel(std::exchange(group.syncTimer, 0));
    group.pendingSyncMembers().clear();
    const bool initial = group.isIn(GroupState::Empty);
    group.transitionTo(GroupState::PreparingRebalance, m_scheduler.wallNow());
    m_scheduler.cancel(std::exchange(group.joinTimer, 0));
    if (initial) {
        // More members are likely to come at once: wait for them a moment before the first generation.
        const std::int32_t delay = m_config.initialRebalanceDelayMs;
        const std::int32_t remaining = std::max(group.rebalanceTimeoutMs() - delay, 0);
        group.newMemberAdded = false;
        group.joinTimer = m_scheduler.after(milliseconds(delay),
            [this, id = group.groupId(), delay, remaining] { continueInitialDelay(id, delay, remaining); });
        return;
    }
    group.joinTimer = m_scheduler.after(milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId()] {
        if (Entry* current = find(id)) {
            current->group.joinTimer = 0;
            completeJoin(*current);
        }
    });
    maybeCompleteJoin(entry);
}

void GroupShard::continueInitialDelay(const std::string& groupId, std::int32_t delayMs, std::int32_t remainingMs) {
    Entry* entry = find(groupId);
    if (!entry)
        return;
    entry->group.joinTimer = 0;
    if (!entry->group.newMemberAdded || remainingMs == 0)
        return completeJoin(*entry);
    entry->group.newMemberAdded = false;
    const std::int32_t next = std::min(m_config.initialRebalanceDelayMs, remainingMs);
    const std::int32_t left = std::max(remainingMs - delayMs, 0);
    entry->group.joinTimer =
        m_scheduler.after(milliseconds(next), [this, groupId, next, left] { continueInitialDelay(groupId, next, left); });
}

void GroupShard::maybeCompleteJoin(Entry& entry) {
    const ClassicGroup& group = entry.group;
    if (group.isIn(GroupState::PreparingRebalance) && group.previousState() != GroupState::Empty && group.allMembersJoined())
        completeJoin(entry);
}

void GroupShard::completeJoin(Entry& entry) {
    ClassicGroup& group = entry.group;
    if (!group.isIn(GroupState::PreparingRebalance))
        return;
    m_scheduler.cancel(std::exchange(group.joinTimer, 0));
    // Dynamic members that did not come back are out; static ones keep their place for as long as their session.
    std::vector<std::string> missing;
    for (const auto& [id, member] : group.members())
        if (!member.awaitsJoin() && !member.groupInstanceId)
            missing.push_back(id);
    for (const auto& id : missing)
        removeMember(entry, id, GroupError::UnknownMemberId);

    if (!group.members().empty() && !group.electLeaderAmongJoined()) {
        // Only static members, and none of them came: wait for them once more.
        group.joinTimer = m_scheduler.after(milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId()] {
            if (Entry* current = find(id)) {
                current->group.joinTimer = 0;
                completeJoin(*current);
            }
        });
        return;
    }
    group.beginNextGeneration(m_scheduler.wallNow());
    if (group.isIn(GroupState::Empty)) {
        log::info("groups", "group {} is empty, generation {}", group.groupId(), group.generation());
        write({groupMetadataRecord(group)}, [](GroupError) {}); // nobody waits; a lost write is repeated by the next change
        return;
    }
    log::info("groups", "group {} has generation {} with {} members", group.groupId(), group.generation(), group.members().size());
    for (auto& [id, member] : group.members()) {
        if (!member.awaitsJoin()) // a static member that is away keeps its place without a word
            continue;
        group.pendingSyncMembers().insert(id);
        member.isNew = false;
        scheduleSession(entry, member, member.sessionTimeoutMs);
    }
    schedulePendingSync(entry);
    // Replies last: a reply may come back into this shard.
    std::vector<std::pair<JoinReply, JoinResult>> replies;
    for (auto& [id, member] : group.members())
        if (member.awaitsJoin())
            replies.emplace_back(std::exchange(member.joinReply, {}), currentGeneration(group, id, group.isLeader(id)));
    for (auto& [reply, result] : replies)
        reply(std::move(result));
}

void GroupShard::schedulePendingSync(Entry& entry) {
    ClassicGroup& group = entry.group;
    m_scheduler.cancel(std::exchange(group.syncTimer, 0));
    group.syncTimer = m_scheduler.after(
        milliseconds(group.rebalanceTimeoutMs()), [this, id = group.groupId(), generation = group.generation()] {
            Entry* current = find(id);
            if (!current || current->group.generation() != generation)
                return;
            ClassicGroup& target = current->group;
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

// ---------------------------------------------------------------------------------------------------------------------
// SyncGroup

void GroupShard::sync(SyncRequest request, SyncReply reply) {
    const auto refuse = [&](GroupError error) { reply(SyncResult{error, {}, {}, {}}); };
    if (request.groupId.empty())
        return refuse(GroupError::InvalidGroupId);
    Entry* entry = find(request.groupId);
    if (!entry)
        return refuse(GroupError::UnknownMemberId);
    ClassicGroup& group = entry->group;
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
        scheduleSession(*entry, member, member.sessionTimeoutMs);
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
        const auto found = request.assignments.find(id);
        assignments[id] = found == request.assignments.end() ? Slice() : found->second;
        before[id] = std::exchange(each.assignment, assignments[id]);
    }
    GroupRecord record = groupMetadataRecord(group);
    for (auto& [id, each] : group.members())
        each.assignment = before[id];
    write({std::move(record)}, [this, alive = m_alive, groupId = request.groupId, generation = group.generation(),
                                   assignments = std::move(assignments)](GroupError error) mutable {
        if (*alive)
            finishSync(groupId, generation, std::move(assignments), error);
    });
}

void GroupShard::finishSync(const std::string& groupId, std::int32_t generation, std::map<std::string, Slice> assignments, GroupError error) {
    Entry* entry = find(groupId);
    // Another member may have joined meanwhile: then a new generation is on its way and this one is history.
    if (!entry || !entry->group.isIn(GroupState::CompletingRebalance) || entry->group.generation() != generation)
        return;
    ClassicGroup& group = entry->group;
    if (error != GroupError::None) {
        resetAssignments(*entry, error == GroupError::NotCoordinator ? error : GroupError::CoordinatorNotAvailable);
        prepareRebalance(*entry);
        return;
    }
    group.transitionTo(GroupState::Stable, m_scheduler.wallNow());
    std::vector<std::pair<SyncReply, SyncResult>> replies;
    for (auto& [id, member] : group.members()) {
        member.assignment = assignments[id];
        if (!member.awaitsSync())
            continue;
        scheduleSession(*entry, member, member.sessionTimeoutMs);
        replies.emplace_back(std::exchange(member.syncReply, {}),
            SyncResult{GroupError::None, group.protocolType(), group.protocolName(), member.assignment});
    }
    for (auto& [reply, result] : replies)
        reply(std::move(result));
}

void GroupShard::resetAssignments(Entry& entry, GroupError told) {
    std::vector<SyncReply> waiting;
    for (auto& [id, member] : entry.group.members()) {
        member.assignment = {};
        if (!member.awaitsSync())
            continue;
        scheduleSession(entry, member, member.sessionTimeoutMs);
        waiting.push_back(std::exchange(member.syncReply, {}));
    }
    for (auto& reply : waiting)
        reply(SyncResult{told, {}, {}, {}});
}

// ---------------------------------------------------------------------------------------------------------------------
// Heartbeat, sessions, LeaveGroup

GroupError GroupShard::heartbeat(const std::string& groupId, std::int32_t generationId, const std::string& memberId,
    const std::optional<std::string>& groupInstanceId) {
    if (groupId.empty())
        return GroupError::InvalidGroupId;
    Entry* entry = find(groupId);
    if (!entry)
        return GroupError::UnknownMemberId;
    ClassicGroup& group = entry->group;
    if (const auto error = group.validateMember(memberId, groupInstanceId); error != GroupError::None)
        return error;
    if (generationId != group.generation())
        return GroupError::IllegalGeneration;
    switch (group.state()) {
    case GroupState::Empty:
    case GroupState::Dead: return GroupError::UnknownMemberId;
    case GroupState::PreparingRebalance: {
        ClassicMember& member = *group.member(memberId);
        scheduleSession(*entry, member, member.sessionTimeoutMs);
        return GroupError::RebalanceInProgress;
    }
    case GroupState::CompletingRebalance:
    case GroupState::Stable: {
        ClassicMember& member = *group.member(memberId);
        scheduleSession(*entry, member, member.sessionTimeoutMs);
        return GroupError::None;
    }
    }
    return GroupError::UnknownServerError;
}

void GroupShard::scheduleSession(Entry& entry, ClassicMember& member, std::int32_t timeoutMs) {
    m_scheduler.cancel(member.sessionTimer);
    member.sessionTimer = m_scheduler.after(milliseconds(timeoutMs),
        [this, groupId = entry.group.groupId(), memberId = member.memberId] { sessionExpired(groupId, memberId); });
}

void GroupShard::sessionExpired(const std::string& groupId, const std::string& memberId) {
    Entry* entry = find(groupId);
    if (!entry)
        return;
    ClassicGroup& group = entry->group;
    if (group.pendingMembers().contains(memberId)) {
        group.pendingTimers.erase(memberId);
        group.pendingMembers().erase(memberId);
        maybeCompleteJoin(*entry);
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
    removeMember(*entry, memberId, GroupError::UnknownMemberId);
    memberGone(*entry);
}

void GroupShard::removeMember(Entry& entry, const std::string& memberId, GroupError toldToWaiting) {
    if (ClassicMember* member = entry.group.member(memberId)) {
        m_scheduler.cancel(std::exchange(member->sessionTimer, 0));
        answer(*member, joinError(toldToWaiting, memberId));
        answer(*member, SyncResult{toldToWaiting, {}, {}, {}});
    }
    entry.group.remove(memberId);
}

void GroupShard::memberGone(Entry& entry) {
    switch (entry.group.state()) {
    case GroupState::Stable:
    case GroupState::CompletingRebalance: return prepareRebalance(entry);
    case GroupState::PreparingRebalance: return maybeCompleteJoin(entry);
    case GroupState::Empty:
    case GroupState::Dead: return;
    }
}

LeaveResult GroupShard::leave(const std::string& groupId, const std::vector<MemberIdentity>& members) {
    LeaveResult result;
    if (groupId.empty()) {
        result.error = GroupError::InvalidGroupId;
        return result;
    }
    Entry* entry = find(groupId);
    if (!entry) {
        result.error = GroupError::UnknownMemberId;
        return result;
    }
    ClassicGroup& group = entry->group;
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
                m_scheduler.cancel(timer->second);
                group.pendingTimers.erase(timer);
            }
            removed = true;
            result.members.emplace_back(identity, GroupError::None);
            continue;
        } else {
            error = group.validateMember(memberId, identity.groupInstanceId);
        }
        if (error == GroupError::None) {
            removeMember(*entry, memberId, GroupError::UnknownMemberId);
            removed = true;
        }
        result.members.emplace_back(identity, error);
    }
    if (removed)
        memberGone(*entry);
    return result;
}

} // namespace broker::groups
