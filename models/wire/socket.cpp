#include "models/wire/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace models::wire {
namespace {

constexpr std::uint32_t kTlsAlert = 0x1503; ///< how a TLS server complains about a client that does not speak it

std::unexpected<Error> failed(const QString& peer, int error) {
    const auto code = error == ETIMEDOUT ? ErrorCode::TimedOut : ErrorCode::Unreachable;
    return fail(code, peer, QString::fromLocal8Bit(std::strerror(error)));
}

} // namespace

void FrameBuffer::grow(std::size_t size, std::size_t kept) {
    if (size <= m_capacity)
        return;
    auto larger = std::make_unique_for_overwrite<std::byte[]>(size + kPaddingBytes);
    if (kept > 0)
        std::memcpy(larger.get(), m_bytes.get(), kept);
    m_bytes = std::move(larger);
    m_capacity = size;
}

void FrameBuffer::shrink() {
    if (m_capacity <= kKeepBytes)
        return;
    m_bytes.reset();
    m_capacity = 0;
}

Socket::Socket(Socket&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)), m_cancelFd(other.m_cancelFd), m_peer(std::move(other.m_peer)), m_tls(std::move(other.m_tls)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(m_fd, other.m_fd);
    std::swap(m_cancelFd, other.m_cancelFd);
    std::swap(m_peer, other.m_peer);
    std::swap(m_tls, other.m_tls);
    return *this;
}

Socket::~Socket() {
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<Socket> Socket::connect(const Address& address, const Security& security, Deadline deadline, int cancelFd) {
    auto socket = dial(address, deadline, cancelFd);
    if (!socket)
        return socket;
    if (auto done = socket->encrypt(security, address.host, deadline); !done)
        return std::unexpected(done.error());
    return socket;
}

Result<void> Socket::encrypt(const Security& security, const QString& host, Deadline deadline, TlsSeen* seen) {
    if (!security.tls)
        return {};
    auto tls = Tls::make(security, m_fd, host);
    if (!tls)
        return std::unexpected(tls.error());
    m_tls = std::move(*tls);
    if (seen != nullptr)
        m_tls->examine();
    for (;;) {
        const auto step = m_tls->handshake();
        if (seen != nullptr)
            *seen = m_tls->seen();
        if (step.kind == TlsStep::Kind::Bytes)
            return {};
        if (step.kind == TlsStep::Kind::Closed)
            return fail(ErrorCode::TlsFailed, m_peer, QStringLiteral("the broker closed the connection during the TLS handshake: is this its TLS port?"));
        if (auto ready = after(step, deadline); !ready)
            return std::unexpected(ready.error());
    }
}

Result<void> Socket::after(const TlsStep& step, Deadline deadline) const {
    switch (step.kind) {
    case TlsStep::Kind::Bytes: return {};
    case TlsStep::Kind::WantRead: return wait(POLLIN, deadline);
    case TlsStep::Kind::WantWrite: return wait(POLLOUT, deadline);
    case TlsStep::Kind::Closed: return fail(ErrorCode::Unreachable, m_peer, QStringLiteral("the broker closed the connection"));
    case TlsStep::Kind::Failed: break;
    }
    return fail(ErrorCode::TlsFailed, m_peer, m_tls->reason());
}

Result<Socket> Socket::dial(const Address& address, Deadline deadline, int cancelFd, const QString& shown) {
    const QString peer = shown.isEmpty() ? QStringLiteral("%1:%2").arg(address.host).arg(address.port) : shown;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(address.host.toUtf8().constData(), QByteArray::number(address.port).constData(), &hints, &found); error != 0)
        return fail(ErrorCode::Unreachable, peer, QString::fromLocal8Bit(::gai_strerror(error)));
    int last = EHOSTUNREACH;
    for (const auto* each = found; each != nullptr; each = each->ai_next) {
        Socket socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), cancelFd, peer);
        if (socket.m_fd < 0) {
            last = errno;
            continue;
        }
        const int on = 1;
        ::setsockopt(socket.m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket.m_fd, each->ai_addr, each->ai_addrlen) != 0) {
            if (errno != EINPROGRESS) {
                last = errno;
                continue;
            }
            if (auto ready = socket.wait(POLLOUT, deadline); !ready) {
                ::freeaddrinfo(found);
                return std::unexpected(ready.error());
            }
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(socket.m_fd, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) {
                last = error;
                continue;
            }
        }
        ::freeaddrinfo(found);
        return socket;
    }
    ::freeaddrinfo(found);
    return failed(peer, last);
}

