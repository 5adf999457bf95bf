#pragma once
// The APIs of the transaction coordinator, one file each; addTransactionHandlers (register.h) calls them all.

namespace broker::handlers {

class HandlerTable;

void addAddPartitionsToTxn(HandlerTable& table);
void addAddOffsetsToTxn(HandlerTable& table);
void addEndTxn(HandlerTable& table);
void addTxnOffsetCommit(HandlerTable& table);
void addWriteTxnMarkers(HandlerTable& table);
void addDescribeTransactions(HandlerTable& table);
void addListTransactions(HandlerTable& table);

} // namespace broker::handlers
