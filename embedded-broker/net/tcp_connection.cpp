#include "embedded-broker/net/tcp_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace broker::net {

namespace {

constexpr std::size_t kPrefix = 4;
constexpr std::size_t kChunkFirst = 16U << 10;
constexpr std::size_t kChunkMost = 256U << 10;
/// Read per connection and turn, so that one busy client does not keep the others waiting.
constexpr std::size_t kReadBudget = 1U << 20;
constexpr std::size_t kPiecesPerWrite = 128;
constexpr std::uint64_t kSendfileMost = 4U << 20;

std::uint32_t readSize(const std::byte* at) {
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    return ntohl(size);
}

Slice sizePrefix(std::uint64_t size) {
    const std::uint32_t big = htonl(static_cast<std::uint32_t>(size));
    return Slice::copy(Bytes(reinterpret_cast<const std::byte*>(&big), sizeof big));
}

} // namespace

std::shared_ptr<TcpConnection> TcpConnection::adopt(EventLoop& loop, int descriptor, std::uint32_t frameBytesMax) {
    std::shared_ptr<TcpConnection> connection(new TcpConnection(loop, descriptor, frameBytesMax));
    connection->updateInterest();
    return connection;
}

TcpConnection::TcpConnection(EventLoop& loop, int descriptor, std::uint32_t frameBytesMax)
    : m_loop(loop), m_descriptor(descriptor), m_frameBytesMax(frameBytesMax), m_chunkSize(kChunkFirst) {
    const int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (address.ss_family == AF_INET) {
            const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
            inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
            m_peerPort = ntohs(v4->sin_port);
        } else if (address.ss_family == AF_INET6) {
            const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
            inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
            m_peerPort = ntohs(v6->sin6_port);
        }
        m_peerHost = text.data();
    }
}

TcpConnection::~TcpConnection() {
    // What was sent still leaves if the socket takes it: a goodbye before the close.
    if (m_descriptor >= 0 && !m_queue.empty() && !m_blocked)
        flush();
    shut();
}

std::string TcpConnection::peer() const { return m_peerHost + ":" + std::to_string(m_peerPort); }

void TcpConnection::setHandler(Handler handler) { m_handler = std::make_shared<Handler>(std::move(handler)); }

void TcpConnection::updateInterest() {
    if (m_descriptor < 0)
        return;
    const std::uint32_t wanted = EPOLLRDHUP | (m_reading || m_handshake ? EPOLLIN : 0U) | (m_blocked ? EPOLLOUT : 0U);
    if (wanted == m_interest)
        return;
    if (m_interest == 0)
        m_loop.watch(m_descriptor, wanted, this);
    else
        m_loop.rewatch(m_descriptor, wanted, this);
    m_interest = wanted;
}

void TcpConnection::setReading(bool reading) {
    if (m_reading == reading)
        return;
    m_reading = reading;
    updateInterest();
    if (reading && m_tls)
        return readAgain(); // OpenSSL may hold what epoll does not know of
    if (reading && m_end > m_begin) // frames read before the pause
        m_loop.post([weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && self->m_reading)
                self->cutFrames();
        });
}

void TcpConnection::onEvents(std::uint32_t events) {
    const auto self = shared_from_this();
    if (m_handshake) {
        m_blocked = false;
        return shakeHands();
    }
    if ((events & EPOLLOUT) != 0) {
        m_blocked = false;
        flush();
    }
    if (m_descriptor >= 0 && m_reading && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        readSome();
    else if (m_descriptor >= 0 && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        fail(CloseReason::Peer); // reading is paused, and there is nobody to answer
}

void TcpConnection::makeRoom() {
    const std::size_t held = m_end - m_begin;
    if (m_chunk && held == 0 && m_chunk.use_count() == 1) {
        std::atomic_thread_fence(std::memory_order_acquire); // the last other holder may have been a disk thread
        m_begin = m_end = 0;
    }
    std::size_t needed = kPrefix;
    if (held >= kPrefix)
        needed += readSize(m_chunk->bytes.get() + m_begin);
    if (m_chunk && m_begin + needed <= m_chunk->capacity && m_end < m_chunk->capacity)
        return;
    auto next = std::make_shared<Chunk>(std::max(needed, m_chunkSize));
    if (held > 0)
        std::memcpy(next->bytes.get(), m_chunk->bytes.get() + m_begin, held);
    m_chunk = std::move(next);
    m_begin = 0;
    m_end = held;
}

void TcpConnection::readSome() {
    if (m_tls)
        return readTls();
    std::size_t budget = kReadBudget;
    while (m_descriptor >= 0 && m_reading && budget > 0) {
        makeRoom();
        const std::size_t room = m_chunk->capacity - m_end;
        const ssize_t got = ::recv(m_descriptor, m_chunk->bytes.get() + m_end, room, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN)
                return;
            fail(errno == ECONNRESET || errno == EPIPE ? CloseReason::Peer : CloseReason::Failed);
            return;
        }
        if (got == 0) {
            fail(CloseReason::Peer);
            return;
        }
        const auto bytes = static_cast<std::size_t>(got);
        m_end += bytes;
        budget -= std::min(budget, bytes);
        if (!cutFrames())
            return;
        if (bytes < room)
            return; // the socket is empty: level-triggered epoll says when it is not
        m_chunkSize = std::min(kChunkMost, m_chunkSize * 2);
    }
}

bool TcpConnection::cutFrames() {
    const auto self = shared_from_this();
    while (m_reading && m_descriptor >= 0 && m_end - m_begin >= kPrefix) {
        const std::uint32_t size = readSize(m_chunk->bytes.get() + m_begin);
        if (size > m_frameBytesMax) { // negative sizes are large ones here
            fail(CloseReason::BadFrame);
            return false;
        }
        if (m_end - m_begin < kPrefix + size)
            break;
        Slice frame(m_chunk, Bytes(m_chunk->bytes.get() + m_begin + kPrefix, size));
        m_begin += kPrefix + size;
        const auto handler = m_handler; // it may set another from inside
        if (handler && handler->onFrame)
            handler->onFrame(std::move(frame));
    }
    return m_descriptor >= 0;
}

void TcpConnection::send(Payload frame) {
    if (m_descriptor < 0)
        return;
    const std::uint64_t size = frame.size();
    m_queue.push_back({sizePrefix(size), 0});
    for (const auto& part : frame.parts())
        m_queue.push_back({part, 0});
    m_queuedBytes += kPrefix + size;
    flushLater();
}

void TcpConnection::flushLater() {
    if (m_flushQueued || m_blocked || m_handshake)
        return;
    m_flushQueued = true;
    m_loop.atEndOfTurn([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->m_flushQueued = false;
            self->flush();
        }
    });
}

