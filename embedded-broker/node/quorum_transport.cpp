#include "embedded-broker/node/quorum_transport.h"

namespace broker::node {

namespace {

constexpr Duration kProbeTimeout = seconds(1);
constexpr std::uint32_t kProbeFrameMax = 1024;

raft::TransportFailure toFailure(const Error& error, const PeerChannel& channel) {
    if (error.code == ErrorCode::TimedOut)
        return raft::TransportFailure::TimedOut;
    if (error.code == ErrorCode::Unavailable)
        return channel.knownDead() ? raft::TransportFailure::Refused : raft::TransportFailure::Closed;
    return raft::TransportFailure::Other;
}

} // namespace

void probeEndpoint(Network& network, const Endpoint& endpoint, std::function<void(bool refused)> result) {
    network.connect(endpoint, kProbeTimeout, kProbeFrameMax, [result = std::move(result)](std::expected<std::shared_ptr<Connection>, CloseReason> connection) {
        if (connection)
            (*connection)->close();
        result(!connection && connection.error() == CloseReason::Refused);
    });
}

QuorumTransport::QuorumTransport(Network& network, Scheduler& scheduler, const raft::WireFacts& facts, Duration requestTimeout,
                                 std::shared_ptr<const security::ByteVector> linkSecret)
    : m_network(network), m_scheduler(scheduler), m_facts(facts), m_requestTimeout(requestTimeout), m_linkSecret(std::move(linkSecret)) {}

QuorumTransport::~QuorumTransport() { *m_alive = false; }

PeerChannel* QuorumTransport::channel(NodeId to, Purpose purpose) {
    auto& channel = m_channels[{to, purpose}];
    if (!channel) {
        const auto endpoint = m_facts.voters.find(to);
        if (endpoint == m_facts.voters.end())
            return nullptr;
        PeerChannel::Options options;
        options.clientId = purpose == Purpose::Fetch ? "raft-fetch" : "raft-votes";
        options.linkSecret = m_linkSecret;
        options.target = to;
        channel = std::make_unique<PeerChannel>(m_network, m_scheduler, endpoint->second, options);
        channel->onFact([this, to](PeerChannel::Fact fact) {
            if (m_watcher)
                m_watcher(to, fact);
        });
    }
    return channel.get();
}

template <class WireResponse, class Response, class WireRequest>
void QuorumTransport::call(NodeId to, Purpose purpose, const WireRequest& request, std::int16_t version, Duration timeout,
                           raft::TransportReply<Response> reply) {
    PeerChannel* peer = channel(to, purpose);
    if (peer == nullptr) {
        m_scheduler.post([alive = m_alive, reply = std::move(reply)] {
            if (*alive)
                reply(std::unexpected(raft::TransportFailure::Other));
        });
        return;
    }
    peer->call<WireResponse>(request, version, timeout, [peer, reply = std::move(reply)](Result<WireResponse> answer) {
        if (!answer)
            return reply(std::unexpected(toFailure(answer.error(), *peer)));
        auto response = raft::fromWire(*answer);
        if (!response)
            return reply(std::unexpected(raft::TransportFailure::Other));
        reply(std::move(*response));
    });
}

void QuorumTransport::vote(NodeId to, const raft::VoteRequest& request, raft::TransportReply<raft::VoteResponse> reply) {
    call<protocol::VoteResponse, raft::VoteResponse>(to, Purpose::Votes, raft::toWire(request, m_facts), 2, m_requestTimeout, std::move(reply));
}

void QuorumTransport::beginQuorumEpoch(NodeId to, const raft::BeginQuorumEpochRequest& request, raft::TransportReply<raft::EpochResponse> reply) {
    call<protocol::BeginQuorumEpochResponse, raft::EpochResponse>(to, Purpose::Votes, raft::toWire(request, m_facts), 1, m_requestTimeout,
                                                                  std::move(reply));
}

void QuorumTransport::endQuorumEpoch(NodeId to, const raft::EndQuorumEpochRequest& request, raft::TransportReply<raft::EpochResponse> reply) {
    call<protocol::EndQuorumEpochResponse, raft::EpochResponse>(to, Purpose::Votes, raft::toWire(request, m_facts), 1, m_requestTimeout,
                                                                std::move(reply));
}

void QuorumTransport::fetch(NodeId to, const raft::FetchRequest& request, raft::TransportReply<raft::FetchResponse> reply) {
    call<protocol::FetchResponse, raft::FetchResponse>(to, Purpose::Fetch, raft::toWire(request, m_facts), 18,
                                                       m_requestTimeout + milliseconds(request.maxWaitMs), std::move(reply));
}

void QuorumTransport::fetchSnapshot(NodeId to, const raft::FetchSnapshotRequest& request, raft::TransportReply<raft::FetchSnapshotResponse> reply) {
    call<protocol::FetchSnapshotResponse, raft::FetchSnapshotResponse>(to, Purpose::Fetch, raft::toWire(request, m_facts), 1, m_requestTimeout, std::move(reply));
}

void QuorumTransport::probe(NodeId to, std::function<void(bool refused)> result) {
    const auto endpoint = m_facts.voters.find(to);
    if (endpoint == m_facts.voters.end()) {
        m_scheduler.post([alive = m_alive, result = std::move(result)] {
            if (*alive)
                result(false);
        });
        return;
    }
    probeEndpoint(m_network, endpoint->second, [alive = m_alive, result = std::move(result)](bool refused) {
        if (*alive)
            result(refused);
    });
}

} // namespace broker::node
