#pragma once
// `samsa cluster logs`: what the nodes printed, and what they print from now on.

#include "embedded-broker/cluster/cluster.h"

namespace app::cli {

/// The last `lines` lines of each node (with a prefix when there are several); then, when `follow`, everything new until
/// the command is interrupted. Returns the exit code.
int showLogs(const std::vector<broker::cluster::NodeStatus>& nodes, int lines, bool follow);

} // namespace app::cli
