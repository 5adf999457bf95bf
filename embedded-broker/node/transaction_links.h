#pragma once
// The ways of transactions: from leaders of partitions to the coordinator (is it in the transaction?), and from the coordinator to the leaders
// (end markers). Connections of their own, for answers of one connection leave in the order of its requests. What concerns this broker itself
// stays in the process. Loop thread only.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/transactions/transaction_links.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace broker::node {

class TransactionLinks final : public transactions::MarkerLink, public handlers::TransactionGate {
public:
    TransactionLinks(handlers::BrokerContext& broker, Network& network, std::string interBrokerListener,
                     std::shared_ptr<const security::ByteVector> linkSecret);
    ~TransactionLinks() override;

    /// A peer answered a connect.
    void onConnected(std::function<void()> watcher) { m_connected = std::move(watcher); }

    [[nodiscard]] std::optional<NodeId> leaderOf(const TopicPartition& tp) const override;
    void write(NodeId node, const protocol::WriteTxnMarkersRequest& request, OnWritten done) override;
    void ask(const Question& question, std::move_only_function<void(std::vector<protocol::KafkaError>)> done) override;

private:
    struct Peer {
        Endpoint endpoint;
        BrokerEpoch epoch = -1;
        std::unique_ptr<PeerChannel> questions;
        std::unique_ptr<PeerChannel> markers;
    };
    /// Null: no such broker. A broker that moved or came back gets new connections.
    [[nodiscard]] Peer* peer(NodeId node);
    [[nodiscard]] std::unique_ptr<PeerChannel> connect(NodeId node, const Endpoint& endpoint, const std::string& purpose);
    void askSelf(const Question& question, std::move_only_function<void(std::vector<protocol::KafkaError>)> done);

    handlers::BrokerContext& m_broker;
    Network& m_network;
    std::string m_listener;
    std::shared_ptr<const security::ByteVector> m_linkSecret;
    std::map<NodeId, Peer> m_peers;
    std::function<void()> m_connected;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