Result<void> Socket::wait(short events, Deadline deadline) const {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0)
            return failed(m_peer, ETIMEDOUT);
        pollfd fds[2] = {{m_fd, events, 0}, {m_cancelFd, POLLIN, 0}};
        const int count = ::poll(fds, 2, static_cast<int>(left));
        if (count < 0 && errno != EINTR)
            return failed(m_peer, errno);
        if (count <= 0)
            continue;
        if (fds[1].revents != 0)
            return fail(ErrorCode::Cancelled, m_peer, QStringLiteral("cancelled"));
        if (fds[0].revents != 0)
            return {};
    }
}

Result<void> Socket::send(std::span<const std::byte> frame, Deadline deadline) {
    std::size_t sent = 0;
    while (sent < frame.size()) {
        if (m_tls) {
            const auto step = m_tls->write(frame.data() + sent, frame.size() - sent);
            sent += step.bytes;
            if (auto ready = after(step, deadline); !ready)
                return ready;
            continue;
        }
        const auto count = ::send(m_fd, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
        } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (auto ready = wait(POLLOUT, deadline); !ready)
                return ready;
        } else {
            return failed(m_peer, errno);
        }
    }
    return {};
}

Result<void> Socket::read(std::byte* to, std::size_t count, Deadline deadline) {
    std::size_t have = 0;
    while (have < count) {
        if (m_tls) {
            const auto step = m_tls->read(to + have, count - have);
            have += step.bytes;
            if (auto ready = after(step, deadline); !ready)
                return ready;
            continue;
        }
        const auto got = ::recv(m_fd, to + have, count - have, 0);
        if (got > 0) {
            have += static_cast<std::size_t>(got);
        } else if (got == 0) {
            return fail(ErrorCode::Unreachable, m_peer, QStringLiteral("the broker closed the connection"));
        } else if (errno == EAGAIN || errno == EINTR) {
            if (auto ready = wait(POLLIN, deadline); !ready)
                return ready;
        } else {
            return failed(m_peer, errno);
        }
    }
    return {};
}

Result<std::uint32_t> Socket::frameSize(Deadline deadline) {
    std::byte head[4];
    if (auto done = read(head, sizeof head, deadline); !done)
        return std::unexpected(done.error());
    std::uint32_t size = 0;
    for (const auto byte : head)
        size = (size << 8) | std::to_integer<std::uint32_t>(byte);
    if (!m_tls && (size >> 16) == kTlsAlert)
        return fail(ErrorCode::TlsFailed, m_peer, QStringLiteral("the broker answers with TLS, and this connection is not encrypted"));
    if (size > kFrameBytesMax)
        return fail(ErrorCode::Corrupt, m_peer, QStringLiteral("an answer of %1 bytes: is this a Kafka port?").arg(size));
    return size;
}

Result<broker::Slice> Socket::receive(Deadline deadline) {
    const auto size = frameSize(deadline);
    if (!size)
        return std::unexpected(size.error());
    // Memory grows with what has arrived, not with what the peer claims.
    std::vector<std::byte> frame;
    while (frame.size() < *size) {
        const auto have = frame.size();
        frame.resize(std::min<std::size_t>(*size, have + (1 << 20)));
        if (auto done = read(frame.data() + have, frame.size() - have, deadline); !done)
            return std::unexpected(done.error());
    }
    return broker::Slice::take(std::move(frame));
}

Result<broker::Bytes> Socket::receive(FrameBuffer& buffer, Deadline deadline) {
    const auto size = frameSize(deadline);
    if (!size)
        return std::unexpected(size.error());
    std::size_t have = 0;
    while (have < *size) {
        // The same: what is there already, or twice what has arrived.
        buffer.grow(std::min<std::size_t>(*size, std::max<std::size_t>(1 << 20, have * 2)), have);
        const std::size_t upTo = std::min<std::size_t>(*size, buffer.capacity());
        if (auto done = read(buffer.data() + have, upTo - have, deadline); !done)
            return std::unexpected(done.error());
        have = upTo;
    }
    return broker::Bytes(buffer.data(), have);
}

} // namespace models::wire
