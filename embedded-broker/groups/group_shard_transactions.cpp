// Offsets that are committed in a transaction: in the log at once, visible when the transaction commits.
#include "embedded-broker/groups/group_shard.h"

#include <iterator>
#include <utility>

namespace broker::groups {

/// Until letGo, the partition's offset is unstable (KIP-447): who reads stable offsets waits. Begins before the record is written, so that nobody
/// who takes over meanwhile starts from an offset that is about to move.
void GroupShard::hold(const std::string& groupId, const TopicPartition& tp) { ++obtain(groupId).unstable[tp]; }

void GroupShard::letGo(const std::string& groupId, const TopicPartition& tp) {
    Entry* entry = find(groupId);
    if (!entry)
        return;
    const auto found = entry->unstable.find(tp);
    if (found != entry->unstable.end() && --found->second <= 0)
        entry->unstable.erase(found);
}

/// A tombstone came behind the offsets of open transactions: they will not become visible.
void GroupShard::forgetOpen(const std::string& groupId, const TopicPartition& tp) {
    for (auto producer = m_open.begin(); producer != m_open.end();) {
        auto& groups = producer->second;
        const auto group = groups.find(groupId);
        if (group != groups.end() && group->second.erase(tp) > 0) {
            letGo(groupId, tp);
            if (group->second.empty())
                groups.erase(group);
        }
        producer = groups.empty() ? m_open.erase(producer) : std::next(producer);
    }
}

void GroupShard::applyEnd(ProducerId producer, bool commit) {
    auto open = m_open.extract(producer);
    if (open.empty())
        return;
    for (auto& [groupId, offsets] : open.mapped()) {
        for (auto& [tp, committed] : offsets) {
            letGo(groupId, tp);
            if (!commit)
                continue;
            // What was committed outside of the transaction after it stays.
            auto& current = obtain(groupId).offsets;
            const auto there = current.find(tp);
            if (there == current.end() || there->second.recordOffset < committed.recordOffset)
                current[tp] = std::move(committed);
        }
    }
}

std::set<TopicPartition> GroupShard::unstable(const std::string& groupId) const {
    std::set<TopicPartition> all;
    if (const Entry* entry = find(groupId))
        for (const auto& [tp, transactions] : entry->unstable)
            all.insert(tp);
    return all;
}

void GroupShard::commitInTransaction(TransactionalCommitRequest request, CommitReply reply) {
    Entry* entry = nullptr;
    if (const auto error = checkCommitter(request.commit, entry, true); error != GroupError::None)
        return reply(std::vector<GroupError>(request.commit.items.size(), error));
    std::vector<GroupError> errors;
    auto records = recordsOf(request.commit, errors);
    if (records.empty())
        return reply(std::move(errors));
    std::vector<TopicPartition> held;
    for (std::size_t i = 0; i < errors.size(); ++i)
        if (errors[i] == GroupError::None)
            held.push_back(request.commit.items[i].tp);
    const std::string groupId = request.commit.groupId;
    for (const auto& tp : held)
        hold(groupId, tp);
    auto kept = records;
    m_log.append(m_partition, {std::move(records), request.producer, std::nullopt},
        [this, alive = m_alive, groupId, held = std::move(held), kept = std::move(kept), producer = request.producer.id, errors = std::move(errors),
            reply = std::move(reply)](GroupError error, Offset at) mutable {
            if (!*alive)
                error = GroupError::NotCoordinator;
            if (*alive) {
                if (error == GroupError::None)
                    for (const auto& record : kept)
                        apply(record, at++, producer);
                for (const auto& tp : held)
                    letGo(groupId, tp);
            }
            if (error != GroupError::None)
                for (auto& each : errors)
                    if (each == GroupError::None)
                        each = error;
            reply(std::move(errors));
        });
}

void GroupShard::endTransaction(const TransactionEnd& end, std::move_only_function<void(GroupError)> done) {
    m_log.append(m_partition, {{}, std::nullopt, end}, [this, alive = m_alive, end, done = std::move(done)](GroupError error, Offset) mutable {
        if (error == GroupError::None && *alive)
            applyEnd(end.producer.id, end.commit);
        done(error);
    });
}

} // namespace broker::groups
