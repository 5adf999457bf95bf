#pragma once
// The few file-system helpers that the supervisor and its clients share. A node's data is storage's business, not ours.

#include "embedded-broker/base/error.h"

#include <string>
#include <unistd.h>
#include <utility>

namespace broker::cluster {

/// Owns a file descriptor.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : m_fd(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : m_fd(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    ~UniqueFd() { reset(); }
    [[nodiscard]] int get() const { return m_fd; }
    explicit operator bool() const { return m_fd >= 0; }
    int release() { return std::exchange(m_fd, -1); }
    void reset(int fd = -1) {
        if (m_fd >= 0)
            ::close(m_fd);
        m_fd = fd;
    }

private:
    int m_fd = -1;
};

/// At most `bytesMax`; OutOfRange beyond, NotFound when there is none.
Result<std::string> readFile(const std::string& path, std::size_t bytesMax);
/// Mode 0600; written beside, synced and renamed over.
Result<void> replaceFile(const std::string& path, const std::string& text);
/// With its parents, mode 0700.
Result<void> makePrivateDirectory(const std::string& path);
Result<void> removeTree(const std::string& path);
/// An exclusive flock; Busy when `wait` is false and somebody else holds it. Held until the descriptor closes.
Result<UniqueFd> lockFile(const std::string& path, bool wait);
/// May 127.0.0.1:port be listened on now? Busy when not.
Result<void> checkPortFree(std::uint16_t port);

} // namespace broker::cluster
