// DescribeGroups (15): state, protocol and members of classic groups.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/describe_groups_request.h"
#include "embedded-broker/protocol/messages/describe_groups_response.h"

#include <fmt/format.h>

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::DescribeGroupsRequest> request) {
    protocol::DescribeGroupsResponse response;
    const Access access(broker, request.origin());
    for (const auto& groupId : request->groups) {
        auto& each = response.groups.emplace_back();
        each.groupId = groupId;
        if (!access.group(Operation::Describe, groupId)) {
            each.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
            continue;
        }
        auto description = broker.groups->describe(groupId);
        if (description.error == groups::GroupError::GroupIdNotFound) {
            // Before version 6 a group that nobody knows is described as dead.
            each.groupState = "Dead";
            if (request.version() >= 6) {
                each.errorCode = errorCode(description.error);
                each.errorMessage = fmt::format("Group {} not found.", groupId);
            }
        } else if (description.error != groups::GroupError::None) {
            each.errorCode = errorCode(description.error);
        } else {
            each.groupState = toString(description.state);
            each.protocolType = description.protocolType;
            each.protocolData = description.protocol;
            for (auto& member : description.members) {
                auto& target = each.members.emplace_back();
                target.memberId = member.memberId;
                target.groupInstanceId = member.groupInstanceId;
                target.clientId = member.clientId;
                target.clientHost = member.clientHost;
                target.memberMetadata = member.metadata;
                target.memberAssignment = member.assignment;
            }
            if (request->includeAuthorizedOperations)
                each.authorizedOperations = access.operations(security::ResourceType::Group, groupId);
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeGroups(HandlerTable& table) { table.add<protocol::DescribeGroupsRequest>(handle); }

} // namespace broker::handlers
