#pragma once
// A server that keeps its connections and the frames they sent, and one client connection, on one loop.

#include "embedded-broker/base/network.h"
#include "embedded-broker/net/event_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct ConnectionPair {
    broker::net::EventLoop loop;
    std::unique_ptr<broker::Listener> listener;
    std::shared_ptr<broker::Connection> server, client;
    std::vector<broker::Slice> atServer, atClient;
    std::optional<broker::CloseReason> serverClosed, clientClosed;
    std::optional<broker::CloseReason> refused; ///< no connection came to be

    /// Turns until `done`, at most ten seconds.
    bool until(const std::function<bool()>& done) {
        const auto deadline = loop.now() + broker::seconds(10);
        while (!done() && loop.now() < deadline)
            loop.turn(broker::milliseconds(100));
        return done();
    }
    static broker::Payload payload(const std::string& text) {
        broker::Payload p;
        p.append(broker::Slice::copy(text));
        return p;
    }

protected:
    /// Before the networks go.
    void leave() {
        client.reset();
        server.reset();
        listener.reset();
    }
    /// Returns when they know each other, or never will.
    void meet(broker::Network& ofServer, broker::Network& ofClient, const std::string& host, std::uint32_t frameBytesMax) {
        listener = *ofServer.listen({"127.0.0.1", 0}, frameBytesMax, [this](const std::shared_ptr<broker::Connection>& c) {
            server = c;
            c->setHandler({[this](broker::Slice frame) { atServer.push_back(std::move(frame)); }, [this](broker::CloseReason r) { serverClosed = r; }});
        });
        ofClient.connect({host, listener->endpoint().port}, broker::seconds(5), frameBytesMax, [this](auto c) {
            if (!c) {
                refused = c.error();
                return;
            }
            client = *c;
            client->setHandler({[this](broker::Slice frame) { atClient.push_back(std::move(frame)); }, [this](broker::CloseReason r) { clientClosed = r; }});
        });
        until([this] { return (server && client) || refused || clientClosed; });
    }
};

} // namespace tests
