// DeleteGroups (42): empty groups and all that they committed.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/delete_groups_request.h"
#include "embedded-broker/protocol/messages/delete_groups_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::DeleteGroupsRequest> request) {
    struct Progress {
        protocol::DeleteGroupsResponse response;
        std::size_t left = 0;
    };
    if (request->groupsNames.empty())
        return request.reply(protocol::DeleteGroupsResponse{});
    auto progress = std::make_shared<Progress>();
    progress->left = request->groupsNames.size();
    const Access access(broker, request.origin());
    progress->response.results.resize(request->groupsNames.size());
    for (std::size_t i = 0; i < request->groupsNames.size(); ++i) {
        progress->response.results[i].groupId = request->groupsNames[i];
        if (!access.group(Operation::Delete, request->groupsNames[i])) {
            progress->response.results[i].errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
            if (--progress->left == 0)
                request.reply(progress->response);
            continue;
        }
        broker.groups->deleteGroup(request->groupsNames[i], [request, progress, i](groups::GroupError error) {
            progress->response.results[i].errorCode = errorCode(error);
            if (--progress->left == 0)
                request.reply(progress->response);
        });
    }
}

} // namespace

void addDeleteGroups(HandlerTable& table) { table.add<protocol::DeleteGroupsRequest>(handle); }

} // namespace broker::handlers
