#pragma once
// What a log knows of its producers: the last five batches of each (idempotence), open transactions, and what of it goes into
// snapshots. Changes only through apply(), live and at recovery alike. Loop thread.

#include "embedded-broker/base/error.h"
#include "embedded-broker/storage/batch_header.h"
#include "embedded-broker/storage/log.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace broker::storage {

inline constexpr std::size_t kProducerBatchesKept = 5;

struct ProducerBatch {
    std::int32_t lastSequence = -1;
    Offset lastOffset = kNoOffset;
    std::int32_t offsetDelta = 0;
    WallMs timestamp = -1;
    [[nodiscard]] std::int32_t firstSequence() const;
    [[nodiscard]] Offset firstOffset() const { return lastOffset - offsetDelta; }
    bool operator==(const ProducerBatch&) const = default;
};

struct ProducerEntry {
    ProducerEpoch epoch = -1;
    std::vector<ProducerBatch> batches; ///< oldest first, at most kProducerBatchesKept
    std::int32_t coordinatorEpoch = -1;
    WallMs lastTimestamp = -1;
    Offset currentTxnFirstOffset = kNoOffset;
    bool operator==(const ProducerEntry&) const = default;

    [[nodiscard]] std::int32_t lastSequence() const { return batches.empty() ? -1 : batches.back().lastSequence; }
    /// One of the last five that has these sequences.
    [[nodiscard]] const ProducerBatch* find(ProducerEpoch batchEpoch, std::int32_t first, std::int32_t last) const;
};

/// The record of a control batch that ends a transaction.
struct EndMarker {
    bool commit = false;
    std::int32_t coordinatorEpoch = -1;
};
/// Nothing when the batch is not a control batch, or one of another kind (leader change, snapshot).
std::optional<EndMarker> parseEndMarker(Bytes batch, const BatchHeader& header);

/// An entry of N.txnindex: version 0, 34 bytes.
std::string encodeAborted(const AbortedTransaction& transaction);
std::vector<AbortedTransaction> decodeAborted(std::string_view bytes);

class ProducerStates {
public:
    [[nodiscard]] const ProducerEntry* find(ProducerId id) const;
    /// May the batch follow? `entry` is the producer's state or null. Does not change anything.
    static std::optional<AppendFailure> check(const ProducerEntry* entry, const BatchHeader& header, const AppendOptions& options,
                                              const std::optional<EndMarker>& marker);
    /// The batch is in the log now, with its final offsets.
    void apply(const BatchHeader& header, const std::optional<EndMarker>& marker);

    /// Oldest offset of a transaction that is open, or that ended at or above the high watermark; nothing when none.
    [[nodiscard]] std::optional<Offset> firstUnstableOffset() const;
    void onHighWatermark(Offset highWatermark);
    /// True until the next end marker of `producer`.
    [[nodiscard]] std::shared_ptr<const bool> watch(ProducerId producer);
    [[nodiscard]] const std::vector<AbortedTransaction>& aborted() const { return m_aborted; }
    void addAborted(AbortedTransaction transaction) { m_aborted.push_back(transaction); }

    /// What a cleaned part [from, to) of the log still has.
    void replaceAborted(Offset from, Offset to, std::vector<AbortedTransaction> kept);

    void expire(WallMs olderThan);
    void clear();
    [[nodiscard]] bool empty() const { return m_producers.empty(); }
    [[nodiscard]] const std::unordered_map<ProducerId, ProducerEntry>& all() const { return m_producers; }
    /// Forgets what lies below the log's start.
    void truncateFromStart(Offset start);

    /// Kafka's N.snapshot (version 1): the last batch of each producer.
    [[nodiscard]] std::string encodeSnapshot() const;
    /// Our own companion N.producers of that snapshot: the batches before the last, which Kafka's format has no room for.
    [[nodiscard]] std::string encodeCompanion(std::string_view snapshot) const;
    /// Replaces all. Corrupt when the snapshot's checksum or a length is wrong. True when all batches are known: the companion belongs to
    /// this snapshot, or there are no producers. False when only the last ones are: Apache Kafka wrote it, or a crash took the companion.
    Result<bool> decode(std::string_view snapshot, std::string_view companion);
    /// Takes over the batches of producers whose last one is the same in `scanned`.
    void addOlderBatches(const ProducerStates& scanned);

private:
    struct Ended {
        Offset last = 0;
    };
    std::unordered_map<ProducerId, ProducerEntry> m_producers;
    std::map<Offset, ProducerId> m_open;       ///< by first offset
    std::map<Offset, Ended> m_unreplicated;    ///< ended at or above the high watermark, by first offset
    std::vector<AbortedTransaction> m_aborted; ///< by last offset
    std::unordered_map<ProducerId, std::weak_ptr<bool>> m_watched;
};

} // namespace broker::storage
