#pragma once
// Shows local clusters that nobody has started: what pages say of them is then known.

#include "models/localcluster/local_cluster_service.h"

namespace models::localcluster {

struct LocalFiller {
    /// From now on only clusters that are shown so.
    static void show(LocalClusterService& service, const LocalCluster& cluster) { service.pretend(cluster); }
};

} // namespace models::localcluster
