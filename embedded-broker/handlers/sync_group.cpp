// SyncGroup (14): the answer waits for the leader's assignment to be committed.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/sync_group_request.h"
#include "embedded-broker/protocol/messages/sync_group_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::SyncGroupRequest> request) {
    if (!Access(broker, request.origin()).group(Operation::Read, request->groupId)) {
        protocol::SyncGroupResponse response;
        response.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
        return request.reply(response);
    }
    if (request.version() >= 5 && (!request->protocolType || !request->protocolName)) {
        protocol::SyncGroupResponse response;
        response.errorCode = errorCode(groups::GroupError::InconsistentGroupProtocol);
        return request.reply(response);
    }
    groups::SyncRequest sync;
    sync.groupId = request->groupId;
    sync.generationId = request->generationId;
    sync.memberId = request->memberId;
    sync.groupInstanceId = request->groupInstanceId;
    sync.protocolType = request->protocolType;
    sync.protocolName = request->protocolName;
    for (const auto& assignment : request->assignments)
        sync.assignments[assignment.memberId] = assignment.assignment;
    broker.groups->sync(std::move(sync), [request](groups::SyncResult result) {
        protocol::SyncGroupResponse response;
        response.errorCode = errorCode(result.error);
        response.protocolType = result.protocolType;
        response.protocolName = result.protocolName;
        response.assignment = result.assignment;
        request.reply(response);
    });
}

} // namespace

void addSyncGroup(HandlerTable& table) { table.add<protocol::SyncGroupRequest>(handle); }

} // namespace broker::handlers
