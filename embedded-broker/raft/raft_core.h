#pragma once
// The quorum's decisions, as a pure state machine: step(event, now) -> effects. No sockets, files, threads or clock. The driver
// carries the effects out in order; the core reads the log's offsets through RaftLogView, never its bytes.
//
// States and legal moves (as Kafka's QuorumState; an observer is a node that is not a voter):
//
//   Unattached   epoch known, leader perhaps unknown, perhaps voted
//        -> Unattached   a higher epoch; a vote granted in this epoch
//        -> Prospective  the election timer fired, or the leader is proven dead (voters)
//        -> Follower     a leader is known (any epoch >= ours)
//   Prospective  asks for pre-votes in the current epoch; nothing is persisted
//        -> Candidate    a majority granted pre-votes
//        -> Unattached   a higher epoch; the round was lost and nobody is proven dead
//        -> Follower     a leader is known that is not proven dead
//   Candidate    epoch + 1, voted for itself
//        -> Leader       a majority granted votes
//        -> Prospective  lost, or the election timer fired
//        -> Unattached   a higher epoch
//        -> Follower     a leader of this or a higher epoch
//   Leader
//        -> Unattached   a higher epoch
//        -> Resigned     a stop was asked for, or a majority has not fetched within the fetch timeout times 1.5
//   Follower
//        -> Unattached   a higher epoch without a leader
//        -> Prospective  fetch timeout, the leader resigned, or is proven dead (voters); observers go to Unattached
//        -> Follower     a leader of a higher epoch
//        One that is behind the beginning of the leader's log loads the leader's snapshot first, piece by piece (KIP-630).
//   Resigned     was the leader of this epoch and says so no more
//        -> Unattached   a higher epoch
//        -> Prospective  the election timer fired, unless it stops for good
//
// Safety: one vote per epoch, persisted before anything that depends on it leaves the node (the driver holds effects back behind
// Persist); the high watermark counts synced offsets only, and only once a record of the leader's own epoch is below it.

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/time.h"
#include "embedded-broker/raft/election_store.h"
#include "embedded-broker/raft/messages.h"
#include "embedded-broker/raft/raft_log.h"

#include <map>
#include <set>
#include <variant>
#include <vector>

