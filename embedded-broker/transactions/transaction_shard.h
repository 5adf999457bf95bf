#pragma once
// The transactional ids of one partition of __transaction_state, on the broker that leads it. Loop thread only; owned by
// TransactionCoordinator.
//
// A move is written first and believed when it is committed; until then the id has a move pending and others are told
// ConcurrentTransactions. Once the end of a transaction is committed its fate is sealed: the client is answered, markers go out, and after a
// failover the next coordinator goes on from there.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/transactions/marker_sender.h"
#include "embedded-broker/transactions/transaction.h"
#include "embedded-broker/transactions/transaction_links.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace broker::transactions {

/// Kafka's settings of the transaction coordinator, in its own units.
struct TransactionConfig {
    std::int32_t maxTimeoutMs = 900'000;                       ///< transaction.max.timeout.ms
    std::int64_t expirationMs = 7LL * 24 * 3600 * 1000;        ///< transactional.id.expiration.ms
    std::int64_t expirationCheckMs = 3600 * 1000;              ///< transaction.remove.expired.transaction.cleanup.interval.ms
    std::int64_t abortCheckMs = 0;                             ///< transaction.abort.timed.out.transaction.cleanup.interval.ms; 0 = not set: at once
};

/// What came out, and the producer as it is from now on (its default after an error).
using ProducerReply = std::move_only_function<void(TransactionError, Producer)>;
using ErrorReply = std::move_only_function<void(TransactionError)>;

struct TransactionListing {
    std::string transactionalId;
    Transaction transaction;
};

class TransactionShard {
public:
    struct Seams {
        Scheduler& scheduler;
        StateLog& log;
        MarkerSender& markers;
        /// A producer id that was never used.
        std::function<void(std::move_only_function<void(Result<ProducerId>)>)> newProducerId;
        /// The cluster's level of transaction.version.
        std::function<std::int16_t()> version;
    };
    TransactionShard(PartitionIndex partition, LeaderEpoch epoch, const TransactionConfig& config, Seams seams);
    ~TransactionShard();
    TransactionShard(const TransactionShard&) = delete;
    TransactionShard& operator=(const TransactionShard&) = delete;

    /// Takes one record of the log, in order; loading ends with start().
    void replay(const Slice& key, const std::optional<Slice>& value);
    /// Begins to serve: open transactions get their timeouts, those that were ending go on.
    void start();
    /// Leadership is gone: who waits is told NotCoordinator; nothing is served any more.
    void resign();
    void setEpoch(LeaderEpoch epoch) { m_epoch = epoch; }

    void initProducer(const std::string& id, std::int32_t timeoutMs, std::optional<Producer> expected, ProducerReply reply);
    /// `patience`: how long the last transaction may take to complete before this is answered ConcurrentTransactions.
    void addPartitions(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version, Duration patience,
                       ErrorReply reply);
    void end(const std::string& id, const EndRequest& request, ProducerReply reply);
    /// One error a partition, in their order.
    [[nodiscard]] std::vector<TransactionError> verify(const std::string& id, const Producer& producer, const std::vector<TopicPartition>& partitions) const;
    /// Null when it is not known.
    [[nodiscard]] const Transaction* describe(const std::string& id) const;
    [[nodiscard]] std::vector<TransactionListing> list() const;
    /// Forgets ids that nobody used for transactional.id.expiration.ms.
    void expire();

private:
    struct Waiting {
        TimerId timer = 0;
        std::move_only_function<void(bool late)> resume;
    };
    struct Entry {
        Transaction now;
        bool pending = false;   ///< a move is being written
        TimerId timer = 0;      ///< of the transaction's timeout, while it is ongoing
        bool abortFailed = false; ///< the timeout's abort could not be written: not at once again
        std::deque<std::shared_ptr<Waiting>> waiting;
        /// Nothing may be asked of it now: a move is being written, or markers are.
        [[nodiscard]] bool busy() const { return pending || now.ending(); }
    };
    [[nodiscard]] Entry* find(const std::string& id);
    void initWith(const std::string& id, std::int32_t timeoutMs, const std::optional<Producer>& expected, std::optional<ProducerId> fresh, ProducerReply reply);
    void endWith(const std::string& id, const EndRequest& request, std::optional<ProducerId> fresh, ProducerReply reply);
    void addUntil(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version, Instant deadline,
                  ErrorReply reply);
    /// `then` runs with the outcome; on None the entry has moved.
    void write(const std::string& id, Transaction next, ErrorReply then);
    void abort(const std::string& id, ErrorReply then);
    void abortWith(const std::string& id, ProducerId fresh, ErrorReply then);
    void settled(const std::string& id);
    void park(Entry& entry, const std::string& id, Instant deadline, std::move_only_function<void(bool)> resume);
    void arm(const std::string& id, Entry& entry);
    void timedOut(const std::string& id);
    void sendMarkers(const std::string& id, const Entry& entry);
    void writeCompletion(const std::string& id);

    const PartitionIndex m_partition;
    LeaderEpoch m_epoch;
    const TransactionConfig& m_config;
    Seams m_seams;
    std::map<std::string, std::unique_ptr<Entry>> m_entries;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true); ///< callbacks of a shard that is gone do nothing
};

} // namespace broker::transactions
