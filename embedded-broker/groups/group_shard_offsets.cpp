// What a shard stores: records, committed offsets, descriptions. Membership is in group_shard.cpp.
#include "embedded-broker/groups/group_shard.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::groups {

// ---------------------------------------------------------------------------------------------------------------------
// Records

void GroupShard::apply(const GroupRecord& record, Offset at, ProducerId producer) {
    auto entry = parseRecord(record.key, record.value);
    if (!entry) // we wrote it ourselves
        return;
    // Live, membership is already what the record says; only offsets change when they are committed.
    if (auto* offset = std::get_if<OffsetEntry>(&*entry))
        apply(std::move(*offset), at, producer);
}

void GroupShard::replay(const OffsetsLogItem& item) {
    if (item.endedByCommit)
        return applyEnd(item.producer, *item.endedByCommit);
    auto entry = parseRecord(item.key, item.value);
    if (!entry) {
        log::warning("groups", "__consumer_offsets-{}: a record is skipped: {}", m_partition, entry.error().message);
        return;
    }
    if (auto* offset = std::get_if<OffsetEntry>(&*entry))
        apply(std::move(*offset), item.offset, item.producer);
    else if (const auto* group = std::get_if<GroupEntry>(&*entry))
        apply(*group);
}

void GroupShard::apply(OffsetEntry entry, Offset at, ProducerId producer) {
    if (!entry.committed) {
        forgetOpen(entry.group, entry.tp);
        if (Entry* found = find(entry.group))
            found->offsets.erase(entry.tp);
        return;
    }
    entry.committed->recordOffset = at;
    if (producer == kNoProducerId) {
        obtain(entry.group).offsets[entry.tp] = std::move(*entry.committed);
        return;
    }
    obtain(entry.group);
    if (m_open[producer][entry.group].insert_or_assign(entry.tp, std::move(*entry.committed)).second)
        hold(entry.group, entry.tp);
}

void GroupShard::apply(const GroupEntry& entry) {
    if (!entry.value) {
        // Offsets that were committed before the tombstone have tombstones of their own.
        if (Entry* found = find(entry.group); found && found->offsets.empty() && found->unstable.empty())
            m_groups.erase(entry.group);
        else if (found)
            found->group = ClassicGroup(entry.group, m_scheduler.wallNow());
        return;
    }
    Entry& target = obtain(entry.group);
    ClassicGroup fresh(entry.group, entry.value->stateTimestamp >= 0 ? entry.value->stateTimestamp : m_scheduler.wallNow());
    for (const auto& stored : entry.value->members) {
        ClassicMember member;
        member.memberId = stored.memberId;
        member.groupInstanceId = stored.groupInstanceId;
        member.clientId = stored.clientId;
        member.clientHost = stored.clientHost;
        member.rebalanceTimeoutMs = stored.rebalanceTimeoutMs >= 0 ? stored.rebalanceTimeoutMs : stored.sessionTimeoutMs;
        member.sessionTimeoutMs = stored.sessionTimeoutMs;
        member.protocolType = entry.value->protocolType;
        member.protocols.push_back({entry.value->protocol.value_or(""), stored.subscription});
        member.assignment = stored.assignment;
        fresh.add(std::move(member));
    }
    fresh.restore(entry.value->generation, entry.value->protocolType, entry.value->protocol, entry.value->leader.value_or(""),
        fresh.stateSince());
    target.group = std::move(fresh);
}

// ---------------------------------------------------------------------------------------------------------------------
// Offsets

/// Who may commit for the group now. `entry` is the group, made where a simple consumer commits for the first time.
GroupError GroupShard::checkCommitter(const CommitRequest& request, Entry*& entry, bool transactional) {
    if (request.groupId.empty() && request.generationId >= 0)
        return GroupError::InvalidGroupId;
    entry = find(request.groupId);
    if (!entry) {
        // Consumers that assign themselves commit without being members (generation -1).
        if (request.generationId >= 0)
            return GroupError::IllegalGeneration;
        entry = &obtain(request.groupId);
    }
    ClassicGroup& group = entry->group;
    const bool asMember = request.generationId >= 0 || !request.memberId.empty() || request.groupInstanceId;
    if (request.generationId < 0 && group.isIn(GroupState::Empty)) {
        // a simple consumer
    } else if (asMember) {
        if (const auto error = group.validateMember(request.memberId, request.groupInstanceId); error != GroupError::None)
            return error;
        if (request.generationId != group.generation())
            return GroupError::IllegalGeneration;
    } else if (!transactional && !group.isIn(GroupState::Empty)) {
        return GroupError::UnknownMemberId; // a producer of before KIP-447 does not know the member it commits for
    }
    if (!transactional && group.isIn(GroupState::CompletingRebalance))
        return GroupError::RebalanceInProgress;
    return GroupError::None;
}

