#pragma once
// Brokers with real logs on disks that forget, linked by queues that a test moves one message at a time, and a controller that
// decides as Kafka's does. One seed, one history.

#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/replication/replica_manager.h"
#include "tests/support/fake_disk.h"
#include "tests/support/manual_pool.h"
#include "tests/support/manual_scheduler.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tests {

using namespace broker;
using replication::MetadataChanges;
using replication::PartitionFacts;
using replication::ReplicaManager;

class ReplicationRig;

struct RigBroker final : replication::PeerLink, replication::ControllerLink {
    RigBroker(ReplicationRig& owner, NodeId node);
    void start(BrokerEpoch brokerEpoch);
    /// Memory is gone; with `power`, so is what was not synced.
    void kill(bool power, Random& random);
    [[nodiscard]] bool up() const { return replicas != nullptr; }

    void fetch(NodeId leader, const protocol::FetchRequest& request, OnFetched done) override;
    void alterPartition(const protocol::AlterPartitionRequest& request, OnAltered done) override;

    ReplicationRig& rig;
    NodeId id;
    FakeDisk disk;
    BrokerEpoch epoch = -1;
    int incarnation = 0;
    std::unique_ptr<ManualScheduler> scheduler;
    std::unique_ptr<ManualPool> pool;
    std::unique_ptr<storage::LogManager> logs;
    std::unique_ptr<ReplicaManager> replicas;
    std::map<NodeId, BrokerEpoch> known;         ///< live brokers, as far as its metadata go
    std::deque<std::function<void()>> metadata;  ///< not applied yet
};

class ReplicationRig {
public:
    ReplicationRig(std::uint64_t seed, int partitions, std::int32_t minIsr);
    ~ReplicationRig();

    // --- the controller
    void registerBroker(NodeId id);
    void brokerDied(NodeId id);
    protocol::AlterPartitionResponse alter(const protocol::AlterPartitionRequest& request);

    // --- moves
    void kill(NodeId id, bool power);
    void start(NodeId id);
    /// One random thing happens: a turn, a disk job, a message, metadata, a little time.
    void step();
    /// Until nothing is on its way, `time` passing.
    void settle(Duration time);
    void produce();
    /// One step of an idempotent producer, one per partition: its next batch, the same again after a failure, or one of its last four again,
    /// which must be answered with the offset of the first time.
    void produceIdempotent();

    /// Empty = all is well.
    [[nodiscard]] std::string checkInvariants();
    [[nodiscard]] std::string checkEnd();
    [[nodiscard]] std::size_t acknowledged() const { return m_acked.size(); }

    static Uuid topicId() { return reservedUuid(200); }
    std::unique_ptr<Random> random;
    std::map<NodeId, std::unique_ptr<RigBroker>> brokers;
    std::map<PartitionIndex, PartitionFacts> facts;
    std::map<NodeId, BrokerEpoch> live;
    std::deque<std::function<void()>> messages[16]; ///< by from * 4 + to: in order
    std::int32_t minIsr;
    std::string trouble;

private:
    friend struct RigBroker;
    void changed(PartitionIndex index);
    void tellAll(std::vector<PartitionIndex> indexes);
    void elect(PartitionIndex index);
    bool deliver();

    struct Acked {
        PartitionIndex partition;
        Offset offset;
        std::string value;
    };
    struct Batch {
        std::int32_t sequence = 0;
        std::string value;
        Offset offset = kNoOffset;
    };
    struct Producer {
        std::int32_t nextSequence = 0;
        std::optional<Batch> current;  ///< not acknowledged yet
        std::deque<Batch> last;        ///< acknowledged, at most four
        NodeId asked = kNoNode;        ///< an answer is on its way from there
        std::uint64_t attempt = 0;
    };
    void send(PartitionIndex index, const Batch& batch, bool again);

    std::map<PartitionIndex, Producer> m_producers;
    std::vector<Acked> m_acked;
    std::map<std::pair<NodeId, PartitionIndex>, std::pair<LeaderEpoch, Offset>> m_lastHighWatermark;
    BrokerEpoch m_nextEpoch = 1;
    int m_nextValue = 0;
};

} // namespace tests
