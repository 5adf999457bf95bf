// IncrementalAlterConfigs (44) and AlterConfigs (33) on a broker's listener: what this broker itself must refuse never reaches the
// controller. Settings of one broker are changed at that broker and at no other, as in Kafka: it alone can judge them.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/alter_configs_request.h"
#include "embedded-broker/protocol/messages/alter_configs_response.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace broker::handlers {

namespace {

using metadata::ResourceType;
using protocol::KafkaError;

constexpr std::int8_t kDeleteOperation = 1;

/// Empty, or what is wrong with it; always INVALID_REQUEST.
template <class Resource>
std::string problemOf(NodeId self, const Resource& resource) {
    std::set<std::string> names;
    std::vector<std::string> nulls;
    for (const auto& config : resource.configs) {
        if (!names.insert(config.name).second)
            return "Error due to duplicate config keys";
        bool removes = false;
        if constexpr (requires { config.configOperation; })
            removes = config.configOperation == kDeleteOperation;
        if (!config.value && !removes)
            nulls.push_back(config.name);
    }
    if (!nulls.empty())
        return fmt::format("Null value not supported for : {}", fmt::join(nulls, ", "));
    switch (static_cast<ResourceType>(resource.resourceType)) {
    case ResourceType::Broker: {
        const std::string& name = resource.resourceName;
        if (name.empty()) // the defaults of all
            return {};
        NodeId id = kNoNode;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (problem != std::errc{} || end != name.data() + name.size())
            return fmt::format("Node id must be an integer, but it is: {}", name);
        return id == self ? std::string() : fmt::format("Unexpected broker id, expected {}, but received {}", self, name);
    }
    case ResourceType::Topic:
    case ResourceType::BrokerLogger:
    case ResourceType::ClientMetrics:
    case ResourceType::Group: return {};
    case ResourceType::Unknown: break;
    }
    return fmt::format("Unknown resource type {}", resource.resourceType);
}

using Key = std::pair<std::int8_t, std::string>; ///< of a resource: type and name

/// Takes what the controller says of the rest, and answers for all, in the order asked.
template <class Message, class Response>
class Reassembly final : public ReplyPath {
public:
    Reassembly(Request<Message> outer, std::vector<std::string> problems) : m_outer(std::move(outer)), m_problems(std::move(problems)) {}

    void answer(Payload payload) override {
        std::vector<std::byte> bytes;
        for (const auto& part : payload.parts()) // a controller's answer is never a file
            if (const auto* slice = std::get_if<Slice>(&part))
                bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
        protocol::Reader reader(Slice::take(std::move(bytes)));
        const auto head = protocol::decodeResponseHead(reader, Message::kApiKey, m_outer.version());
        auto rest = head ? Response::decode(reader, m_outer.version()) : std::unexpected(head.error());
        if (!rest)
            return m_outer.refuse(rest.error().message);
        finish(std::move(*rest));
    }
    void nothing() override { m_outer.nothing(); }
    void refuse(std::string why) override { m_outer.refuse(std::move(why)); }

    void finish(Response rest) {
        std::map<Key, typename Response::AlterConfigsResourceResponse> answered;
        for (auto& each : rest.responses)
            answered.emplace(Key{each.resourceType, each.resourceName}, std::move(each));
        rest.responses.clear();
        for (std::size_t i = 0; i < m_outer->resources.size(); ++i) {
            const auto& asked = m_outer->resources[i];
            auto& each = rest.responses.emplace_back();
            if (const auto found = answered.find({asked.resourceType, asked.resourceName}); m_problems[i].empty() && found != answered.end())
                each = found->second;
            else
                each.errorCode = protocol::code(m_problems[i].empty() ? KafkaError::UnknownServerError : KafkaError::InvalidRequest);
            if (!m_problems[i].empty())
                each.errorMessage = m_problems[i];
            each.resourceType = asked.resourceType;
            each.resourceName = asked.resourceName;
        }
        m_outer.reply(rest);
    }

private:
    Request<Message> m_outer;
    std::vector<std::string> m_problems; ///< beside the request's resources; empty: the controller's business
};

template <class Message, class Response>
void handle(BrokerContext& broker, Request<Message> request) {
    if (broker.controllerGate == nullptr)
        return request.refuse("there is no way to the controller");
    std::map<Key, int> named;
    for (const auto& resource : request->resources)
        ++named[{resource.resourceType, resource.resourceName}];
    std::vector<std::string> problems;
    Message rest = *request;
    rest.resources.clear();
    for (const auto& resource : request->resources) {
        const bool twice = named[{resource.resourceType, resource.resourceName}] > 1;
        problems.push_back(twice ? "Each resource must appear at most once." : problemOf(broker.settings.nodeId, resource));
        if (problems.back().empty())
            rest.resources.push_back(resource);
    }
    if (rest.resources.size() == request->resources.size())
        return broker.controllerGate->forward(std::move(request));
    auto path = std::make_unique<Reassembly<Message, Response>>(request, std::move(problems));
    if (rest.resources.empty())
        return path->finish({});
    protocol::Writer frame;
    for (const auto payload = protocol::encodeRequest(rest, request.version(), request.header().correlationId, request.header().clientId);
         const auto& part : payload.parts())
        frame.raw(std::get<Slice>(part).bytes());
    const Slice bytes = frame.finishAsSlice();
    protocol::Reader reader(bytes);
    auto head = protocol::decodeRequestHead(reader);
    if (!head)
        return request.refuse(head.error().message);
    broker.controllerGate->forward(RequestContext(std::move(*head), std::make_shared<const Origin>(request.origin()), bytes, reader.position(), request.received(), std::move(path)));
}

} // namespace

void addAlterConfigsChecks(HandlerTable& table) {
    using namespace protocol;
    table.addBeforeForwarding(handle<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>);
    table.addBeforeForwarding(handle<AlterConfigsRequest, AlterConfigsResponse>);
}

} // namespace broker::handlers
