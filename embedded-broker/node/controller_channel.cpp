#include "embedded-broker/node/controller_channel.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/handlers/dispatch.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_request.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/default_principal_data.h"
#include "embedded-broker/protocol/messages/envelope_request.h"
#include "embedded-broker/protocol/messages/envelope_response.h"

#include <arpa/inet.h>
#include <array>

namespace broker::node {

namespace {

/// Between two questions to a controller that said it is none, or that could not be reached. News of a leader ends it.
constexpr Duration kRetryBackoff = milliseconds(10);

Slice flatten(const Payload& payload) {
    if (payload.parts().size() == 1 && std::holds_alternative<Slice>(payload.parts()[0]))
        return std::get<Slice>(payload.parts()[0]);
    std::vector<std::byte> bytes;
    bytes.reserve(payload.size());
    for (const auto& part : payload.parts()) // what a controller answers is never a file
        if (const auto* slice = std::get_if<Slice>(&part))
            bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
    return Slice::take(std::move(bytes));
}

/// An answer of this process to itself.
class SelfPath final : public handlers::ReplyPath {
public:
    using Done = std::move_only_function<void(Result<Slice>)>;
    SelfPath(std::int16_t apiKey, std::int16_t version, Scheduler& scheduler, Done done)
        : m_apiKey(apiKey), m_version(version), m_scheduler(scheduler), m_done(std::move(done)) {}
    void answer(Payload response) override {
        Slice frame = flatten(response);
        protocol::Reader reader(frame);
        const auto head = protocol::decodeResponseHead(reader, m_apiKey, m_version);
        finish(head ? Result<Slice>(frame.sub(reader.position(), frame.size() - reader.position())) : std::unexpected(head.error()));
    }
    void nothing() override { finish(fail(ErrorCode::Internal, "The controller did not answer.")); }
    void refuse(std::string why) override { finish(fail(ErrorCode::Unavailable, std::move(why))); }
    void notController() override { finish(fail(ErrorCode::Unavailable, "This node is not the active controller.")); }

private:
    /// In a turn of its own, as an answer from another process would come.
    void finish(Result<Slice> result) {
        m_scheduler.post([done = std::move(m_done), result = std::move(result)]() mutable { done(std::move(result)); });
    }
    std::int16_t m_apiKey;
    std::int16_t m_version;
    Scheduler& m_scheduler;
    Done m_done;
};

/// With the broker's defaults; the topics of coordinators as these need them.
void addTopic(protocol::CreateTopicsRequest& request, const std::string& name, const handlers::BrokerSettings& settings) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.numPartitions = -1;
    topic.replicationFactor = -1;
    const auto set = [&](std::string key, std::string value) {
        topic.configs.push_back({.name = std::move(key), .value = std::move(value), .unknownTaggedFields = {}});
    };
    if (name == "__consumer_offsets") {
        topic.numPartitions = settings.offsetsTopicPartitions;
        topic.replicationFactor = settings.offsetsTopicReplicationFactor;
        set("cleanup.policy", "compact");
        set("segment.bytes", "104857600");
    } else if (name == "__transaction_state") {
        topic.numPartitions = settings.transactionTopicPartitions;
        topic.replicationFactor = settings.transactionTopicReplicationFactor;
        set("cleanup.policy", "compact");
        set("min.insync.replicas", std::to_string(settings.transactionTopicMinIsr));
        set("segment.bytes", std::to_string(settings.transactionTopicSegmentBytes));
        set("unclean.leader.election.enable", "false");
    }
}

Slice principalBytes(const std::string& principal) {
    protocol::DefaultPrincipalData data;
    const auto colon = principal.find(':');
    data.type = principal.substr(0, colon);
    data.name = colon == std::string::npos ? "" : principal.substr(colon + 1);
    protocol::Writer writer;
    writer.int16(0);
    data.encode(writer, 0);
    return writer.finishAsSlice();
}

Slice addressBytes(const std::string& host) {
    std::array<std::byte, 16> address{};
    if (inet_pton(AF_INET, host.c_str(), address.data()) == 1)
        return Slice::copy(Bytes(address).first(4));
    if (inet_pton(AF_INET6, host.c_str(), address.data()) == 1)
        return Slice::copy(Bytes(address));
    return Slice::copy(Bytes(address).first(4));
}

} // namespace

ControllerChannel::ControllerChannel(Options options, handlers::BrokerContext& broker, Network& network)
    : m_options(std::move(options)), m_broker(broker), m_network(network) {}

ControllerChannel::~ControllerChannel() {
    *m_alive = false;
    m_broker.scheduler.cancel(m_retryTimer);
    for (auto& [number, call] : m_calls)
        m_broker.scheduler.cancel(call.timer);
}

