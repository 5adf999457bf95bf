#pragma once
// The partitions of __transaction_state for the transaction coordinator. Loop thread only.

#include "embedded-broker/node/coordinator_log.h"
#include "embedded-broker/transactions/transaction_links.h"

namespace broker::node {

class TransactionLog final : public transactions::StateLog {
public:
    TransactionLog(replication::ReplicaManager& replicas, Scheduler& scheduler) : m_log("__transaction_state", replicas, scheduler) {}

    void append(PartitionIndex partition, transactions::TransactionRecord record, std::move_only_function<void(transactions::TransactionError)> done) override;
    void load(PartitionIndex partition, std::move_only_function<void(const Slice& key, const std::optional<Slice>& value)> each,
              std::move_only_function<void(Result<void>)> done) override;

private:
    CoordinatorLog m_log;
};

} // namespace broker::node
