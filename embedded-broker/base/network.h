#pragma once
// The network seam. What travels is frames: Kafka's 4-byte size and that many bytes. A closed socket and a refused connect
// are facts that the engine acts on at once; only a hang needs timers.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/time.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace broker {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    auto operator<=>(const Endpoint&) const = default;
    [[nodiscard]] std::string toString() const { return host + ":" + std::to_string(port); }
};

/// Bytes [position, position + length) of a file, sent from the page cache (sendfile) without passing through memory.
struct FileRegion {
    std::shared_ptr<File> file;
    std::uint64_t position = 0;
    std::uint64_t length = 0;
};

/// What one frame is made of, in order. Its size prefix is added by the connection.
class Payload {
public:
    using Part = std::variant<Slice, FileRegion>;
    void append(Slice slice) {
        if (!slice.empty())
            m_parts.emplace_back(std::move(slice));
    }
    void append(FileRegion region) {
        if (region.length > 0)
            m_parts.emplace_back(std::move(region));
    }
    void append(const Payload& other) { m_parts.insert(m_parts.end(), other.m_parts.begin(), other.m_parts.end()); }
    [[nodiscard]] std::uint64_t size() const {
        std::uint64_t total = 0;
        for (const auto& part : m_parts)
            total += std::holds_alternative<Slice>(part) ? std::get<Slice>(part).size() : std::get<FileRegion>(part).length;
        return total;
    }
    [[nodiscard]] const std::vector<Part>& parts() const { return m_parts; }
    [[nodiscard]] bool empty() const { return m_parts.empty(); }

private:
    std::vector<Part> m_parts;
};

enum class CloseReason {
    Local,     ///< we closed it
    Peer,      ///< end of stream or reset: the process at the other end closed it or is dead
    Refused,   ///< connect: nobody listens there: that process is dead
    TimedOut,
    BadFrame,  ///< a size that is negative or over the limit
    Failed,    ///< anything else
};

/// One TCP connection. All calls and callbacks on the loop thread. Destroying the last reference closes it.
class Connection {
public:
    struct Handler {
        std::function<void(Slice frame)> onFrame;
        std::function<void(CloseReason)> onClosed; ///< once, never from inside a call of ours
    };
    virtual ~Connection() = default;
    virtual void setHandler(Handler handler) = 0;
    virtual void send(Payload frame) = 0; ///< queued; a closed connection drops it
    virtual void close() = 0;
    /// Stop and go on reading from the socket: back-pressure.
    virtual void setReading(bool reading) = 0;
    [[nodiscard]] virtual std::uint64_t queuedBytes() const = 0;
    [[nodiscard]] virtual std::string peer() const = 0; ///< "127.0.0.1:51234"
    [[nodiscard]] virtual std::string peerHost() const = 0;
    /// Largest frame from now on. What is larger closes the connection before memory is taken for it.
    virtual void setFrameBytesMax(std::uint32_t bytes) = 0;
    /// The subject of the certificate that the peer proved to have, as RFC 2253 writes it ("CN=a,O=b"); empty without one.
    [[nodiscard]] virtual std::string peerSubject() const { return {}; }
};

class Listener {
public:
    virtual ~Listener() = default; ///< closes the listening socket; accepted connections live on
    [[nodiscard]] virtual Endpoint endpoint() const = 0; ///< with the real port when 0 was asked for
};

class Network {
public:
    using OnAccept = std::function<void(std::shared_ptr<Connection>)>;
    using OnConnect = std::function<void(std::expected<std::shared_ptr<Connection>, CloseReason>)>;
    virtual ~Network() = default;
    virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) = 0;
    /// Never answers from inside the call. A refused connect answers CloseReason::Refused.
    virtual void connect(const Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) = 0;
};

} // namespace broker
