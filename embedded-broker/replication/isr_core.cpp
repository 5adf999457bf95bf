#include "embedded-broker/replication/isr_core.h"

#include <algorithm>

namespace broker::replication {

namespace {
bool contains(const std::vector<NodeId>& nodes, NodeId node) {
    return std::ranges::find(nodes, node) != nodes.end();
}
} // namespace

void IsrCore::takeReplicas() {
    std::erase_if(m_replicas, [&](const auto& entry) { return !contains(m_facts.replicas, entry.first); });
    for (const NodeId replica : m_facts.replicas)
        if (replica != m_self)
            m_replicas.try_emplace(replica);
}

void IsrCore::lead(const PartitionFacts& facts, Offset logEnd, Instant now) {
    m_facts = facts;
    m_pending.reset();
    m_replicas.clear();
    takeReplicas();
    for (auto& [replica, progress] : m_replicas)
        if (contains(facts.isr, replica))
            progress.lastCaughtUp = now;
    m_epochStart = logEnd;
    m_logEnd = logEnd;
}

bool IsrCore::update(const PartitionFacts& facts) {
    if (facts.leaderEpoch != m_facts.leaderEpoch || facts.partitionEpoch <= m_facts.partitionEpoch)
        return false;
    m_facts = facts;
    m_pending.reset();
    takeReplicas();
    return true;
}

void IsrCore::setLocalEnd(Offset synced, Offset logEnd) {
    m_localSynced = synced;
    m_logEnd = logEnd;
}

bool IsrCore::fetched(NodeId replica, BrokerEpoch epoch, Offset offset, Offset logStart, Instant now) {
    const auto it = m_replicas.find(replica);
    if (it == m_replicas.end())
        return false;
    ReplicaProgress& progress = it->second;
    if (epoch >= 0 && epoch < progress.brokerEpoch)
        return false;
    // A follower that has read up to what was the end when it asked last time was caught up at that time (KAFKA-1367).
    if (offset >= m_logEnd)
        progress.lastCaughtUp = std::max(progress.lastCaughtUp.value_or(now), now);
    else if (progress.lastFetch && progress.leaderEndAtLastFetch >= 0 && offset >= progress.leaderEndAtLastFetch)
        progress.lastCaughtUp = std::max(progress.lastCaughtUp.value_or(*progress.lastFetch), *progress.lastFetch);
    progress.endOffset = offset;
    progress.logStartOffset = logStart;
    if (epoch >= 0)
        progress.brokerEpoch = epoch;
    progress.lastFetch = now;
    progress.leaderEndAtLastFetch = m_logEnd;
    return true;
}

bool IsrCore::caughtUp(const ReplicaProgress& progress, Instant now) const {
    return (progress.endOffset >= 0 && progress.endOffset == m_logEnd) ||
           (progress.lastCaughtUp && now - *progress.lastCaughtUp <= m_settings.lagTimeMax);
}

std::int32_t IsrCore::effectiveMinIsr() const {
    return std::min(m_settings.minInsyncReplicas, static_cast<std::int32_t>(m_facts.replicas.size()));
}

bool IsrCore::inMaximalIsr(NodeId replica) const {
    return contains(m_facts.isr, replica) || (m_pending && contains(*m_pending, replica));
}

Offset IsrCore::highWatermarkFrom(Offset current, Instant now) const {
    if (underMinIsr())
        return current;
    Offset candidate = m_localSynced;
    for (const auto& [replica, progress] : m_replicas) {
        if (progress.endOffset >= candidate)
            continue;
        // A replica that is about to join is waited for, else it could never catch up with a busy leader.
        const bool joining = caughtUp(progress, now) && progress.endOffset >= 0 && m_eligible(replica, progress.brokerEpoch);
        if (inMaximalIsr(replica) || joining)
            candidate = progress.endOffset;
    }
    return std::max(current, candidate);
}

Offset IsrCore::lowWatermark(Offset localLogStart) const {
    Offset low = localLogStart;
    for (const auto& [replica, progress] : m_replicas)
        if (m_eligible(replica, -1))
            low = std::min(low, progress.logStartOffset);
    return low;
}

IsrProposal IsrCore::propose(std::vector<NodeId> isr) {
    m_pending = std::move(isr);
    return *pending();
}

std::optional<IsrProposal> IsrCore::pending() const {
    if (!m_pending)
        return std::nullopt;
    IsrProposal proposal{m_facts.leaderEpoch, m_facts.partitionEpoch, {}};
    for (const NodeId member : *m_pending) {
        const auto it = m_replicas.find(member);
        proposal.isr.emplace_back(member, member == m_self ? m_selfEpoch : it == m_replicas.end() ? -1 : it->second.brokerEpoch);
    }
    return proposal;
}

std::optional<IsrProposal> IsrCore::expansion(NodeId replica, Offset highWatermark) {
    const auto it = m_replicas.find(replica);
    if (m_pending || it == m_replicas.end() || contains(m_facts.isr, replica))
        return std::nullopt;
    const Offset end = it->second.endOffset;
    if (end < highWatermark || end < m_epochStart || !m_eligible(replica, it->second.brokerEpoch))
        return std::nullopt;
    auto isr = m_facts.isr;
    isr.push_back(replica);
    return propose(std::move(isr));
}

std::optional<IsrProposal> IsrCore::nextExpansion(Offset highWatermark, Instant now) {
    for (const auto& [replica, progress] : m_replicas)
        if (progress.endOffset >= 0 && caughtUp(progress, now))
            if (auto proposal = expansion(replica, highWatermark))
                return proposal;
    return std::nullopt;
}

std::optional<IsrProposal> IsrCore::shrinking(Instant now) {
    if (m_pending)
        return std::nullopt;
    std::vector<NodeId> isr;
    for (const NodeId member : m_facts.isr) {
        const auto it = m_replicas.find(member);
        if (member == m_self || (it != m_replicas.end() && caughtUp(it->second, now)))
            isr.push_back(member);
    }
    if (isr.size() == m_facts.isr.size())
        return std::nullopt;
    return propose(std::move(isr));
}

void IsrCore::answered(IsrAnswer answer, const IsrProposal& proposal, const PartitionFacts& facts) {
    if (proposal.leaderEpoch != m_facts.leaderEpoch || proposal.partitionEpoch != m_facts.partitionEpoch || !m_pending)
        return; // metadata were faster
    switch (answer) {
    case IsrAnswer::Accepted:
        if (facts.leaderEpoch == m_facts.leaderEpoch && facts.partitionEpoch >= m_facts.partitionEpoch) {
            m_facts.isr = facts.isr;
            m_facts.partitionEpoch = facts.partitionEpoch;
            m_facts.recovering = facts.recovering;
            m_pending.reset();
        }
        return;
    case IsrAnswer::Ineligible:
        m_pending.reset();
        return;
    case IsrAnswer::Superseded: // the set may have changed already: stay maximal
    case IsrAnswer::Retry:
        return;
    }
}

const ReplicaProgress* IsrCore::progress(NodeId replica) const {
    const auto it = m_replicas.find(replica);
    return it == m_replicas.end() ? nullptr : &it->second;
}

} // namespace broker::replication
