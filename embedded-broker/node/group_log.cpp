#include "embedded-broker/node/group_log.h"

namespace broker::node {

namespace {

groups::GroupError toGroupError(replication::ReplicaError error) {
    using replication::ReplicaError;
    switch (error) {
    case ReplicaError::None: return groups::GroupError::None;
    case ReplicaError::NotLeaderOrFollower:
    case ReplicaError::FencedLeaderEpoch:
    case ReplicaError::UnknownTopicOrPartition:
    case ReplicaError::UnknownTopicId: return groups::GroupError::NotCoordinator;
    case ReplicaError::NotEnoughReplicas:
    case ReplicaError::NotEnoughReplicasAfterAppend:
    case ReplicaError::RequestTimedOut: return groups::GroupError::CoordinatorNotAvailable;
    case ReplicaError::MessageTooLarge:
    case ReplicaError::RecordListTooLarge: return groups::GroupError::InvalidCommitOffsetSize;
    case ReplicaError::InvalidProducerEpoch: return groups::GroupError::InvalidProducerEpoch;
    case ReplicaError::InvalidTxnState: return groups::GroupError::InvalidTxnState;
    case ReplicaError::CoordinatorFenced: return groups::GroupError::CoordinatorFenced;
    default: return groups::GroupError::UnknownServerError;
    }
}

Slice encode(const groups::OffsetsBatch& batch, WallMs now) {
    if (batch.end)
        return protocol::endTransactionBatch(batch.end->producer.id, batch.end->producer.epoch, batch.end->commit, batch.end->coordinatorEpoch, now);
    protocol::BatchOptions options;
    if (batch.producer) {
        options.producerId = batch.producer->id;
        options.producerEpoch = batch.producer->epoch;
        options.transactional = true;
    }
    protocol::RecordBatchBuilder builder(options);
    for (const auto& record : batch.records)
        builder.append(now, record.key.bytes(), record.value ? std::optional(record.value->bytes()) : std::nullopt);
    return builder.build();
}

Result<void> give(const protocol::RecordBatchView& batch, const std::function<void(const groups::OffsetsLogItem&)>& each) {
    groups::OffsetsLogItem item;
    if (batch.isTransactional())
        item.producer = batch.producerId();
    return protocol::forEachRecord(batch, [&](const protocol::RecordView& record) {
        item.offset = record.offset;
        if (batch.isControl()) {
            const auto type = protocol::controlRecordType(record.key);
            if (type != protocol::ControlRecordType::Commit && type != protocol::ControlRecordType::Abort)
                return true;
            item.endedByCommit = type == protocol::ControlRecordType::Commit;
        } else if (record.key) {
            item.key = Slice::copy(*record.key);
            item.value = record.value ? std::optional(Slice::copy(*record.value)) : std::nullopt;
        } else {
            return true;
        }
        each(item);
        return true;
    });
}

} // namespace

void GroupLog::append(PartitionIndex partition, groups::OffsetsBatch batch, std::move_only_function<void(groups::GroupError, Offset)> done) {
    const std::int16_t version = batch.end ? batch.end->producer.version : batch.producer ? batch.producer->version : std::int16_t{0};
    m_log.append(partition, encode(batch, m_log.scheduler().wallNow()), version,
                 [done = std::move(done)](replication::ReplicaError error, Offset first) mutable { done(toGroupError(error), first); });
}

void GroupLog::load(PartitionIndex partition, std::move_only_function<void(const groups::OffsetsLogItem&)> each,
                    std::move_only_function<void(Result<void>)> done) {
    m_log.load(partition, [each = std::move(each)](const protocol::RecordBatchView& batch) mutable { return give(batch, std::ref(each)); }, std::move(done));
}

} // namespace broker::node
