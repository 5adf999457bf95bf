#pragma once
// The APIs of the group coordinator, one file each; addGroupHandlers (register.h) calls them all.

namespace broker::handlers {

class HandlerTable;

void addFindCoordinator(HandlerTable& table);
void addJoinGroup(HandlerTable& table);
void addSyncGroup(HandlerTable& table);
void addHeartbeat(HandlerTable& table);
void addLeaveGroup(HandlerTable& table);
void addOffsetCommit(HandlerTable& table);
void addOffsetFetch(HandlerTable& table);
void addOffsetDelete(HandlerTable& table);
void addDescribeGroups(HandlerTable& table);
void addListGroups(HandlerTable& table);
void addDeleteGroups(HandlerTable& table);

} // namespace broker::handlers
