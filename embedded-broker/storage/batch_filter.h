#pragma once
// What compaction leaves of one batch: KIP-534's rules, as Kafka's cleaner applies them. Pure: no files, no clock.

#include "embedded-broker/base/error.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/storage/key_offsets.h"
#include "embedded-broker/storage/log.h"

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace broker::storage {

/// Which transactions were aborted, followed batch by batch in log order.
class CleanedTransactions {
public:
    /// Aborted transactions of the part of the log that comes next; those known already do no harm.
    void add(std::span<const AbortedTransaction> aborted);
    /// True when the batch belongs to an aborted transaction.
    bool onBatch(const protocol::RecordBatchView& batch);
    /// True when nothing of its transaction was met: the marker may go. An end marker that stays puts its transaction into `kept`.
    bool onControl(const protocol::RecordBatchView& batch, std::vector<AbortedTransaction>* kept);

private:
    struct Ongoing {
        AbortedTransaction transaction;
        bool seen = false;
    };
    void begin(Offset upTo);

    std::multimap<Offset, AbortedTransaction> m_ahead; ///< by first offset
    std::unordered_map<ProducerId, Ongoing> m_aborted;
    std::set<ProducerId> m_committed;
};

/// The last thing of a live producer: its batch stays, at least as an empty one, so that its sequence is not forgotten.
struct LastOfProducer {
    Offset lastDataOffset = kNoOffset; ///< kNoOffset: only a marker is left of it
    ProducerEpoch epoch = -1;
};
using LastOfProducers = std::unordered_map<ProducerId, LastOfProducer>;

class BatchFilter {
public:
    struct Rules {
        Offset upperBound = 0;              ///< end of what is cleaned: the batch that reaches it stays
        WallMs now = 0;
        std::int64_t deleteRetentionMs = 0; ///< delete.retention.ms
    };
    enum class Fate : std::uint8_t { Kept, Rewritten, Dropped };
    struct Outcome {
        Fate fate = Fate::Kept;
        Slice bytes; ///< Rewritten: what takes its place
        std::uint64_t recordsKept = 0;
    };

    BatchFilter(const KeyOffsets& newest, CleanedTransactions& transactions, Rules rules)
        : m_newest(newest), m_transactions(transactions), m_rules(rules) {}
    /// Corrupt when the batch's records are not what its header says.
    Result<Outcome> apply(const protocol::RecordBatchView& batch, const LastOfProducers& last, std::vector<AbortedTransaction>& keptAborted);

private:
    [[nodiscard]] bool keeps(const protocol::RecordBatchView& batch, const protocol::RecordView& record) const;

    const KeyOffsets& m_newest;
    CleanedTransactions& m_transactions;
    Rules m_rules;
};

/// The batch without its records: offsets, sequences, epochs and the largest timestamp stay.
Slice emptyBatchOf(const protocol::RecordBatchView& batch);

} // namespace broker::storage
