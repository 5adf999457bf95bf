#pragma once
// How a node of the quorum reaches the others. `node` implements it on its peer channels, the simulator on its own.

#include "embedded-broker/raft/messages.h"

#include <expected>
#include <functional>

namespace broker::raft {

enum class TransportFailure {
    Closed,   ///< the connection ended before the answer came
    Refused,  ///< nobody listens there: that process is dead
    TimedOut,
    Other,    ///< an answer that could not be understood, a name that does not resolve
};

template <class Response>
using TransportReply = std::function<void(std::expected<Response, TransportFailure>)>;

/// Calls never answer from inside the call, and answer exactly once (unless the Transport is destroyed first). Requests to one node
/// that do not block each other: a Fetch that waits at the leader must not hold up a Vote.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void vote(NodeId to, const VoteRequest& request, TransportReply<VoteResponse> reply) = 0;
    virtual void beginQuorumEpoch(NodeId to, const BeginQuorumEpochRequest& request, TransportReply<EpochResponse> reply) = 0;
    virtual void endQuorumEpoch(NodeId to, const EndQuorumEpochRequest& request, TransportReply<EpochResponse> reply) = 0;
    virtual void fetch(NodeId to, const FetchRequest& request, TransportReply<FetchResponse> reply) = 0;
    virtual void fetchSnapshot(NodeId to, const FetchSnapshotRequest& request, TransportReply<FetchSnapshotResponse> reply) = 0;
    /// A fresh connect to that node's listener: does its process live? `refused` is true only for a refused connect.
    virtual void probe(NodeId to, std::function<void(bool refused)> result) = 0;
};

} // namespace broker::raft
