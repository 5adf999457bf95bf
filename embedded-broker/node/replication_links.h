#pragma once
// What replication asks of connections: fetches from leaders, one connection per leader, and AlterPartition to the controller.
// Also knows which peers' processes are dead. Loop thread only.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/node/controller_channel.h"
#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/replication/links.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace broker::node {

class ReplicationLinks final : public replication::PeerLink, public replication::ControllerLink, public handlers::PeerFacts {
public:
    ReplicationLinks(Network& network, Scheduler& scheduler, ControllerChannel& controller, std::string interBrokerListener,
                     std::shared_ptr<const security::ByteVector> linkSecret = nullptr);
    ~ReplicationLinks() override;

    /// Where the brokers are now; a broker that moved or came back under a new epoch gets a new connection.
    void update(const metadata::MetadataImage& image);
    /// A peer's process refused a connect, or answered one: see knownDead.
    void noteFact(NodeId node, PeerChannel::Fact fact);
    /// A connection of a fetcher ended or was refused.
    void onFact(std::function<void(NodeId, PeerChannel::Fact)> watcher) { m_watcher = std::move(watcher); }

    void fetch(NodeId leader, const protocol::FetchRequest& request, OnFetched done) override;
    void alterPartition(const protocol::AlterPartitionRequest& request, OnAltered done) override;
    [[nodiscard]] bool knownDead(NodeId node) const override;
    [[nodiscard]] bool suspect(NodeId node) const override;
    /// After a connection ended: how long its peer is suspect. A process that is being killed may still take connections for a moment.
    static constexpr Duration kSuspicion = milliseconds(30);

private:
    struct Peer {
        Endpoint endpoint;
        BrokerEpoch epoch = -1;
        std::unique_ptr<PeerChannel> channel;
        bool dead = false;
        std::optional<Instant> closed; ///< when a connection to it ended last
    };
    Network& m_network;
    Scheduler& m_scheduler;
    ControllerChannel& m_controller;
    std::string m_listener;
    std::shared_ptr<const security::ByteVector> m_linkSecret;
    std::map<NodeId, Peer> m_peers;
    std::function<void(NodeId, PeerChannel::Fact)> m_watcher;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