void TcpConnection::flush() {
    while (m_descriptor >= 0 && !m_queue.empty() && !m_blocked) {
        const bool more = m_tls                                                  ? writeTls()
                          : std::holds_alternative<Slice>(m_queue.front().part) ? writeSlices()
                                                                                : writeRegion(m_queue.front());
        if (!more)
            break;
    }
    updateInterest();
}

bool TcpConnection::writeSlices() {
    std::array<iovec, kPiecesPerWrite> vectors; // NOLINT: filled below
    std::size_t count = 0;
    std::uint64_t total = 0;
    bool regionFollows = false;
    for (const auto& piece : m_queue) {
        const auto* slice = std::get_if<Slice>(&piece.part);
        if (slice == nullptr) {
            regionFollows = true;
            break;
        }
        if (count == vectors.size())
            break;
        vectors[count].iov_base = const_cast<std::byte*>(slice->data() + piece.sent); // NOLINT: sendmsg does not write
        vectors[count].iov_len = slice->size() - piece.sent;
        total += vectors[count].iov_len;
        ++count;
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(m_descriptor, &message, MSG_NOSIGNAL | (regionFollows ? MSG_MORE : 0));
    if (sent < 0)
        return couldNotSend();
    drop(static_cast<std::uint64_t>(sent));
    m_blocked = static_cast<std::uint64_t>(sent) < total;
    return !m_blocked;
}

/// By errno; true: once more at once.
bool TcpConnection::couldNotSend() {
    if (errno == EINTR)
        return true;
    if (errno == EAGAIN)
        m_blocked = true;
    else
        fail(errno == EPIPE || errno == ECONNRESET ? CloseReason::Peer : CloseReason::Failed);
    return false;
}

bool TcpConnection::writeRegion(Piece& piece) {
    const auto& region = std::get<FileRegion>(piece.part);
    const std::uint64_t left = region.length - piece.sent;
    ssize_t sent = 0;
    if (region.file->descriptor() >= 0) {
        off_t position = static_cast<off_t>(region.position + piece.sent);
        sent = ::sendfile(m_descriptor, region.file->descriptor(), &position, std::min(left, kSendfileMost));
    } else {
        std::vector<std::byte> bytes(std::min<std::uint64_t>(left, 64U << 10));
        const auto got = region.file->readAt(region.position + piece.sent, bytes);
        sent = got && *got > 0 ? ::send(m_descriptor, bytes.data(), *got, MSG_NOSIGNAL) : 0;
    }
    if (sent < 0)
        return couldNotSend();
    if (sent == 0) { // the file is shorter than promised: the frame cannot be completed
        fail(CloseReason::Failed);
        return false;
    }
    drop(static_cast<std::uint64_t>(sent));
    return true;
}

void TcpConnection::drop(std::uint64_t bytes) {
    m_queuedBytes -= bytes;
    while (bytes > 0) {
        Piece& front = m_queue.front();
        const std::uint64_t size =
            std::holds_alternative<Slice>(front.part) ? std::get<Slice>(front.part).size() : std::get<FileRegion>(front.part).length;
        const std::uint64_t step = std::min(bytes, size - front.sent);
        front.sent += step;
        bytes -= step;
        if (front.sent == size)
            m_queue.pop_front();
    }
}

void TcpConnection::close() {
    if (m_descriptor < 0)
        return;
    if (!m_queue.empty() && !m_blocked)
        flush();
    fail(CloseReason::Local);
}

void TcpConnection::fail(CloseReason reason) {
    if (m_closedTold)
        return;
    m_closedTold = true;
    shut();
    m_loop.post([weak = weak_from_this(), reason] {
        const auto self = weak.lock();
        if (!self)
            return;
        const auto handler = self->m_handler;
        if (handler && handler->onClosed)
            handler->onClosed(reason);
    });
}

void TcpConnection::shut() {
    if (m_descriptor < 0)
        return;
    if (m_interest != 0)
        m_loop.forget(m_descriptor, this);
    m_interest = 0;
    if (m_tls && !m_blocked)
        m_tls->goodbye();
    ::close(m_descriptor);
    m_descriptor = -1;
    m_queue.clear();
    m_queuedBytes = 0;
}

} // namespace broker::net
