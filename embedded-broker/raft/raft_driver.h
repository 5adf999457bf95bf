#pragma once
// Carries out what RaftCore decides: persists, appends, sends, answers, and tells the listener what is committed. One per node;
// loop thread only.
//
//   RaftDriver raft(options, {scheduler, random, transport, log, store});
//   raft.setListener(&loader);
//   raft.start();                                   // Result: the store could not be read
//   raft.handleVote(request, [&](VoteResponse r) { ... });
//   auto last = raft.append(epoch, values);         // leader; committed when the listener gets it
//   raft.connectionClosed(3);                       // a fact from the network: probed, and acted on if refused

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/raft/election_store.h"
#include "embedded-broker/raft/messages.h"
#include "embedded-broker/raft/raft_core.h"
#include "embedded-broker/raft/raft_log.h"
#include "embedded-broker/raft/transport.h"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace broker::raft {

/// Told in order, each offset exactly once, in turns of their own.
class RaftListener {
public:
    virtual ~RaftListener() = default;
    /// Committed batches; control batches too (offsets have no gaps).
    virtual void onCommit(const std::vector<Batch>& batches) = 0;
    /// All that was said up to now is void: this is what the records [0, state.nextOffset) come to. What comes next continues it.
    virtual void onSnapshot(const Batch& state) = 0;
    /// A new leader or epoch. When this node leads, it comes after everything of earlier epochs was given to onCommit.
    virtual void onLeaderChange(const LeaderHint& leader) = 0;
    /// The log or the vote could not be written: the node must end.
    virtual void onRaftFailed(const Error& error) = 0;
};

struct RaftSeams {
    Scheduler& scheduler;
    Random& random;
    Transport& transport;
    RaftLog& log;
    ElectionStore& store;
};

struct QuorumReplica {
    NodeId node = kNoNode;
    Uuid directory;
    Offset logEndOffset = -1;
    WallMs lastFetchMs = -1;
    WallMs lastCaughtUpMs = -1;
};

struct QuorumInfo {
    LeaderHint leader;
    Offset highWatermark = -1;
    std::vector<QuorumReplica> voters;    ///< with progress only when this node leads
    std::vector<QuorumReplica> observers;
};

template <class Response>
using Reply = std::function<void(Response)>;

class RaftDriver {
public:
    RaftDriver(RaftOptions options, RaftSeams seams);
    ~RaftDriver(); ///< cancels timers; answers still to come are dropped
    RaftDriver(const RaftDriver&) = delete;
    RaftDriver& operator=(const RaftDriver&) = delete;

    void setListener(RaftListener* listener); ///< before start()
    Result<void> start();
    /// A leader hands over to its best follower, a voter stands no more. `done` runs when that is said, or after `timeout`.
    void stop(Duration timeout, std::function<void()> done);

    // --- what peers ask; replies may come later ----------------------------------------------------------------------
    void handleVote(const VoteRequest& request, Reply<VoteResponse> reply);
    void handleBeginQuorumEpoch(const BeginQuorumEpochRequest& request, Reply<EpochResponse> reply);
    void handleEndQuorumEpoch(const EndQuorumEpochRequest& request, Reply<EpochResponse> reply);
    void handleFetch(const FetchRequest& request, Reply<FetchResponse> reply);
    void handleFetchSnapshot(const FetchSnapshotRequest& request, Reply<FetchSnapshotResponse> reply);

    // --- facts -------------------------------------------------------------------------------------------------------
    /// A connection to or from this node (a voter or not) has ended. The process is probed; refused = dead.
    void connectionClosed(NodeId node);
    /// A connect was refused.
    void peerRefused(NodeId node);

    // --- the leader --------------------------------------------------------------------------------------------------
    /// One batch, atomically. Answers its last offset; Fenced when this node does not lead `epoch`.
    Result<Offset> append(QuorumEpoch epoch, const std::vector<Slice>& values);