namespace broker::raft {

enum class Role : std::uint8_t { Unattached, Prospective, Candidate, Leader, Follower, Resigned };
std::string_view toString(Role role);

struct RaftOptions {
    NodeId nodeId = kNoNode;
    Uuid directoryId;
    std::vector<NodeId> voters;                    ///< static, sorted or not; a node that is not in it observes
    Duration electionTimeout = milliseconds(1000); ///< controller.quorum.election.timeout.ms; [x, 2x) drawn
    Duration fetchTimeout = milliseconds(2000);    ///< controller.quorum.fetch.timeout.ms
    Duration retryMin = milliseconds(5);           ///< after a lost round, and towards peers that are down
    Duration retryMax = milliseconds(20);
    Duration idleRetryMax = milliseconds(250);     ///< what the retry grows to when nothing changes
    std::int32_t fetchMaxWaitMs = 500;             ///< controller.quorum.fetch... as Kafka waits
    std::int32_t fetchMaxBytes = 8 << 20;
};

// --- events ------------------------------------------------------------------------------------------------------------

struct VoteReceived { VoteRequest request; };
struct BeginReceived { BeginQuorumEpochRequest request; };
struct EndReceived { EndQuorumEpochRequest request; };
struct FetchReceived { FetchRequest request; bool again = false; }; ///< again: one that waited is looked at once more
struct VoteAnswered { NodeId from = kNoNode; VoteRequest request; std::expected<VoteResponse, bool> response; }; ///< error: true = refused
struct BeginAnswered { NodeId from = kNoNode; QuorumEpoch epoch = 0; std::expected<EpochResponse, bool> response; };
struct SnapshotAsked { FetchSnapshotRequest request; };
struct SnapshotAnswered { NodeId from = kNoNode; QuorumEpoch epoch = 0; OffsetAndEpoch snapshot; std::expected<FetchSnapshotResponse, bool> response; };
/// What AppendSnapshot came to.
struct SnapshotStored { OffsetAndEpoch snapshot; enum class Outcome : std::uint8_t { More, Whole, Failed } outcome = Outcome::Failed; };
struct FetchAnswered { NodeId from = kNoNode; QuorumEpoch epoch = 0; std::expected<FetchResponse, bool> response; };
/// A probe or a connect was refused: that process is dead.
struct PeerDead { NodeId node = kNoNode; };
struct PeerAlive { NodeId node = kNoNode; };
/// The log's end or its synced end has moved (our own appends, the disk).
struct LogMoved {};
struct TimerFired {};
/// Leave: a leader hands over; afterwards this node never stands again.
struct StopAsked {};
/// The leader could not append (the disk): it lets go.
struct AppendFailed {};

using Event = std::variant<VoteReceived, BeginReceived, EndReceived, FetchReceived, VoteAnswered, BeginAnswered, FetchAnswered, PeerDead,
                           PeerAlive, LogMoved, TimerFired, StopAsked, AppendFailed, SnapshotAsked, SnapshotAnswered, SnapshotStored>;

// --- effects -----------------------------------------------------------------------------------------------------------

/// Everything after it, in this step and later ones, leaves the node only once this is durable.
struct Persist { ElectionState state; };
struct SendVote { NodeId to = kNoNode; VoteRequest request; };
struct SendBegin { NodeId to = kNoNode; BeginQuorumEpochRequest request; };
struct SendEnd { NodeId to = kNoNode; EndQuorumEpochRequest request; };
/// Fetch from `to` when the log is synced to its end; offsets are filled in when it is sent. Replaces an earlier wish.
struct SendFetch { NodeId to = kNoNode; QuorumEpoch epoch = 0; };
/// Ask for the next piece of it; where it begins is filled in when it is sent.
struct SendFetchSnapshot { NodeId to = kNoNode; QuorumEpoch epoch = 0; OffsetAndEpoch snapshot; };
struct AppendSnapshot { FetchSnapshotResponse piece; };
/// `serve`: with bytes of the snapshot.
struct AnswerSnapshot { FetchSnapshotResponse response; bool serve = false; };
struct AnswerVote { VoteResponse response; };
struct AnswerEpoch { EpochResponse response; };
/// The answer of a Fetch. `wait`: nothing to say yet; ask again when data, commit, leadership or the deadline changes that.
struct AnswerFetch { FetchResponse response; bool serveRecords = false; bool wait = false; };
/// Append the leader change record, then send LogMoved.
struct OpenEpoch { QuorumEpoch epoch = 0; std::vector<NodeId> granting; };
struct Truncate { Offset offset = 0; };
struct AppendFetched { Payload records; };
struct HighWatermarkMoved { Offset offset = 0; };
struct LeaderChanged { LeaderHint leader; };
/// Look at the waiting fetches again.
struct WakeFetches {};

using Effect = std::variant<Persist, SendVote, SendBegin, SendEnd, SendFetch, AnswerVote, AnswerEpoch, AnswerFetch, OpenEpoch, Truncate,
                            AppendFetched, HighWatermarkMoved, LeaderChanged, WakeFetches, SendFetchSnapshot, AppendSnapshot, AnswerSnapshot>;
using Effects = std::vector<Effect>;

/// What the leader knows about a replica; for DescribeQuorum.
struct ReplicaProgress {
    NodeId node = kNoNode;
    Uuid directory;
    Offset endOffset = -1;           ///< synced there
    Instant lastFetch{};             ///< zero = never
    Instant lastCaughtUp{};          ///< zero = never
};

inline constexpr Instant kNever{Duration::max()}; ///< of a timer that is off

class RaftCore {
public:
    /// `persisted`: what the store had. `log`, `random` outlive the core.
    RaftCore(RaftOptions options, const RaftLogView& log, Random& random, std::optional<ElectionState> persisted, Instant now);

    Effects start(Instant now);
    Effects step(const Event& event, Instant now);
    /// When step(TimerFired) is due.
    [[nodiscard]] Instant nextTimer() const;

    [[nodiscard]] Role role() const { return m_role; }
    [[nodiscard]] QuorumEpoch epoch() const { return m_epoch; }
    [[nodiscard]] NodeId leader() const { return m_leader; }
    [[nodiscard]] NodeId voted() const { return m_voted; }
    /// What answers say: a leader only while we follow it or are it; otherwise it is only a memory.
    [[nodiscard]] LeaderHint leaderHint() const {
        return {m_role == Role::Follower || m_role == Role::Leader ? m_leader : kNoNode, m_epoch};
    }
    [[nodiscard]] bool isLeader() const { return m_role == Role::Leader; }
    [[nodiscard]] bool isVoter() const { return m_isVoter; }
    /// It is that snapshot that this follower waits for.
    [[nodiscard]] bool loads(const OffsetAndEpoch& snapshot) const { return m_role == Role::Follower && m_loading == snapshot; }
    [[nodiscard]] Offset highWatermark() const { return m_highWatermark; } ///< -1 = not known yet
    [[nodiscard]] Offset epochStartOffset() const { return m_epochStartOffset; } ///< of the leader's own epoch
    [[nodiscard]] const RaftOptions& options() const { return m_options; }
    /// Empty unless leader; itself included.
    [[nodiscard]] std::vector<ReplicaProgress> voterProgress(Instant now) const;
    [[nodiscard]] std::vector<ReplicaProgress> observerProgress(Instant now) const;

private:
    struct Replica {
        ReplicaProgress progress;
        Offset leaderEndAtLastFetch = -1;
        bool acknowledged = false;   ///< has fetched in, or acknowledged, this epoch
        Instant nextBegin{};
    };

