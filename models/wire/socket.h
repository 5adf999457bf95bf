#pragma once
// Inside models/wire: one blocking TCP connection with deadlines, ended at once by a cancel descriptor.

#include "embedded-broker/base/buffer.h"
#include "models/base/error.h"
#include "models/wire/wire_client.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace models::wire {

using Deadline = std::chrono::steady_clock::time_point;

/// Frames: a 4-byte size and that many bytes. Closes itself; moves only.
class Socket {
public:
    static constexpr std::uint32_t kFrameBytesMax = 100 << 20;

    static Result<Socket> connect(const Address& address, Deadline deadline, int cancelFd);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    Result<void> send(const std::vector<std::byte>& frame, Deadline deadline);
    Result<broker::Slice> receive(Deadline deadline);

private:
    Socket(int fd, int cancelFd, QString peer) : m_fd(fd), m_cancelFd(cancelFd), m_peer(std::move(peer)) {}
    Result<void> wait(short events, Deadline deadline) const;
    Result<void> read(std::byte* to, std::size_t count, Deadline deadline) const;

    int m_fd = -1;
    int m_cancelFd = -1;
    QString m_peer;
};

} // namespace models::wire
