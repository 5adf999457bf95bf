// What RaftCore does while it follows: fetching, truncation, snapshots, the high watermark.

#include "embedded-broker/raft/raft_core.h"

#include <algorithm>

namespace broker::raft {

void RaftCore::fetchFromAnyone(Instant now, Effects& out) {
    std::vector<NodeId> others, living;
    for (const NodeId voter : m_options.voters) {
        if (voter == m_options.nodeId)
            continue;
        others.push_back(voter);
        if (!m_dead.contains(voter))
            living.push_back(voter);
    }
    // A dead one is asked again now and then: it may have come back without our hearing of it.
    const auto& from = living.empty() || m_random.below(8) == 0 ? others : living;
    m_fetchTimer = now + m_options.fetchTimeout;
    if (from.empty())
        return;
    NodeId to = from[m_random.below(from.size())];
    if (m_leader != kNoNode && m_leader != m_options.nodeId && !m_dead.contains(m_leader))
        to = m_leader;
    out.emplace_back(SendFetch{to, m_epoch});
}

void RaftCore::onFetchAnswer(const FetchAnswered& answer, Instant now, Effects& out) {
    if (!answer.response) {
        if (answer.response.error()) {
            onPeerDead(answer.from, now, out);
            if (m_role == Role::Prospective)
                return;
        }
        return fetchAgainSoon(now);
    }
    const FetchResponse& response = *answer.response;
    heardFrom(answer.from);
    if (learn(response.current, now, out))
        return;
    if (m_role != Role::Follower || answer.from != m_leader || answer.epoch != m_epoch || response.error != KafkaError::None)
        return fetchAgainSoon(now);
    m_lostRounds = 0;
    m_fetchedFromLeader = true;
    m_electionTimer = now + m_options.fetchTimeout;
    m_fetchTimer = kNever;
    m_loading.reset();
    if (response.snapshot) {
        if (response.snapshot->offset <= std::max<Offset>(m_highWatermark, 0)) // what is committed is never exchanged for less
            return fetchAgainSoon(now);
        m_loading = response.snapshot;
        out.emplace_back(SendFetchSnapshot{m_leader, m_epoch, *m_loading});
        return;
    }
    if (response.diverging) {
        const OffsetAndEpoch ours = m_log.endOffsetForEpoch(response.divergingAt.epoch);
        Offset cut = response.divergingAt.offset;
        if (ours.epoch != response.divergingAt.epoch || ours.offset < cut)
            cut = std::min(cut, ours.offset);
        // What is committed is never cut (KAFKA-12460): a leader that asks for it is not one. Ask again; the driver reports it.
        if (cut >= m_highWatermark || m_highWatermark < 0)
            out.emplace_back(Truncate{std::max(cut, m_log.startOffset())});
        else
            out.emplace_back(Truncate{m_highWatermark});
    } else {
        m_leaderHighWatermark = std::max(m_leaderHighWatermark, response.highWatermark);
        if (!response.records.empty())
            out.emplace_back(AppendFetched{response.records});
        else
            raiseHighWatermark(std::min(m_leaderHighWatermark, m_log.endOffset()), out);
    }
    out.emplace_back(SendFetch{m_leader, m_epoch});
}

/// An answer that brought nothing.
void RaftCore::fetchAgainSoon(Instant now) {
    if (m_role != Role::Follower && m_role != Role::Unattached)
        return;
    ++m_lostRounds;
    m_loading.reset();
    m_fetchTimer = now + retryDelay();
}

void RaftCore::onSnapshotAnswer(const SnapshotAnswered& answer, Instant now, Effects& out) {
    const bool ours = m_role == Role::Follower && answer.from == m_leader && answer.epoch == m_epoch && m_loading == answer.snapshot;
    if (!answer.response) {
        if (answer.response.error()) {
            onPeerDead(answer.from, now, out);
            if (m_role == Role::Prospective)
                return;
        }
        if (ours)
            fetchAgainSoon(now); // and what has arrived of the snapshot is not asked for again
        return;
    }
    heardFrom(answer.from);
    if (learn(answer.response->current, now, out) || !ours)
        return;
    if (answer.response->error != KafkaError::None || answer.response->snapshot != *m_loading)
        return fetchAgainSoon(now);
    m_electionTimer = now + m_options.fetchTimeout;
    out.emplace_back(AppendSnapshot{*answer.response});
}

void RaftCore::onSnapshotStored(const SnapshotStored& stored, Instant now, Effects& out) {
    if (m_role != Role::Follower || m_loading != stored.snapshot)
        return;
    m_electionTimer = now + m_options.fetchTimeout;
    switch (stored.outcome) {
    case SnapshotStored::Outcome::Failed: return fetchAgainSoon(now);
    case SnapshotStored::Outcome::More: out.emplace_back(SendFetchSnapshot{m_leader, m_epoch, *m_loading}); return;
    case SnapshotStored::Outcome::Whole:
        m_loading.reset();
        m_lastSeenEnd = m_log.endOffset();
        raiseHighWatermark(stored.snapshot.offset, out);
        out.emplace_back(SendFetch{m_leader, m_epoch});
        return;
    }
}

void RaftCore::raiseHighWatermark(Offset offset, Effects& out) {
    if (offset <= m_highWatermark)
        return;
    m_highWatermark = offset;
    out.emplace_back(HighWatermarkMoved{offset});
    if (m_role == Role::Leader)
        out.emplace_back(WakeFetches{});
}

void RaftCore::onLogMoved(Effects& out) {
    const Offset end = m_log.endOffset();
    if (m_role == Role::Leader) {
        if (end != m_lastSeenEnd)
            out.emplace_back(WakeFetches{});
        advanceHighWatermark(out);
    } else if (m_role == Role::Follower && m_leaderHighWatermark >= 0) {
        raiseHighWatermark(std::min(m_leaderHighWatermark, end), out);
    }
    m_lastSeenEnd = end;
}

} // namespace broker::raft
