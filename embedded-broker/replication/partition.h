#pragma once
// One replica on this broker: the log, and the role the metadata give it. As leader it appends, answers fetches, moves the
// high watermark and proposes in-sync sets; as follower it takes what its fetcher brings. Loop thread only.
//
//   Offline --lead/follow--> Leader <--> Follower --> (deleted)
//
// Every change of leader epoch answers what waits here with NotLeaderOrFollower, unless this broker stays leader.

#include "embedded-broker/replication/isr_core.h"
#include "embedded-broker/replication/purgatory.h"
#include "embedded-broker/storage/log.h"

#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <vector>

namespace broker::replication {

class Partition : public std::enable_shared_from_this<Partition> {
public:
    enum class Role : std::uint8_t { Offline, Leader, Follower };

    /// What it needs from its owner, the ReplicaManager, which outlives it.
    struct Seams {
        Scheduler& scheduler;
        NodeId self = kNoNode;
        std::function<BrokerEpoch()> selfEpoch;
        IsrCore::Eligible eligible;
        /// Hands a proposal to the controller; the answer comes back by isrAnswered().
        std::function<void(Partition&, const IsrProposal&)> propose;
        /// A follower's log became durable up to `offset`.
        std::function<void(Partition&, Offset)> onFollowerSynced;
    };

    Partition(Seams seams, TopicPartition tp, Uuid topicId, std::shared_ptr<storage::Log> log);
    ~Partition();
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;
    /// After construction (needs shared_from_this).
    void watchLog();

    [[nodiscard]] const TopicPartition& topicPartition() const { return m_tp; }
    [[nodiscard]] const Uuid& topicId() const { return m_topicId; }
    [[nodiscard]] storage::Log& log() const { return *m_log; }
    [[nodiscard]] const std::shared_ptr<storage::Log>& logPointer() const { return m_log; }
    [[nodiscard]] Role role() const { return m_role; }
    [[nodiscard]] bool isLeader() const { return m_role == Role::Leader; }
    [[nodiscard]] const PartitionFacts& facts() const { return m_isr.facts(); }
    [[nodiscard]] LeaderEpoch leaderEpoch() const { return m_isr.facts().leaderEpoch; }
    [[nodiscard]] const IsrCore& isr() const { return m_isr; }

    // --- what the metadata say ---------------------------------------------------------------------------------------
    void lead(const PartitionFacts& facts);
    void follow(const PartitionFacts& facts);
    /// This replica is gone from this broker or its topic is deleted.
    void retire();
    void setSettings(IsrCore::Settings settings);
    /// A broker was fenced, unfenced or came back: someone waited for may not count any more.
    void eligibilityChanged();

    // --- leader ------------------------------------------------------------------------------------------------------
    /// `all`: refused with NotEnoughReplicas while the in-sync set is too small.
    std::expected<storage::AppendInfo, AppendOutcome> appendAsLeader(const Slice& records, const storage::AppendOptions& options, bool all);
    /// Settles entry `index` of `append` once everything below `end` is committed (`all`) or synced here.
    void awaitAppend(std::shared_ptr<PendingAppend> append, std::size_t index, Offset end, bool all);
    void forgetAppend(const PendingAppend& append);
    /// Entry `index` of `append` is not settled yet.
    [[nodiscard]] bool awaits(const PendingAppend& append, std::size_t index) const;

    /// Epoch and id checks of every read. None, or why not. `currentEpoch` -1: not given.
    [[nodiscard]] ReplicaError check(LeaderEpoch currentEpoch, const Uuid& topicId, bool leaderOnly = true) const;
    /// A valid fetch of a follower: its offset is an acknowledgement. May move the high watermark and propose a larger set.
    ReplicaError followerFetched(const FetchParams& params, const FetchEntry& entry);
    /// Reads for one entry, `maxBytes` at most unless `minOneBatch`.
    FetchOutcome read(const FetchParams& params, const FetchEntry& entry, std::uint64_t maxBytes, bool minOneBatch);
    /// Current offsets into an outcome that waited.
    void refresh(FetchOutcome& outcome) const;
    void addWaiter(FetchLink& link) { link.insertAfter(m_fetchers); }

    [[nodiscard]] Offset highWatermark() const { return m_highWatermark; }
    /// Without open transactions the high watermark.
    [[nodiscard]] Offset lastStableOffset() const;
    /// ListOffsets' "latest" is known: the high watermark has reached this leader's own epoch.
    [[nodiscard]] bool latestKnown() const { return m_highWatermark >= m_isr.epochStart(); }
    void isrAnswered(IsrAnswer answer, const IsrProposal& proposal, const PartitionFacts& facts);
    void shrinkIsr();

    /// DeleteRecords: moves the log's start, then `done` when all live replicas followed or the deadline passed.
    void deleteRecords(Offset before, std::function<void(ReplicaError, Offset lowWatermark)> done, Duration timeout);

    // --- follower ----------------------------------------------------------------------------------------------------
    /// What the leader said in a fetch answer, after its records were appended.
    void takeLeaderOffsets(Offset highWatermark, Offset logStart);
    /// Cuts the log to `offset`; the high watermark follows it down.
    Result<void> truncate(Offset offset);
    Result<void> restartAt(Offset offset);

private:
    struct Waiter {
        Offset end = 0;
        std::shared_ptr<PendingAppend> append;
        std::size_t index = 0;
    };
    struct Deletion {
        Offset before = 0;
        std::function<void(ReplicaError, Offset)> done;
        TimerId timer = 0;
    };

    void onSynced(Offset end);
    void advance();
    void setHighWatermark(Offset offset);
    void settleCommitted();
    void settleSynced();
    void settleDeletions();
    void wakeFetchers(bool followers, bool consumers);
    void failWaiters(ReplicaError error);
    void send(const std::optional<IsrProposal>& proposal);
    static void enqueue(std::deque<Waiter>& queue, Waiter waiter);

    Seams m_seams;
    TopicPartition m_tp;
    Uuid m_topicId;
    std::shared_ptr<storage::Log> m_log;
    Role m_role = Role::Offline;
    IsrCore m_isr;
    Offset m_highWatermark = 0;
    std::deque<Waiter> m_waitCommitted; ///< by end, ascending
    std::deque<Waiter> m_waitSynced;    ///< by end, ascending
    std::vector<Deletion> m_deletions;
    FetchLink m_fetchers;               ///< head of the list of waiting fetches
};

} // namespace broker::replication
