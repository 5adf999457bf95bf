#pragma once
// The transaction coordinator of one broker: the door that handlers use. It finds the shard of a transactional id, loads shards when this
// broker becomes leader of a partition of __transaction_state, and lets them go when it is not any more.
// Loop thread only; owned by the node. Nothing is polled: timers run for open transactions, and once an hour to forget old ids.

#include "embedded-broker/transactions/transaction_shard.h"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace broker::transactions {

class TransactionCoordinator {
public:
    struct Seams {
        Scheduler& scheduler;
        StateLog& log;
        MarkerLink& links;
        std::function<void(std::move_only_function<void(Result<ProducerId>)>)> newProducerId;
        std::function<std::int16_t()> version;
    };
    TransactionCoordinator(TransactionConfig config, Seams seams);
    ~TransactionCoordinator();

    /// How many partitions __transaction_state has; 0 = the topic does not exist yet. From the metadata image.
    void setPartitionCount(std::int32_t partitions) { m_partitions = partitions; }

    /// This broker became leader of `partition` in `epoch`: load, then serve. The same epoch twice is fine.
    void elected(PartitionIndex partition, LeaderEpoch epoch);
    /// It is not leader any more.
    void resigned(PartitionIndex partition);
    /// The metadata changed, or a peer is back: markers that could not be written may go now.
    void lookAgain() { m_markers.lookAgain(); }
    void shutdown();

    void initProducer(const std::string& id, std::int32_t timeoutMs, std::optional<Producer> expected, ProducerReply reply);
    void addPartitions(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version, ErrorReply reply);
    /// One error a partition, in their order.
    [[nodiscard]] std::vector<TransactionError> verify(const std::string& id, const Producer& producer, const std::vector<TopicPartition>& partitions) const;
    void end(const std::string& id, const EndRequest& request, ProducerReply reply);
    [[nodiscard]] std::expected<Transaction, TransactionError> describe(const std::string& id) const;

    struct Listing {
        TransactionError error = TransactionError::None; ///< CoordinatorLoadInProgress while a shard still loads
        std::vector<TransactionListing> transactions;
    };
    [[nodiscard]] Listing list() const;

private:
    struct Slot {
        LeaderEpoch epoch = kNoEpoch;
        bool loaded = false;
        std::unique_ptr<TransactionShard> shard;
    };
    /// The shard that serves `id`, or why none does.
    [[nodiscard]] std::pair<TransactionShard*, TransactionError> shardOf(const std::string& id) const;
    void load(PartitionIndex partition, LeaderEpoch epoch);
    void scheduleExpiry();

    const TransactionConfig m_config;
    Seams m_seams;
    MarkerSender m_markers;
    std::int32_t m_partitions = 0;
    std::map<PartitionIndex, Slot> m_slots;
    TimerId m_expiryTimer = 0;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::transactions