void ControllerChannel::setController(NodeId controller) {
    const bool moved = controller != kNoNode && controller != m_controller;
    m_controller = controller;
    if (controller == kNoNode)
        return;
    // What an old controller still owes is asked of the new one: an old one that hangs keeps its connections open.
    if (moved)
        for (auto& [number, call] : m_calls)
            call.underWay = false;
    // In the next turn: our own controller hears of its lead in this one, after us.
    m_broker.scheduler.post([this, alive = m_alive] {
        if (*alive)
            attemptAll();
    });
}

PeerChannel& ControllerChannel::channelTo(NodeId controller) {
    auto& channel = m_channels[controller];
    if (!channel) {
        PeerChannel::Options options;
        options.clientId = "samsa-broker";
        options.linkSecret = m_options.linkSecret;
        options.target = controller;
        options.probeAfterClose = false; // the quorum's channels do that
        channel = std::make_unique<PeerChannel>(m_network, m_broker.scheduler, m_options.controllers.at(controller), options);
    }
    return *channel;
}

void ControllerChannel::enqueue(std::int16_t apiKey, std::int16_t version, Encode encode, Duration deadline, Judge judge) {
    const std::uint64_t number = m_nextCall++;
    Call& call = m_calls[number];
    call.number = number;
    call.apiKey = apiKey;
    call.version = version;
    call.encode = std::move(encode);
    call.judge = std::move(judge);
    call.deadline = m_broker.scheduler.now() + deadline;
    call.timer = m_broker.scheduler.at(call.deadline, [this, number] {
        const auto found = m_calls.find(number);
        if (found == m_calls.end())
            return;
        Judge late = std::move(found->second.judge);
        m_calls.erase(found);
        late(fail(ErrorCode::TimedOut, "No controller answered in time."));
    });
    attempt(number);
}

void ControllerChannel::attempt(std::uint64_t number) {
    const auto found = m_calls.find(number);
    if (found == m_calls.end() || found->second.underWay || m_controller == kNoNode)
        return;
    Call& call = found->second;
    call.underWay = true;
    const std::uint32_t attempt = ++call.attempt;
    if (m_controller == m_options.self && m_options.selfIsController)
        return callSelf(call);
    if (!m_options.controllers.contains(m_controller)) {
        call.underWay = false;
        return;
    }
    channelTo(m_controller).callRaw(call.apiKey, call.version, call.encode, m_options.requestTimeout,
                                    [this, number, attempt](Result<Slice> body) { answered(number, attempt, std::move(body)); });
}

void ControllerChannel::callSelf(const Call& call) {
    const Slice frame = flatten(call.encode(static_cast<std::int32_t>(call.number)));
    protocol::Reader reader(frame);
    auto head = protocol::decodeRequestHead(reader);
    auto origin = std::make_shared<handlers::Origin>();
    origin->role = handlers::Role::Controller;
    origin->interBroker = true;
    origin->clientHost = "127.0.0.1";
    origin->clientAddress = "this process";
    auto path = std::make_unique<SelfPath>(call.apiKey, call.version, m_broker.scheduler,
                                           [this, alive = m_alive, number = call.number, attempt = call.attempt](Result<Slice> body) {
                                               if (*alive)
                                                   answered(number, attempt, std::move(body));
                                           });
    handlers::RequestContext request(std::move(*head), std::move(origin), frame, reader.position(), m_broker.scheduler.now(), std::move(path));
    handlers::dispatchAs(m_broker, handlers::Role::Controller, std::move(request));
}

void ControllerChannel::answered(std::uint64_t number, std::uint32_t attempt, Result<Slice> body) {
    const auto found = m_calls.find(number);
    if (found == m_calls.end() || found->second.attempt != attempt)
        return; // its deadline has passed, or another controller was asked meanwhile
    found->second.underWay = false;
    const bool unreachable = !body;
    const auto alive = m_alive;
    // The judge may make further calls: it is taken out while it runs.
    Judge judge = std::move(found->second.judge);
    if (!unreachable && judge(std::move(body)) == Verdict::Final) {
        if (!*alive)
            return;
        const auto again = m_calls.find(number);
        if (again != m_calls.end()) {
            m_broker.scheduler.cancel(again->second.timer);
            m_calls.erase(again);
        }
        return;
    }
    found->second.judge = std::move(judge);
    retrySoon();
}

void ControllerChannel::retrySoon() {
    if (m_retryTimer != 0)
        return;
    m_retryTimer = m_broker.scheduler.after(kRetryBackoff, [this] {
        m_retryTimer = 0;
        attemptAll();
    });
}

void ControllerChannel::attemptAll() {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, call] : m_calls)
        numbers.push_back(number);
    for (const auto number : numbers)
        attempt(number);
}

