#pragma once
// What the nodes of the quorum say to each other, without what is constant in it (one topic, one partition, one
// cluster). wire.h turns these into Kafka's messages and back.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace broker::raft {

using protocol::KafkaError;

/// A position in the log and the epoch of the record before it. Ordered as logs are: by epoch, then by offset.
struct OffsetAndEpoch {
    QuorumEpoch epoch = 0;
    Offset offset = 0;
    auto operator<=>(const OffsetAndEpoch&) const = default;
};

struct VoteRequest {
    NodeId candidate = kNoNode;
    QuorumEpoch epoch = 0; ///< of a pre-vote: the current one, of a vote: the one stood for
    OffsetAndEpoch lastOffset;
    bool preVote = false;
    NodeId voter = kNoNode; ///< whom it is for; -1 = not said
};

/// In every answer: who leads as far as the answering node knows.
struct LeaderHint {
    NodeId leader = kNoNode;
    QuorumEpoch epoch = -1;
    bool operator==(const LeaderHint&) const = default;
};

struct VoteResponse {
    KafkaError error = KafkaError::None;
    LeaderHint current;
    bool granted = false;
};

struct BeginQuorumEpochRequest {
    NodeId leader = kNoNode;
    QuorumEpoch epoch = 0;
    NodeId voter = kNoNode; ///< whom it is for; -1 = not said
};

struct EndQuorumEpochRequest {
    NodeId leader = kNoNode; ///< that resigns
    QuorumEpoch epoch = 0;
    std::vector<NodeId> preferred; ///< successors, best first
};

/// Of BeginQuorumEpoch and EndQuorumEpoch.
struct EpochResponse {
    KafkaError error = KafkaError::None;
    LeaderHint current;
};

struct FetchRequest {
    NodeId replica = kNoNode;
    Uuid directory;
    QuorumEpoch epoch = -1;                                            ///< the leader's, as the sender knows it; -1 = unknown
    Offset fetchOffset = 0;                                            ///< everything below is synced at the sender
    QuorumEpoch lastFetchedEpoch = -1;                                 ///< of the record before fetchOffset
    Offset highWatermark = std::numeric_limits<Offset>::max();         ///< that the sender knows: the answer waits for a higher one
    std::int32_t maxWaitMs = 500;
    std::int32_t maxBytes = 8 << 20;
};

struct FetchResponse {
    KafkaError error = KafkaError::None;
    LeaderHint current;
    Offset highWatermark = -1;
    Offset logStartOffset = 0;
    bool diverging = false;      ///< the sender's log differs from the leader's: it cuts to divergingAt
    OffsetAndEpoch divergingAt;  ///< largest epoch <= lastFetchedEpoch that the leader has, and its end
    std::optional<OffsetAndEpoch> snapshot = std::nullopt; ///< the leader's log begins later: the sender loads this one first
    Payload records;             ///< whole batches
};

/// For a piece of a snapshot (KIP-630).
struct FetchSnapshotRequest {
    NodeId replica = kNoNode;
    Uuid directory;
    QuorumEpoch epoch = -1;      ///< the leader's
    OffsetAndEpoch snapshot;
    std::uint64_t position = 0;  ///< what the sender has of it
    std::int32_t maxBytes = 1 << 20;
};

struct FetchSnapshotResponse {
    KafkaError error = KafkaError::None;
    LeaderHint current;
    OffsetAndEpoch snapshot;
    std::uint64_t size = 0;      ///< of the whole
    std::uint64_t position = 0;  ///< of these bytes
    Payload bytes;               ///< cut anywhere
};

} // namespace broker::raft
