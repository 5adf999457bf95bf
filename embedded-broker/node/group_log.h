#pragma once
// The partitions of __consumer_offsets for the group coordinator. Loop thread only.

#include "embedded-broker/groups/offsets_log.h"
#include "embedded-broker/node/coordinator_log.h"

namespace broker::node {

class GroupLog final : public groups::OffsetsLog {
public:
    GroupLog(replication::ReplicaManager& replicas, Scheduler& scheduler) : m_log("__consumer_offsets", replicas, scheduler) {}

    void append(PartitionIndex partition, groups::OffsetsBatch batch, std::move_only_function<void(groups::GroupError, Offset)> done) override;
    void load(PartitionIndex partition, std::move_only_function<void(const groups::OffsetsLogItem&)> each,
              std::move_only_function<void(Result<void>)> done) override;

private:
    CoordinatorLog m_log;
};

} // namespace broker::node
