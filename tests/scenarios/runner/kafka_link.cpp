#include "tests/scenarios/runner/kafka_link.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace scenarios {
namespace {

constexpr std::int32_t kFrameBytesMax = 64 << 20;
constexpr int kSecondsMax = 30; ///< of silence before an answer counts as missing

void readAll(int socket, std::byte* into, std::size_t size) {
    while (size > 0) {
        const ssize_t got = ::recv(socket, into, size, 0);
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

} // namespace

KafkaLink::KafkaLink(std::string host, std::uint16_t port) {
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
}

KafkaLink::~KafkaLink() {
    if (m_socket >= 0)
        ::close(m_socket);
}

void KafkaLink::write(const broker::Payload& frame) {
    broker::protocol::Writer writer;
    writer.int32(static_cast<std::int32_t>(frame.size()));
    for (const auto& part : frame.parts())
        writer.raw(std::get<broker::Slice>(part).bytes());
    const broker::Slice all = writer.finishAsSlice();
    std::size_t at = 0;
    while (at < all.size()) {
        const ssize_t sent = ::send(m_socket, all.data() + at, all.size() - at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            throw ScenarioError("the connection was closed while sending");
        at += static_cast<std::size_t>(sent);
    }
}

broker::Slice KafkaLink::readFrame() {
    std::array<std::byte, 4> head{};
    readAll(m_socket, head.data(), head.size());
    broker::protocol::Reader reader(broker::Slice::copy(head));
    const std::int32_t size = reader.int32();
    if (size < 0 || size > kFrameBytesMax)
        throw ScenarioError("an answer of " + std::to_string(size) + " bytes");
    std::vector<std::byte> body(static_cast<std::size_t>(size));
    readAll(m_socket, body.data(), body.size());
    return broker::Slice::take(std::move(body));
}

} // namespace scenarios
