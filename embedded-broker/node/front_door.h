#pragma once
// Where a node listens, and when it lets clients in: a broker that does not know the cluster yet answers nobody, for a client told that its
// topic is gone forgets what it knows of it. Loop thread only; owned by the node.

#include "embedded-broker/base/network.h"
#include "embedded-broker/handlers/session.h"
#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/node/security_setup.h"

#include <functional>
#include <memory>
#include <vector>

namespace broker::node {

class FrontDoor {
public:
    /// `plain`: for listeners without TLS. All outlive it.
    FrontDoor(BrokerConfig& config, const SecuritySetup& security, Network& plain, handlers::BrokerContext& broker, handlers::Sessions& sessions);

    /// Listens on all listeners; an advertised port that was 0 becomes the one that was found. Until `knowsCluster`, who comes to a broker's
    /// listener is held back.
    Result<void> open(std::function<bool()> knowsCluster);
    /// Those who were held back.
    void letIn();
    void close();

private:
    struct HeldBack {
        std::shared_ptr<Connection> connection;
        handlers::Sessions::ListenerFacts facts;
        std::shared_ptr<bool> open;
    };
    void holdBack(std::shared_ptr<Connection> connection, const handlers::Sessions::ListenerFacts& facts);

    BrokerConfig& m_config;
    const SecuritySetup& m_security;
    Network& m_plain;
    handlers::BrokerContext& m_broker;
    handlers::Sessions& m_sessions;
    std::function<bool()> m_knowsCluster;
    std::vector<HeldBack> m_heldBack;
    std::vector<std::unique_ptr<Listener>> m_listeners;
};

} // namespace broker::node
