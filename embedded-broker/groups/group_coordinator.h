#pragma once
// The group coordinator of one broker: the door that handlers use. It finds the shard of a group, loads shards when this
// broker becomes leader of a partition of __consumer_offsets, and lets them go when it is not any more.
// Loop thread only; owned by the node.

#include "embedded-broker/groups/group_shard.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace broker::groups {

/// Kafka's rule: abs(java hash of the id) % partitions, over the UTF-16 code units of the id.
PartitionIndex partitionOfGroup(const std::string& groupId, std::int32_t partitions);

class GroupCoordinator {
public:
    GroupCoordinator(GroupConfig config, Scheduler& scheduler, Random& random, OffsetsLog& log);
    ~GroupCoordinator();

    /// How many partitions __consumer_offsets has; 0 = the topic does not exist yet. From the metadata image.
    void setPartitionCount(std::int32_t partitions) { m_partitions = partitions; }
    [[nodiscard]] std::int32_t partitionCount() const { return m_partitions; }

    /// This broker became leader of `partition` in `epoch`: load, then serve. The same epoch twice is fine.
    void elected(PartitionIndex partition, LeaderEpoch epoch);
    /// It is not leader any more.
    void resigned(PartitionIndex partition);
    void topicsDeleted(const std::vector<std::string>& topics);
    void shutdown();

    void join(JoinRequest request, JoinReply reply);
    void sync(SyncRequest request, SyncReply reply);
    GroupError heartbeat(const std::string& groupId, std::int32_t generationId, const std::string& memberId,
        const std::optional<std::string>& groupInstanceId);
    LeaveResult leave(const std::string& groupId, const std::vector<MemberIdentity>& members);
    void commit(CommitRequest request, CommitReply reply);
    void commitInTransaction(TransactionalCommitRequest request, CommitReply reply);
    /// Writes the end marker of a transaction into `partition` of __consumer_offsets; see GroupShard.
    void endTransaction(PartitionIndex partition, const TransactionEnd& end, std::move_only_function<void(GroupError)> done);

    struct Fetched {
        GroupError error = GroupError::None;
        OffsetMap offsets; ///< all that the group committed; the handler picks
        std::set<TopicPartition> unstable; ///< partitions whose offset waits for the end of a transaction
    };
    [[nodiscard]] Fetched fetchOffsets(const std::string& groupId) const;
    void deleteGroup(const std::string& groupId, std::move_only_function<void(GroupError)> reply);
    void deleteOffsets(const std::string& groupId, std::vector<TopicPartition> items,
        std::move_only_function<void(GroupError, std::vector<GroupError>)> reply);
    [[nodiscard]] GroupDescription describe(const std::string& groupId) const;

    struct Listing {
        GroupError error = GroupError::None; ///< CoordinatorLoadInProgress while a shard still loads
        std::vector<GroupListing> groups;
    };
    [[nodiscard]] Listing list() const;

private:
    struct Slot {
        LeaderEpoch epoch = kNoEpoch;
        bool loaded = false;
        std::unique_ptr<GroupShard> shard;
    };
    /// The shard that serves `groupId`, or why none does.
    [[nodiscard]] std::pair<GroupShard*, GroupError> shardOf(const std::string& groupId) const;
    void load(PartitionIndex partition, LeaderEpoch epoch);
    void scheduleExpiry();

    const GroupConfig m_config;
    Scheduler& m_scheduler;
    Random& m_random;
    OffsetsLog& m_log;
    std::int32_t m_partitions = 0;
    std::map<PartitionIndex, Slot> m_slots;
    TimerId m_expiryTimer = 0;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::groups
