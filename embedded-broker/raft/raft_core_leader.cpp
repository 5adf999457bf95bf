// What RaftCore does while it leads, and how it lets go.

#include "embedded-broker/raft/raft_core.h"

#include <algorithm>

namespace broker::raft {

void RaftCore::becomeLeader(Instant now, Effects& out) {
    m_role = Role::Leader;
    m_leader = m_options.nodeId;
    m_epochLeader = m_options.nodeId;
    m_lostRounds = 0;
    m_leaderSince = now;
    m_leaderHighWatermark = -1;
    m_epochStartOffset = m_log.endOffset();
    m_replicas.clear();
    for (const NodeId voter : m_options.voters) {
        auto& replica = m_replicas[voter];
        replica.progress.node = voter;
        replica.nextBegin = now;
    }
    m_fetchTimer = kNever;
    m_electionTimer = now + m_options.fetchTimeout / 2;
    persist(out);
    out.emplace_back(OpenEpoch{m_epoch, {m_granted.begin(), m_granted.end()}});
    for (const NodeId voter : m_options.voters)
        if (voter != m_options.nodeId)
            sendBegin(voter, now, out);
    out.emplace_back(WakeFetches{});
}

void RaftCore::becomeResigned(Instant now, Effects& out) {
    EndQuorumEpochRequest request;
    request.leader = m_options.nodeId;
    request.epoch = m_epoch;
    std::vector<const Replica*> others;
    for (const auto& [node, replica] : m_replicas)
        if (isVoterId(node) && node != m_options.nodeId)
            others.push_back(&replica);
    std::ranges::stable_sort(others, std::greater{}, [](const Replica* r) { return r->progress.endOffset; });
    for (const Replica* replica : others)
        if (!m_dead.contains(replica->progress.node))
            request.preferred.push_back(replica->progress.node);
    for (const NodeId node : request.preferred)
        out.emplace_back(SendEnd{node, request});

    m_role = Role::Resigned;
    m_leader = kNoNode;
    m_voted = m_options.nodeId;
    m_replicas.clear();
    m_electionTimer = m_stopping ? kNever : electionDeadline(now);
    m_fetchTimer = kNever;
    persist(out);
    out.emplace_back(WakeFetches{});
}

void RaftCore::onStop(Instant now, Effects& out) {
    m_stopping = true;
    if (m_role == Role::Leader)
        becomeResigned(now, out);
    else if (m_role != Role::Follower)
        m_electionTimer = kNever;
    persist(out);
}

void RaftCore::sendBegin(NodeId to, Instant now, Effects& out) {
    auto& replica = m_replicas[to];
    replica.nextBegin = now + (m_dead.contains(to) ? m_options.idleRetryMax : m_options.fetchTimeout / 4);
    out.emplace_back(SendBegin{to, {m_options.nodeId, m_epoch, to}});
}

void RaftCore::onBeginAnswer(const BeginAnswered& answer, Instant now, Effects& out) {
    if (!answer.response) {
        if (answer.response.error())
            m_dead.insert(answer.from);
    } else {
        heardFrom(answer.from);
        if (learn(answer.response->current, now, out))
            return;
    }
    if (m_role != Role::Leader || answer.epoch != m_epoch)
        return;
    if (const auto it = m_replicas.find(answer.from); it != m_replicas.end()) {
        if (answer.response && answer.response->error == KafkaError::None) {
            it->second.acknowledged = true;
            it->second.nextBegin = now + m_options.fetchTimeout / 2;
        } else {
            it->second.nextBegin = now + (answer.response || !answer.response.error() ? m_options.retryMax : m_options.idleRetryMax);
        }
    }
}

bool RaftCore::fetchedByMajority(Instant now) const {
    const Instant oldest = now - m_options.fetchTimeout * 3 / 2;
    if (m_leaderSince > oldest)
        return true;
    std::size_t fresh = 1;
    for (const auto& [node, replica] : m_replicas)
        if (node != m_options.nodeId && isVoterId(node) && replica.progress.lastFetch > oldest)
            ++fresh;
    return fresh >= majority();
}

void RaftCore::onLeaderTimer(Instant now, Effects& out) {
    if (m_electionTimer <= now) {
        m_electionTimer = now + m_options.fetchTimeout / 2;
        if (!fetchedByMajority(now))
            return becomeResigned(now, out);
    }
    for (auto& [node, replica] : m_replicas) {
        if (node == m_options.nodeId || !isVoterId(node) || replica.nextBegin > now)
            continue;
        const Instant quiet = replica.progress.lastFetch + m_options.fetchTimeout / 2;
        if (replica.progress.lastFetch != Instant{} && quiet > now)
            replica.nextBegin = quiet;
        else
            sendBegin(node, now, out);
    }
}

void RaftCore::onFetch(const FetchReceived& event, Instant now, Effects& out) {
    const FetchRequest& request = event.request;
    AnswerFetch answer;
    auto& response = answer.response;
    response.current = leaderHint();
    response.highWatermark = m_highWatermark;
    response.logStartOffset = m_log.startOffset();
    if (!event.again)
        heardFrom(request.replica);
    if (request.fetchOffset < 0 || request.lastFetchedEpoch < -1 || request.replica < 0) {
        response.error = KafkaError::InvalidRequest;
    } else if (request.epoch < m_epoch) {
        response.error = KafkaError::FencedLeaderEpoch;
    } else if (request.epoch > m_epoch) {
        response.error = KafkaError::UnknownLeaderEpoch;
    } else if (m_role != Role::Leader) {
        response.error = KafkaError::NotLeaderOrFollower;
    }
    if (response.error != KafkaError::None) {
        response.highWatermark = -1;
        out.emplace_back(answer);
        return;
    }

    auto& replica = m_replicas[request.replica];
    replica.progress.node = request.replica;
    if (!event.again) {
        replica.progress.directory = request.directory;
        replica.progress.lastFetch = now;
        replica.acknowledged = true;
    }
    const bool fromStart = request.fetchOffset == 0 && request.lastFetchedEpoch <= 0 && m_log.startOffset() == 0;
    if (!fromStart) {
        const OffsetAndEpoch end = m_log.endOffsetForEpoch(request.lastFetchedEpoch);
        // What it misses, or where its history parts from ours, lies before the beginning of our log.
        if (const auto snapshot = m_log.latestSnapshot();
            snapshot && (request.fetchOffset < m_log.startOffset() || (end.epoch < 0 && m_log.startOffset() > 0))) {
            response.snapshot = snapshot;
            out.emplace_back(answer);
            return;
        }
        if (end.epoch != request.lastFetchedEpoch || end.offset < request.fetchOffset) {
            response.diverging = true;
            response.divergingAt = {std::max(end.epoch, 0), end.offset};
            out.emplace_back(answer);
            return;
        }
    }
    if (!event.again) {
        const Offset end = m_log.endOffset();
        if (request.fetchOffset >= end)
            replica.progress.lastCaughtUp = now;
        else if (replica.leaderEndAtLastFetch >= 0 && request.fetchOffset >= replica.leaderEndAtLastFetch)
            replica.progress.lastCaughtUp = std::max(replica.progress.lastCaughtUp, now);
        replica.leaderEndAtLastFetch = end;
        if (request.fetchOffset > replica.progress.endOffset) {
            replica.progress.endOffset = request.fetchOffset;
            if (isVoterId(request.replica))
                advanceHighWatermark(out);
        }
    }
    response.highWatermark = m_highWatermark;
    answer.serveRecords = request.fetchOffset < m_log.endOffset();
    answer.wait = !answer.serveRecords && m_highWatermark <= request.highWatermark;
    out.emplace_back(answer);
}

void RaftCore::onSnapshotAsked(const FetchSnapshotRequest& request, Instant now, Effects& out) {
    AnswerSnapshot answer;
    auto& response = answer.response;
    response.current = leaderHint();
    response.snapshot = request.snapshot;
    response.position = request.position;
    heardFrom(request.replica);
    if (request.replica < 0)
        response.error = KafkaError::InvalidRequest;
    else if (request.epoch < m_epoch)
        response.error = KafkaError::FencedLeaderEpoch;
    else if (request.epoch > m_epoch)
        response.error = KafkaError::UnknownLeaderEpoch;
    else if (m_role != Role::Leader)
        response.error = KafkaError::NotLeaderOrFollower;
    if (response.error == KafkaError::None) {
        auto& replica = m_replicas[request.replica]; // it loads, and so it follows
        replica.progress.node = request.replica;
        replica.progress.directory = request.directory;
        replica.progress.lastFetch = now;
        replica.acknowledged = true;
        answer.serve = true;
    }
    out.emplace_back(std::move(answer));
}

void RaftCore::advanceHighWatermark(Effects& out) {
    std::vector<Offset> ends;
    for (const NodeId voter : m_options.voters)
        ends.push_back(voter == m_options.nodeId ? m_log.syncedEndOffset() : m_replicas[voter].progress.endOffset);
    std::ranges::sort(ends, std::greater{});
    const Offset everywhere = ends[majority() - 1];
    // Records of older epochs are committed only through one of our own (Raft, section 5.4.2).
    if (everywhere > m_epochStartOffset)
        raiseHighWatermark(everywhere, out);
}

std::vector<ReplicaProgress> RaftCore::voterProgress(Instant now) const {
    std::vector<ReplicaProgress> all;
    if (m_role != Role::Leader)
        return all;
    for (const NodeId voter : m_options.voters) {
        ReplicaProgress progress;
        if (const auto it = m_replicas.find(voter); it != m_replicas.end())
            progress = it->second.progress;
        progress.node = voter;
        if (voter == m_options.nodeId)
            progress = {voter, m_options.directoryId, m_log.syncedEndOffset(), now, now};
        all.push_back(progress);
    }
    return all;
}

std::vector<ReplicaProgress> RaftCore::observerProgress(Instant now) const {
    std::vector<ReplicaProgress> all;
    if (m_role != Role::Leader)
        return all;
    for (const auto& [node, replica] : m_replicas) // one that has not fetched for five minutes is gone, as in Kafka
        if (!isVoterId(node) && now - replica.progress.lastFetch < std::chrono::minutes(5))
            all.push_back(replica.progress);
    return all;
}

} // namespace broker::raft
