#pragma once
// Kafka's quorum messages to ours and back. What is constant here (topic __cluster_metadata, partition 0) is checked once.
// Asking side: toWire(request) and fromWire(response); answering side: serve(driver, request, ...).

#include "embedded-broker/protocol/messages/begin_quorum_epoch_request.h"
#include "embedded-broker/protocol/messages/begin_quorum_epoch_response.h"
#include "embedded-broker/protocol/messages/describe_quorum_request.h"
#include "embedded-broker/protocol/messages/describe_quorum_response.h"
#include "embedded-broker/protocol/messages/end_quorum_epoch_request.h"
#include "embedded-broker/protocol/messages/end_quorum_epoch_response.h"
#include "embedded-broker/protocol/messages/fetch_snapshot_request.h"
#include "embedded-broker/protocol/messages/fetch_snapshot_response.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "embedded-broker/protocol/messages/vote_request.h"
#include "embedded-broker/protocol/messages/vote_response.h"
#include "embedded-broker/raft/messages.h"
#include "embedded-broker/raft/raft_driver.h"

#include <map>
#include <string>

namespace broker::raft {

inline constexpr std::string_view kMetadataTopic = "__cluster_metadata";

/// What every message of this node says about the cluster.
struct WireFacts {
    std::string clusterId;
    /// Controller listener of each voter; name of the listener.
    std::string listener = "CONTROLLER";
    std::map<NodeId, Endpoint> voters;
};

// --- asking: versions are the ones that messages are encoded with: Vote 2, BeginQuorumEpoch 1, EndQuorumEpoch 1, Fetch 18, FetchSnapshot 1
protocol::VoteRequest toWire(const VoteRequest& request, const WireFacts& facts);
protocol::BeginQuorumEpochRequest toWire(const BeginQuorumEpochRequest& request, const WireFacts& facts);
protocol::EndQuorumEpochRequest toWire(const EndQuorumEpochRequest& request, const WireFacts& facts);
protocol::FetchRequest toWire(const FetchRequest& request, const WireFacts& facts);
protocol::FetchSnapshotRequest toWire(const FetchSnapshotRequest& request, const WireFacts& facts);
/// Corrupt when the answer is not about our partition.
Result<VoteResponse> fromWire(const protocol::VoteResponse& response);
Result<EpochResponse> fromWire(const protocol::BeginQuorumEpochResponse& response);
Result<EpochResponse> fromWire(const protocol::EndQuorumEpochResponse& response);
Result<FetchResponse> fromWire(const protocol::FetchResponse& response);
Result<FetchSnapshotResponse> fromWire(const protocol::FetchSnapshotResponse& response);

// --- answering --------------------------------------------------------------------------------------------------------------------
void serve(RaftDriver& raft, const WireFacts& facts, const protocol::VoteRequest& request, Reply<protocol::VoteResponse> reply);
void serve(RaftDriver& raft, const WireFacts& facts, const protocol::BeginQuorumEpochRequest& request,
           Reply<protocol::BeginQuorumEpochResponse> reply);
void serve(RaftDriver& raft, const WireFacts& facts, const protocol::EndQuorumEpochRequest& request,
           Reply<protocol::EndQuorumEpochResponse> reply);
/// `version`: of the request; up to 12 the topic is named, later its id is given.
void serve(RaftDriver& raft, const WireFacts& facts, const protocol::FetchRequest& request, std::int16_t version,
           Reply<protocol::FetchResponse> reply);
void serve(RaftDriver& raft, const WireFacts& facts, const protocol::FetchSnapshotRequest& request, Reply<protocol::FetchSnapshotResponse> reply);
protocol::DescribeQuorumResponse describeQuorum(const RaftDriver& raft, const WireFacts& facts, const protocol::DescribeQuorumRequest& request);

} // namespace broker::raft
