#include "embedded-broker/node/group_log.h"

#include "embedded-broker/protocol/record_batch.h"

namespace broker::node {

namespace {

constexpr Duration kAppendTimeout = seconds(5); ///< offsets.commit.timeout.ms
constexpr std::uint64_t kLoadBytes = 1U << 20;  ///< per turn, so that a long history does not hold the loop
/// How long a load waits for the high watermark to reach the log's end before it looks again.
constexpr Duration kCommitPoll = milliseconds(5);

groups::GroupError toGroupError(replication::ReplicaError error) {
    using replication::ReplicaError;
    switch (error) {
    case ReplicaError::None: return groups::GroupError::None;
    case ReplicaError::NotLeaderOrFollower:
    case ReplicaError::FencedLeaderEpoch:
    case ReplicaError::UnknownTopicOrPartition:
    case ReplicaError::UnknownTopicId: return groups::GroupError::NotCoordinator;
    case ReplicaError::NotEnoughReplicas:
    case ReplicaError::NotEnoughReplicasAfterAppend:
    case ReplicaError::RequestTimedOut: return groups::GroupError::CoordinatorNotAvailable;
    case ReplicaError::MessageTooLarge:
    case ReplicaError::RecordListTooLarge: return groups::GroupError::InvalidCommitOffsetSize;
    default: return groups::GroupError::UnknownServerError;
    }
}

TopicPartition offsetsPartition(PartitionIndex partition) { return {"__consumer_offsets", partition}; }

} // namespace

struct GroupLog::Loading {
    PartitionIndex partition = 0;
    Offset next = 0;
    Offset end = 0;
    std::move_only_function<void(const Slice&, const std::optional<Slice>&)> each;
    std::move_only_function<void(Result<void>)> done;
};

GroupLog::GroupLog(replication::ReplicaManager& replicas, Scheduler& scheduler) : m_replicas(replicas), m_scheduler(scheduler) {}

GroupLog::~GroupLog() { *m_alive = false; }

void GroupLog::append(PartitionIndex partition, std::vector<groups::GroupRecord> records, std::move_only_function<void(groups::GroupError)> done) {
    protocol::RecordBatchBuilder batch;
    const WallMs now = m_scheduler.wallNow();
    for (const auto& record : records)
        batch.append(now, record.key.bytes(), record.value ? std::optional(record.value->bytes()) : std::nullopt);
    replication::AppendRequest request;
    request.entries.push_back({offsetsPartition(partition), batch.build()});
    request.acks = -1;
    request.timeout = kAppendTimeout;
    request.options.origin = storage::AppendOptions::Origin::Coordinator;
    // In a turn of its own: a refusal is known inside the call.
    m_replicas.append(std::move(request), [this, alive = m_alive, done = std::move(done)](std::vector<replication::AppendOutcome> outcomes) mutable {
        if (!*alive)
            return;
        const auto error = toGroupError(outcomes.front().error);
        m_scheduler.post([alive = std::move(alive), done = std::move(done), error]() mutable {
            if (*alive)
                done(error);
        });
    });
}

void GroupLog::load(PartitionIndex partition, std::move_only_function<void(const Slice&, const std::optional<Slice>&)> each,
                    std::move_only_function<void(Result<void>)> done) {
    auto loading = std::make_shared<Loading>();
    loading->partition = partition;
    loading->each = std::move(each);
    loading->done = std::move(done);
    if (const auto replica = m_replicas.find(offsetsPartition(partition))) {
        loading->next = replica->log().logStartOffset();
        loading->end = replica->log().logEndOffset();
    }
    m_scheduler.post([this, alive = m_alive, loading] {
        if (*alive)
            loadSome(loading);
    });
}

void GroupLog::loadSome(std::shared_ptr<Loading> loading) {
    const auto replica = m_replicas.find(offsetsPartition(loading->partition));
    if (!replica || !replica->isLeader())
        return loading->done(fail(ErrorCode::Unavailable, "This broker does not lead the partition any more."));
    if (loading->next >= loading->end)
        return loading->done({});
    const auto again = [this, alive = m_alive, loading] {
        if (*alive)
            loadSome(loading);
    };
    if (replica->highWatermark() < loading->end) {
        m_scheduler.after(kCommitPoll, again);
        return;
    }
    const auto bytes = replica->log().readBytes(loading->next, kLoadBytes, loading->end);
    if (!bytes)
        return loading->done(std::unexpected(bytes.error()));
    protocol::BatchWalker walker(bytes->bytes());
    const Offset before = loading->next;
    while (const auto batch = walker.next()) {
        loading->next = batch->nextOffset();
        if (batch->isControl())
            continue;
        const auto read = protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
            if (record.key)
                loading->each(Slice::copy(*record.key), record.value ? std::optional(Slice::copy(*record.value)) : std::nullopt);
            return true;
        });
        if (!read)
            return loading->done(std::unexpected(read.error()));
    }
    if (loading->next == before)
        return loading->done(walker.error() ? Result<void>(std::unexpected(*walker.error())) : Result<void>{});
    m_scheduler.post(again);
}

} // namespace broker::node
