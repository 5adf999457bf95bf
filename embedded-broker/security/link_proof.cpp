#include "embedded-broker/security/link_proof.h"

#include <fmt/format.h>

namespace broker::security {

namespace {

constexpr std::size_t kNonceBytes = 32;

std::string proofOf(Bytes secret, std::string_view role, NodeId target, std::string_view clientNonce, std::string_view serverNonce) {
    const std::string text = fmt::format("samsa-link/1 {} {} {}{}", role, target, clientNonce, serverNonce); // nonces have one length
    return std::string(asText(hmac(HashKind::Sha256, secret, asBytes(text))));
}

std::string newNonce() { return std::string(asText(randomBytes(kNonceBytes))); }

} // namespace

Result<std::string> LinkServer::step(std::string_view message) {
    if (m_clientNonce.empty()) {
        if (message.size() != kNonceBytes)
            return fail(ErrorCode::InvalidArgument, "The first message of a link has another length.");
        m_clientNonce = message;
        m_serverNonce = newNonce();
        return m_serverNonce + proofOf(m_secret, "server", m_self, m_clientNonce, m_serverNonce);
    }
    if (m_done || !secureEquals(asBytes(message), asBytes(proofOf(m_secret, "client", m_self, m_clientNonce, m_serverNonce)))) {
        m_done = false;
        return fail(ErrorCode::Fenced, "The other end does not know this cluster's secret.");
    }
    m_done = true;
    return std::string();
}

std::string LinkClient::first() { return m_nonce = newNonce(); }

Result<std::string> LinkClient::second(std::string_view serverMessage) const {
    if (serverMessage.size() <= kNonceBytes)
        return fail(ErrorCode::InvalidArgument, "The answer to the first message of a link is too short.");
    const std::string_view serverNonce = serverMessage.substr(0, kNonceBytes);
    if (!secureEquals(asBytes(serverMessage.substr(kNonceBytes)), asBytes(proofOf(m_secret, "server", m_target, m_nonce, serverNonce))))
        return fail(ErrorCode::Fenced, "The other end does not know this cluster's secret, or is another node.");
    return proofOf(m_secret, "client", m_target, m_nonce, serverNonce);
}

} // namespace broker::security
