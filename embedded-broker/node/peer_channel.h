#pragma once
// One connection to one peer for one purpose: requests go out as they come, answers are matched by correlation id.
// What the socket says is told at once: a peer whose connection closed is asked again immediately, and a refused connect means
// that its process is dead. Loop thread only.

#include "embedded-broker/base/network.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/security/link_proof.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace broker::node {

class PeerChannel {
public:
    enum class Fact : std::uint8_t {
        Connected,
        Closed,  ///< the connection ended; a new one is being tried
        Refused, ///< nobody listens there: the process is dead
    };
    struct Options {
        std::string clientId;
        Duration connectTimeout = seconds(2);
        std::uint32_t frameBytesMax = 256U << 20;
        /// After a close, ask at once whether the process is dead, even if there is nothing to send.
        bool probeAfterClose = true;
        /// The secret that both ends prove to know before anything else is said; null: none is asked for.
        std::shared_ptr<const security::ByteVector> linkSecret = nullptr;
        NodeId target = kNoNode; ///< who is meant, for that proof
    };
    /// The body of the answer, behind its header.
    using Done = std::move_only_function<void(Result<Slice>)>;

    PeerChannel(Network& network, Scheduler& scheduler, Endpoint endpoint, Options options);
    ~PeerChannel(); ///< calls under way never answer
    PeerChannel(const PeerChannel&) = delete;
    PeerChannel& operator=(const PeerChannel&) = delete;

    /// Answers Unavailable when the connection cannot be made or ends, TimedOut after `timeout`, Corrupt when the answer is not one.
    /// Never from inside the call.
    template <class Response, class Request>
    void call(const Request& request, std::int16_t version, Duration timeout, std::move_only_function<void(Result<Response>)> done) {
        const std::int32_t correlation = m_nextCorrelation++;
        sendFrame(Request::kApiKey, version, correlation, protocol::encodeRequest(request, version, correlation, m_options.clientId), timeout,
                  [version, done = std::move(done)](Result<Slice> body) mutable {
                      if (!body)
                          return done(std::unexpected(body.error()));
                      protocol::Reader reader(std::move(*body));
                      done(Response::decode(reader, version));
                  });
    }

    /// The same with a frame that somebody else encodes, for the correlation id it is given; `done` gets the body of the answer.
    void callRaw(std::int16_t apiKey, std::int16_t version, const std::function<Payload(std::int32_t)>& encode, Duration timeout, Done done) {
        const std::int32_t correlation = m_nextCorrelation++;
        sendFrame(apiKey, version, correlation, encode(correlation), timeout, std::move(done));
    }

    void onFact(std::function<void(Fact)> watcher) { m_watcher = std::move(watcher); }
    [[nodiscard]] bool connected() const { return m_connection != nullptr && !m_link; }
    [[nodiscard]] bool knownDead() const { return m_dead; }
    [[nodiscard]] const Endpoint& endpoint() const { return m_endpoint; }
    /// Connects if it is not: to learn whether the peer lives.
    void probe();
    /// Ends the connection; calls under way answer Unavailable.
    void reset(const std::string& why);

private:
    struct Call {
        std::int16_t apiKey = 0;
        std::int16_t version = 0;
        Done done;
        TimerId timer = 0;
        Payload unsent; ///< until connected
    };
    void sendFrame(std::int16_t apiKey, std::int16_t version, std::int32_t correlation, Payload frame, Duration timeout, Done done);
    void connect();
    void connected(std::shared_ptr<Connection> connection);
    void take(const Slice& frame);
    void prove();
    void takeProof(const Slice& frame);
    void opened();
    void ended(const std::string& why);
    void tell(Fact fact);

    Network& m_network;
    Scheduler& m_scheduler;
    Endpoint m_endpoint;
    Options m_options;
    std::function<void(Fact)> m_watcher;
    std::shared_ptr<Connection> m_connection;
    std::unique_ptr<security::LinkClient> m_link; ///< while the proof is under way
    int m_proofAnswers = 0;
    bool m_connecting = false;
    bool m_dead = false;
    std::int32_t m_nextCorrelation = 1;
    std::map<std::int32_t, Call> m_calls; ///< in order of sending
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
