#pragma once
// The network seam with TLS: TcpNetwork's connections, handed over once they have shaken hands. Sockets without TLS keep their own path.
// Loop thread only; it must outlive its listeners, as TcpNetwork must.

#include "embedded-broker/base/tls.h"
#include "embedded-broker/net/tcp_network.h"
#include "embedded-broker/net/tls_context.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace broker::net {

class TcpConnection;

class TlsNetwork final : public Network {
public:
    static Result<std::unique_ptr<Network>> make(EventLoop& loop, const TlsOptions& options);
    ~TlsNetwork() override;

    /// Connections that do not shake hands in time, or fail to, are closed and never seen.
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) override;
    /// Answers Failed when the other end cannot prove who it is; the log says why.
    void connect(const Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) override;

    static constexpr Duration kHandshakeMax = seconds(30);

private:
    using Pending = std::set<std::shared_ptr<TcpConnection>>;
    TlsNetwork(EventLoop& loop, std::unique_ptr<TlsContext> context);
    /// Keeps the connection while it shakes hands; `done` gets it then.
    static void shakeHands(const std::shared_ptr<Pending>& pending, const std::shared_ptr<TcpConnection>& connection, std::unique_ptr<TlsStream> stream,
                           Duration timeout, std::function<void(std::shared_ptr<TcpConnection>, std::optional<std::string> problem)> done);

    TcpNetwork m_tcp;
    std::shared_ptr<TlsContext> m_context;
    std::shared_ptr<Pending> m_pending = std::make_shared<Pending>();
};

} // namespace broker::net
