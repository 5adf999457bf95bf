// LeaveGroup (13): one member before version 3, any number from then on (an administrator removes static members by name).
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/leave_group_request.h"
#include "embedded-broker/protocol/messages/leave_group_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::LeaveGroupRequest> request) {
    if (!Access(broker, request.origin()).group(Operation::Read, request->groupId)) {
        protocol::LeaveGroupResponse response;
        response.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
        return request.reply(response);
    }
    std::vector<groups::MemberIdentity> members;
    if (request.version() <= 2)
        members.push_back({request->memberId, std::nullopt});
    for (const auto& member : request->members)
        members.push_back({member.memberId, member.groupInstanceId});
    const auto result = broker.groups->leave(request->groupId, members);
    protocol::LeaveGroupResponse response;
    response.errorCode = errorCode(result.error);
    if (request.version() <= 2) {
        if (result.error == groups::GroupError::None && !result.members.empty())
            response.errorCode = errorCode(result.members.front().second);
        return request.reply(response);
    }
    for (const auto& [identity, error] : result.members) {
        auto& each = response.members.emplace_back();
        each.memberId = identity.memberId;
        each.groupInstanceId = identity.groupInstanceId;
        each.errorCode = errorCode(error);
    }
    request.reply(response);
}

} // namespace

void addLeaveGroup(HandlerTable& table) { table.add<protocol::LeaveGroupRequest>(handle); }

} // namespace broker::handlers
