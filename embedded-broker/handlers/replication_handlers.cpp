#include "embedded-broker/handlers/replication_handlers.h"

#include "embedded-broker/handlers/register.h"

namespace broker::handlers {

void addReplicationHandlers(HandlerTable& table) {
    addProduce(table);
    addFetch(table);
    addListOffsets(table);
    addOffsetForLeaderEpoch(table);
    addDeleteRecords(table);
    addInitProducerId(table);
    addDescribeProducers(table);
    addDescribeLogDirs(table);
}

} // namespace broker::handlers
