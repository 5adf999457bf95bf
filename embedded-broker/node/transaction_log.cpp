#include "embedded-broker/node/transaction_log.h"

namespace broker::node {

namespace {

transactions::TransactionError toTransactionError(replication::ReplicaError error) {
    using replication::ReplicaError;
    using transactions::TransactionError;
    switch (error) {
    case ReplicaError::None: return TransactionError::None;
    case ReplicaError::NotLeaderOrFollower:
    case ReplicaError::FencedLeaderEpoch:
    case ReplicaError::StorageError: return TransactionError::NotCoordinator;
    case ReplicaError::UnknownTopicOrPartition:
    case ReplicaError::UnknownTopicId:
    case ReplicaError::NotEnoughReplicas:
    case ReplicaError::NotEnoughReplicasAfterAppend:
    case ReplicaError::RequestTimedOut: return TransactionError::CoordinatorNotAvailable;
    default: return TransactionError::UnknownServerError;
    }
}

} // namespace

void TransactionLog::append(PartitionIndex partition, transactions::TransactionRecord record,
                            std::move_only_function<void(transactions::TransactionError)> done) {
    protocol::RecordBatchBuilder builder;
    builder.append(m_log.scheduler().wallNow(), record.key.bytes(), record.value ? std::optional(record.value->bytes()) : std::nullopt);
    m_log.append(partition, builder.build(), 0,
                 [done = std::move(done)](replication::ReplicaError error, Offset) mutable { done(toTransactionError(error)); });
}

void TransactionLog::load(PartitionIndex partition, std::move_only_function<void(const Slice&, const std::optional<Slice>&)> each,
                          std::move_only_function<void(Result<void>)> done) {
    m_log.load(
        partition,
        [each = std::move(each)](const protocol::RecordBatchView& batch) mutable -> Result<void> {
            if (batch.isControl())
                return {};
            return protocol::forEachRecord(batch, [&](const protocol::RecordView& record) {
                if (record.key)
                    each(Slice::copy(*record.key), record.value ? std::optional(Slice::copy(*record.value)) : std::nullopt);
                return true;
            });
        },
        std::move(done));
}

} // namespace broker::node
