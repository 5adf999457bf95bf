#include "embedded-broker/groups/group_coordinator.h"

#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/base/log.h"

#include <utility>

namespace broker::groups {

PartitionIndex partitionOfGroup(const std::string& groupId, std::int32_t partitions) { return partitionOfId(groupId, partitions); }

GroupCoordinator::GroupCoordinator(GroupConfig config, Scheduler& scheduler, Random& random, OffsetsLog& log)
    : m_config(config), m_scheduler(scheduler), m_random(random), m_log(log) {}

GroupCoordinator::~GroupCoordinator() {
    *m_alive = false;
    m_scheduler.cancel(m_expiryTimer);
}

void GroupCoordinator::elected(PartitionIndex partition, LeaderEpoch epoch) {
    Slot& slot = m_slots[partition];
    if (slot.shard && slot.epoch >= epoch)
        return;
    if (slot.shard && slot.loaded) {
        // Still leader in a newer epoch: nobody else can have written in between.
        slot.epoch = epoch;
        return;
    }
    slot.epoch = epoch;
    slot.loaded = false;
    slot.shard = std::make_unique<GroupShard>(partition, m_config, m_scheduler, m_random, m_log);
    load(partition, epoch);
    if (m_expiryTimer == 0)
        scheduleExpiry();
}

void GroupCoordinator::load(PartitionIndex partition, LeaderEpoch epoch) {
    const auto current = [this, alive = m_alive, partition, epoch]() -> Slot* {
        if (!*alive)
            return nullptr;
        const auto it = m_slots.find(partition);
        return it != m_slots.end() && it->second.epoch == epoch && it->second.shard && !it->second.loaded ? &it->second : nullptr;
    };
    m_log.load(
        partition,
        [current](const OffsetsLogItem& item) {
            if (Slot* slot = current())
                slot->shard->replay(item);
        },
        [current, partition](Result<void> result) {
            Slot* slot = current();
            if (!slot)
                return;
            if (!result) {
                log::error("groups", "__consumer_offsets-{} could not be loaded: {}", partition, result.error().message);
                slot->shard.reset(); // asked again at the next election; clients are told NotCoordinator and look elsewhere
                return;
            }
            slot->loaded = true;
            slot->shard->start();
        });
}

void GroupCoordinator::resigned(PartitionIndex partition) {
    const auto it = m_slots.find(partition);
    if (it == m_slots.end())
        return;
    auto shard = std::move(it->second.shard);
    m_slots.erase(it);
    if (shard)
        shard->resign();
}

void GroupCoordinator::shutdown() {
    while (!m_slots.empty())
        resigned(m_slots.begin()->first);
    m_scheduler.cancel(std::exchange(m_expiryTimer, 0));
}

void GroupCoordinator::topicsDeleted(const std::vector<std::string>& topics) {
    for (auto& [partition, slot] : m_slots)
        if (slot.loaded)
            slot.shard->topicsDeleted(topics);
}

void GroupCoordinator::scheduleExpiry() {
    m_expiryTimer = m_scheduler.after(milliseconds(m_config.retentionCheckIntervalMs), [this] {
        m_expiryTimer = 0;
        for (auto& [partition, slot] : m_slots)
            if (slot.loaded)
                slot.shard->expire();
        if (!m_slots.empty()) // a broker that leads nothing has nothing to expire and stays asleep
            scheduleExpiry();
    });
}

std::pair<GroupShard*, GroupError> GroupCoordinator::shardOf(const std::string& groupId) const {
    if (m_partitions <= 0)
        return {nullptr, GroupError::NotCoordinator};
    const auto it = m_slots.find(partitionOfGroup(groupId, m_partitions));
    if (it == m_slots.end() || !it->second.shard)
        return {nullptr, GroupError::NotCoordinator};
    if (!it->second.loaded)
        return {nullptr, GroupError::CoordinatorLoadInProgress};
    return {it->second.shard.get(), GroupError::None};
}

void GroupCoordinator::join(JoinRequest request, JoinReply reply) {
    const auto [shard, error] = shardOf(request.groupId);
    if (shard)
        return shard->members().join(std::move(request), std::move(reply));
    JoinResult result;
    result.error = request.groupId.empty() ? GroupError::InvalidGroupId : error;
    result.memberId = request.memberId;
    reply(std::move(result));
}

void GroupCoordinator::sync(SyncRequest request, SyncReply reply) {
    const auto [shard, error] = shardOf(request.groupId);
    if (shard)
        return shard->members().sync(std::move(request), std::move(reply));
    reply(SyncResult{request.groupId.empty() ? GroupError::InvalidGroupId : error, {}, {}, {}});
}

GroupError GroupCoordinator::heartbeat(const std::string& groupId, std::int32_t generationId, const std::string& memberId,
    const std::optional<std::string>& groupInstanceId) {
    if (groupId.empty())
        return GroupError::InvalidGroupId;
    const auto [shard, error] = shardOf(groupId);
    if (shard)
        return shard->members().heartbeat(groupId, generationId, memberId, groupInstanceId);
    // While loading a member shall stay calm: its session begins anew when the shard is there.
    return error == GroupError::CoordinatorLoadInProgress ? GroupError::None : error;
}

LeaveResult GroupCoordinator::leave(const std::string& groupId, const std::vector<MemberIdentity>& members) {
    const auto [shard, error] = shardOf(groupId);
    if (shard)
        return shard->members().leave(groupId, members);
    return {groupId.empty() ? GroupError::InvalidGroupId : error, {}};
}

void GroupCoordinator::commit(CommitRequest request, CommitReply reply) {
    const auto [shard, error] = shardOf(request.groupId);
    if (shard)
        return shard->commit(std::move(request), std::move(reply));
    reply(std::vector<GroupError>(request.items.size(), error));
}

void GroupCoordinator::commitInTransaction(TransactionalCommitRequest request, CommitReply reply) {
    const auto [shard, error] = shardOf(request.commit.groupId);
    if (shard)
        return shard->commitInTransaction(std::move(request), std::move(reply));
    reply(std::vector<GroupError>(request.commit.items.size(), error));
}

void GroupCoordinator::endTransaction(PartitionIndex partition, const TransactionEnd& end, std::move_only_function<void(GroupError)> done) {
    const auto it = m_slots.find(partition);
    if (it == m_slots.end() || !it->second.shard)
        return done(GroupError::NotCoordinator);
    // What is loading does not see what is written meanwhile.
    if (!it->second.loaded)
        return done(GroupError::CoordinatorLoadInProgress);
    it->second.shard->endTransaction(end, std::move(done));
}

GroupCoordinator::Fetched GroupCoordinator::fetchOffsets(const std::string& groupId) const {
    const auto [shard, error] = shardOf(groupId);
    if (!shard)
        return {error, {}, {}};
    const OffsetMap* offsets = shard->offsets(groupId);
    return {GroupError::None, offsets ? *offsets : OffsetMap{}, shard->unstable(groupId)};
}

void GroupCoordinator::deleteGroup(const std::string& groupId, std::move_only_function<void(GroupError)> reply) {
    const auto [shard, error] = shardOf(groupId);
    if (shard)
        return shard->deleteGroup(groupId, std::move(reply));
    reply(groupId.empty() ? GroupError::InvalidGroupId : error);
}

void GroupCoordinator::deleteOffsets(const std::string& groupId, std::vector<TopicPartition> items,
    std::move_only_function<void(GroupError, std::vector<GroupError>)> reply) {
    const auto [shard, error] = shardOf(groupId);
    if (shard)
        return shard->deleteOffsets(groupId, std::move(items), std::move(reply));
    reply(groupId.empty() ? GroupError::InvalidGroupId : error, {});
}

GroupDescription GroupCoordinator::describe(const std::string& groupId) const {
    const auto [shard, error] = shardOf(groupId);
    if (shard)
        return shard->describe(groupId);
    GroupDescription result;
    result.groupId = groupId;
    result.error = groupId.empty() ? GroupError::InvalidGroupId : error;
    return result;
}

GroupCoordinator::Listing GroupCoordinator::list() const {
    Listing listing;
    for (const auto& [partition, slot] : m_slots) {
        if (!slot.loaded) {
            listing.error = GroupError::CoordinatorLoadInProgress;
            continue;
        }
        auto groups = slot.shard->list();
        listing.groups.insert(listing.groups.end(), std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
    }
    return listing;
}

} // namespace broker::groups
