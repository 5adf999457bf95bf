#include "embedded-broker/net/tcp_network.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/net/resolver.h"
#include "embedded-broker/net/tcp_connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace broker::net {

namespace {

constexpr int kBacklog = 1024;
constexpr int kAcceptsPerTurn = 64;
constexpr Duration kAcceptPause = milliseconds(100);

class TcpListener final : public Listener, public Pollable {
public:
    TcpListener(EventLoop& loop, int descriptor, Endpoint at, std::uint32_t frameBytesMax, Network::OnAccept onAccept)
        : m_loop(loop), m_descriptor(descriptor), m_endpoint(std::move(at)), m_frameBytesMax(frameBytesMax),
          m_onAccept(std::make_shared<Network::OnAccept>(std::move(onAccept))) {
        m_loop.watch(m_descriptor, EPOLLIN, this);
    }
    ~TcpListener() override {
        m_loop.cancel(m_pause);
        m_loop.forget(m_descriptor, this);
        ::close(m_descriptor);
    }
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;

    [[nodiscard]] Endpoint endpoint() const override { return m_endpoint; }

    void onEvents(std::uint32_t) override {
        // A callback may destroy this listener: nothing of it is touched after the last call.
        const auto onAccept = m_onAccept;
        const std::weak_ptr<Network::OnAccept> alive = m_onAccept;
        for (int i = 0; i < kAcceptsPerTurn; ++i) {
            const int accepted = ::accept4(m_descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (accepted < 0) {
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                    pause(errno);
                return;
            }
            (*onAccept)(TcpConnection::adopt(m_loop, accepted, m_frameBytesMax));
            if (alive.use_count() == 1)
                return; // only our own copy is left: the listener is gone
        }
    }

private:
    void pause(int error) {
        log::warning("net", "{}", systemError("accept", m_endpoint.toString(), error).message);
        m_loop.rewatch(m_descriptor, 0, this); // epoll would report it without end
        m_pause = m_loop.after(kAcceptPause, [this] { m_loop.rewatch(m_descriptor, EPOLLIN, this); });
    }

    EventLoop& m_loop;
    int m_descriptor;
    Endpoint m_endpoint;
    std::uint32_t m_frameBytesMax;
    std::shared_ptr<Network::OnAccept> m_onAccept;
    TimerId m_pause = 0;
};

/// One connect under way; keeps itself alive until it has answered.
class Connector final : public Pollable, public std::enable_shared_from_this<Connector> {
public:
    Connector(EventLoop& loop, Duration timeout, std::uint32_t frameBytesMax, Network::OnConnect onConnect)
        : m_loop(loop), m_timeout(timeout), m_frameBytesMax(frameBytesMax), m_onConnect(std::move(onConnect)) {}
    ~Connector() override { abandon(); }
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    void start(const SocketAddress& to) {
        m_self = shared_from_this();
        m_descriptor = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (m_descriptor < 0)
            return finishLater(CloseReason::Failed);
        if (::connect(m_descriptor, reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0)
            return finishLater(connectedToItself() ? std::optional(CloseReason::Refused) : std::nullopt);
        if (errno != EINPROGRESS)
            return finishLater(errno == ECONNREFUSED ? CloseReason::Refused : CloseReason::Failed);
        m_loop.watch(m_descriptor, EPOLLOUT, this);
        m_watched = true;
        m_timer = m_loop.after(m_timeout, [this] { finish(CloseReason::TimedOut); });
    }

    /// The name has no address.
    void refuse() {
        m_self = shared_from_this();
        finish(CloseReason::Failed);
    }

    void onEvents(std::uint32_t) override {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(m_descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error == 0)
            finish(connectedToItself() ? std::optional(CloseReason::Refused) : std::nullopt);
        else
            finish(error == ECONNREFUSED ? CloseReason::Refused : CloseReason::Failed);
    }

private:
    void finishLater(std::optional<CloseReason> failure) {
        m_loop.post([self = shared_from_this(), failure] { self->finish(failure); });
    }

    void finish(std::optional<CloseReason> failure) {
        const auto keep = std::move(m_self);
        if (!keep)
            return;
        const int descriptor = m_descriptor;
        unwatch();
        m_descriptor = -1;
        if (failure) {
            if (descriptor >= 0)
                ::close(descriptor);
            m_onConnect(std::unexpected(*failure));
        } else {
            m_onConnect(TcpConnection::adopt(m_loop, descriptor, m_frameBytesMax));
        }
    }

    /// TCP may open a connection from a port to itself when nobody listens there and the kernel happens to choose that port: it
    /// looks like a living peer, and keeps the real one from listening.
    [[nodiscard]] bool connectedToItself() const {
        sockaddr_storage near{};
        sockaddr_storage far{};
        socklen_t nearLength = sizeof near;
        socklen_t farLength = sizeof far;
        return getsockname(m_descriptor, reinterpret_cast<sockaddr*>(&near), &nearLength) == 0 &&
               getpeername(m_descriptor, reinterpret_cast<sockaddr*>(&far), &farLength) == 0 && nearLength == farLength &&
               std::memcmp(&near, &far, nearLength) == 0;
    }

    void unwatch() {
        m_loop.cancel(m_timer);
        m_timer = 0;
        if (m_watched)
            m_loop.forget(m_descriptor, this);
        m_watched = false;
    }

    void abandon() {
        unwatch();
        if (m_descriptor >= 0)
            ::close(m_descriptor);
        m_descriptor = -1;
    }

    EventLoop& m_loop;
    Duration m_timeout;
    std::uint32_t m_frameBytesMax;
    Network::OnConnect m_onConnect;
    std::shared_ptr<Connector> m_self;
    int m_descriptor = -1;
    bool m_watched = false;
    TimerId m_timer = 0;
};

} // namespace

TcpNetwork::TcpNetwork(EventLoop& loop) : m_loop(loop), m_resolver(std::make_unique<Resolver>(loop)) {}
TcpNetwork::~TcpNetwork() = default;

Result<std::unique_ptr<Listener>> TcpNetwork::listen(const Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) {
    const auto address = lookUp(at.host, at.port);
    if (!address)
        return std::unexpected(address.error());
    const int descriptor = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return std::unexpected(systemError("socket", at.toString(), errno));
    const int one = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address->storage), address->length) < 0 || ::listen(descriptor, kBacklog) < 0) {
        const int error = errno;
        ::close(descriptor);
        return std::unexpected(systemError("listen on", at.toString(), error));
    }
    Endpoint real = at;
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) == 0)
        real.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                                      : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
    return std::make_unique<TcpListener>(m_loop, descriptor, std::move(real), frameBytesMax, std::move(onAccept));
}

void TcpNetwork::connect(const Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) {
    auto connector = std::make_shared<Connector>(m_loop, timeout, frameBytesMax, std::move(onConnect));
    if (const auto literal = literalAddress(to.host, to.port))
        return connector->start(*literal);
    m_resolver->resolve(to.host, to.port, [connector](Result<SocketAddress> address) {
        if (address)
            return connector->start(*address);
        log::warning("net", "{}", address.error().message);
        connector->refuse();
    });
}

} // namespace broker::net
