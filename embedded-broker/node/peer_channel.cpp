#include "embedded-broker/node/peer_channel.h"

#include "embedded-broker/base/log.h"

#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"

#include <fmt/format.h>

namespace broker::node {

namespace {

constexpr std::int16_t kHandshakeVersion = 1;
constexpr std::int16_t kAuthenticateVersion = 2;

} // namespace

PeerChannel::PeerChannel(Network& network, Scheduler& scheduler, Endpoint endpoint, Options options)
    : m_network(network), m_scheduler(scheduler), m_endpoint(std::move(endpoint)), m_options(std::move(options)) {}

PeerChannel::~PeerChannel() {
    *m_alive = false;
    for (auto& [correlation, call] : m_calls)
        m_scheduler.cancel(call.timer);
    if (m_connection)
        m_connection->setHandler({});
}

void PeerChannel::sendFrame(std::int16_t apiKey, std::int16_t version, std::int32_t correlation, Payload frame, Duration timeout, Done done) {
    Call& call = m_calls[correlation];
    call.apiKey = apiKey;
    call.version = version;
    call.done = std::move(done);
    call.timer = m_scheduler.after(timeout, [this, correlation] {
        const auto found = m_calls.find(correlation);
        if (found == m_calls.end())
            return;
        Done late = std::move(found->second.done);
        const auto key = found->second.apiKey;
        m_calls.erase(found);
        late(fail(ErrorCode::TimedOut, fmt::format("{} did not answer {} in time.", m_endpoint.toString(), protocol::apiName(key))));
    });
    if (connected()) {
        m_connection->send(std::move(frame));
    } else {
        call.unsent = std::move(frame);
        connect();
    }
}

void PeerChannel::probe() {
    if (!m_connection)
        connect();
}

void PeerChannel::connect() {
    if (m_connecting || m_connection)
        return;
    m_connecting = true;
    m_network.connect(m_endpoint, m_options.connectTimeout, m_options.frameBytesMax,
                      [this, alive = m_alive](std::expected<std::shared_ptr<Connection>, CloseReason> result) {
                          if (!*alive)
                              return;
                          m_connecting = false;
                          if (result)
                              return connected(std::move(*result));
                          const bool refused = result.error() == CloseReason::Refused;
                          m_dead = m_dead || refused;
                          ended(refused ? "refused the connection" : "could not be reached");
                          if (refused && *alive)
                              tell(Fact::Refused);
                      });
}

void PeerChannel::connected(std::shared_ptr<Connection> connection) {
    m_connection = std::move(connection);
    m_dead = false;
    m_connection->setHandler({[this, alive = m_alive](Slice frame) {
                                  if (!*alive)
                                      return;
                                  if (m_link)
                                      takeProof(frame);
                                  else
                                      take(frame);
                              },
                              [this, alive = m_alive](CloseReason) {
                                  if (!*alive)
                                      return;
                                  const bool unproven = std::exchange(m_link, nullptr) != nullptr;
                                  m_connection.reset();
                                  ended(unproven ? "closed the connection before it knew us" : "closed the connection");
                                  if (!*alive)
                                      return;
                                  tell(Fact::Closed);
                                  if (*alive && m_options.probeAfterClose)
                                      probe();
                              }});
    if (m_options.linkSecret)
        prove();
    else
        opened();
}

void PeerChannel::opened() {
    for (auto& [correlation, call] : m_calls)
        if (!call.unsent.empty())
            m_connection->send(std::exchange(call.unsent, {}));
    tell(Fact::Connected);
}

/// Both messages go at once: the proof costs one round trip more, not three.
void PeerChannel::prove() {
    m_link = std::make_unique<security::LinkClient>(*m_options.linkSecret, m_options.target);
    m_proofAnswers = 0;
    protocol::SaslHandshakeRequest handshake;
    handshake.mechanism = security::kLinkMechanism;
    m_connection->send(protocol::encodeRequest(handshake, kHandshakeVersion, -1, m_options.clientId));
    protocol::SaslAuthenticateRequest first;
    first.authBytes = Slice::copy(m_link->first());
    m_connection->send(protocol::encodeRequest(first, kAuthenticateVersion, -2, m_options.clientId));
}

void PeerChannel::takeProof(const Slice& frame) {
    const auto alive = m_alive;
    const auto giveUp = [&](const std::string& why) {
        log::warning("node", "no link to {}: {}", m_endpoint.toString(), why);
        reset("could not prove which node it is");
    };
    protocol::Reader reader(frame);
    if (++m_proofAnswers == 1) {
        const auto head = protocol::decodeResponseHead(reader, protocol::SaslHandshakeRequest::kApiKey, kHandshakeVersion);
        const auto answer = head ? protocol::SaslHandshakeResponse::decode(reader, kHandshakeVersion) : std::unexpected(head.error());
        if (!answer || answer->errorCode != 0)
            return giveUp("it does not ask for the cluster's secret");
        return;
    }
    const auto head = protocol::decodeResponseHead(reader, protocol::SaslAuthenticateRequest::kApiKey, kAuthenticateVersion);
    const auto answer = head ? protocol::SaslAuthenticateResponse::decode(reader, kAuthenticateVersion) : std::unexpected(head.error());
    if (!answer || answer->errorCode != 0)
        return giveUp("it did not believe our proof");
    if (m_proofAnswers == 2) {
        const auto second = m_link->second(answer->authBytes.text());
        if (!second)
            return giveUp(second.error().message);
        protocol::SaslAuthenticateRequest request;
        request.authBytes = Slice::copy(*second);
        m_connection->send(protocol::encodeRequest(request, kAuthenticateVersion, -3, m_options.clientId));
        return;
    }
    m_link.reset();
    opened();
}

void PeerChannel::take(const Slice& frame) {
    protocol::Reader peek(frame);
    const std::int32_t correlation = peek.int32();
    const auto found = m_calls.find(correlation);
    if (found == m_calls.end())
        return; // answered after its time
    Call call = std::move(found->second);
    m_calls.erase(found);
    m_scheduler.cancel(call.timer);
    protocol::Reader reader(frame);
    const auto head = protocol::decodeResponseHead(reader, call.apiKey, call.version);
    if (!head)
        return call.done(std::unexpected(head.error()));
    call.done(frame.sub(reader.position(), frame.size() - reader.position()));
}

void PeerChannel::ended(const std::string& why) {
    auto calls = std::move(m_calls);
    m_calls.clear();
    const auto alive = m_alive;
    for (auto& [correlation, call] : calls)
        m_scheduler.cancel(call.timer);
    for (auto& [correlation, call] : calls) {
        if (!*alive)
            return;
        call.done(fail(ErrorCode::Unavailable, fmt::format("{} {}.", m_endpoint.toString(), why)));
    }
}

void PeerChannel::reset(const std::string& why) {
    m_link.reset();
    if (m_connection) {
        m_connection->setHandler({});
        m_connection.reset();
    }
    ended(why);
}

void PeerChannel::tell(Fact fact) {
    if (m_watcher)
        m_watcher(fact);
}

} // namespace broker::node
