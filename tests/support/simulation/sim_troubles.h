#pragma once
// What simulations of whole nodes do to them: slow disks and networks, kills, power cuts, pauses, partitions, and the end of it all.

#include "tests/support/simulation/sim_cluster.h"

namespace tests::simulation {

inline constexpr std::uint64_t kTroubles = 10;

/// A quarter of the clusters has slow disks, a quarter a slow network.
inline void slowDown(ClusterOptions& options, broker::Random& shape) {
    if (shape.below(4) == 0)
        options.diskMax = broker::milliseconds(20);
    if (shape.below(4) == 0)
        options.delayMax = broker::milliseconds(10);
}

inline bool allReady(const SimCluster& cluster) {
    for (int node = 1; node <= cluster.nodeCount(); ++node)
        if (!cluster.ready(node))
            return false;
    return true;
}

/// All nodes run; empty when they serve and the topic is there.
inline std::string comeUp(SimCluster& cluster) {
    for (int node = 1; node <= cluster.nodeCount(); ++node)
        cluster.start(node);
    const auto problem = [&](const char* what) { return cluster.violation().empty() ? std::string(what) : cluster.violation(); };
    if (!cluster.runUntil(broker::seconds(20), [&] { return allReady(cluster); }))
        return problem("the cluster did not come up within 20 s");
    if (!cluster.createTopic(broker::seconds(20)))
        return problem("the topic could not be made");
    return {};
}

/// `which` in [0, kTroubles): something goes wrong with a node that the seed chooses, or right again; false when it is more than that.
inline bool trouble(SimCluster& cluster, int node, std::uint64_t which) {
    switch (which) {
    case 0: cluster.kill(node); return true;
    case 1: cluster.powerCut(node); return true;
    case 2:
    case 3:
    case 4: cluster.start(node); return true;
    case 5: cluster.pause(node); return true;
    case 6:
    case 7: cluster.resume(node); return true;
    case 8: cluster.cut(node, 1 + static_cast<int>(cluster.world().random().below(static_cast<std::uint64_t>(cluster.nodeCount())))); return true;
    case 9: cluster.heal(); return true;
    default: return false;
    }
}

/// Nothing is wrong any more; true when all nodes serve again within a minute.
inline bool comeTogether(SimCluster& cluster) {
    cluster.heal();
    for (int node = 1; node <= cluster.nodeCount(); ++node) {
        cluster.start(node);
        cluster.resume(node);
    }
    return cluster.runUntil(broker::seconds(60), [&] { return allReady(cluster); });
}

} // namespace tests::simulation
