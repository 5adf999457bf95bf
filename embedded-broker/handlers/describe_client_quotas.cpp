// DescribeClientQuotas (48): what the metadata hold. Quotas get there by a log that Apache Kafka wrote; kafka-configs asks for them before it
// shows a user's SCRAM credentials.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/user_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/protocol/messages/describe_client_quotas_request.h"
#include "embedded-broker/protocol/messages/describe_client_quotas_response.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace broker::handlers {

namespace {

using protocol::KafkaError;
using Entity = std::map<std::string, std::optional<std::string>>; ///< type -> name; no name: the default

enum Match : std::int8_t { Exact = 0, Default = 1, Any = 2 };

bool matches(const Entity& entity, const protocol::DescribeClientQuotasRequest& request) {
    if (request.strict && entity.size() != request.components.size())
        return false;
    return std::ranges::all_of(request.components, [&](const auto& component) {
        const auto named = entity.find(component.entityType);
        if (named == entity.end())
            return false;
        return component.matchType == Any || (component.matchType == Default ? !named->second : named->second && named->second == component.match);
    });
}

void refuse(const Request<protocol::DescribeClientQuotasRequest>& request, KafkaError error, std::string message) {
    protocol::DescribeClientQuotasResponse response;
    response.errorCode = protocol::code(error);
    response.errorMessage = std::move(message);
    response.entries.reset();
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::DescribeClientQuotasRequest> request) {
    if (!Access(broker, request.origin()).cluster(Operation::DescribeConfigs))
        return refuse(request, KafkaError::ClusterAuthorizationFailed, "Cluster authorization failed.");
    for (const auto& component : request->components) {
        if (component.entityType != "user" && component.entityType != "client-id" && component.entityType != "ip")
            return refuse(request, KafkaError::UnsupportedVersion, fmt::format("Custom entity type '{}' not supported", component.entityType));
        if (component.matchType < Exact || component.matchType > Any || (component.matchType == Exact && !component.match))
            return refuse(request, KafkaError::InvalidRequest, fmt::format("Unexpected match type: {}", component.matchType));
    }
    std::map<Entity, std::map<std::string, double>> quotas;
    for (const auto& record : broker.image->opaque()) {
        const auto* quota = record->get<protocol::ClientQuotaRecord>();
        if (quota == nullptr)
            continue;
        Entity entity;
        for (const auto& part : quota->entity)
            entity[part.entityType] = part.entityName;
        if (quota->remove)
            quotas[entity].erase(quota->key);
        else
            quotas[entity][quota->key] = quota->value;
    }
    protocol::DescribeClientQuotasResponse response;
    response.errorMessage.reset();
    auto& entries = response.entries.emplace();
    for (const auto& [entity, values] : quotas) {
        if (values.empty() || !matches(entity, *request))
            continue;
        auto& entry = entries.emplace_back();
        for (const auto& [type, name] : entity) {
            auto& part = entry.entity.emplace_back();
            part.entityType = type;
            part.entityName = name;
        }
        for (const auto& [key, value] : values) {
            auto& each = entry.values.emplace_back();
            each.key = key;
            each.value = value;
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeClientQuotas(HandlerTable& table) { table.add(handle); }

} // namespace broker::handlers
