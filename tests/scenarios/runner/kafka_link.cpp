#include "tests/scenarios/runner/kafka_link.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"
#include "embedded-broker/security/scram.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace scenarios {
namespace {

constexpr std::int32_t kFrameBytesMax = 64 << 20;
constexpr int kSecondsMax = 30; ///< of silence before an answer counts as missing

} // namespace

void KafkaLink::readAll(std::byte* into, std::size_t size) {
    while (size > 0) {
        const auto got = m_tls != nullptr ? static_cast<ssize_t>(SSL_read(m_tls, into, static_cast<int>(size))) : ::recv(m_socket, into, size, 0);
        if (m_tls != nullptr && got <= 0)
            throw ScenarioError("the connection was closed");
        if (got == 0)
            throw ScenarioError("the connection was closed");
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw ScenarioError(std::string("no answer: ") + std::strerror(errno));
        into += got;
        size -= static_cast<std::size_t>(got);
    }
}

KafkaLink::KafkaLink(std::string host, std::uint16_t port, const Login* login) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        throw ScenarioError("unknown host " + host);
    m_socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int connected = ::connect(m_socket, found->ai_addr, found->ai_addrlen);
    const int why = errno;
    ::freeaddrinfo(found);
    if (connected != 0) {
        ::close(m_socket);
        throw ScenarioError("cannot connect to " + host + ":" + std::to_string(port) + ": " + std::strerror(why));
    }
    const timeval limit{kSecondsMax, 0};
    ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int on = 1;
    ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (login == nullptr)
        return;
    try {
        startTls(host, *login);
        logIn(*login);
    } catch (...) {
        close();
        throw;
    }
}

KafkaLink::~KafkaLink() { close(); }

void KafkaLink::close() {
    SSL_free(m_tls);
    m_tls = nullptr;
    if (m_socket >= 0)
        ::close(m_socket);
    m_socket = -1;
}

void KafkaLink::startTls(const std::string& host, const Login& login) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(context, login.caFile.c_str(), nullptr) != 1) {
        SSL_CTX_free(context);
        throw ScenarioError("the CA file cannot be read: " + login.caFile);
    }
    m_tls = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set1_host(m_tls, host.c_str());
    SSL_set_tlsext_host_name(m_tls, host.c_str());
    SSL_set_fd(m_tls, m_socket);
    if (SSL_connect(m_tls) != 1)
        throw ScenarioError("TLS failed");
}

void KafkaLink::logIn(const Login& login) {
    using namespace broker;
    protocol::SaslHandshakeRequest handshake;
    handshake.mechanism = "SCRAM-SHA-512";
    if (ask<protocol::SaslHandshakeResponse>(handshake, 1).errorCode != 0)
        throw ScenarioError("login refused: no SCRAM-SHA-512");
    security::ScramClient client(security::ScramMechanism::Sha512, login.user, login.password);
    const auto step = [&](const std::string& message) {
        protocol::SaslAuthenticateRequest request;
        request.authBytes = Slice::copy(message);
        const auto response = ask<protocol::SaslAuthenticateResponse>(request, 2);
        if (response.errorCode != 0)
            throw ScenarioError("login refused: " + std::string(protocol::name(static_cast<protocol::KafkaError>(response.errorCode))));
        return std::string(response.authBytes.text());
    };
    const auto final = client.final(step(client.first()));
    if (!final)
        throw ScenarioError(final.error().message);
    if (const auto proven = client.finish(step(*final)); !proven)
        throw ScenarioError(proven.error().message);
}

void KafkaLink::write(const broker::Payload& frame) {
    broker::protocol::Writer writer;
    writer.int32(static_cast<std::int32_t>(frame.size()));
    for (const auto& part : frame.parts())
        writer.raw(std::get<broker::Slice>(part).bytes());
    const broker::Slice all = writer.finishAsSlice();
    std::size_t at = 0;
    while (at < all.size()) {
        const ssize_t sent = m_tls != nullptr ? static_cast<ssize_t>(SSL_write(m_tls, all.data() + at, static_cast<int>(all.size() - at)))
                                              : ::send(m_socket, all.data() + at, all.size() - at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            throw ScenarioError("the connection was closed while sending");
        at += static_cast<std::size_t>(sent);
    }
}

broker::Slice KafkaLink::readFrame() {
    std::array<std::byte, 4> head{};
    readAll(head.data(), head.size());
    broker::protocol::Reader reader(broker::Slice::copy(head));
    const std::int32_t size = reader.int32();
    if (size < 0 || size > kFrameBytesMax)
        throw ScenarioError("an answer of " + std::to_string(size) + " bytes");
    std::vector<std::byte> body(static_cast<std::size_t>(size));
    readAll(body.data(), body.size());
    return broker::Slice::take(std::move(body));
}

} // namespace scenarios
