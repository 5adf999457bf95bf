// JoinGroup (11): the answer waits until all members have joined.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/join_group_request.h"
#include "embedded-broker/protocol/messages/join_group_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::JoinGroupRequest> request) {
    if (!Access(broker, request.origin()).group(Operation::Read, request->groupId)) {
        protocol::JoinGroupResponse response;
        response.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
        response.generationId = -1;
        response.protocolName = request.version() >= 7 ? std::optional<std::string>() : std::optional<std::string>("");
        return request.reply(response);
    }
    groups::JoinRequest join;
    join.groupId = request->groupId;
    join.memberId = request->memberId;
    join.groupInstanceId = request->groupInstanceId;
    join.clientId = request.clientId();
    join.clientHost = "/" + request.origin().clientHost; // as Java prints an address
    join.requireKnownMemberId = request.version() >= 4 && !request->groupInstanceId;
    join.supportsSkippingAssignment = request.version() >= 9;
    join.protocolType = request->protocolType;
    for (const auto& protocol : request->protocols)
        join.protocols.push_back({protocol.name, protocol.metadata});
    join.sessionTimeoutMs = request->sessionTimeoutMs;
    join.rebalanceTimeoutMs = request.version() >= 1 && request->rebalanceTimeoutMs >= 0 ? request->rebalanceTimeoutMs : request->sessionTimeoutMs;
    broker.groups->join(std::move(join), [request](groups::JoinResult result) {
        protocol::JoinGroupResponse response;
        response.errorCode = errorCode(result.error);
        response.generationId = result.generationId;
        response.protocolType = result.protocolType;
        // Before version 7 no protocol is an empty name.
        response.protocolName = request.version() >= 7 ? result.protocolName : result.protocolName.value_or("");
        response.leader = result.leader;
        response.skipAssignment = request.version() >= 9 && result.skipAssignment;
        response.memberId = result.memberId;
        for (auto& member : result.members) {
            auto& each = response.members.emplace_back();
            each.memberId = std::move(member.memberId);
            each.groupInstanceId = std::move(member.groupInstanceId);
            each.metadata = std::move(member.metadata);
        }
        request.reply(response);
    });
}

} // namespace

void addJoinGroup(HandlerTable& table) { table.add<protocol::JoinGroupRequest>(handle); }

} // namespace broker::handlers
