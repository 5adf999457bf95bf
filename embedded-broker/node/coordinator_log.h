#pragma once
// The partitions of an internal topic for its coordinator, on the replica manager: appends with acks=all, and the whole log at take-over.
// Loop thread only.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/replication/replica_manager.h"

#include <functional>
#include <memory>
#include <string>

namespace broker::node {

class CoordinatorLog {
public:
    CoordinatorLog(std::string topic, replication::ReplicaManager& replicas, Scheduler& scheduler);
    ~CoordinatorLog();
    CoordinatorLog(const CoordinatorLog&) = delete;
    CoordinatorLog& operator=(const CoordinatorLog&) = delete;

    [[nodiscard]] Scheduler& scheduler() const { return m_scheduler; }
    /// `done` runs in a turn of its own; its offset is of the batch's first record.
    void append(PartitionIndex partition, Slice batch, std::int16_t transactionVersion,
                std::move_only_function<void(replication::ReplicaError, Offset)> done);
    /// Each batch from the start to the log end at the time of the call, once that is committed; then `done`. `each` may fail: that ends it.
    void load(PartitionIndex partition, std::move_only_function<Result<void>(const protocol::RecordBatchView&)> each,
              std::move_only_function<void(Result<void>)> done);

private:
    struct Loading;
    void loadSome(std::shared_ptr<Loading> loading);

    std::string m_topic;
    replication::ReplicaManager& m_replicas;
    Scheduler& m_scheduler;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
