#include "embedded-broker/raft/raft_core.h"

#include <algorithm>

namespace broker::raft {

namespace {
template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
} // namespace

std::string_view toString(Role role) {
    switch (role) {
    case Role::Unattached: return "unattached";
    case Role::Prospective: return "prospective";
    case Role::Candidate: return "candidate";
    case Role::Leader: return "leader";
    case Role::Follower: return "follower";
    case Role::Resigned: return "resigned";
    }
    return "?";
}

RaftCore::RaftCore(RaftOptions options, const RaftLogView& log, Random& random, std::optional<ElectionState> persisted, Instant now)
    : m_options(std::move(options)), m_log(log), m_random(random) {
    m_isVoter = isVoterId(m_options.nodeId);
    m_persisted = persisted.value_or(ElectionState{});
    m_epoch = m_persisted.epoch;
    m_leader = m_persisted.leader;
    m_voted = m_persisted.voted;
    if (m_log.lastEpoch() > m_epoch) { // the log is ahead of the file: the vote of that epoch is not known, so none may be given in it
        m_epoch = m_log.lastEpoch();
        m_leader = kNoNode;
        m_voted = m_options.nodeId;
    }
    m_epochLeader = m_leader;
    if (m_leader == kNoNode && m_voted == m_options.nodeId && m_log.lastEpoch() == m_epoch)
        m_epochLeader = m_options.nodeId; // it won that epoch: its first record was durable before the file
    if (m_leader != kNoNode && m_voted == kNoNode) // an epoch that has a leader needs no vote of ours, and no other may get one
        m_voted = m_leader;
    if (m_leader == m_options.nodeId) { // led this epoch before the restart: it voted for itself and must not vote for another
        m_leader = kNoNode;
        m_voted = m_options.nodeId;
    }
    m_electionTimer = kNever;
    m_fetchTimer = now;
}

Effects RaftCore::start(Instant now) {
    Effects out;
    persist(out);
    if (m_isVoter && m_options.voters.size() == 1) {
        becomeCandidate(now, out);
        return out;
    }
    // Pre-votes disturb nobody, so a node that starts asks at once instead of waiting for an election timeout.
    m_electionTimer = m_isVoter ? now + retryDelay() : kNever;
    fetchFromAnyone(now, out);
    announce(out);
    return out;
}

Effects RaftCore::step(const Event& event, Instant now) {
    Effects out;
    std::visit(Overloaded{
                   [&](const VoteReceived& e) { onVote(e.request, now, out); },
                   [&](const BeginReceived& e) { onBegin(e.request, now, out); },
                   [&](const EndReceived& e) { onEnd(e.request, now, out); },
                   [&](const FetchReceived& e) { onFetch(e, now, out); },
                   [&](const VoteAnswered& e) { onVoteAnswer(e, now, out); },
                   [&](const BeginAnswered& e) { onBeginAnswer(e, now, out); },
                   [&](const FetchAnswered& e) { onFetchAnswer(e, now, out); },
                   [&](const SnapshotAsked& e) { onSnapshotAsked(e.request, now, out); },
                   [&](const SnapshotAnswered& e) { onSnapshotAnswer(e, now, out); },
                   [&](const SnapshotStored& e) { onSnapshotStored(e, now, out); },
                   [&](const PeerDead& e) { onPeerDead(e.node, now, out); },
                   [&](const PeerAlive& e) { heardFrom(e.node); },
                   [&](const LogMoved&) { onLogMoved(out); },
                   [&](const TimerFired&) { onTimer(now, out); },
                   [&](const StopAsked&) { onStop(now, out); },
                   [&](const AppendFailed&) {
                       if (m_role == Role::Leader)
                           becomeResigned(now, out);
                   },
               },
               event);
    announce(out);
    return out;
}

Instant RaftCore::nextTimer() const {
    Instant next = std::min(m_electionTimer, m_fetchTimer);
    if (m_role == Role::Leader)
        for (const auto& [node, replica] : m_replicas)
            if (isVoterId(node) && node != m_options.nodeId)
                next = std::min(next, replica.nextBegin);
    return next;
}

// --- votes -------------------------------------------------------------------------------------------------------------

bool RaftCore::canGrant(const VoteRequest& request) const {
    const bool upToDate = request.lastOffset >= m_log.end();
    switch (m_role) {
    case Role::Leader: return false;
    case Role::Candidate:
    case Role::Resigned: return request.preVote && upToDate;
    case Role::Follower: // one that hears its leader does not help to unseat it (KIP-996)
        return request.preVote && upToDate && !m_fetchedFromLeader;
    case Role::Prospective:
    case Role::Unattached:
        if (request.preVote)
            return upToDate;
        if (m_voted != kNoNode)
            return m_voted == request.candidate;
        return m_leader == kNoNode && upToDate;
    }
    return false;
}

void RaftCore::onVote(const VoteRequest& request, Instant now, Effects& out) {
    VoteResponse answer;
    if (request.voter != kNoNode && request.voter != m_options.nodeId) {
        answer.error = KafkaError::InvalidVoterKey;
    } else if (!m_isVoter || !isVoterId(request.candidate)) {
        answer.error = KafkaError::InconsistentVoterSet;
    } else if (request.epoch < m_epoch) {
        answer.error = KafkaError::FencedLeaderEpoch;
    } else if (request.epoch < 0 || request.lastOffset.epoch < 0 || request.lastOffset.offset < 0 ||
               request.lastOffset.epoch > request.epoch) {
        answer.error = KafkaError::InvalidRequest;
    } else {
        heardFrom(request.candidate);
        if (request.epoch > m_epoch)
            becomeUnattached(request.epoch, now, out);
        answer.granted = canGrant(request);
        if (answer.granted && !request.preVote) {
            m_voted = request.candidate;
            m_role = Role::Unattached;
            m_electionTimer = electionDeadline(now);
            persist(out);
        } else if (!request.preVote && m_role == Role::Unattached && m_voted == kNoNode && request.lastOffset < m_log.end()) {
            // It unseated a leader that it could not follow (its pre-votes were older than that leader) and cannot win: whoever has more
            // stands at once, not after a whole election timeout.
            m_electionTimer = std::min(m_electionTimer, now + retryDelay());
        } else if (request.preVote && m_role == Role::Unattached && !m_stopping && request.lastOffset < m_log.end()) {
            // The one that we let go first cannot win: nobody is waited for any more.
            m_electionTimer = std::min(m_electionTimer, now);
        }
    }
    answer.current = leaderHint();
    out.emplace_back(AnswerVote{answer});
}

void RaftCore::sendVotes(Effects& out) {
    VoteRequest request;
    request.candidate = m_options.nodeId;
    request.epoch = m_epoch;
    request.lastOffset = m_log.end();
    request.preVote = m_role == Role::Prospective;
    for (const NodeId voter : m_options.voters) {
        if (voter == m_options.nodeId)
            continue;
        request.voter = voter;
        out.emplace_back(SendVote{voter, request});
    }
}

void RaftCore::onVoteAnswer(const VoteAnswered& answer, Instant now, Effects& out) {
    if (answer.response) {
        heardFrom(answer.from);
        if (learn(answer.response->current, now, out))
            return;
    } else if (answer.response.error()) {
        m_dead.insert(answer.from);
    }
    const bool preVote = m_role == Role::Prospective;
    if ((m_role != Role::Prospective && m_role != Role::Candidate) || answer.request.epoch != m_epoch || answer.request.preVote != preVote)
        return;
    const bool granted = answer.response && answer.response->error == KafkaError::None && answer.response->granted;
    countVote(answer.from, granted, !answer.response, now, out);
}

void RaftCore::countVote(NodeId from, bool granted, bool unreachable, Instant now, Effects& out) {
    if (m_roundOver || m_granted.contains(from))
        return;
    if (granted)
        m_granted.insert(from);
    else if (unreachable)
        m_unreachable.insert(from);
    else
        m_rejected.insert(from);
    if (m_granted.size() >= majority()) {
        if (m_role == Role::Prospective)
            becomeCandidate(now, out);
        else
            becomeLeader(now, out);
        return;
    }
    std::size_t possible = 0;
    for (const NodeId voter : m_options.voters)
        if (!m_rejected.contains(voter) && !m_unreachable.contains(voter))
            ++possible;
    if (possible < majority())
        roundLost(now, out);
}

void RaftCore::roundLost(Instant now, Effects& out) {
    ++m_lostRounds;
    const bool prospective = m_role == Role::Prospective;
    if (prospective && m_leader != kNoNode && m_leader != m_options.nodeId && !m_dead.contains(m_leader)) {
        // Others still hear it. Ask it again, and soon the others: a paused leader keeps its sockets open.
        becomeFollower(m_leader, m_epoch, now, out);
        m_electionTimer = now + std::max(retryDelay(), Duration(m_options.idleRetryMax / 2));
        return;
    }
    m_roundOver = true;
    m_electionTimer = now + retryDelay();
}

// --- moves -------------------------------------------------------------------------------------------------------------

void RaftCore::becomeUnattached(QuorumEpoch epoch, Instant now, Effects& out) {
    const bool wasServing = m_role == Role::Leader;
    if (epoch > m_epoch) {
        m_epoch = epoch;
        m_voted = kNoNode;
        m_leader = kNoNode;
        m_epochLeader = kNoNode;
    } else if (m_leader == m_options.nodeId) {
        m_leader = kNoNode;
    }
    m_role = Role::Unattached;
    m_replicas.clear();
    m_electionTimer = m_isVoter ? electionDeadline(now) : kNever;
    m_fetchTimer = now + jitter(m_options.retryMax, 3 * m_options.retryMax);
    persist(out);
    if (wasServing)
        out.emplace_back(WakeFetches{});
}

void RaftCore::openRound() {
    m_granted = {m_options.nodeId};
    m_rejected.clear();
    m_unreachable.clear();
    // A leader that hangs does not answer either: a split round among the others is over when they have spoken.
    if (m_silent != kNoNode)
        m_unreachable.insert(m_silent);
}

void RaftCore::becomeProspective(Instant now, Effects& out) {
    if (m_stopping) {
        m_electionTimer = kNever;
        if (m_role != Role::Resigned)
            becomeUnattached(m_epoch, now, out);
        m_electionTimer = kNever;
        return;
    }
    m_role = Role::Prospective;
    m_roundOver = false;
    openRound();
    m_electionTimer = electionDeadline(now);
    m_fetchTimer = kNever;
    sendVotes(out);
}

void RaftCore::becomeCandidate(Instant now, Effects& out) {
    m_role = Role::Candidate;
    ++m_epoch;
    m_voted = m_options.nodeId;
    m_leader = kNoNode;
    m_epochLeader = kNoNode;
    m_roundOver = false;
    openRound();
    m_electionTimer = electionDeadline(now);
    m_fetchTimer = kNever;
    persist(out);
    if (m_granted.size() >= majority())
        becomeLeader(now, out);
    else
        sendVotes(out);
}

void RaftCore::becomeFollower(NodeId leader, QuorumEpoch epoch, Instant now, Effects& out) {
    const bool wasServing = m_role == Role::Leader;
    if (epoch > m_epoch) {
        m_epoch = epoch;
        m_voted = kNoNode;
    }
    heardFrom(leader);
    m_silent = kNoNode;
    m_role = Role::Follower;
    m_leader = leader;
    m_epochLeader = leader;
    m_replicas.clear();
    m_fetchedFromLeader = false;
    m_loading.reset();
    m_leaderHighWatermark = -1;
    m_electionTimer = now + m_options.fetchTimeout;
    m_fetchTimer = kNever;
    persist(out);
    if (wasServing)
        out.emplace_back(WakeFetches{});
    out.emplace_back(SendFetch{leader, m_epoch});
}

bool RaftCore::learn(const LeaderHint& hint, Instant now, Effects& out) {
    if (hint.epoch < m_epoch || hint.epoch < 0)
        return false;
    const bool usable = hint.leader != kNoNode && hint.leader != m_options.nodeId && isVoterId(hint.leader);
    if (hint.epoch > m_epoch) {
        if (usable)
            becomeFollower(hint.leader, hint.epoch, now, out);
        else
            becomeUnattached(hint.epoch, now, out);
        return true;
    }
    if (!usable || m_role == Role::Follower || m_role == Role::Leader || m_role == Role::Resigned)
        return false;
    if (m_role == Role::Prospective) { // it decides when its round is over: the others may be about to see that the leader is gone
        m_leader = hint.leader;
        return false;
    }
    // Even one that we hold dead: it may have come back, and a refused fetch costs little.
    becomeFollower(hint.leader, hint.epoch, now, out);
    return true;
}

void RaftCore::onBegin(const BeginQuorumEpochRequest& request, Instant now, Effects& out) {
    EpochResponse answer;
    if (request.voter != kNoNode && request.voter != m_options.nodeId) {
        answer.error = KafkaError::InvalidVoterKey;
    } else if (!isVoterId(request.leader)) {
        answer.error = KafkaError::InconsistentVoterSet;
    } else if (request.epoch < m_epoch) {
        answer.error = KafkaError::FencedLeaderEpoch;
    } else {
        heardFrom(request.leader);
        const bool known = m_role == Role::Follower && m_leader == request.leader && m_epoch == request.epoch;
        if (!known && request.leader != m_options.nodeId && !(m_role == Role::Leader && m_epoch == request.epoch))
            becomeFollower(request.leader, request.epoch, now, out);
        else if (known && !m_fetchedFromLeader)
            out.emplace_back(SendFetch{m_leader, m_epoch});
    }
    answer.current = leaderHint();
    out.emplace_back(AnswerEpoch{answer});
}

void RaftCore::onEnd(const EndQuorumEpochRequest& request, Instant now, Effects& out) {
    EpochResponse answer;
    if (!isVoterId(request.leader)) {
        answer.error = KafkaError::InconsistentVoterSet;
    } else if (request.epoch < m_epoch) {
        answer.error = KafkaError::FencedLeaderEpoch;
    } else {
        if (request.epoch > m_epoch)
            becomeUnattached(request.epoch, now, out);
        if (m_isVoter && request.leader != m_options.nodeId && m_role != Role::Leader && m_role != Role::Candidate) {
            const auto place = std::ranges::find(request.preferred, m_options.nodeId);
            const auto rank = place - request.preferred.begin();
            m_leader = kNoNode;
            if (rank == 0 && place != request.preferred.end()) {
                becomeProspective(now, out);
            } else {
                if (m_role != Role::Prospective)
                    m_role = Role::Unattached;
                // The best successor goes first; the others only if it does not make it. They grant pre-votes from now on.
                m_electionTimer = now + m_options.retryMax * (rank + 1) + retryDelay();
                m_fetchTimer = kNever;
                m_roundOver = true;
            }
        }
    }
    answer.current = leaderHint();
    out.emplace_back(AnswerEpoch{answer});
}

void RaftCore::onPeerDead(NodeId node, Instant now, Effects& out) {
    if (node == m_options.nodeId || !isVoterId(node))
        return;
    m_dead.insert(node);
    switch (m_role) {
    case Role::Follower:
        if (node != m_leader)
            return;
        m_lostRounds = 0;
        if (m_isVoter) {
            const auto rank = std::ranges::count_if(m_options.voters, [&](NodeId voter) { return voter < m_options.nodeId && voter != node; });
            if (rank == 0 || m_stopping)
                return becomeProspective(now, out);
            // All survivors hear of it at the same moment, and votes that cross each other elect nobody: they stand in turn. Until ours
            // comes we grant what we are asked for.
            m_role = Role::Unattached;
            m_leader = kNoNode;
            m_electionTimer = now + rank * jitter(m_options.retryMin, 2 * m_options.retryMin);
            m_fetchTimer = kNever;
            m_roundOver = true;
        } else {
            m_leader = kNoNode;
            becomeUnattached(m_epoch, now, out);
            fetchFromAnyone(now, out);
        }
        return;
    case Role::Prospective:
    case Role::Candidate:
        countVote(node, false, true, now, out);
        return;
    case Role::Unattached:
        if (m_isVoter && (m_voted == node || m_leader == node))
            m_electionTimer = std::min(m_electionTimer, now + retryDelay());
        return;
    case Role::Leader:
    case Role::Resigned: return;
    }
}

// --- time --------------------------------------------------------------------------------------------------------------

void RaftCore::onTimer(Instant now, Effects& out) {
    if (m_fetchTimer <= now) {
        m_fetchTimer = kNever;
        if (m_role == Role::Follower)
            out.emplace_back(SendFetch{m_leader, m_epoch});
        else if (m_role == Role::Unattached)
            fetchFromAnyone(now, out);
    }
    if (m_role == Role::Leader)
        return onLeaderTimer(now, out);
    if (m_electionTimer > now)
        return;
    m_electionTimer = kNever;
    if (!m_isVoter) {
        if (m_role == Role::Follower) { // the leader is silent; someone else may know a new one
            m_leader = kNoNode;
            becomeUnattached(m_epoch, now, out);
            fetchFromAnyone(now, out);
        }
        return;
    }
    if ((m_role == Role::Prospective || m_role == Role::Candidate) && !m_roundOver)
        ++m_lostRounds;
    if (m_role == Role::Follower)
        m_silent = m_leader;
    becomeProspective(now, out);
    if (m_options.voters.size() == 1 && m_role == Role::Prospective)
        becomeCandidate(now, out);
}

Instant RaftCore::electionDeadline(Instant now) { return now + jitter(m_options.electionTimeout, 2 * m_options.electionTimeout); }

Duration RaftCore::jitter(Duration low, Duration high) { return Duration(m_random.between(low.count(), high.count())); }

Duration RaftCore::retryDelay() {
    // Nothing changes for a long time only when a majority is gone: then there is no hurry, and a laptop's battery to think of.
    if (m_lostRounds < 100)
        return jitter(m_options.retryMin, m_options.retryMax);
    return jitter(m_options.idleRetryMax / 4, m_options.idleRetryMax);
}

void RaftCore::persist(Effects& out) {
    // The file is read by Apache Kafka too, and what it finds there decides how it starts. Who led the epoch stays written, even when it has
    // resigned: Kafka starts such a node as resigned, and the others as its followers. Without it, a node that once voted for itself would start
    // as a candidate of an epoch that it has records of; such a vote is an invalid request, and Kafka ends when one of its own is answered so.
    ElectionState state{m_epoch, m_epochLeader, m_voted};
    if (state.leader != kNoNode && state.leader != m_options.nodeId && state.voted == m_options.nodeId)
        state.voted = kNoNode; // it stood and lost: it follows, and must not stand in that epoch again
    if (state == m_persisted)
        return;
    m_persisted = state;
    out.emplace_back(Persist{state});
}

void RaftCore::announce(Effects& out) {
    const LeaderHint now = leaderHint();
    if (now == m_announced)
        return;
    m_announced = now;
    out.emplace_back(LeaderChanged{now});
}

bool RaftCore::isVoterId(NodeId node) const { return std::ranges::find(m_options.voters, node) != m_options.voters.end(); }

} // namespace broker::raft
