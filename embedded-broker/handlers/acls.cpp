// DescribeAcls (29), CreateAcls (30), DeleteAcls (31). Without an authorizer there is nothing that ACLs could do: SECURITY_DISABLED.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/create_acls_request.h"
#include "embedded-broker/protocol/messages/create_acls_response.h"
#include "embedded-broker/protocol/messages/delete_acls_request.h"
#include "embedded-broker/protocol/messages/delete_acls_response.h"
#include "embedded-broker/protocol/messages/describe_acls_request.h"
#include "embedded-broker/protocol/messages/describe_acls_response.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace broker::handlers {

namespace {

using protocol::KafkaError;

/// Why nobody is answered, or this principal is not.
struct Refusal {
    KafkaError error;
    std::string message;
};

std::optional<Refusal> refusal(const BrokerContext& broker, const RequestContext& request, Operation needed) {
    if (!Access(broker, request.origin()).cluster(needed))
        return Refusal{KafkaError::ClusterAuthorizationFailed, "Cluster authorization failed."};
    if (!broker.authorizer)
        return Refusal{KafkaError::SecurityDisabled, "No Authorizer is configured."};
    return std::nullopt;
}

template <class Filter>
bool isKnown(const Filter& filter) {
    return security::resourceType(filter.resourceTypeFilter) != security::ResourceType::Unknown &&
           security::patternType(filter.patternTypeFilter) != security::PatternType::Unknown &&
           security::operation(filter.operation) != Operation::Unknown && security::permission(filter.permissionType) != security::Permission::Unknown;
}

void handleDescribe(BrokerContext& broker, Request<protocol::DescribeAclsRequest> request) {
    protocol::DescribeAclsResponse response;
    response.errorMessage.reset();
    if (!isKnown(*request))
        return request.refuse("DescribeAcls asks for something that does not exist");
    if (const auto refused = refusal(broker, request, Operation::Describe)) {
        response.errorCode = protocol::code(refused->error);
        response.errorMessage = refused->message;
        return request.reply(response);
    }
    const security::AclFilter filter{.resourceType = security::resourceType(request->resourceTypeFilter),
                                     .resourceName = request->resourceNameFilter,
                                     .patternType = security::patternType(request->patternTypeFilter),
                                     .principal = request->principalFilter,
                                     .host = request->hostFilter,
                                     .operation = security::operation(request->operation),
                                     .permission = security::permission(request->permissionType)};
    std::map<std::tuple<std::int8_t, std::string, std::int8_t>, std::vector<const security::Acl*>> byPattern;
    for (const auto& [id, acl] : broker.image->acls().all())
        if (filter.matches(acl))
            byPattern[{static_cast<std::int8_t>(acl.resourceType), acl.resourceName, static_cast<std::int8_t>(acl.patternType)}].push_back(&acl);
    for (const auto& [pattern, acls] : byPattern) {
        auto& resource = response.resources.emplace_back();
        std::tie(resource.resourceType, resource.resourceName, resource.patternType) = pattern;
        for (const auto* acl : acls) {
            auto& each = resource.acls.emplace_back();
            each.principal = acl->principal;
            each.host = acl->host;
            each.operation = static_cast<std::int8_t>(acl->operation);
            each.permissionType = static_cast<std::int8_t>(acl->permission);
        }
    }
    request.reply(response);
}

void handleCreate(BrokerContext& broker, Request<protocol::CreateAclsRequest> request) {
    const auto known = [](const auto& acl) {
        return security::resourceType(acl.resourceType) != security::ResourceType::Unknown &&
               security::patternType(acl.resourcePatternType) != security::PatternType::Unknown &&
               security::operation(acl.operation) != Operation::Unknown && security::permission(acl.permissionType) != security::Permission::Unknown;
    };
    if (!std::ranges::all_of(request->creations, known))
        return request.refuse("CreateAcls has something that does not exist");
    if (const auto refused = refusal(broker, request, Operation::Alter)) {
        protocol::CreateAclsResponse response;
        for (std::size_t i = 0; i < request->creations.size(); ++i) {
            auto& result = response.results.emplace_back();
            result.errorCode = protocol::code(refused->error);
            result.errorMessage = refused->message;
        }
        return request.reply(response);
    }
    // What only a filter may say is refused as Kafka refuses it: with the whole request.
    const auto asFilter = [](const auto& acl) {
        const auto pattern = security::patternType(acl.resourcePatternType);
        return security::resourceType(acl.resourceType) == security::ResourceType::Any || security::operation(acl.operation) == Operation::Any ||
               security::permission(acl.permissionType) == security::Permission::Any || pattern == security::PatternType::Any ||
               pattern == security::PatternType::Match;
    };
    if (std::ranges::any_of(request->creations, asFilter)) {
        protocol::CreateAclsResponse response;
        for (std::size_t i = 0; i < request->creations.size(); ++i) {
            auto& result = response.results.emplace_back();
            result.errorCode = protocol::code(KafkaError::UnknownServerError);
            result.errorMessage = "The server experienced an unexpected error when processing the request.";
        }
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return request.notController();
    broker.controller->createAcls(*request, [request](const protocol::CreateAclsResponse& response) { request.reply(response); });
}

void handleDelete(BrokerContext& broker, Request<protocol::DeleteAclsRequest> request) {
    if (!std::ranges::all_of(request->filters, [](const auto& filter) { return isKnown(filter); }))
        return request.refuse("DeleteAcls asks for something that does not exist");
    if (const auto refused = refusal(broker, request, Operation::Alter)) {
        protocol::DeleteAclsResponse response;
        for (std::size_t i = 0; i < request->filters.size(); ++i) {
            auto& result = response.filterResults.emplace_back();
            result.errorCode = protocol::code(refused->error);
            result.errorMessage = refused->message;
        }
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return request.notController();
    broker.controller->deleteAcls(*request, [request](const protocol::DeleteAclsResponse& response) { request.reply(response); });
}

} // namespace

void addAclHandlers(HandlerTable& table) {
    table.add(handleDescribe);
    table.add(handleDescribe, Role::Controller);
    table.addForwarded(handleCreate);
    table.addForwarded(handleDelete);
}

} // namespace broker::handlers
