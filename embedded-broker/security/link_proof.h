#pragma once
// How the brokers and controllers of one cluster know each other: both know the cluster's secret, neither sends it. Two messages each
// way inside SaslHandshake and SaslAuthenticate, under the mechanism kLinkMechanism:
//
//   client -> server   its nonce
//   server -> client   its nonce, HMAC(secret, "server", target, both nonces)
//   client -> server   HMAC(secret, "client", target, both nonces)
//
// `target` is the number of the node that the client means to reach: who only took over its port cannot pass the messages on to another
// node. The secret has the entropy of a key, so that nothing needs to be iterated. Pure; any thread.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/security/crypto.h"

#include <string>
#include <string_view>

namespace broker::security {

inline constexpr std::string_view kLinkMechanism = "SAMSA-LINK";
inline constexpr std::size_t kLinkSecretBytesMin = 32;

class LinkServer {
public:
    LinkServer(Bytes secret, NodeId self) : m_secret(secret.begin(), secret.end()), m_self(self) {}
    /// The answer; an error ends the conversation.
    Result<std::string> step(std::string_view message);
    [[nodiscard]] bool done() const { return m_done; }

private:
    ByteVector m_secret;
    NodeId m_self;
    std::string m_clientNonce;
    std::string m_serverNonce;
    bool m_done = false;
};

class LinkClient {
public:
    LinkClient(Bytes secret, NodeId target) : m_secret(secret.begin(), secret.end()), m_target(target) {}
    [[nodiscard]] std::string first();
    /// Fenced when the other end does not know the secret, or is another node.
    Result<std::string> second(std::string_view serverMessage) const;

private:
    ByteVector m_secret;
    NodeId m_target;
    std::string m_nonce;
};

} // namespace broker::security