/// What is to be written; one error an item, in their order.
std::vector<GroupRecord> GroupShard::recordsOf(const CommitRequest& request, std::vector<GroupError>& errors) const {
    std::vector<GroupRecord> records;
    errors.reserve(request.items.size());
    for (const auto& item : request.items) {
        GroupError error = item.error;
        if (error == GroupError::None && static_cast<std::int64_t>(item.committed.metadata.size()) > m_config.offsetMetadataMaxBytes)
            error = GroupError::OffsetMetadataTooLarge;
        if (error == GroupError::None)
            records.push_back(offsetCommitRecord(request.groupId, item.tp, item.committed));
        errors.push_back(error);
    }
    return records;
}

void GroupShard::commit(CommitRequest request, CommitReply reply) {
    Entry* entry = nullptr;
    if (const auto error = checkCommitter(request, entry, false); error != GroupError::None)
        return reply(std::vector<GroupError>(request.items.size(), error));
    const ClassicGroup& group = entry->group;
    if (ClassicMember* member = entry->group.member(request.memberId);
        member && (group.isIn(GroupState::Stable) || group.isIn(GroupState::PreparingRebalance)))
        m_members.scheduleSession(entry->group, *member, member->sessionTimeoutMs);

    std::vector<GroupError> errors;
    auto records = recordsOf(request, errors);
    if (records.empty())
        return reply(std::move(errors));
    ++entry->pendingWrites;
    write(std::move(records), [this, alive = m_alive, groupId = request.groupId, errors = std::move(errors),
                                  reply = std::move(reply)](GroupError error) mutable {
        if (*alive)
            if (Entry* current = find(groupId))
                --current->pendingWrites;
        if (error != GroupError::None)
            for (auto& each : errors)
                if (each == GroupError::None)
                    each = error;
        reply(std::move(errors));
    });
}

const OffsetMap* GroupShard::offsets(const std::string& groupId) const {
    const Entry* entry = find(groupId);
    return entry ? &entry->offsets : nullptr;
}

void GroupShard::deleteGroup(const std::string& groupId, std::move_only_function<void(GroupError)> reply) {
    if (groupId.empty())
        return reply(GroupError::InvalidGroupId);
    Entry* entry = find(groupId);
    if (!entry)
        return reply(GroupError::GroupIdNotFound);
    if (!entry->group.isIn(GroupState::Empty))
        return reply(GroupError::NonEmptyGroup);
    std::vector<GroupRecord> records;
    for (const auto& [tp, committed] : entry->offsets)
        records.push_back(offsetTombstone(groupId, tp));
    for (const auto& [tp, transactions] : entry->unstable)
        if (!entry->offsets.contains(tp))
            records.push_back(offsetTombstone(groupId, tp));
    records.push_back(groupTombstone(groupId));
    write(std::move(records), [this, alive = m_alive, groupId, reply = std::move(reply)](GroupError error) mutable {
        if (error == GroupError::None && *alive) {
            if (Entry* current = find(groupId); current && current->group.isIn(GroupState::Empty) && current->offsets.empty() &&
                                                current->pendingWrites == 0 && current->unstable.empty()) {
                m_members.clearTimers(current->group);
                m_groups.erase(groupId);
            }
        }
        reply(error);
    });
}

void GroupShard::deleteOffsets(const std::string& groupId, std::vector<TopicPartition> items,
    std::move_only_function<void(GroupError, std::vector<GroupError>)> reply) {
    Entry* entry = find(groupId);
    if (!entry)
        return reply(GroupError::GroupIdNotFound, {});
    const ClassicGroup& group = entry->group;
    if (!group.isIn(GroupState::Empty) && !group.usesConsumerProtocol())
        return reply(GroupError::NonEmptyGroup, {});
    std::vector<GroupError> errors;
    std::vector<GroupRecord> records;
    for (const auto& tp : items) {
        if (!group.isIn(GroupState::Empty) && group.isSubscribedTo(tp.topic)) {
            errors.push_back(GroupError::GroupSubscribedToTopic);
            continue;
        }
        if (entry->offsets.contains(tp) || entry->unstable.contains(tp))
            records.push_back(offsetTombstone(groupId, tp));
        errors.push_back(GroupError::None);
    }
    if (records.empty())
        return reply(GroupError::None, std::move(errors));
    write(std::move(records), [errors = std::move(errors), reply = std::move(reply)](GroupError error) mutable {
        reply(error, std::move(errors));
    });
}

