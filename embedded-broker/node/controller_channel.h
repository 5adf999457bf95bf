#pragma once
// The way from this node to the active controller, which may be this very process. Calls wait while there is no controller, move
// on to the next one when it changes, and are asked again when the one asked was not (or not any more) the controller, until
// their deadline. Loop thread only.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <functional>
#include <list>
#include <map>
#include <memory>

namespace broker::node {

class ControllerChannel final : public handlers::ControllerGate {
public:
    struct Options {
        NodeId self = kNoNode;
        bool selfIsController = false;
        std::map<NodeId, Endpoint> controllers;
        Duration requestTimeout = seconds(30);
        std::shared_ptr<const security::ByteVector> linkSecret = nullptr; ///< see PeerChannel
    };
    ControllerChannel(Options options, handlers::BrokerContext& broker, Network& network);
    ~ControllerChannel() override;

    /// From the quorum: who leads it now; kNoNode = nobody known.
    void setController(NodeId controller);
    [[nodiscard]] NodeId controller() const { return m_controller; }
    /// The epoch under which this broker is registered, for allocateProducerIds.
    void setBrokerEpoch(BrokerEpoch epoch) { m_brokerEpoch = epoch; }

    /// `Response` has an errorCode of its own; NOT_CONTROLLER there is not an answer but a reason to ask again.
    /// Answers TimedOut at the deadline.
    template <class Response, class Request>
    void call(Request request, std::int16_t version, Duration deadline, std::move_only_function<void(Result<Response>)> done) {
        enqueue(Request::kApiKey, version,
                [request = std::move(request), version](std::int32_t correlation) {
                    return protocol::encodeRequest(request, version, correlation, std::string("samsa-broker"));
                },
                deadline, [version, done = std::move(done)](Result<Slice> body) mutable {
                    if (!body) {
                        done(std::unexpected(body.error()));
                        return Verdict::Final;
                    }
                    protocol::Reader reader(std::move(*body));
                    auto response = Response::decode(reader, version);
                    if (response && response->errorCode == static_cast<std::int16_t>(protocol::KafkaError::NotController))
                        return Verdict::NotController;
                    done(std::move(response));
                    return Verdict::Final;
                });
    }

    // ControllerGate
    void forward(handlers::RequestContext request) override;
    void createTopics(const std::vector<std::string>& names) override;
    void allocateProducerIds(std::function<void(Result<std::pair<ProducerId, std::int32_t>>)> done) override;

private:
    enum class Verdict : std::uint8_t { Final, NotController };
    using Encode = std::function<Payload(std::int32_t correlation)>;
    using Judge = std::move_only_function<Verdict(Result<Slice>)>;
    struct Call {
        std::uint64_t number = 0;
        std::int16_t apiKey = 0;
        std::int16_t version = 0;
        Encode encode;
        Judge judge;
        Instant deadline;
        TimerId timer = 0;
        bool underWay = false;
        std::uint32_t attempt = 0; ///< answers to earlier ones are too late
    };

    void enqueue(std::int16_t apiKey, std::int16_t version, Encode encode, Duration deadline, Judge judge);
    void attempt(std::uint64_t number);
    void answered(std::uint64_t number, std::uint32_t attempt, Result<Slice> body);
    void attemptAll();
    void retrySoon();
    void forwardByEnvelope(handlers::RequestContext request);
    void callSelf(const Call& call);
    PeerChannel& channelTo(NodeId controller);

    Options m_options;
    handlers::BrokerContext& m_broker;
    Network& m_network;
    NodeId m_controller = kNoNode;
    BrokerEpoch m_brokerEpoch = -1;
    std::map<NodeId, std::unique_ptr<PeerChannel>> m_channels;
    std::map<std::uint64_t, Call> m_calls; ///< in the order they were made
    std::uint64_t m_nextCall = 1;
    TimerId m_retryTimer = 0;
    std::map<std::string, Instant> m_creating; ///< topics asked for by auto-creation, until when
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
