#pragma once
// Client connections of one node. A session hands requests on as they come and sends the answers in the order of the
// requests; too many requests under way, or answers that the client does not read, stop the reading from it.
// Loop thread only; owned by the node.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/handler.h"
#include "embedded-broker/handlers/session_auth.h"

#include <functional>
#include <memory>
#include <string>
#include <map>
#include <utility>
#include <vector>

namespace broker::handlers {

class Session;

class Sessions {
public:
    Sessions(BrokerContext& broker, Duration idleMax);
    ~Sessions(); ///< closes all connections
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    struct ListenerFacts {
        Role role = Role::Broker;
        std::string name;
        bool interBroker = false;
        std::shared_ptr<const ListenerSecurity> security = nullptr; ///< null: nobody is asked who he is
    };
    void accept(std::shared_ptr<Connection> connection, const ListenerFacts& listener);
    /// Requests on broker listeners wait unread until serve(): a broker that has not caught up would say that topics do not exist.
    void hold() { m_held = true; }
    void serve();
    /// Called with the number of a connection (Origin::connection) after it closed: fetch sessions and the like end with it.
    void onClosed(std::function<void(std::uint64_t)> watcher) { m_watchers.push_back(std::move(watcher)); }
    [[nodiscard]] std::size_t count() const { return m_sessions.size(); }
    void closeAll();

private:
    friend class Session;
    void forget(std::uint64_t number);
    void closeIdle();

    BrokerContext& m_broker;
    Duration m_idleMax;
    bool m_held = false;
    std::uint64_t m_next = 1;
    std::map<std::uint64_t, std::shared_ptr<Session>> m_sessions; ///< ordered: one seed, one history
    std::vector<std::function<void(std::uint64_t)>> m_watchers;
    TimerId m_idleTimer = 0;
};

} // namespace broker::handlers
