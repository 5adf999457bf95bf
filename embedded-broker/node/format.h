#pragma once
// A node's directories before its first start: formatted as Kafka's own tool does it, each for one node of one cluster.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/node/broker_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace broker::node {

/// Formats what is not formatted: log.dirs get their meta.properties (`now`: written into bootstrap.checkpoint). Directories of another cluster or node are InvalidArgument, and
/// so is an unformatted one when `clusterId` is empty. `scramUsers`: text for parseScramUsers, users that a new cluster begins with. Blocking.
Result<void> formatIfNeeded(Disk& disk, Random& random, WallMs now, const BrokerConfig& config, const std::string& clusterId,
                            std::string_view scramUsers = {});

/// What an empty metadata log begins with: as this node was formatted. Blocking.
Result<std::vector<metadata::Record>> firstRecords(const BrokerConfig& config, Disk& disk);

} // namespace broker::node
