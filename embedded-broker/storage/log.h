#pragma once
// One partition's log. Its state (offsets, epochs, indexes, producers, the hot tail) is in memory and belongs to the
// loop thread; bytes reach the disk in jobs of the pool (see flusher.h). An append is visible to read() at once and
// durable when syncedEndOffset() has passed it.
//
//   logStartOffset        syncedEndOffset     logEndOffset
//        |  served from files  |   memory, being written  |
//        v                     v                          v
//     [first, ........................................., next)
//
// Offsets are of records; ranges are [base, next). Every member is called on the loop thread.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/storage/log_config.h"

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::storage {

/// Why an append was refused. Handlers map each to Kafka's code of the same name.
enum class AppendRefusal {
    CorruptBatch,            ///< CORRUPT_MESSAGE: length, magic or checksum
    InvalidRecord,           ///< INVALID_RECORD: counts, missing key on a compacted topic, control batch from a client
    RecordTooLarge,          ///< MESSAGE_TOO_LARGE: a batch larger than max.message.bytes
    RecordListTooLarge,      ///< RECORD_LIST_TOO_LARGE: more than a segment can hold
    InvalidTimestamp,        ///< INVALID_TIMESTAMP
    UnsupportedMagic,        ///< UNSUPPORTED_FOR_MESSAGE_FORMAT: magic 0 or 1
    OutOfOrderSequence,      ///< OUT_OF_ORDER_SEQUENCE_NUMBER
    InvalidProducerEpoch,    ///< INVALID_PRODUCER_EPOCH
    DuplicateSequence,       ///< DUPLICATE_SEQUENCE_NUMBER: a batch within one append that is there already, with others that are not
    InvalidTxnState,         ///< INVALID_TXN_STATE: transactional and plain batches of one producer mixed
    CoordinatorFenced,       ///< TRANSACTION_COORDINATOR_FENCED: an end marker of an older coordinator
    OffsetsOutOfOrder,       ///< a follower received offsets that do not continue its log, or an epoch that goes back
    StorageFailed,           ///< KAFKA_STORAGE_ERROR: the disk is full or failed; nothing was appended
};

struct AppendFailure {
    AppendRefusal kind = AppendRefusal::StorageFailed;
    std::string message;
    /// Indexes of the records at fault within the batch, where the refusal is about records.
    std::vector<std::int32_t> batchIndexes;
};

struct AppendOptions {
    /// Client: all checks of a produce request. Coordinator: groups, transactions; no producer checks unless the batch has an
    /// id; control batches allowed. Raft: as Coordinator, and no size limit.
    enum class Origin : std::uint8_t { Client, Coordinator, Raft } origin = Origin::Client;
    /// Batches and end markers of transactions: the level of transaction.version that the client speaks. From 2 on a marker must carry a newer
    /// epoch than the batches it ends, and a producer that the log does not know begins at sequence 0 (KIP-890).
    std::int16_t transactionVersion = 0;
};

struct AppendInfo {
    Offset firstOffset = kNoOffset;
    Offset lastOffset = kNoOffset;     ///< durable when syncedEndOffset() > lastOffset
    WallMs appendTimeMs = -1;          ///< LogAppendTime only
    WallMs maxTimestamp = -1;
    Offset logStartOffset = 0;
    std::uint64_t bytes = 0;
    std::int64_t records = 0;
    bool duplicate = false;            ///< nothing was appended: these are the offsets of the first time
};

struct ReadResult {
    Payload records;                   ///< whole batches; the last may be cut by `maxBytes` as in Kafka
    Offset firstOffset = kNoOffset;    ///< base offset of the first batch, <= the offset asked for
    std::uint64_t bytes = 0;
};

struct TimestampOffset {
    WallMs timestamp = -1;
    Offset offset = kNoOffset;
    LeaderEpoch leaderEpoch = kNoEpoch;
};

struct EpochEndOffset {
    LeaderEpoch epoch = kNoEpoch;      ///< largest known epoch <= the one asked for; -1 = none
    Offset endOffset = kNoOffset;      ///< where the next larger epoch starts, or the log's end
};

struct AbortedTransaction {
    ProducerId producerId = kNoProducerId;
    Offset firstOffset = kNoOffset;
    Offset lastOffset = kNoOffset;
    Offset lastStableOffset = kNoOffset;
};

/// For DescribeProducers.
struct ActiveProducer {
    ProducerId producerId = kNoProducerId;
    ProducerEpoch epoch = -1;
    std::int32_t lastSequence = -1;
    WallMs lastTimestamp = -1;
    std::int32_t coordinatorEpoch = -1;
    Offset currentTxnFirstOffset = kNoOffset;
};

class LogCore; // state and queue towards the disk; log_core.h

class Log {
public:
    explicit Log(std::shared_ptr<LogCore> core);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    [[nodiscard]] const TopicPartition& topicPartition() const;
    [[nodiscard]] const Uuid& topicId() const;
    [[nodiscard]] const std::string& directory() const;  ///< "/data/1/orders-0"
    [[nodiscard]] const std::string& rootDirectory() const; ///< the log.dir it lies in
    [[nodiscard]] const LogConfig& config() const;

    // --- appending -------------------------------------------------------------------------------------------------
    /// One or more whole batches with any base offsets (a produce request's records: the caller checks "exactly one"). Offsets and
    /// `epoch` are stamped on copies of the headers; the rest of `batches` is shared, not copied: it stays alive until written and
    /// cooled. All or nothing.
    std::expected<AppendInfo, AppendFailure> appendAsLeader(const Slice& batches, LeaderEpoch epoch, const AppendOptions& options = {});
    /// Batches as another replica stored them: offsets and epochs are kept. A batch cut at the end is ignored. The first batch must
    /// start at logEndOffset() (gaps are allowed where compaction left them: base >= logEndOffset()).
    std::expected<AppendInfo, AppendFailure> appendAsFollower(const Slice& batches);
    std::expected<AppendInfo, AppendFailure> appendAsFollower(const Payload& batches); ///< parts must be slices

    // --- reading ---------------------------------------------------------------------------------------------------
    [[nodiscard]] Offset logStartOffset() const;
    [[nodiscard]] Offset logEndOffset() const;
    [[nodiscard]] Offset syncedEndOffset() const;
    /// Everything below has an end marker or belongs to no transaction; logEndOffset() when none is open.
    [[nodiscard]] Offset firstUnstableOffset() const;
    /// From the batch that contains `offset` (or the next one) on, only batches that end at or below `upTo`. Empty when there is
    /// none. At least one whole batch when `minOneBatch`, even if it is larger than `maxBytes`. OutOfRange outside
    /// [logStartOffset, logEndOffset]. Hot data are slices; older data regions of files already written. May read a few KiB of an old
    /// segment to find the position.
    Result<ReadResult> read(Offset offset, std::uint64_t maxBytes, Offset upTo, bool minOneBatch = true);
    /// The same, in memory: for coordinators, the metadata loader and tests. Blocks for cold data.
    Result<Slice> readBytes(Offset offset, std::uint64_t maxBytes, Offset upTo, bool minOneBatch = true);

    /// First record whose timestamp is >= `timestamp`, below `upTo`; nothing = nullopt.
    Result<std::optional<TimestampOffset>> offsetForTimestamp(WallMs timestamp, Offset upTo);
    /// The record with the largest timestamp (ListOffsets -3).
    Result<std::optional<TimestampOffset>> maxTimestampOffset();
    /// Transactions aborted whose range touches [from, to): for read_committed.
    std::vector<AbortedTransaction> abortedTransactions(Offset from, Offset to) const;

    // --- epochs ----------------------------------------------------------------------------------------------------
    [[nodiscard]] LeaderEpoch latestEpoch() const;       ///< of the epoch cache; -1 = none
    [[nodiscard]] EpochEndOffset endOffsetForEpoch(LeaderEpoch epoch) const;
    [[nodiscard]] LeaderEpoch epochAt(Offset offset) const; ///< epoch of the record at `offset`; -1 unknown
    /// A new leader notes where its epoch starts, before its first append.
    void assignEpochStart(LeaderEpoch epoch, Offset start);

    // --- cutting ---------------------------------------------------------------------------------------------------
    /// Removes [offset, end). Memory changes at once; appends after it become durable only when the cut is. Producer state is
    /// rebuilt. When offset >= logEndOffset() only epochs without records at the end are forgotten.
    Result<void> truncateTo(Offset offset);
    /// Removes everything and continues at `offset` (a follower far behind, a snapshot).
    Result<void> truncateFullyAndStartAt(Offset offset);
    /// DeleteRecords and the follower's copy of the leader's start: log start moves up to `offset` (<= logEndOffset()), never down;
    /// whole segments below go. Durable when `done` runs (may be empty).
    Result<void> deleteRecordsBefore(Offset offset, std::function<void()> done = {});

    // --- watching --------------------------------------------------------------------------------------------------
    /// After syncedEndOffset() moved (up, or down by a truncation). One watcher; called in a turn of its own, never inside append.
    void onSyncedEndOffset(std::function<void(Offset)> watcher);
    /// Retention and deletion never pass it; replication keeps it current. Written to replication-offset-checkpoint.
    void setHighWatermark(Offset offset);
    [[nodiscard]] Offset highWatermark() const; ///< what setHighWatermark said, or the checkpoint's at start

    // --- facts -----------------------------------------------------------------------------------------------------
    [[nodiscard]] std::uint64_t sizeBytes() const;       ///< of all segments, for DescribeLogDirs
    [[nodiscard]] std::vector<ActiveProducer> activeProducers(WallMs now) const;
    /// A transaction of this producer and epoch has batches here and no marker yet.
    [[nodiscard]] bool hasOpenTransaction(ProducerId producer, ProducerEpoch epoch) const;
    /// True until the next end marker of `producer`: who asks the coordinator whether a batch may be written learns whether the transaction
    /// ended meanwhile.
    [[nodiscard]] std::shared_ptr<const bool> watchTransaction(ProducerId producer);
    [[nodiscard]] bool storageFailed() const;            ///< appends are refused (full disk: recovers by itself)
    /// Rolls the active segment if it has data: tests, and before handing files to someone.
    Result<void> roll();

    [[nodiscard]] const std::shared_ptr<LogCore>& core() const { return m_core; } ///< for LogManager

private:
    std::shared_ptr<LogCore> m_core;
};

} // namespace broker::storage
