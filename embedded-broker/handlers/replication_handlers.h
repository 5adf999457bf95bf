#pragma once
// The APIs of replicas, one file each; addReplicationHandlers (register.h) calls them all.

namespace broker::handlers {

class HandlerTable;

void addProduce(HandlerTable& table);
void addFetch(HandlerTable& table);
void addListOffsets(HandlerTable& table);
void addOffsetForLeaderEpoch(HandlerTable& table);
void addDeleteRecords(HandlerTable& table);
void addInitProducerId(HandlerTable& table);
void addDescribeProducers(HandlerTable& table);
void addDescribeLogDirs(HandlerTable& table);

} // namespace broker::handlers
