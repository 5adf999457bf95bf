#pragma once
// What becomes of one partition when its in-sync set or its candidates change: who leads, who is in sync, who may lead later. Pure.

#include "embedded-broker/base/random.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/record.h"

#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace broker::metadata {

enum class Election : std::uint8_t {
    Online,    ///< keep the leader when it may lead, else the first replica in sync
    Preferred, ///< the first replica when it is in sync and may lead
    Unclean,   ///< as Online, but any living replica before nobody
};

struct PartitionChangeOptions {
    std::vector<NodeId> targetIsr;
    std::function<bool(NodeId)> mayLead;
    Election election = Election::Online;
    std::int32_t minIsr = 1;
    bool elrEnabled = true;            ///< eligible.leader.replicas (KIP-966)
    std::set<NodeId> uncleanReplicas;  ///< came back without their last records: never in sync, never eligible
    std::optional<std::int8_t> recoveryState;
};

/// Nothing when nothing changes. With eligible leader replicas the in-sync set may become empty: the last member stays eligible, and
/// leads again, without loss, when it is back.
std::optional<protocol::PartitionChangeRecord> changePartition(const Uuid& topicId, PartitionIndex index, const PartitionState& partition,
                                                               const PartitionChangeOptions& options);

/// Replicas for partitions [first, first + count): striped over the active brokers from a random start, each further replica on the next
/// one, shifted after every round so that followers spread; fenced brokers only when the active are too few. The first is always active.
/// Needs replicationFactor <= active + fenced and at least one active.
std::vector<std::vector<NodeId>> placeReplicas(std::vector<NodeId> active, std::vector<NodeId> fenced, std::int32_t count,
                                               std::int16_t replicationFactor, Random& random);

} // namespace broker::metadata
