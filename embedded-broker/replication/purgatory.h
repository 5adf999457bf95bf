#pragma once
// Requests that wait: appends until they are on disk everywhere they must be, fetches until there is something to read.
// A waiting request is linked to its partitions and woken by what happens there (an append, a high watermark, a change of
// leader); the only timer is its own deadline. Loop thread only.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/replication/replica_error.h"
#include "embedded-broker/storage/log.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::replication {

class Partition;

// --- appends -----------------------------------------------------------------------------------------------------------

struct AppendEntry {
    TopicPartition tp;
    Slice records;
};

struct AppendOutcome {
    ReplicaError error = ReplicaError::None;
    std::string message;                   ///< for people; may be empty
    std::vector<std::int32_t> batchIndexes;///< records at fault
    storage::AppendInfo info;              ///< valid without error and for NotEnoughReplicasAfterAppend
};

using AppendDone = std::move_only_function<void(std::vector<AppendOutcome>)>;

/// One append request whose outcomes are not all known yet. Shared by the partitions that it waits for.
struct PendingAppend {
    std::vector<AppendOutcome> outcomes;
    std::size_t waiting = 0;
    AppendDone done;
    TimerId timer = 0;
    Scheduler* scheduler = nullptr;
    std::vector<std::pair<std::weak_ptr<Partition>, std::size_t>> where; ///< partition, index of its outcome

    /// The outcome of one entry is known; the last one answers.
    void settle(std::size_t index, ReplicaError error);
    void finish();
};

// --- fetches -----------------------------------------------------------------------------------------------------------

enum class Isolation : std::uint8_t { ReadUncommitted, ReadCommitted };

struct FetchParams {
    NodeId replica = kNoNode;              ///< -1: a consumer; -2: a debugging consumer that sees up to the log's end
    BrokerEpoch replicaEpoch = -1;
    Duration maxWait{0};
    std::int32_t minBytes = 0;
    std::int32_t maxBytes = 0;             ///< of the answer; the first batch is given even if it is larger
    Isolation isolation = Isolation::ReadUncommitted;
    [[nodiscard]] bool fromFollower() const { return replica >= 0; }
};

struct FetchEntry {
    TopicPartition tp;
    Uuid topicId;                          ///< zero: not given
    Offset offset = 0;
    LeaderEpoch currentLeaderEpoch = kNoEpoch;
    LeaderEpoch lastFetchedEpoch = kNoEpoch;
    Offset logStartOffset = kNoOffset;     ///< the follower's
    std::int32_t maxBytes = 0;
};

struct FetchOutcome {
    ReplicaError error = ReplicaError::None;
    Payload records;
    std::uint64_t bytes = 0;
    Offset highWatermark = kNoOffset;
    Offset lastStableOffset = kNoOffset;
    Offset logStartOffset = kNoOffset;
    std::optional<storage::EpochEndOffset> diverging;
    std::vector<storage::AbortedTransaction> aborted;
};

using FetchDone = std::move_only_function<void(std::vector<FetchOutcome>)>;

struct PendingFetch;

/// One partition's place in a waiting fetch; a node of the partition's list.
struct FetchLink {
    FetchLink* previous = nullptr;
    FetchLink* next = nullptr;
    PendingFetch* fetch = nullptr;
    std::size_t index = 0;
    bool dirty = false;
    void unlink();
    void insertAfter(FetchLink& head);
};

struct PendingFetch : std::enable_shared_from_this<PendingFetch> {
    FetchParams params;
    std::vector<FetchEntry> entries;
    std::vector<FetchOutcome> outcomes;
    std::vector<FetchLink> links;          ///< one per entry; never resized after linking
    FetchDone done;
    std::function<void(PendingFetch&)> onWake; ///< reads the dirty ones again
    Scheduler* scheduler = nullptr;
    TimerId timer = 0;
    bool wakePosted = false;
    bool finished = false;

    /// Something happened at one of its partitions: it will look again in a turn of its own, so that all that happens in this
    /// turn goes into one answer.
    void wake(FetchLink& link);
    void finish();
    ~PendingFetch();
};

/// Lets a caller end a waiting fetch early: its session sent a newer request, its connection closed.
class FetchHandle {
public:
    FetchHandle() = default;
    explicit FetchHandle(std::weak_ptr<PendingFetch> fetch) : m_fetch(std::move(fetch)) {}
    /// Answers with what there is.
    void completeNow() const;
    /// Never answers.
    void abandon() const;
    [[nodiscard]] bool waiting() const;

private:
    std::weak_ptr<PendingFetch> m_fetch;
};

} // namespace broker::replication
