#include "embedded-broker/handlers/transaction_handlers.h"

#include "embedded-broker/handlers/register.h"

namespace broker::handlers {

void addTransactionHandlers(HandlerTable& table) {
    addAddPartitionsToTxn(table);
    addAddOffsetsToTxn(table);
    addEndTxn(table);
    addTxnOffsetCommit(table);
    addWriteTxnMarkers(table);
    addDescribeTransactions(table);
    addListTransactions(table);
}

} // namespace broker::handlers
