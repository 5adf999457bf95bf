#pragma once
// What the coordinator needs from below: the partitions of __consumer_offsets. node/ plugs in the replica manager.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/groups/group_errors.h"
#include "embedded-broker/groups/group_records.h"

#include <functional>
#include <vector>

namespace broker::groups {

class OffsetsLog {
public:
    virtual ~OffsetsLog() = default;
    /// Appends one batch as leader of `partition` with acks=all. `done` runs once on the loop thread, never from inside the
    /// call: None when the records are committed (synced on all in-sync replicas), NotCoordinator when leadership was
    /// lost, CoordinatorNotAvailable when too few replicas are in sync or the write timed out.
    virtual void append(PartitionIndex partition, std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done) = 0;
    /// Reads `partition` from its start to the log end at the time of the call, once that is committed, and hands each data
    /// record to `each`; then `done`. An error ends it.
    virtual void load(PartitionIndex partition, std::move_only_function<void(const Slice& key, const std::optional<Slice>& value)> each,
        std::move_only_function<void(Result<void>)> done) = 0;
};

} // namespace broker::groups
