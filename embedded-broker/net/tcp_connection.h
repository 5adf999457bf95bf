#pragma once
// One TCP connection of the event loop. Internal to net/: others see base/network.h.

#include "embedded-broker/base/network.h"
#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tls_context.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace broker::net {

class TcpConnection final : public Connection, public Pollable, public std::enable_shared_from_this<TcpConnection> {
public:
    /// Takes a connected, non-blocking descriptor.
    static std::shared_ptr<TcpConnection> adopt(EventLoop& loop, int descriptor, std::uint32_t frameBytesMax);
    ~TcpConnection() override;

    void setHandler(Handler handler) override;
    void send(Payload frame) override;
    void close() override;
    void setReading(bool reading) override;
    [[nodiscard]] std::uint64_t queuedBytes() const override { return m_queuedBytes; }
    [[nodiscard]] std::string peer() const override;
    [[nodiscard]] std::string peerHost() const override { return m_peerHost; }
    void setFrameBytesMax(std::uint32_t bytes) override { m_frameBytesMax = bytes; }
    [[nodiscard]] std::string peerSubject() const override { return m_tls ? m_tls->peerSubject() : std::string(); }

    /// From now on everything goes through `stream` (null: fails). `done` is called once, with what went wrong or nothing; until then it
    /// keeps what it holds alive, and no frame is read or sent. Failed, late and closed handshakes close the connection.
    void startTls(std::unique_ptr<TlsStream> stream, Duration timeout, std::function<void(std::optional<std::string> problem)> done);
    [[nodiscard]] int descriptor() const { return m_descriptor; }

    void onEvents(std::uint32_t events) override;

private:
    /// Memory that frames are read into. Frames handed out share it; it is used again when nobody else holds it.
    struct Chunk {
        explicit Chunk(std::size_t size)
            : bytes(std::make_unique_for_overwrite<std::byte[]>(size)), capacity(size) {} // NOLINT: a raw buffer
        std::unique_ptr<std::byte[]> bytes; // NOLINT
        std::size_t capacity;
    };
    /// [position, length) of what is queued; a size prefix is a slice like any other.
    struct Piece {
        Payload::Part part;
        std::uint64_t sent = 0;
    };

    TcpConnection(EventLoop& loop, int descriptor, std::uint32_t frameBytesMax);
    void readSome();
    void readTls();
    bool writeTls();                     ///< false: would block or failed
    void shakeHands();
    void endHandshake(std::optional<std::string> problem);
    void readAgain();                    ///< in a turn of its own
    bool cutFrames();                    ///< false: closed by a frame or by a handler
    void makeRoom();
    void flush();
    void flushLater();
    bool writeSlices();                  ///< false: would block or failed
    bool writeRegion(Piece& piece);      ///< false: would block or failed
    bool couldNotSend();
    void drop(std::uint64_t bytes);      ///< sent: removes them from the queue's front
    void updateInterest();
    void fail(CloseReason reason);       ///< closes; tells the handler in a later turn
    void shut();

    EventLoop& m_loop;
    int m_descriptor;
    std::uint32_t m_frameBytesMax;
    std::uint32_t m_interest = 0;
    std::shared_ptr<Handler> m_handler;
    std::string m_peerHost;
    std::uint16_t m_peerPort = 0;

    std::shared_ptr<Chunk> m_chunk;
    std::size_t m_chunkSize;             ///< of the next ordinary chunk: grows with what arrives
    std::size_t m_begin = 0;             ///< [m_begin, m_end) of the chunk has been read and not handed out
    std::size_t m_end = 0;
    bool m_reading = true;

    std::deque<Piece> m_queue;
    std::uint64_t m_queuedBytes = 0;
    bool m_flushQueued = false;
    bool m_blocked = false;              ///< the socket is full: EPOLLOUT will say when not
    bool m_closedTold = false;

    std::unique_ptr<TlsStream> m_tls;
    std::function<void(std::optional<std::string>)> m_handshake; ///< while it is under way
    TimerId m_handshakeTimer = 0;
};

} // namespace broker::net
