#pragma once
// What the coordinator needs from below: the partitions of __consumer_offsets. node/ plugs in the replica manager.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/groups/group_errors.h"
#include "embedded-broker/groups/group_records.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace broker::groups {

/// Whose transaction offsets are committed in.
struct TransactionalProducer {
    ProducerId id = kNoProducerId;
    ProducerEpoch epoch = -1;
    std::int16_t version = 0; ///< level of transaction.version that the client speaks
};

/// A transaction's end, as its coordinator has it written.
struct TransactionEnd {
    TransactionalProducer producer;
    bool commit = false;
    std::int32_t coordinatorEpoch = -1;
};

/// One batch: records, of a transaction where it has a producer; or an end marker, which has no records.
struct OffsetsBatch {
    std::vector<GroupRecord> records;
    std::optional<TransactionalProducer> producer;
    std::optional<TransactionEnd> end;
};

/// What the log gives back: a record (with its producer when it is of a transaction), or a transaction's end.
struct OffsetsLogItem {
    Offset offset = 0;
    ProducerId producer = kNoProducerId;
    std::optional<bool> endedByCommit; ///< set: an end marker
    Slice key;
    std::optional<Slice> value;
};

class OffsetsLog {
public:
    virtual ~OffsetsLog() = default;
    /// Appends one batch as leader of `partition` with acks=all. `done` runs once on the loop thread, never from inside the call, in the
    /// order of the batches in the log: None and the offset of the first record when the batch is committed (synced on all in-sync replicas),
    /// NotCoordinator when leadership was lost, CoordinatorNotAvailable when too few replicas are in sync or the write timed out,
    /// InvalidProducerEpoch and CoordinatorFenced where the log knows newer ones.
    virtual void append(PartitionIndex partition, OffsetsBatch batch, std::move_only_function<void(GroupError, Offset first)> done) = 0;
    /// Reads `partition` from its start to the log end at the time of the call, once that is committed, and hands each data
    /// record and each end of a transaction to `each`; then `done`. An error ends it.
    virtual void load(PartitionIndex partition, std::move_only_function<void(const OffsetsLogItem& item)> each,
        std::move_only_function<void(Result<void>)> done) = 0;
};

} // namespace broker::groups
