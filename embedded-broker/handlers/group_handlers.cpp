#include "embedded-broker/handlers/group_handlers.h"

#include "embedded-broker/handlers/register.h"

namespace broker::handlers {

void addGroupHandlers(HandlerTable& table) {
    addFindCoordinator(table);
    addJoinGroup(table);
    addSyncGroup(table);
    addHeartbeat(table);
    addLeaveGroup(table);
    addOffsetCommit(table);
    addOffsetFetch(table);
    addOffsetDelete(table);
    addDescribeGroups(table);
    addListGroups(table);
    addDeleteGroups(table);
}

} // namespace broker::handlers
