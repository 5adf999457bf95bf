#pragma once
// `samsa-broker --upgrade-features FILE.properties`: a node's settings lead to the controllers of its cluster and prove who asks.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/node/broker_config.h"

namespace broker::tools {

/// Prints "NAME BEFORE AFTER" of each feature that was raised, one a line. Blocks until the controller has answered, for at most 30 s.
Result<void> upgradeFeatures(const node::BrokerConfig& config, Disk& disk);

} // namespace broker::tools
