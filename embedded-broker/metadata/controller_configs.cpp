// Settings of topics and brokers: changed one by one (IncrementalAlterConfigs) or as a whole (AlterConfigs).

#include "embedded-broker/metadata/config_defs.h"
#include "embedded-broker/metadata/controller_impl.h"
#include "embedded-broker/protocol/messages/alter_configs_request.h"
#include "embedded-broker/protocol/messages/alter_configs_response.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <set>

namespace broker::metadata {

namespace {

enum Operation : std::int8_t { Set = 0, Delete = 1, Append = 2, Subtract = 3 };

const ConfigDef* findConfig(const ConfigResource& resource, std::string_view name) {
    return resource.type == ResourceType::Topic ? findTopicConfig(name) : findDynamicBrokerConfig(name);
}

std::vector<Record> difference(const ConfigResource& resource, const ConfigMap& before, const ConfigMap& after) {
    std::vector<Record> records;
    const auto add = [&](const std::string& name, std::optional<std::string> value) {
        protocol::ConfigRecord record;
        record.resourceType = static_cast<std::int8_t>(resource.type);
        record.resourceName = resource.name;
        record.name = name;
        record.value = std::move(value);
        records.emplace_back(std::move(record));
    };
    for (const auto& [name, value] : after)
        if (const auto old = before.find(name); old == before.end() || old->second != value)
            add(name, value);
    for (const auto& [name, value] : before)
        if (!after.contains(name))
            add(name, std::nullopt);
    return records;
}

template <class Response>
void answerAll(Response response, const Reply<Response>& reply, bool committed) {
    if (!committed)
        for (auto& result : response.responses)
            if (result.errorCode == 0) {
                result.errorCode = code(KafkaError::NotController);
                result.errorMessage = defaultMessage(KafkaError::NotController);
            }
    reply(response);
}

} // namespace

ApiError QuorumController::Impl::checkResource(const ConfigResource& resource) const {
    switch (resource.type) {
    case ResourceType::Topic:
        if (state().topic(resource.name) == nullptr)
            return apiError(KafkaError::UnknownTopicOrPartition, fmt::format("The topic '{}' does not exist.", resource.name));
        return {};
    case ResourceType::Broker: {
        if (resource.name.empty())
            return {};
        NodeId id = kNoNode;
        const auto [end, problem] = std::from_chars(resource.name.data(), resource.name.data() + resource.name.size(), id);
        if (problem != std::errc{} || end != resource.name.data() + resource.name.size())
            return apiError(KafkaError::InvalidRequest,
                            fmt::format("Invalid broker name: {}. It must be an integer or empty.", resource.name));
        if (state().broker(id) == nullptr)
            return apiError(KafkaError::BrokerIdNotRegistered, fmt::format("No broker with id {} found.", id));
        return {};
    }
    default:
        return apiError(KafkaError::InvalidRequest,
                        fmt::format("Settings of resource type {} cannot be changed here.", static_cast<int>(resource.type)));
    }
}

ApiError QuorumController::Impl::checkConfigs(const ConfigResource& resource, const ConfigMap& before, const ConfigMap& next) const {
    if (resource.type == ResourceType::Topic) {
        if (auto valid = validateTopicConfig(next); !valid)
            return apiError(KafkaError::InvalidConfig, valid.error().message);
        return {};
    }
    for (const auto& [name, value] : next) {
        if (const auto old = before.find(name); old != before.end() && old->second == value)
            continue; // what is there already may stay
        const ConfigDef* def = findDynamicBrokerConfig(name);
        if (def == nullptr)
            return apiError(KafkaError::InvalidRequest, fmt::format("Cannot update these configs dynamically: {}", name));
        if (auto valid = validateConfig(*def, value); !valid)
            return apiError(KafkaError::InvalidRequest, valid.error().message);
    }
    if (state().feature(kElrVersionFeature) > 0) {
        const std::string name = "min.insync.replicas";
        if (!resource.name.empty() && next.contains(name))
            return apiError(KafkaError::InvalidConfig, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
        if (resource.name.empty() && before.contains(name) && !next.contains(name))
            return apiError(KafkaError::InvalidConfig, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
    }
    return {};
}

void QuorumController::Impl::incrementalAlterConfigs(const protocol::IncrementalAlterConfigsRequest& request,
                                                     Reply<protocol::IncrementalAlterConfigsResponse> reply) {
    protocol::IncrementalAlterConfigsResponse response;
    Records records;
    std::map<ConfigResource, int> seen;
    for (const auto& asked : request.resources)
        ++seen[{static_cast<ResourceType>(asked.resourceType), asked.resourceName}];
    for (const auto& asked : request.resources) {
        auto& result = response.responses.emplace_back();
        result.resourceType = asked.resourceType;
        result.resourceName = asked.resourceName;
        result.errorMessage.reset();
        const ConfigResource resource{static_cast<ResourceType>(asked.resourceType), asked.resourceName};
        const auto alter = [&]() -> ApiError {
            if (!active())
                return apiError(KafkaError::NotController);
            if (seen[resource] > 1)
                return apiError(KafkaError::InvalidRequest, "Each resource must appear at most once.");
            if (ApiError error = checkResource(resource))
                return error;
            const ConfigMap& before = state().config(resource.type, resource.name);
            ConfigMap next = before;
            std::set<std::string> names;
            for (const auto& config : asked.configs) {
                if (!names.insert(config.name).second)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Error due to duplicate config keys : {}", config.name));
                if (config.configOperation < Set || config.configOperation > Subtract)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Unknown operation type {}", config.configOperation));
                if (!config.value && config.configOperation != Delete)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Null value not supported for : {}", config.name));
                if (config.configOperation == Delete) {
                    next.erase(config.name);
                    continue;
                }
                if (config.configOperation == Set) {
                    next[config.name] = *config.value;
                    continue;
                }
                const ConfigDef* def = findConfig(resource, config.name);
                if (def == nullptr || def->type != ConfigType::List)
                    return apiError(KafkaError::InvalidConfig,
                                    fmt::format("Can't {} to key {} because its type is not LIST.",
                                                config.configOperation == Append ? "APPEND" : "SUBTRACT", config.name));
                std::string current;
                if (const auto own = next.find(config.name); own != next.end())
                    current = own->second;
                else if (resource.type == ResourceType::Topic)
                    current = brokerDefaultFor(*def, m_options.staticConfig).value_or(std::string(def->defaultValue.value_or("")));
                auto elements = splitList(current);
                for (const auto& element : splitList(*config.value)) {
                    if (config.configOperation == Subtract)
                        std::erase(elements, element);
                    else if (std::ranges::find(elements, element) == elements.end())
                        elements.push_back(element);
                }
                next[config.name] = joinList(elements);
            }
            if (ApiError error = checkConfigs(resource, before, next))
                return error;
            auto mine = difference(resource, before, next);
            records.insert(records.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
            return {};
        };
        if (const ApiError error = alter()) {
            result.errorCode = code(error.error);
            result.errorMessage = error.message;
        }
    }
    if (!active())
        return reply(response);
    if (request.validateOnly)
        records.clear();
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) { answerAll(response, reply, committed); });
}

void QuorumController::Impl::alterConfigs(const protocol::AlterConfigsRequest& request, Reply<protocol::AlterConfigsResponse> reply) {
    protocol::AlterConfigsResponse response;
    Records records;
    std::map<ConfigResource, int> seen;
    for (const auto& asked : request.resources)
        ++seen[{static_cast<ResourceType>(asked.resourceType), asked.resourceName}];
    for (const auto& asked : request.resources) {
        auto& result = response.responses.emplace_back();
        result.resourceType = asked.resourceType;
        result.resourceName = asked.resourceName;
        result.errorMessage.reset();
        const ConfigResource resource{static_cast<ResourceType>(asked.resourceType), asked.resourceName};
        const auto alter = [&]() -> ApiError {
            if (!active())
                return apiError(KafkaError::NotController);
            if (seen[resource] > 1)
                return apiError(KafkaError::InvalidRequest, "Each resource must appear at most once.");
            if (ApiError error = checkResource(resource))
                return error;
            const ConfigMap& before = state().config(resource.type, resource.name);
            ConfigMap next;
            for (const auto& config : asked.configs) {
                if (!config.value)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Null value not supported for : {}", config.name));
                if (!next.emplace(config.name, *config.value).second)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Error due to duplicate config keys : {}", config.name));
            }
            // With eligible leader replicas the cluster's min.insync.replicas stays, said or not.
            if (const auto kept = before.find("min.insync.replicas");
                resource.type == ResourceType::Broker && resource.name.empty() && kept != before.end())
                next.emplace(*kept);
            if (ApiError error = checkConfigs(resource, before, next))
                return error;
            auto mine = difference(resource, before, next);
            records.insert(records.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
            return {};
        };
        if (const ApiError error = alter()) {
            result.errorCode = code(error.error);
            result.errorMessage = error.message;
        }
    }
    if (!active())
        return reply(response);
    if (request.validateOnly)
        records.clear();
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) { answerAll(response, reply, committed); });
}

} // namespace broker::metadata
