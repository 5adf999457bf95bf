#include "embedded-broker/node/front_door.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/metadata_image.h"

#include <utility>

namespace broker::node {

FrontDoor::FrontDoor(BrokerConfig& config, const SecuritySetup& security, Network& plain, handlers::BrokerContext& broker, handlers::Sessions& sessions)
    : m_config(config), m_security(security), m_plain(plain), m_broker(broker), m_sessions(sessions) {}

Result<void> FrontDoor::open(std::function<bool()> knowsCluster) {
    m_knowsCluster = std::move(knowsCluster);
    const auto frameMax = static_cast<std::uint32_t>(m_config.number("socket.request.max.bytes"));
    for (const NamedListener& listener : m_config.listeners) {
        handlers::Sessions::ListenerFacts facts;
        facts.role = m_config.isControllerListener(listener.name) ? handlers::Role::Controller : handlers::Role::Broker;
        facts.name = listener.name;
        facts.interBroker = facts.role == handlers::Role::Controller || listener.name == m_config.interBrokerListener;
        facts.security = m_security.listenerSecurity(m_config, listener, [this](const std::string& user, security::ScramMechanism mechanism) {
            const auto& users = m_broker.image->scramUsers();
            const auto found = users.find({user, mechanism});
            return found == users.end() ? std::nullopt : std::optional(found->second);
        });
        auto opened = m_security.networkFor(listener.name, m_plain).listen(listener.endpoint, frameMax, [this, facts](std::shared_ptr<Connection> connection) {
            if (facts.role == handlers::Role::Broker && !m_knowsCluster())
                return holdBack(std::move(connection), facts);
            m_sessions.accept(std::move(connection), facts);
        });
        if (!opened)
            return std::unexpected(opened.error());
        for (NamedListener& advertised : m_config.advertised)
            if (advertised.name == listener.name && advertised.endpoint.port == 0)
                advertised.endpoint.port = (*opened)->endpoint().port;
        log::info("node", "listening on {}://{}", listener.name, (*opened)->endpoint().toString());
        m_listeners.push_back(std::move(*opened));
    }
    return {};
}

void FrontDoor::holdBack(std::shared_ptr<Connection> connection, const handlers::Sessions::ListenerFacts& facts) {
    connection->setReading(false);
    auto open = std::make_shared<bool>(true);
    connection->setHandler({.onFrame = [](const Slice&) {}, .onClosed = [open](CloseReason) { *open = false; }});
    m_heldBack.push_back({std::move(connection), facts, std::move(open)});
}

void FrontDoor::letIn() {
    for (auto& each : std::exchange(m_heldBack, {})) {
        if (!*each.open)
            continue;
        m_sessions.accept(each.connection, each.facts);
        each.connection->setReading(true);
    }
}

void FrontDoor::close() {
    m_listeners.clear();
    m_heldBack.clear();
}

} // namespace broker::node
