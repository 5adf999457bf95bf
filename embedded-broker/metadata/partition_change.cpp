#include "embedded-broker/metadata/partition_change.h"

#include <algorithm>

namespace broker::metadata {

namespace {

bool contains(const std::vector<NodeId>& list, NodeId node) { return std::ranges::find(list, node) != list.end(); }

struct Chosen {
    NodeId leader = kNoLeader;
    bool fromElr = false;
    bool unclean = false;
};

Chosen chooseLeader(const PartitionState& partition, const std::vector<NodeId>& isr, const PartitionChangeOptions& options) {
    const auto inSync = [&](NodeId node) { return contains(isr, node) && options.mayLead(node); };
    if (options.election == Election::Preferred && !partition.replicas.empty() && inSync(partition.replicas.front()))
        return {partition.replicas.front()};
    if (partition.leader != kNoLeader && inSync(partition.leader))
        return {partition.leader};
    for (const NodeId node : partition.replicas)
        if (inSync(node))
            return {node};
    if (options.elrEnabled) {
        for (const NodeId node : partition.replicas)
            if (contains(partition.elr, node) && !options.uncleanReplicas.contains(node) && options.mayLead(node))
                return {node, true};
        // Nobody is known to have everything any more: the last leader has the most.
        if (isr.empty() && partition.elr.empty() && partition.lastKnownElr.size() == 1 && options.mayLead(partition.lastKnownElr.front()))
            return {partition.lastKnownElr.front(), false, true};
    }
    if (options.election == Election::Unclean)
        for (const NodeId node : partition.replicas)
            if (options.mayLead(node))
                return {node, false, true};
    return {};
}

} // namespace

std::optional<protocol::PartitionChangeRecord> changePartition(const Uuid& topicId, PartitionIndex index, const PartitionState& partition,
                                                               const PartitionChangeOptions& options) {
    protocol::PartitionChangeRecord record;
    record.topicId = topicId;
    record.partitionId = index;
    bool changed = false;

    std::vector<NodeId> isr;
    for (const NodeId node : options.targetIsr)
        if (!options.uncleanReplicas.contains(node))
            isr.push_back(node);
    const Chosen chosen = chooseLeader(partition, isr, options);
    if (chosen.fromElr && !contains(isr, chosen.leader))
        isr = {chosen.leader};
    if (chosen.unclean)
        isr = {chosen.leader};
    if (isr.empty() && !options.elrEnabled)
        isr = partition.isr; // the last in-sync replica is never forgotten

    if (chosen.leader != partition.leader) {
        record.leader = chosen.leader;
        changed = true;
        if (chosen.unclean && partition.leaderRecoveryState != kRecovering)
            record.leaderRecoveryState = kRecovering;
    }
    if (options.recoveryState && *options.recoveryState != partition.leaderRecoveryState && !chosen.unclean) {
        record.leaderRecoveryState = *options.recoveryState;
        changed = true;
    }
    if (isr != partition.isr) {
        record.isr = isr;
        changed = true;
    }

    if (options.elrEnabled) {
        const auto minIsr = std::min<std::size_t>(static_cast<std::size_t>(std::max(options.minIsr, 1)), partition.replicas.size());
        std::vector<NodeId> elr;
        std::vector<NodeId> lastKnown;
        if (isr.size() < minIsr && !chosen.unclean) {
            for (const auto* from : {&partition.elr, &partition.isr})
                for (const NodeId node : *from)
                    if (!contains(isr, node) && !contains(elr, node) && !options.uncleanReplicas.contains(node))
                        elr.push_back(node);
            if (isr.empty() && elr.empty()) {
                if (partition.leader != kNoLeader)
                    lastKnown = {partition.leader};
                else
                    lastKnown = partition.lastKnownElr;
            }
            if (isr.empty() && lastKnown.empty() && elr.empty() && !partition.elr.empty())
                lastKnown = {partition.elr.front()};
        }
        if (elr != partition.elr) {
            record.eligibleLeaderReplicas = elr;
            changed = true;
        }
        if (lastKnown != partition.lastKnownElr) {
            record.lastKnownElr = lastKnown;
            changed = true;
        }
    }
    if (!changed)
        return std::nullopt;
    return record;
}

std::vector<std::vector<NodeId>> placeReplicas(std::vector<NodeId> active, std::vector<NodeId> fenced, std::int32_t count,
                                               std::int16_t replicationFactor, Random& random) {
    std::vector<std::vector<NodeId>> placed;
    const auto brokers = active.size();
    const auto factor = static_cast<std::size_t>(replicationFactor);
    auto start = static_cast<std::size_t>(random.below(brokers));
    auto shift = static_cast<std::size_t>(random.below(brokers));
    std::size_t fencedStart = fenced.empty() ? 0 : static_cast<std::size_t>(random.below(fenced.size()));
    for (std::int32_t i = 0; i < count; ++i) {
        if (i > 0 && static_cast<std::size_t>(i) % brokers == 0)
            ++shift;
        const std::size_t first = (start + static_cast<std::size_t>(i)) % brokers;
        std::vector<NodeId> replicas{active[first]};
        for (std::size_t j = 1; j < std::min(factor, brokers); ++j)
            replicas.push_back(active[(first + 1 + (shift + j - 1) % (brokers - 1)) % brokers]);
        for (std::size_t j = brokers; j < factor; ++j)
            replicas.push_back(fenced[(fencedStart + j - brokers) % fenced.size()]);
        ++fencedStart;
        placed.push_back(std::move(replicas));
    }
    return placed;
}

} // namespace broker::metadata
