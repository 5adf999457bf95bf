// Heartbeat (12) of a classic group's member.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/heartbeat_request.h"
#include "embedded-broker/protocol/messages/heartbeat_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::HeartbeatRequest> request) {
    if (!Access(broker, request.origin()).group(Operation::Read, request->groupId)) {
        protocol::HeartbeatResponse response;
        response.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
        return request.reply(response);
    }
    protocol::HeartbeatResponse response;
    response.errorCode =
        errorCode(broker.groups->heartbeat(request->groupId, request->generationId, request->memberId, request->groupInstanceId));
    request.reply(response);
}

} // namespace

void addHeartbeat(HandlerTable& table) { table.add<protocol::HeartbeatRequest>(handle); }

} // namespace broker::handlers
