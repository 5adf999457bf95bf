#pragma once
// Inside models/wire: one blocking connection with deadlines, plain or TLS, ended at once by a cancel descriptor.

#include "embedded-broker/base/buffer.h"
#include "models/base/error.h"
#include "models/wire/tls.h"
#include "models/wire/wire_client.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace models::wire {

using Deadline = std::chrono::steady_clock::time_point;

/// Memory for frames of one connection, used again and again. At least kPaddingBytes after the frame may be read: parsers that look at
/// whole vectors need them.
class FrameBuffer {
public:
    static constexpr std::size_t kPaddingBytes = 128;
    static constexpr std::size_t kKeepBytes = 16 << 20; ///< what is larger is given back after its frame

    /// Room for `size` bytes in all; the first `kept` stay.
    void grow(std::size_t size, std::size_t kept);
    void shrink();
    [[nodiscard]] std::byte* data() { return m_bytes.get(); }
    [[nodiscard]] std::size_t capacity() const { return m_capacity; }

private:
    std::unique_ptr<std::byte[]> m_bytes; // not a vector: nothing is zeroed that is about to be received
    std::size_t m_capacity = 0;           ///< without the padding
};

/// Frames: a 4-byte size and that many bytes. Closes itself; moves only.
class Socket {
public:
    static constexpr std::uint32_t kFrameBytesMax = 100 << 20;

    /// dial() and encrypt().
    static Result<Socket> connect(const Address& address, const Security& security, Deadline deadline, int cancelFd);
    /// Plain; errors name `peer`, else the address.
    static Result<Socket> dial(const Address& address, Deadline deadline, int cancelFd, const QString& peer = {});
    /// The TLS handshake with `host`; nothing where `security` has no TLS. With `seen` the handshake is gone through with whatever is wrong with
    /// the certificate, and what is wrong stands there: for looking only, nothing secret may be sent when there is a problem.
    Result<void> encrypt(const Security& security, const QString& host, Deadline deadline, TlsSeen* seen = nullptr);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    Result<void> send(std::span<const std::byte> frame, Deadline deadline);
    Result<broker::Slice> receive(Deadline deadline);
    /// The next frame into `buffer`; valid until it is used again.
    Result<broker::Bytes> receive(FrameBuffer& buffer, Deadline deadline);
    [[nodiscard]] const QString& peer() const { return m_peer; }

private:
    Socket(int fd, int cancelFd, QString peer) : m_fd(fd), m_cancelFd(cancelFd), m_peer(std::move(peer)) {}
    Result<void> wait(short events, Deadline deadline) const;
    Result<void> read(std::byte* to, std::size_t count, Deadline deadline);
    /// Waits as `step` says, or says why there is nothing to wait for.
    Result<void> after(const TlsStep& step, Deadline deadline) const;
    Result<std::uint32_t> frameSize(Deadline deadline);

    int m_fd = -1;
    int m_cancelFd = -1;
    QString m_peer;
    std::unique_ptr<Tls> m_tls;
};

} // namespace models::wire