    // --- any node ----------------------------------------------------------------------------------------------------
    /// `values`: what all that was given to the listener below `end` comes to. `done` when it is on disk, or why not.
    void writeSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, std::function<void(Result<void>)> done);

    [[nodiscard]] bool isLeader() const { return m_core && m_core->isLeader(); }
    [[nodiscard]] LeaderHint leader() const;
    [[nodiscard]] QuorumEpoch epoch() const { return leader().epoch; }
    [[nodiscard]] Offset highWatermark() const;  ///< -1 = not known yet
    [[nodiscard]] Offset logEndOffset() const;
    [[nodiscard]] QuorumInfo describe() const;
    [[nodiscard]] const RaftCore* core() const { return m_core.get(); } ///< for invariants in tests

private:
    struct WaitingFetch {
        FetchRequest request;
        Reply<FetchResponse> reply;
        Instant deadline;
        bool again = false;
    };
    void run(Effects effects);
    void runOne(Effect& effect);
    void step(const Event& event);
    /// Runs when everything persisted so far is durable.
    void whenDurable(std::function<void()> action);
    void armTimer();
    void tryFetch();
    void tryAnswerFetch(WaitingFetch fetch);
    void wakeFetches();
    void armFetchDeadline();
    void sendVote(const SendVote& effect);
    void sendBegin(const SendBegin& effect);
    void sendEnd(const SendEnd& effect);
    void sendFetchSnapshot(const SendFetchSnapshot& effect);
    void appendSnapshot(const AppendSnapshot& effect);
    void executeOpenEpoch(const OpenEpoch& effect);
    void postDelivery();
    void deliver();
    /// Notes a failed call: a closed connection is probed.
    bool refusedBy(NodeId node, TransportFailure failure);
    /// A callback that does nothing once the driver is gone.
    template <class Fn>
    auto guarded(Fn fn) {
        return [alive = std::weak_ptr<bool>(m_alive), fn = std::move(fn)](auto&&... args) mutable {
            if (const auto held = alive.lock())
                fn(std::forward<decltype(args)>(args)...);
        };
    }
    void failed(const Error& error);

    RaftOptions m_options;
    RaftSeams m_seams;
    RaftListener* m_listener = nullptr;
    std::unique_ptr<RaftCore> m_core;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);

    std::deque<Event> m_events;        ///< steps asked for while a step runs
    bool m_stepping = false;
    bool m_failed = false;
    std::uint64_t m_savesAsked = 0;
    std::uint64_t m_savesDone = 0;
    std::deque<std::pair<std::uint64_t, std::function<void()>>> m_held;

    TimerId m_timer = 0;
    Instant m_timerAt{};
    TimerId m_fetchDeadlineTimer = 0;
    std::list<WaitingFetch> m_waiting;
    std::optional<SendFetch> m_wantFetch;
    std::uint64_t m_fetchInFlight = 0; ///< number of the one in flight; 0 = none
    std::uint64_t m_fetchNumber = 0;
    NodeId m_fetchTo = kNoNode;
    QuorumEpoch m_fetchEpoch = -1;

    // What the step under way answered.
    std::optional<VoteResponse> m_voteAnswer;
    std::optional<EpochResponse> m_epochAnswer;
    std::optional<AnswerFetch> m_fetchAnswer;
    std::optional<AnswerSnapshot> m_snapshotAnswer;
    bool m_wakeWanted = false;
    bool m_wakePosted = false;
    std::uint32_t m_endsInFlight = 0;
    std::function<void()> m_stopDone;
    TimerId m_stopTimer = 0;

    std::uint64_t m_snapshotCall = 0;  ///< number of the newest question for a piece; answers to older ones are dropped
    Offset m_delivered = 0;
    std::optional<Batch> m_snapshot; ///< what the log begins with, until it is given to the listener
    bool m_deliverPosted = false;
    std::deque<LeaderHint> m_leaderNews;
    std::map<NodeId, bool> m_probing; ///< true: once more when the answer is there
};

} // namespace broker::raft