void ControllerChannel::forward(handlers::RequestContext request) {
    if (m_controller == m_options.self && m_options.selfIsController) {
        // Straight to our own handlers; a loss of the lead meanwhile brings it back here.
        class Path final : public handlers::ReplyPath {
        public:
            Path(ControllerChannel& channel, std::shared_ptr<bool> alive, handlers::RequestContext request)
                : m_channel(channel), m_alive(std::move(alive)), m_request(std::move(request)) {}
            void answer(Payload response) override { m_request.replyRaw(std::move(response)); }
            void nothing() override { m_request.nothing(); }
            void refuse(std::string why) override { m_request.refuse(std::move(why)); }
            void notController() override {
                if (*m_alive)
                    m_channel.forwardByEnvelope(std::move(m_request));
            }

        private:
            ControllerChannel& m_channel;
            std::shared_ptr<bool> m_alive;
            handlers::RequestContext m_request;
        };
        const Slice frame = request.frame();
        protocol::Reader reader(frame);
        auto head = protocol::decodeRequestHead(reader);
        auto origin = std::make_shared<handlers::Origin>(request.origin());
        auto path = std::make_unique<Path>(*this, m_alive, request);
        handlers::RequestContext inner(std::move(*head), std::move(origin), frame, reader.position(), request.received(), std::move(path));
        return handlers::dispatchAs(m_broker, handlers::Role::Controller, std::move(inner));
    }
    forwardByEnvelope(std::move(request));
}

void ControllerChannel::forwardByEnvelope(handlers::RequestContext request) {
    protocol::EnvelopeRequest envelope;
    envelope.requestData = request.frame();
    envelope.requestPrincipal = principalBytes(request.origin().principal);
    envelope.clientHostAddress = addressBytes(request.origin().clientHost);
    call<protocol::EnvelopeResponse>(std::move(envelope), 0, m_options.requestTimeout, [request](Result<protocol::EnvelopeResponse> response) {
        if (!response)
            return request.refuse(response.error().message);
        if (response->errorCode != 0 || !response->responseData)
            return request.refuse("the controller refused a forwarded request with error " + std::to_string(response->errorCode));
        Payload payload;
        payload.append(*response->responseData);
        request.replyRaw(std::move(payload));
    });
}

void ControllerChannel::createTopics(const std::vector<std::string>& names) {
    protocol::CreateTopicsRequest request;
    const Instant now = m_broker.scheduler.now();
    std::erase_if(m_creating, [&](const auto& item) { return item.second <= now; });
    for (const std::string& name : names) {
        if (!m_creating.emplace(name, now + seconds(5)).second)
            continue;
        addTopic(request, name, m_broker.settings);
    }
    if (request.topics.empty())
        return;
    request.timeoutMs = 5000;
    // Inside an envelope, as Kafka does it: CreateTopics has no error of its own to say "not the controller".
    constexpr std::int16_t kVersion = 7;
    protocol::EnvelopeRequest envelope;
    envelope.requestPrincipal.reset();
    envelope.requestData = flatten(protocol::encodeRequest(request, kVersion, 0, std::string("samsa-broker")));
    // Without a principal: this broker speaks for itself. Whoever made it create a topic was asked for the right to do so before.
    envelope.clientHostAddress = addressBytes("127.0.0.1");
    std::vector<std::string> asked;
    for (const auto& topic : request.topics)
        asked.push_back(topic.name);
    call<protocol::EnvelopeResponse>(std::move(envelope), 0, seconds(5), [this, asked](Result<protocol::EnvelopeResponse> response) {
        for (const auto& name : asked)
            m_creating.erase(name);
        if (!response || !response->responseData)
            return;
        protocol::Reader reader(*response->responseData);
        if (!protocol::decodeResponseHead(reader, protocol::CreateTopicsResponse::kApiKey, kVersion))
            return;
        const auto answer = protocol::CreateTopicsResponse::decode(reader, kVersion);
        if (!answer)
            return;
        for (const auto& topic : answer->topics)
            if (topic.errorCode != 0 && topic.errorCode != static_cast<std::int16_t>(protocol::KafkaError::TopicAlreadyExists))
                log::warning("node", "auto-creation of {} failed: {}", topic.name, topic.errorMessage.value_or("error " + std::to_string(topic.errorCode)));
    });
}

void ControllerChannel::allocateProducerIds(std::function<void(Result<std::pair<ProducerId, std::int32_t>>)> done) {
    protocol::AllocateProducerIdsRequest request;
    request.brokerId = m_options.self;
    request.brokerEpoch = m_brokerEpoch;
    call<protocol::AllocateProducerIdsResponse>(request, 0, m_options.requestTimeout, [done = std::move(done)](Result<protocol::AllocateProducerIdsResponse> response) {
        if (!response)
            return done(std::unexpected(response.error()));
        if (response->errorCode != 0)
            return done(fail(ErrorCode::Unavailable, "The controller gave no producer ids: error " + std::to_string(response->errorCode) + "."));
        done(std::pair{response->producerIdStart, response->producerIdLen});
    });
}

} // namespace broker::node