    void onVote(const VoteRequest& request, Instant now, Effects& out);
    void onBegin(const BeginQuorumEpochRequest& request, Instant now, Effects& out);
    void onEnd(const EndQuorumEpochRequest& request, Instant now, Effects& out);
    void onFetch(const FetchReceived& event, Instant now, Effects& out);
    void onVoteAnswer(const VoteAnswered& answer, Instant now, Effects& out);
    void onBeginAnswer(const BeginAnswered& answer, Instant now, Effects& out);
    void onFetchAnswer(const FetchAnswered& answer, Instant now, Effects& out);
    void onSnapshotAsked(const FetchSnapshotRequest& request, Instant now, Effects& out);
    void onSnapshotAnswer(const SnapshotAnswered& answer, Instant now, Effects& out);
    void onSnapshotStored(const SnapshotStored& stored, Instant now, Effects& out);
    void fetchAgainSoon(Instant now);
    void onPeerDead(NodeId node, Instant now, Effects& out);
    void onLogMoved(Effects& out);
    void onTimer(Instant now, Effects& out);
    void onStop(Instant now, Effects& out);
    void onLeaderTimer(Instant now, Effects& out);
    void sendBegin(NodeId to, Instant now, Effects& out);

    void becomeUnattached(QuorumEpoch epoch, Instant now, Effects& out);
    void becomeProspective(Instant now, Effects& out);
    void becomeCandidate(Instant now, Effects& out);
    void becomeLeader(Instant now, Effects& out);
    void becomeFollower(NodeId leader, QuorumEpoch epoch, Instant now, Effects& out);
    void becomeResigned(Instant now, Effects& out);
    /// What any answer says about epochs and leaders; true when it changed our state.
    bool learn(const LeaderHint& hint, Instant now, Effects& out);
    void sendVotes(Effects& out);
    void roundLost(Instant now, Effects& out);
    void advanceHighWatermark(Effects& out);
    void raiseHighWatermark(Offset offset, Effects& out);
    void countVote(NodeId from, bool granted, bool unreachable, Instant now, Effects& out);
    void heardFrom(NodeId node) {
        m_dead.erase(node);
        if (node == m_silent)
            m_silent = kNoNode;
    }
    void openRound();
    [[nodiscard]] bool fetchedByMajority(Instant now) const;
    void persist(Effects& out);
    void announce(Effects& out);
    void fetchFromAnyone(Instant now, Effects& out);
    [[nodiscard]] bool canGrant(const VoteRequest& request) const;
    [[nodiscard]] bool isVoterId(NodeId node) const;
    [[nodiscard]] std::size_t majority() const { return m_options.voters.size() / 2 + 1; }
    [[nodiscard]] Instant electionDeadline(Instant now);
    [[nodiscard]] Duration retryDelay();
    [[nodiscard]] Duration jitter(Duration low, Duration high);

    RaftOptions m_options;
    const RaftLogView& m_log;
    Random& m_random;
    bool m_isVoter = false;
    bool m_stopping = false;

    Role m_role = Role::Unattached;
    QuorumEpoch m_epoch = 0;
    NodeId m_leader = kNoNode;
    NodeId m_voted = kNoNode;
    NodeId m_epochLeader = kNoNode; ///< who leads or led m_epoch, also after it resigned; what the file says
    ElectionState m_persisted;
    LeaderHint m_announced;
    Offset m_highWatermark = -1;

    std::set<NodeId> m_dead;         ///< proven dead, until heard of again
    NodeId m_silent = kNoNode;       ///< the leader whose fetch timeout has passed, until heard of again
    bool m_fetchedFromLeader = false;
    std::optional<OffsetAndEpoch> m_loading; ///< follower: the snapshot that is being fetched instead of records
    std::set<NodeId> m_granted, m_rejected, m_unreachable; ///< of the current round
    bool m_roundOver = false;        ///< lost; waits for the retry timer
    std::uint32_t m_lostRounds = 0;
    Offset m_leaderHighWatermark = -1; ///< what the leader said; ours follows as our log grows
    Instant m_leaderSince{};
    Offset m_lastSeenEnd = -1;
    Offset m_epochStartOffset = -1;
    std::map<NodeId, Replica> m_replicas; ///< leader only

    Instant m_electionTimer{Duration::max()}; ///< election, retry or fetch timeout, by role
    Instant m_fetchTimer{Duration::max()};    ///< ask again who leads
};

} // namespace broker::raft
