#include "embedded-broker/net/tls_network.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/net/tcp_connection.h"

namespace broker::net {

TlsNetwork::TlsNetwork(EventLoop& loop, std::unique_ptr<TlsContext> context) : m_tcp(loop), m_context(std::move(context)) {}
TlsNetwork::~TlsNetwork() = default;

void TlsNetwork::shakeHands(const std::shared_ptr<Pending>& pending, const std::shared_ptr<TcpConnection>& connection, std::unique_ptr<TlsStream> stream,
                            Duration timeout, std::function<void(std::shared_ptr<TcpConnection>, std::optional<std::string> problem)> done) {
    pending->insert(connection);
    connection->startTls(std::move(stream), timeout,
                         [weakSet = std::weak_ptr(pending), weak = std::weak_ptr(connection), done = std::move(done)](std::optional<std::string> problem) {
                             const auto set = weakSet.lock();
                             const auto self = weak.lock();
                             if (!set || !self)
                                 return;
                             set->erase(self);
                             done(self, std::move(problem));
                         });
}

Result<std::unique_ptr<Network>> TlsNetwork::make(EventLoop& loop, const TlsOptions& options) {
    auto context = TlsContext::make(options);
    if (!context)
        return std::unexpected(context.error());
    return std::unique_ptr<Network>(new TlsNetwork(loop, std::move(*context)));
}

Result<std::unique_ptr<Listener>> TlsNetwork::listen(const Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) {
    auto shared = std::make_shared<OnAccept>(std::move(onAccept)); // the listener's: whoever shakes hands when it has gone is let go
    return m_tcp.listen(at, frameBytesMax, [pending = m_pending, context = m_context, shared](const std::shared_ptr<Connection>& accepted) {
        const auto connection = std::static_pointer_cast<TcpConnection>(accepted);
        shakeHands(pending, connection, context->serverStream(connection->descriptor()), kHandshakeMax,
                   [weak = std::weak_ptr(shared)](const std::shared_ptr<TcpConnection>& known, const std::optional<std::string>& problem) {
                       if (problem)
                           return log::warning("net", "{} did not shake hands: {}", known->peer(), *problem);
                       if (const auto accept = weak.lock())
                           (*accept)(known);
                   });
    });
}

void TlsNetwork::connect(const Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) {
    m_tcp.connect(to, timeout, frameBytesMax,
                  [pending = m_pending, context = m_context, to, timeout,
                   onConnect = std::move(onConnect)](std::expected<std::shared_ptr<Connection>, CloseReason> connected) {
                      if (!connected)
                          return onConnect(std::unexpected(connected.error()));
                      const auto connection = std::static_pointer_cast<TcpConnection>(*connected);
                      shakeHands(pending, connection, context->clientStream(connection->descriptor(), to.host), timeout,
                                 [to, onConnect](const std::shared_ptr<TcpConnection>& known, const std::optional<std::string>& problem) {
                                     if (!problem)
                                         return onConnect(known);
                                     log::warning("net", "no TLS with {}: {}", to.toString(), *problem);
                                     onConnect(std::unexpected(CloseReason::Failed));
                                 });
                  });
}

} // namespace broker::net
