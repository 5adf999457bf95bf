#pragma once
// raft's Transport on peer channels: per voter one for what waits (Fetch) and one for what must not wait behind it. What their
// sockets say goes to the quorum at once. Loop thread only.

#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/raft/transport.h"
#include "embedded-broker/raft/wire.h"

#include <functional>
#include <map>
#include <memory>

namespace broker::node {

class QuorumTransport final : public raft::Transport {
public:
    QuorumTransport(Network& network, Scheduler& scheduler, const raft::WireFacts& facts, Duration requestTimeout,
                    std::shared_ptr<const security::ByteVector> linkSecret = nullptr);
    ~QuorumTransport() override;

    /// A connection to `node` ended or was refused.
    void onFact(std::function<void(NodeId node, PeerChannel::Fact fact)> watcher) { m_watcher = std::move(watcher); }

    void vote(NodeId to, const raft::VoteRequest& request, raft::TransportReply<raft::VoteResponse> reply) override;
    void beginQuorumEpoch(NodeId to, const raft::BeginQuorumEpochRequest& request, raft::TransportReply<raft::EpochResponse> reply) override;
    void endQuorumEpoch(NodeId to, const raft::EndQuorumEpochRequest& request, raft::TransportReply<raft::EpochResponse> reply) override;
    void fetch(NodeId to, const raft::FetchRequest& request, raft::TransportReply<raft::FetchResponse> reply) override;
    void fetchSnapshot(NodeId to, const raft::FetchSnapshotRequest& request, raft::TransportReply<raft::FetchSnapshotResponse> reply) override;
    void probe(NodeId to, std::function<void(bool refused)> result) override;

private:
    enum class Purpose : std::uint8_t { Fetch, Votes };
    PeerChannel* channel(NodeId to, Purpose purpose);
    template <class WireResponse, class Response, class WireRequest>
    void call(NodeId to, Purpose purpose, const WireRequest& request, std::int16_t version, Duration timeout, raft::TransportReply<Response> reply);

    Network& m_network;
    Scheduler& m_scheduler;
    const raft::WireFacts& m_facts;
    Duration m_requestTimeout;
    std::shared_ptr<const security::ByteVector> m_linkSecret;
    std::function<void(NodeId, PeerChannel::Fact)> m_watcher;
    std::map<std::pair<NodeId, Purpose>, std::unique_ptr<PeerChannel>> m_channels;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

/// One connect, to learn whether a process lives there. `refused` is true only when nobody listens. Never answers from inside the call.
void probeEndpoint(Network& network, const Endpoint& endpoint, std::function<void(bool refused)> result);

} // namespace broker::node
