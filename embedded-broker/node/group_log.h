#pragma once
// The partitions of __consumer_offsets for the group coordinator, on the replica manager. Loop thread only.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/groups/offsets_log.h"
#include "embedded-broker/replication/replica_manager.h"

#include <memory>

namespace broker::node {

class GroupLog final : public groups::OffsetsLog {
public:
    GroupLog(replication::ReplicaManager& replicas, Scheduler& scheduler);
    ~GroupLog() override;

    void append(PartitionIndex partition, std::vector<groups::GroupRecord> records, std::move_only_function<void(groups::GroupError)> done) override;
    void load(PartitionIndex partition, std::move_only_function<void(const Slice& key, const std::optional<Slice>& value)> each,
              std::move_only_function<void(Result<void>)> done) override;

private:
    struct Loading;
    void loadSome(std::shared_ptr<Loading> loading);

    replication::ReplicaManager& m_replicas;
    Scheduler& m_scheduler;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
