// DescribeConfigs (32): settings of topics and brokers, each with where its value comes from. ListConfigResources (74).

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/metadata/config_defs.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/describe_configs_request.h"
#include "embedded-broker/protocol/messages/describe_configs_response.h"
#include "embedded-broker/protocol/messages/list_config_resources_request.h"
#include "embedded-broker/protocol/messages/list_config_resources_response.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace broker::handlers {

namespace {

using metadata::ResourceType;
using protocol::KafkaError;
using Result = protocol::DescribeConfigsResponse::DescribeConfigsResult;
using Line = Result::DescribeConfigsResourceResult;

/// Kafka's DescribeConfigsResponse.ConfigSource.
std::int8_t sourceNumber(SettingSource source) {
    switch (source) {
    case SettingSource::Topic: return 1;
    case SettingSource::DynamicBroker: return 2;
    case SettingSource::DynamicDefaultBroker: return 3;
    case SettingSource::StaticBroker: return 4;
    case SettingSource::Default: return 5;
    }
    return 0;
}

bool asked(const protocol::DescribeConfigsRequest::DescribeConfigsResource& resource, std::string_view name) {
    return !resource.configurationKeys || resource.configurationKeys->empty() || std::ranges::count(*resource.configurationKeys, name) > 0;
}

Line toLine(const SettingView& setting, const protocol::DescribeConfigsRequest& request) {
    Line line;
    line.name = setting.name;
    line.value = setting.sensitive ? std::nullopt : setting.value;
    line.readOnly = setting.readOnly;
    line.configSource = sourceNumber(setting.source);
    line.isSensitive = setting.sensitive;
    line.configType = setting.type;
    line.documentation = request.includeDocumentation ? std::optional(setting.documentation) : std::nullopt;
    if (request.includeSynonyms)
        for (const auto& synonym : setting.synonyms)
            line.synonyms.push_back({.name = synonym.name, .value = synonym.value, .source = sourceNumber(synonym.source), .unknownTaggedFields = {}});
    return line;
}

/// One topic setting as this broker sees it: the override, else the broker's dynamic or static setting, else the default.
SettingView topicSetting(const BrokerContext& broker, const std::string& topic, const metadata::ConfigDef& def) {
    SettingView view;
    view.name = def.name;
    view.type = static_cast<std::int8_t>(def.type);
    view.readOnly = false;
    view.sensitive = def.type == metadata::ConfigType::Password;
    view.documentation = def.documentation;
    const auto& image = *broker.image;
    if (const auto own = image.topicConfig(topic, def.name))
        view.synonyms.push_back({view.name, own, SettingSource::Topic});
    if (!def.brokerSynonym.empty()) {
        const std::string name(def.brokerSynonym);
        const auto dynamic = [&](const std::string& resource, SettingSource source) {
            const auto& settings = image.config(ResourceType::Broker, resource);
            if (const auto found = settings.find(name); found != settings.end())
                view.synonyms.push_back({name, found->second, source});
        };
        dynamic(std::to_string(broker.settings.nodeId), SettingSource::DynamicBroker);
        dynamic("", SettingSource::DynamicDefaultBroker);
        if (auto fixed = metadata::brokerDefaultFor(def, broker.settings.staticConfig))
            view.synonyms.push_back({name, std::move(fixed), SettingSource::StaticBroker});
    }
    view.synonyms.push_back({def.brokerSynonym.empty() ? view.name : std::string(def.brokerSynonym),
                             def.defaultValue ? std::optional<std::string>(*def.defaultValue) : std::nullopt, SettingSource::Default});
    view.value = view.synonyms.front().value;
    view.source = view.synonyms.front().source;
    return view;
}

std::optional<NodeId> parseNode(const std::string& text) {
    NodeId id = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(id) : std::nullopt;
}

void refuse(Result& result, KafkaError error, std::string message) {
    result.errorCode = protocol::code(error);
    result.errorMessage = std::move(message);
}

void describeTopic(const BrokerContext& broker, const protocol::DescribeConfigsRequest& request,
                   const protocol::DescribeConfigsRequest::DescribeConfigsResource& resource, Result& result) {
    if (!isValidTopicName(resource.resourceName))
        return refuse(result, KafkaError::InvalidTopicException, fmt::format("Topic name is invalid: '{}'", resource.resourceName));
    if (broker.image->topic(resource.resourceName) == nullptr)
        return refuse(result, KafkaError::UnknownTopicOrPartition, "");
    for (const auto& def : metadata::topicConfigDefs())
        if (asked(resource, def.name))
            result.configs.push_back(toLine(topicSetting(broker, resource.resourceName, def), request));
}

void describeBroker(const BrokerContext& broker, const protocol::DescribeConfigsRequest& request,
                    const protocol::DescribeConfigsRequest::DescribeConfigsResource& resource, Result& result) {
    if (resource.resourceName.empty()) { // defaults of all brokers: only what was set while the cluster ran
        for (const auto& [name, value] : broker.image->config(ResourceType::Broker, "")) {
            if (!asked(resource, name))
                continue;
            SettingView view;
            view.name = name;
            view.value = value;
            view.readOnly = false;
            view.source = SettingSource::DynamicDefaultBroker;
            if (const auto* def = metadata::findDynamicBrokerConfig(name))
                view.type = static_cast<std::int8_t>(def->type);
            view.synonyms.push_back({name, value, view.source});
            result.configs.push_back(toLine(view, request));
        }
        return;
    }
    const auto node = parseNode(resource.resourceName);
    if (!node)
        return refuse(result, KafkaError::InvalidRequest, fmt::format("Broker id must be an integer, but it is: {}", resource.resourceName));
    if (*node != broker.settings.nodeId)
        return refuse(result, KafkaError::InvalidRequest,
                      fmt::format("Unexpected broker id, expected {}, but received {}", broker.settings.nodeId, *node));
    for (const auto& view : broker.describeBroker())
        if (asked(resource, view.name))
            result.configs.push_back(toLine(view, request));
}

/// Groups and client metrics have no settings of their own here but what the metadata hold.
void describeOther(const BrokerContext& broker, const protocol::DescribeConfigsRequest& request,
                   const protocol::DescribeConfigsRequest::DescribeConfigsResource& resource, Result& result) {
    const auto type = static_cast<ResourceType>(resource.resourceType);
    if (type != ResourceType::Group && type != ResourceType::ClientMetrics)
        return refuse(result, KafkaError::InvalidRequest, fmt::format("Unsupported resource type: {}", resource.resourceType));
    for (const auto& [name, value] : broker.image->config(type, resource.resourceName)) {
        SettingView view;
        view.name = name;
        view.value = value;
        view.readOnly = false;
        view.source = SettingSource::Topic;
        if (asked(resource, name))
            result.configs.push_back(toLine(view, request));
    }
}

/// The settings of a topic or a group belong to it, those of brokers and of client metrics to the cluster.
KafkaError refusedFor(const Access& access, std::int8_t type, const std::string& name) {
    switch (static_cast<ResourceType>(type)) {
    case ResourceType::Topic: return access.topic(Operation::DescribeConfigs, name) ? KafkaError::None : KafkaError::TopicAuthorizationFailed;
    case ResourceType::Group: return access.group(Operation::DescribeConfigs, name) ? KafkaError::None : KafkaError::GroupAuthorizationFailed;
    default: return access.cluster(Operation::DescribeConfigs) ? KafkaError::None : KafkaError::ClusterAuthorizationFailed;
    }
}

void handleDescribeConfigs(BrokerContext& broker, Request<protocol::DescribeConfigsRequest> request) {
    protocol::DescribeConfigsResponse response;
    const Access access(broker, request.origin());
    for (const auto& resource : request->resources) {
        auto& result = response.results.emplace_back();
        result.errorMessage = std::nullopt;
        result.resourceType = resource.resourceType;
        result.resourceName = resource.resourceName;
        if (const auto error = refusedFor(access, resource.resourceType, resource.resourceName); error != KafkaError::None) {
            result.errorCode = protocol::code(error);
            continue;
        }
        switch (static_cast<ResourceType>(resource.resourceType)) {
        case ResourceType::Topic: describeTopic(broker, *request, resource, result); break;
        case ResourceType::Broker: describeBroker(broker, *request, resource, result); break;
        default: describeOther(broker, *request, resource, result); break;
        }
    }
    request.reply(response);
}

void handleListConfigResources(BrokerContext& broker, Request<protocol::ListConfigResourcesRequest> request) {
    protocol::ListConfigResourcesResponse response;
    if (!Access(broker, request.origin()).cluster(Operation::DescribeConfigs)) {
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    auto types = request->resourceTypes;
    if (request.version() == 0)
        types = {static_cast<std::int8_t>(ResourceType::ClientMetrics)};
    else if (types.empty())
        types = {2, 4, 8, 16, 32};
    const auto add = [&](const std::string& name, std::int8_t type) {
        response.configResources.push_back({.resourceName = name, .resourceType = type, .unknownTaggedFields = {}});
    };
    for (const std::int8_t type : types) {
        switch (static_cast<ResourceType>(type)) {
        case ResourceType::Topic:
            for (const auto& [name, topic] : broker.image->topics())
                add(name, type);
            break;
        case ResourceType::Broker:
        case ResourceType::BrokerLogger:
            for (const auto& [id, registered] : broker.image->brokers())
                add(std::to_string(id), type);
            break;
        case ResourceType::ClientMetrics:
        case ResourceType::Group:
            for (const auto& [resource, settings] : broker.image->configs())
                if (resource.type == static_cast<ResourceType>(type))
                    add(resource.name, type);
            break;
        default:
            response.errorCode = protocol::code(KafkaError::UnsupportedVersion);
            response.configResources.clear();
            return request.reply(response);
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeConfigsHandlers(HandlerTable& table) {
    table.add(handleDescribeConfigs);
    table.add(handleListConfigResources);
}

} // namespace broker::handlers
