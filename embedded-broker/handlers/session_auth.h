#pragma once
// The beginning of a connection: who is at the other end. On a SASL listener nothing but ApiVersions and the login is answered before it is
// known, and frames are small. On every listener the nodes of the cluster may prove that they are (security/link_proof.h).
// One object a connection; loop thread.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/handler.h"
#include "embedded-broker/security/link_proof.h"
#include "embedded-broker/security/sasl_server.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::handlers {

/// What a listener demands of those who come by it.
struct ListenerSecurity {
    bool tls = false;
    bool sasl = false;
    std::vector<std::string> mechanisms;            ///< sasl.enabled.mechanisms
    security::SaslUsers users;                      ///< where they are looked up
    std::shared_ptr<const security::ByteVector> linkSecret; ///< null: nodes are believed without a proof
    std::uint32_t frameBytesMax = 0;                ///< of requests after the login
};

/// Largest frame of somebody who has not logged in.
inline constexpr std::uint32_t kFrameBytesBeforeLogin = 64U << 10;
/// A wrong password is answered this late, as in Kafka (connection.failed.authentication.delay.ms).
inline constexpr Duration kFailureDelay = milliseconds(100);

class SessionAuth {
public:
    SessionAuth(const BrokerContext& broker, const ListenerSecurity& security) : m_broker(broker), m_security(security) {}

    enum class Verdict : std::uint8_t {
        Pass,     ///< a request like any other: dispatch it
        Answered, ///< was ours
    };
    struct Identity {
        std::string principal; ///< "User:alice"
        bool peer = false;     ///< a node of this cluster
    };
    /// Called once somebody has logged in, before the answer to the last message leaves.
    void onIdentity(std::function<void(const Identity&)> watcher) { m_watcher = std::move(watcher); }

    /// Whether nothing else is answered yet.
    [[nodiscard]] bool required() const { return m_security.sasl && !m_done; }
    /// True after an old handshake (version 0): frames are the mechanism's own bytes, without headers.
    [[nodiscard]] bool takesRawTokens() const { return m_raw && !m_done; }
    /// A refused request has closed its connection.
    Verdict take(const RequestContext& request);
    /// -> the frame to answer with; an error closes the connection.
    Result<std::string> takeRaw(std::string_view token);

private:
    void handshake(const RequestContext& request);
    void authenticate(const RequestContext& request);
    /// One message of the mechanism under way.
    Result<std::string> step(std::string_view message);
    void failLater(const RequestContext& request, std::string message);

    const BrokerContext& m_broker;
    const ListenerSecurity& m_security;
    std::function<void(const Identity&)> m_watcher;
    std::string m_mechanism;
    std::unique_ptr<security::SaslServer> m_server;
    std::unique_ptr<security::LinkServer> m_link;
    bool m_raw = false;
    bool m_failed = false;
    bool m_done = false;
    std::string m_client; ///< for the log
};

} // namespace broker::handlers
