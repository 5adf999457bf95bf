// ListGroups (16): the groups that this broker coordinates, filtered by state and type.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/protocol/messages/list_groups_request.h"
#include "embedded-broker/protocol/messages/list_groups_response.h"

#include <algorithm>

namespace broker::handlers {
namespace {

/// Filters are compared without regard to case, as in Kafka.
bool accepts(const std::vector<std::string>& filter, std::string_view value) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
    return filter.empty() || std::ranges::any_of(filter, [&](const std::string& wanted) { return std::ranges::equal(wanted, value, same); });
}

void handle(BrokerContext& broker, Request<protocol::ListGroupsRequest> request) {
    protocol::ListGroupsResponse response;
    const Access access(broker, request.origin());
    const bool all = access.cluster(Operation::Describe);
    auto listing = broker.groups->list();
    response.errorCode = errorCode(listing.error);
    if (accepts(request->typesFilter, "classic")) {
        for (auto& group : listing.groups) {
            const auto state = toString(group.state);
            if (!accepts(request->statesFilter, state) || (!all && !access.group(Operation::Describe, group.groupId)))
                continue;
            auto& each = response.groups.emplace_back();
            each.groupId = std::move(group.groupId);
            each.protocolType = std::move(group.protocolType);
            each.groupState = state;
            each.groupType = "classic";
        }
    }
    request.reply(response);
}

} // namespace

void addListGroups(HandlerTable& table) { table.add<protocol::ListGroupsRequest>(handle); }

} // namespace broker::handlers