void GroupShard::topicsDeleted(const std::vector<std::string>& topics) {
    std::vector<GroupRecord> records;
    const auto deleted = [&](const TopicPartition& tp) { return std::ranges::find(topics, tp.topic) != topics.end(); };
    for (const auto& [id, entry] : m_groups) {
        for (const auto& [tp, committed] : entry->offsets)
            if (deleted(tp))
                records.push_back(offsetTombstone(id, tp));
        for (const auto& [tp, transactions] : entry->unstable)
            if (deleted(tp) && !entry->offsets.contains(tp))
                records.push_back(offsetTombstone(id, tp));
    }
    if (!records.empty())
        write(std::move(records), [](GroupError) {});
}

void GroupShard::expire() {
    const WallMs now = m_scheduler.wallNow();
    std::vector<GroupRecord> records;
    std::vector<std::string> empty;
    for (const auto& [id, entry] : m_groups) {
        const ClassicGroup& group = entry->group;
        std::size_t left = entry->offsets.size();
        for (const auto& [tp, committed] : entry->offsets) {
            // Offsets live while the group does; of a simple consumer each has its own time.
            bool expired = false;
            if (committed.expireTimestamp >= 0)
                expired = now >= committed.expireTimestamp;
            else if (group.isIn(GroupState::Empty) && group.protocolType())
                expired = now - std::max(group.stateSince(), committed.commitTimestamp) >= m_config.offsetsRetentionMs;
            else if (group.isIn(GroupState::Empty))
                expired = now - committed.commitTimestamp >= m_config.offsetsRetentionMs;
            else if (group.usesConsumerProtocol() && group.isIn(GroupState::Stable) && !group.isSubscribedTo(tp.topic))
                expired = now - committed.commitTimestamp >= m_config.offsetsRetentionMs;
            if (expired && !entry->unstable.contains(tp)) {
                records.push_back(offsetTombstone(id, tp));
                --left;
            }
        }
        if (left == 0 && group.isIn(GroupState::Empty) && entry->pendingWrites == 0 && entry->unstable.empty() && group.size() == 0) {
            records.push_back(groupTombstone(id));
            empty.push_back(id);
        }
    }
    if (records.empty())
        return;
    write(std::move(records), [this, alive = m_alive, empty = std::move(empty)](GroupError error) {
        if (error != GroupError::None || !*alive)
            return;
        for (const auto& id : empty)
            if (Entry* entry = find(id); entry && entry->group.isIn(GroupState::Empty) && entry->offsets.empty() &&
                                         entry->pendingWrites == 0 && entry->unstable.empty() &&
                                         entry->group.pendingMembers().empty())
                m_groups.erase(id);
    });
}

// ---------------------------------------------------------------------------------------------------------------------
// Descriptions

GroupDescription GroupShard::describe(const std::string& groupId) const {
    GroupDescription result;
    result.groupId = groupId;
    const Entry* entry = find(groupId);
    if (!entry) {
        result.error = GroupError::GroupIdNotFound;
        return result;
    }
    const ClassicGroup& group = entry->group;
    result.state = group.state();
    result.protocolType = group.protocolType().value_or("");
    const bool stable = group.isIn(GroupState::Stable);
    if (stable)
        result.protocol = group.protocolName().value_or("");
    for (const auto& [id, member] : group.members()) {
        GroupDescription::Member each{id, member.groupInstanceId, member.clientId, member.clientHost, {}, {}};
        if (stable) {
            each.metadata = member.metadataFor(result.protocol);
            each.assignment = member.assignment;
        }
        result.members.push_back(std::move(each));
    }
    return result;
}

std::vector<GroupListing> GroupShard::list() const {
    std::vector<GroupListing> all;
    for (const auto& [id, entry] : m_groups)
        all.push_back({id, entry->group.protocolType().value_or(""), entry->group.state()});
    return all;
}

} // namespace broker::groups
