#include "embedded-broker/node/replication_links.h"

#include <fmt/format.h>

namespace broker::node {

namespace {

constexpr std::int16_t kFetchVersion = 18;
constexpr std::int16_t kAlterPartitionVersion = 3;
constexpr Duration kHang = seconds(30);

} // namespace

ReplicationLinks::ReplicationLinks(Network& network, Scheduler& scheduler, ControllerChannel& controller, std::string interBrokerListener,
                                   std::shared_ptr<const security::ByteVector> linkSecret)
    : m_network(network), m_scheduler(scheduler), m_controller(controller), m_listener(std::move(interBrokerListener)),
      m_linkSecret(std::move(linkSecret)) {}

ReplicationLinks::~ReplicationLinks() { *m_alive = false; }

void ReplicationLinks::update(const metadata::MetadataImage& image) {
    for (const auto& [id, broker] : image.brokers()) {
        const auto* endpoint = broker->endpoint(m_listener);
        if (endpoint == nullptr)
            continue;
        Peer& peer = m_peers[id];
        const Endpoint at{endpoint->host, endpoint->port};
        if (peer.epoch == broker->epoch && peer.endpoint == at)
            continue;
        if (peer.endpoint != at && peer.channel)
            m_scheduler.post([old = std::shared_ptr<PeerChannel>(std::move(peer.channel))] { old->reset("moved to another address"); });
        peer.endpoint = at;
        peer.epoch = broker->epoch;
        peer.dead = false; // a new registration is a living process
        peer.closed.reset();
    }
    for (auto it = m_peers.begin(); it != m_peers.end();) {
        if (image.broker(it->first) != nullptr) {
            ++it;
            continue;
        }
        if (it->second.channel)
            m_scheduler.post([old = std::shared_ptr<PeerChannel>(std::move(it->second.channel))] { old->reset("was unregistered"); });
        it = m_peers.erase(it);
    }
}

void ReplicationLinks::noteFact(NodeId node, PeerChannel::Fact fact) {
    const auto peer = m_peers.find(node);
    if (peer == m_peers.end())
        return;
    if (fact == PeerChannel::Fact::Closed)
        peer->second.closed = m_scheduler.now();
    else if (fact == PeerChannel::Fact::Refused)
        peer->second.dead = true;
    else if (fact == PeerChannel::Fact::Connected)
        peer->second.dead = false;
}

bool ReplicationLinks::knownDead(NodeId node) const {
    const auto peer = m_peers.find(node);
    return peer != m_peers.end() && peer->second.dead;
}

bool ReplicationLinks::suspect(NodeId node) const {
    const auto peer = m_peers.find(node);
    return peer != m_peers.end() && (peer->second.dead || (peer->second.closed && m_scheduler.now() - *peer->second.closed < kSuspicion));
}

void ReplicationLinks::fetch(NodeId leader, const protocol::FetchRequest& request, OnFetched done) {
    const auto found = m_peers.find(leader);
    if (found == m_peers.end()) {
        m_scheduler.post([alive = m_alive, leader, done = std::move(done)]() mutable {
            if (*alive)
                done(fail(ErrorCode::Unavailable, fmt::format("Broker {} is not known yet.", leader)));
        });
        return;
    }
    Peer& peer = found->second;
    if (!peer.channel) {
        PeerChannel::Options options;
        options.clientId = "replica-fetcher";
        options.linkSecret = m_linkSecret;
        options.target = leader;
        peer.channel = std::make_unique<PeerChannel>(m_network, m_scheduler, peer.endpoint, options);
        peer.channel->onFact([this, leader](PeerChannel::Fact fact) {
            noteFact(leader, fact);
            if (m_watcher)
                m_watcher(leader, fact);
        });
    }
    peer.channel->call<protocol::FetchResponse>(request, kFetchVersion, kHang + milliseconds(request.maxWaitMs), std::move(done));
}

void ReplicationLinks::alterPartition(const protocol::AlterPartitionRequest& request, OnAltered done) {
    m_controller.call<protocol::AlterPartitionResponse>(request, kAlterPartitionVersion, kHang, std::move(done));
}

} // namespace broker::node
