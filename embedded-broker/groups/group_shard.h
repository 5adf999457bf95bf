#pragma once
// The groups of one partition of __consumer_offsets, on the broker that leads it. Loop thread only; owned by GroupCoordinator.
//
// It keeps the groups: their members (group_members.h) and what they have committed. What must survive (a stable generation with its
// assignments, committed offsets) is written as records, and the answer leaves when they are committed. Offsets become visible when they are
// committed and not before, so that a committed offset never goes back.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/groups/group_members.h"
#include "embedded-broker/groups/group_records.h"
#include "embedded-broker/groups/offsets_log.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace broker::groups {

struct CommitRequest {
    struct Item {
        TopicPartition tp;
        CommittedOffset committed;
        GroupError error = GroupError::None; ///< set by the handler for topics that do not exist: left out, answered as set
    };
    std::string groupId;
    std::int32_t generationId = -1;
    std::string memberId;
    std::optional<std::string> groupInstanceId;
    std::vector<Item> items;
};
/// TxnOffsetCommit: the same, visible when the transaction commits.
struct TransactionalCommitRequest {
    CommitRequest commit;
    TransactionalProducer producer;
};
/// One error an item, in the order asked.
using CommitReply = std::move_only_function<void(std::vector<GroupError>)>;

struct GroupDescription {
    struct Member {
        std::string memberId;
        std::optional<std::string> groupInstanceId;
        std::string clientId;
        std::string clientHost;
        Slice metadata;
        Slice assignment;
    };
    GroupError error = GroupError::None; ///< GroupIdNotFound
    std::string groupId;
    GroupState state = GroupState::Dead;
    std::string protocolType;
    std::string protocol;
    std::vector<Member> members;
};

struct GroupListing {
    std::string groupId;
    std::string protocolType;
    GroupState state = GroupState::Empty;
};

using OffsetMap = std::map<TopicPartition, CommittedOffset>;

class GroupShard {
public:
    GroupShard(PartitionIndex partition, const GroupConfig& config, Scheduler& scheduler, Random& random, OffsetsLog& log);
    ~GroupShard();
    GroupShard(const GroupShard&) = delete;
    GroupShard& operator=(const GroupShard&) = delete;

    /// Takes one item of the log, in order; loading ends with start().
    void replay(const OffsetsLogItem& item);
    /// Begins to serve: loaded members get their session timers.
    void start();
    /// Leadership is gone: every waiting member is told NotCoordinator; nothing is served any more.
    void resign();

    [[nodiscard]] GroupMembers& members() { return m_members; }
    void commit(CommitRequest request, CommitReply reply);
    void commitInTransaction(TransactionalCommitRequest request, CommitReply reply);
    /// Writes the end marker; what the transaction committed becomes visible, or goes, when the marker is committed.
    void endTransaction(const TransactionEnd& end, std::move_only_function<void(GroupError)> done);
    /// nullptr = nothing was ever committed.
    [[nodiscard]] const OffsetMap* offsets(const std::string& groupId) const;
    /// Partitions whose offsets wait for the end of a transaction.
    [[nodiscard]] std::set<TopicPartition> unstable(const std::string& groupId) const;
    void deleteGroup(const std::string& groupId, std::move_only_function<void(GroupError)> reply);
    /// One error an item; a GroupIdNotFound or NonEmptyGroup of the whole request comes as `top`.
    void deleteOffsets(const std::string& groupId, std::vector<TopicPartition> items,
        std::move_only_function<void(GroupError top, std::vector<GroupError>)> reply);
    [[nodiscard]] GroupDescription describe(const std::string& groupId) const;
    [[nodiscard]] std::vector<GroupListing> list() const;
    /// Offsets of deleted topics go, in every group.
    void topicsDeleted(const std::vector<std::string>& topics);
    /// Removes what outlived offsets.retention.minutes.
    void expire();

private:
    struct Entry {
        ClassicGroup group;
        OffsetMap offsets;
        int pendingWrites = 0; ///< commits under way: the group must not expire below them
        /// How many transactions have an offset of the partition, on its way into the log or in it.
        std::map<TopicPartition, int> unstable;
    };
    /// Offsets of an open transaction that are in the log, by group.
    using OpenOffsets = std::map<std::string, OffsetMap>;

    [[nodiscard]] Entry* find(const std::string& groupId);
    [[nodiscard]] const Entry* find(const std::string& groupId) const;
    Entry& obtain(const std::string& groupId);
    void write(std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done);
    void apply(const GroupRecord& record, Offset at, ProducerId producer);
    void apply(OffsetEntry entry, Offset at, ProducerId producer);
    void applyEnd(ProducerId producer, bool commit);
    void hold(const std::string& groupId, const TopicPartition& tp);
    void letGo(const std::string& groupId, const TopicPartition& tp);
    void forgetOpen(const std::string& groupId, const TopicPartition& tp);
    [[nodiscard]] GroupError checkCommitter(const CommitRequest& request, Entry*& entry, bool transactional);
    [[nodiscard]] std::vector<GroupRecord> recordsOf(const CommitRequest& request, std::vector<GroupError>& errors) const;
    void apply(const GroupEntry& entry);

    const PartitionIndex m_partition;
    const GroupConfig& m_config;
    Scheduler& m_scheduler;
    OffsetsLog& m_log;
    std::unordered_map<std::string, std::unique_ptr<Entry>> m_groups;
    std::unordered_map<ProducerId, OpenOffsets> m_open; ///< by the producer of the transaction
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true); ///< callbacks of a shard that is gone do nothing
    GroupMembers m_members;
};

} // namespace broker::groups
