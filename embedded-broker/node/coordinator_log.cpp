#include "embedded-broker/node/coordinator_log.h"

namespace broker::node {

namespace {

constexpr Duration kAppendTimeout = seconds(5); ///< offsets.commit.timeout.ms
constexpr std::uint64_t kLoadBytes = 1U << 20;  ///< per turn, so that a long history does not hold the loop
/// How long a load waits for the high watermark to reach the log's end before it looks again.
constexpr Duration kCommitPoll = milliseconds(5);

} // namespace

struct CoordinatorLog::Loading {
    PartitionIndex partition = 0;
    Offset next = 0;
    Offset end = 0;
    std::move_only_function<Result<void>(const protocol::RecordBatchView&)> each;
    std::move_only_function<void(Result<void>)> done;
};

CoordinatorLog::CoordinatorLog(std::string topic, replication::ReplicaManager& replicas, Scheduler& scheduler)
    : m_topic(std::move(topic)), m_replicas(replicas), m_scheduler(scheduler) {}

CoordinatorLog::~CoordinatorLog() { *m_alive = false; }

void CoordinatorLog::append(PartitionIndex partition, Slice batch, std::int16_t transactionVersion,
                            std::move_only_function<void(replication::ReplicaError, Offset)> done) {
    replication::AppendRequest request;
    request.entries.push_back({{m_topic, partition}, std::move(batch)});
    request.acks = -1;
    request.timeout = kAppendTimeout;
    request.options.origin = storage::AppendOptions::Origin::Coordinator;
    request.options.transactionVersion = transactionVersion;
    // In a turn of its own: a refusal is known inside the call.
    m_replicas.append(std::move(request), [this, alive = m_alive, done = std::move(done)](std::vector<replication::AppendOutcome> outcomes) mutable {
        if (!*alive)
            return;
        m_scheduler.post([alive = std::move(alive), done = std::move(done), error = outcomes.front().error, first = outcomes.front().info.firstOffset]() mutable {
            if (*alive)
                done(error, first);
        });
    });
}

void CoordinatorLog::load(PartitionIndex partition, std::move_only_function<Result<void>(const protocol::RecordBatchView&)> each,
                          std::move_only_function<void(Result<void>)> done) {
    auto loading = std::make_shared<Loading>();
    loading->partition = partition;
    loading->each = std::move(each);
    loading->done = std::move(done);
    if (const auto replica = m_replicas.find({m_topic, partition})) {
        loading->next = replica->log().logStartOffset();
        loading->end = replica->log().logEndOffset();
    }
    m_scheduler.post([this, alive = m_alive, loading] {
        if (*alive)
            loadSome(loading);
    });
}

void CoordinatorLog::loadSome(std::shared_ptr<Loading> loading) {
    const auto replica = m_replicas.find({m_topic, loading->partition});
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
        if (const auto taken = loading->each(*batch); !taken)
            return loading->done(std::unexpected(taken.error()));
    }
    if (loading->next == before)
        return loading->done(walker.error() ? Result<void>(std::unexpected(*walker.error())) : Result<void>{});
    m_scheduler.post(again);
}

} // namespace broker::node
