#include "embedded-broker/handlers/session_auth.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::handlers {

using protocol::KafkaError;

SessionAuth::Verdict SessionAuth::take(const RequestContext& request) {
    m_client = request.origin().clientAddress;
    const bool open = !m_done && !m_failed;
    switch (request.apiKey()) {
    case protocol::SaslHandshakeRequest::kApiKey:
        if (!open || request.version() > protocol::SaslHandshakeRequest::kMaxVersion || request.version() < 0)
            break;
        // Where nobody needs to log in, only nodes begin a conversation of their own accord.
        if (!m_security.sasl) {
            const auto asked = request.decode<protocol::SaslHandshakeRequest>();
            if (!m_security.linkSecret || !asked || asked->mechanism != security::kLinkMechanism)
                return Verdict::Pass;
        }
        handshake(request);
        return Verdict::Answered;
    case protocol::SaslAuthenticateRequest::kApiKey:
        if (!open || (!m_server && !m_link) || m_raw)
            break;
        authenticate(request);
        return Verdict::Answered;
    case protocol::ApiVersionsRequest::kApiKey:
        if (m_server || m_link)
            break;
        return Verdict::Pass;
    default: break;
    }
    if (!required() && !m_failed)
        return Verdict::Pass;
    request.refuse(fmt::format("{} before a login", protocol::apiName(request.apiKey())));
    return Verdict::Answered;
}

void SessionAuth::handshake(const RequestContext& request) {
    const auto asked = request.decode<protocol::SaslHandshakeRequest>();
    if (!asked)
        return request.refuse(asked.error().message);
    protocol::SaslHandshakeResponse response;
    response.mechanisms = m_security.mechanisms;
    m_server.reset();
    m_link.reset();
    const bool enabled = std::ranges::find(m_security.mechanisms, asked->mechanism) != m_security.mechanisms.end();
    if (m_security.linkSecret && asked->mechanism == security::kLinkMechanism && request.version() >= 1)
        m_link = std::make_unique<security::LinkServer>(*m_security.linkSecret, m_broker.settings.nodeId);
    else if (enabled)
        m_server = security::makeSaslServer(asked->mechanism, m_security.users);
    if (!m_link && !m_server) {
        m_failed = true; // as in Kafka: the client reads which there are, and the connection ends
        response.errorCode = protocol::code(KafkaError::UnsupportedSaslMechanism);
        log::warning("security", "{} asks for the SASL mechanism {}, which is not enabled here", m_client, asked->mechanism.substr(0, 64));
    }
    m_mechanism = asked->mechanism;
    m_raw = request.version() == 0;
    request.reply(response);
}

Result<std::string> SessionAuth::step(std::string_view message) {
    auto answer = m_link ? m_link->step(message) : m_server->step(message);
    if (!answer) {
        m_failed = true;
        log::warning("security", "{} could not log in by {}: {}", m_client, m_mechanism, answer.error().message);
        return answer;
    }
    m_done = m_link ? m_link->done() : m_server->done();
    if (!m_done)
        return answer;
    Identity identity;
    identity.peer = m_link != nullptr;
    identity.principal = m_link ? "User:ANONYMOUS" : "User:" + m_server->user();
    if (m_server && !m_server->warning().empty())
        log::warning("security", "{} logged in, but {}", m_client, m_server->warning());
    m_server.reset();
    m_link.reset();
    m_watcher(identity);
    return answer;
}

void SessionAuth::authenticate(const RequestContext& request) {
    const auto asked = request.decode<protocol::SaslAuthenticateRequest>();
    if (!asked)
        return request.refuse(asked.error().message);
    const auto answer = step(asked->authBytes.text());
    if (!answer)
        return failLater(request, m_mechanism == "PLAIN" ? "Authentication failed: Invalid username or password"
                                                         : fmt::format("Authentication failed during authentication due to invalid credentials with SASL mechanism {}",
                                                                       m_mechanism));
    protocol::SaslAuthenticateResponse response;
    response.errorMessage.reset();
    response.authBytes = Slice::copy(*answer);
    request.reply(response);
}

Result<std::string> SessionAuth::takeRaw(std::string_view token) {
    if (m_failed)
        return fail(ErrorCode::Unavailable, "The login has failed.");
    return step(token);
}

void SessionAuth::failLater(const RequestContext& request, std::string message) {
    m_broker.scheduler.after(kFailureDelay, [request, message = std::move(message)] {
        protocol::SaslAuthenticateResponse response;
        response.errorCode = protocol::code(KafkaError::SaslAuthenticationFailed);
        response.errorMessage = message;
        request.reply(response);
        request.endConnection();
    });
}

} // namespace broker::handlers
