#pragma once
// The network seam on real sockets. Frames are read into shared chunks and handed out as slices of them; frames queued in
// one turn leave in one writev; file regions leave by sendfile.
//
// Loop thread only. It must outlive its listeners and connections' callbacks; connections themselves may live longer than
// the callbacks set on them, never longer than the loop.

#include "embedded-broker/base/network.h"
#include "embedded-broker/net/event_loop.h"

#include <memory>

namespace broker::net {

class Resolver;

class TcpNetwork final : public Network {
public:
    explicit TcpNetwork(EventLoop& loop);
    ~TcpNetwork() override;

    /// Empty host and "0.0.0.0" listen on every interface; "localhost" is 127.0.0.1. Other names are looked up by the system,
    /// blocking: listeners open at start.
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) override;
    /// Names other than "localhost" are looked up by a thread of their own.
    void connect(const Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) override;

private:
    EventLoop& m_loop;
    std::unique_ptr<Resolver> m_resolver;
};

} // namespace broker::net
