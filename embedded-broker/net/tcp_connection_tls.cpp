// The TLS half of TcpConnection: OpenSSL stands between the queue and the socket. Files are read into memory here; sendfile is for sockets
// without TLS.

#include "embedded-broker/base/log.h"
#include "embedded-broker/net/tcp_connection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace broker::net {

namespace {

constexpr std::size_t kReadBudget = 1U << 20;
constexpr std::size_t kRecordBytes = 16U << 10; ///< the most that one TLS record holds
constexpr std::size_t kChunkMost = 256U << 10;

} // namespace

void TcpConnection::startTls(std::unique_ptr<TlsStream> stream, Duration timeout, std::function<void(std::optional<std::string> problem)> done) {
    m_tls = std::move(stream);
    m_handshake = std::move(done);
    m_handshakeTimer = m_loop.after(timeout, [weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && self->m_handshake)
            self->endHandshake("it took too long");
    });
    // In a turn of its own: `done` is never called from inside this call.
    m_loop.post([weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && self->m_handshake)
            self->shakeHands();
    });
}

void TcpConnection::shakeHands() {
    if (!m_tls)
        return endHandshake("OpenSSL has no memory left");
    switch (m_tls->handshake()) {
    case TlsStream::Status::Done: return endHandshake(std::nullopt);
    case TlsStream::Status::WantWrite: m_blocked = true; break;
    case TlsStream::Status::WantRead: break;
    case TlsStream::Status::Closed: return endHandshake("the other end closed the connection");
    case TlsStream::Status::Failed: return endHandshake(m_tls->error());
    }
    updateInterest();
}

void TcpConnection::endHandshake(std::optional<std::string> problem) {
    const auto self = shared_from_this();
    m_loop.cancel(std::exchange(m_handshakeTimer, 0));
    const auto done = std::exchange(m_handshake, nullptr);
    if (problem) {
        m_closedTold = true; // whoever waits is told by `done`
        shut();
    } else {
        updateInterest();
        readAgain(); // the first frame may have come with the last of the handshake
    }
    done(std::move(problem));
}

void TcpConnection::readAgain() {
    m_loop.post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->m_descriptor >= 0 && self->m_reading && self->cutFrames())
            self->readSome();
    });
}

void TcpConnection::readTls() {
    const auto self = shared_from_this();
    std::size_t budget = kReadBudget;
    while (m_descriptor >= 0 && m_reading && budget > 0) {
        makeRoom();
        const std::size_t room = m_chunk->capacity - m_end;
        const auto [status, bytes] = m_tls->read({m_chunk->bytes.get() + m_end, room});
        switch (status) {
        case TlsStream::Status::Done: break;
        case TlsStream::Status::WantRead:
            if (!m_queue.empty() && !m_blocked) // a write may have waited for what was read
                flush();
            return;
        case TlsStream::Status::WantWrite:
            m_blocked = true;
            return updateInterest();
        case TlsStream::Status::Closed: return fail(CloseReason::Peer);
        case TlsStream::Status::Failed:
            log::warning("net", "TLS with {} failed: {}", peer(), m_tls->error());
            return fail(CloseReason::Failed);
        }
        m_end += bytes;
        budget -= std::min(budget, bytes);
        if (!cutFrames())
            return;
        if (bytes == room)
            m_chunkSize = std::min(kChunkMost, m_chunkSize * 2);
    }
    if (m_descriptor >= 0 && m_reading)
        readAgain();
}

bool TcpConnection::writeTls() {
    // Small pieces are gathered, so that a size prefix does not become a record of its own. What OpenSSL did not take is offered again from
    // the same byte with at least as much behind it, because the queue only grows at its end.
    std::array<std::byte, kRecordBytes> record; // NOLINT: filled below
    std::size_t size = 0;
    for (const auto& piece : m_queue) {
        const std::size_t room = record.size() - size;
        if (room == 0)
            break;
        if (const auto* slice = std::get_if<Slice>(&piece.part)) {
            const std::size_t count = std::min(room, slice->size() - static_cast<std::size_t>(piece.sent));
            std::memcpy(record.data() + size, slice->data() + piece.sent, count);
            size += count;
        } else {
            const auto& region = std::get<FileRegion>(piece.part);
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(room, region.length - piece.sent));
            const auto got = region.file->readAt(region.position + piece.sent, std::span(record).subspan(size, count));
            if (!got || *got != count) { // the file is shorter than promised: the frame cannot be completed
                fail(CloseReason::Failed);
                return false;
            }
            size += count;
        }
    }
    const auto [status, bytes] = m_tls->write(Bytes(record).first(size));
    switch (status) {
    case TlsStream::Status::Done: drop(bytes); return true;
    case TlsStream::Status::WantWrite: m_blocked = true; return false;
    case TlsStream::Status::WantRead: return false; // readTls goes on with it
    case TlsStream::Status::Closed: fail(CloseReason::Peer); return false;
    case TlsStream::Status::Failed:
        log::warning("net", "TLS with {} failed: {}", peer(), m_tls->error());
        fail(CloseReason::Failed);
        return false;
    }
    return false;
}

} // namespace broker::net
