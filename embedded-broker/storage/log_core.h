#pragma once
// The state behind a Log, shared with the flusher (which moves it to disk), the loader and the manager. Loop thread.
//
// Offsets of one log, always in this order:
//   logStart <= recoveryPoint (segments synced) <= durable (segment or journal synced) <= logEnd
//   written (in the segment file, readable there) <= logEnd

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/storage/batch_header.h"
#include "embedded-broker/storage/epoch_cache.h"
#include "embedded-broker/storage/lane.h"
#include "embedded-broker/storage/log.h"
#include "embedded-broker/storage/producer_state.h"
#include "embedded-broker/storage/segment_index.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace broker::storage {

class Flusher;

struct Segment {
    Offset base = 0;
    std::shared_ptr<SegmentFile> file;
    std::uint64_t size = 0;                     ///< bytes, including those not yet written
    OffsetIndex offsets;
    TimeIndex times;
    bool indexLoaded = true;                    ///< older segments load theirs when first asked
    std::uint64_t bytesSinceEntry = 0;
    WallMs maxTimestamp = -1;
    Offset maxTimestampOffset = kNoOffset;      ///< last offset of the batch that has it
    std::optional<WallMs> firstTimestamp;       ///< of the first batch: segment.ms counts from it
    WallMs createdMs = 0;
    std::size_t offsetEntriesWritten = 0;
    bool indexDirty = false;                    ///< memory has more than the files
    bool indexWritten = false;                  ///< there are files: Kafka takes a segment without them for a damaged one

    [[nodiscard]] std::string path(const std::string& directory, std::string_view suffix) const;
    /// A batch at `position`: index entries every `indexIntervalBytes`, the largest timestamp.
    void note(const BatchHeader& header, std::uint64_t position, std::int64_t indexIntervalBytes);
};

/// Cleaned segments on their way into a log: from the order to the lane until memory follows.
struct SegmentSwap {
    std::shared_ptr<SwapTicket> ticket;
    std::vector<Offset> bases;                  ///< of the segments that go; the new one has the first
    Offset end = 0;                             ///< base of the segment behind them
    std::unique_ptr<Segment> segment;
    std::vector<AbortedTransaction> aborted;    ///< what [bases.front(), end) still has of aborted transactions
    std::function<void(bool swapped)> done;     ///< once; false: cancelled by a cut, nothing has changed
};
/// "00000000000000000042"
std::string offsetFileName(Offset offset);

/// A batch that is in memory, because it is young.
struct HotBatch {
    Offset base = 0;
    Offset next = 0;
    Segment* segment = nullptr;
    std::uint64_t position = 0;
    Slice head; ///< the stamped header, or all of a small batch
    Slice rest;
    [[nodiscard]] std::uint64_t size() const { return head.size() + rest.size(); }
};

/// What every log of a node shares.
struct LogContext {
    Disk& disk;
    Scheduler& scheduler;
    Flusher& flusher;
    Journal& journal;
    std::uint64_t hotTailBytes = 4U << 20;
    std::uint64_t hotBytesAllMax = 256U << 20;
    std::uint64_t hotBytesAll = 0;
    bool synced = true; ///< Durability::Synced
    bool failed = false; ///< a sync failed: nothing is appended any more
    std::uint64_t lanes = 0; ///< how many there were: keys of the pool that are the same in every run of one history
};

struct LogCore : std::enable_shared_from_this<LogCore> {
    LogCore(LogContext& sharedContext, LogRoot& inRoot, TopicPartition id, Uuid topic, LogConfig settings);

    // --- who it is
    LogContext& context;
    LogRoot& root;
    TopicPartition tp;
    Uuid topicId;
    LogConfig config;
    std::string directory;
    [[nodiscard]] JournalKey journalKey() const { return {topicId, tp.partition}; }

    // --- what it holds
    Offset logStart = 0;
    Offset logEnd = 0;
    Offset highWatermark = 0;
    std::map<Offset, std::unique_ptr<Segment>> segments; ///< never empty once loaded
    EpochCache epochs;
    ProducerStates producers;
    std::set<Offset> snapshots;                 ///< offsets of valid producer snapshots, on disk or pending
    std::deque<HotBatch> hot;                   ///< contiguous, ends at logEnd
    std::uint64_t hotBytes = 0;
    Offset endAtCheckpoint = 0;                 ///< logEnd at the last checkpoint

    // --- how far it is on disk
    Offset written = 0;
    Offset durable = 0;
    Offset recoveryPoint = 0;
    Offset checkpointable = 0;                  ///< recovery point whose epochs are on disk too
    Offset announced = 0;                       ///< what the watcher was told
    std::array<Offset, 2> journaledEnd{-1, -1}; ///< per journal file: it is needed until recoveryPoint passes; -1 = not
    std::array<std::uint64_t, 2> journalGeneration{0, 0}; ///< of the file that got this log's entries; they can be replayed while it lasts
    bool createPending = false;                 ///< the directory is not synced and no Create entry says that it exists
    bool barrierNeeded = false;                 ///< a cut is in `pending`: only a direct sync makes anything durable
    bool epochsDirty = false;
    std::shared_ptr<Lane> lane;
    std::uint64_t laneKey = 0;
    std::vector<DiskOp> pending;
    std::uint64_t pendingBytes = 0;

    // --- jobs in flight; a cut lowers their ends
    struct InFlight {
        Offset end = 0;
        bool sync = false;
        bool clearsBarrier = false;
        bool lazy = false;
        bool withState = false; ///< epochs, indexes and snapshot of `end` go with it
    };
    std::optional<InFlight> laneJob;
    std::optional<InFlight> journalJob;
    bool queued = false;                        ///< in the flusher's list of what is not durable
    bool writeBackQueued = false;               ///< in its list of what is not written
    bool syncWanted = false;                    ///< in its list of lazy syncs
    bool stateWanted = false;                   ///< the next lazy sync also writes epochs, indexes, snapshot: a checkpoint is due
    bool full = false;                          ///< the disk has no space: appends are refused until a retry succeeds
    bool retired = false;                       ///< deleted
    std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false); ///< the same, for jobs in the pool

    std::function<void(Offset)> watcher;

    // --- compaction (cleaner.h)
    std::optional<Offset> cleanOffset;          ///< below it the log is clean: cleaner-offset-checkpoint; nothing = never cleaned
    std::uint64_t cuts = 0;                     ///< rises with each truncation: what a cleaner read before is void
    std::optional<SegmentSwap> swap;            ///< in the lane, or on its way there
    bool uncleanable = false;                   ///< a batch in it cannot be read: left alone until the next start

    // --- steps shared by Log, loader and manager (log_core.cpp)
    [[nodiscard]] Segment& active() { return *segments.rbegin()->second; }
    /// The segment that holds `offset` (the last one whose base is at or below it).
    [[nodiscard]] Segment* segmentOf(Offset offset);
    [[nodiscard]] bool metadataLog() const { return config.metadataLog; }
    [[nodiscard]] std::uint64_t undurableBytes() const;
    [[nodiscard]] bool journaled() const { return journaledEnd[0] >= 0 || journaledEnd[1] >= 0; }
    Segment& addSegment(Offset base);
    /// Before a batch of `bytes` whose last offset is `last`.
    [[nodiscard]] bool mustRoll(std::uint64_t bytes, Offset last, WallMs maxTimestamp, WallMs now);
    void rollSegment();
    /// The batch goes to the end of the active segment: sizes, indexes, epochs, producers, hot tail, pending write. Checked before.
    void store(const BatchHeader& header, Slice head, Slice rest, const std::optional<EndMarker>& marker);
    void noteInIndex(Segment& segment, const BatchHeader& header, std::uint64_t position);
    void trimHot();
    void trimHotTo(std::uint64_t allowed);
    void dropHot();
    /// Called at every checkpoint: when nothing was appended since the last one, what is on disk leaves the memory. Returns the bytes that left.
    std::uint64_t dropIdleHot();
    void relaxClosedSegments();                 ///< a descriptor for the active segment only, and for those being read
    void setLogStart(Offset offset);            ///< memory only; drops whole segments below it
    void putIndexFiles(Segment& segment, bool final);
    void putEpochs();
    void putSnapshot();
    /// `first`: durably before anything else changes in the directory.
    void removeSegment(Offset base, bool first = false);
    void announce();
    /// Hands a cleaned segment over to the lane. The segments it replaces are whole, synced, closed, and below any cut.
    void beginSwap(SegmentSwap next);
    /// The lane is done with it: memory follows.
    void finishSwap();
    /// Before [from, end) goes: no swap that touches it is left. May block for the few renames of one that has begun.
    Result<void> settleSwapAbove(Offset from);
    /// Drops whole segments below the log's start; those that are being swapped wait.
    void dropSegmentsBelowStart();
    /// Small files that must be there before the recovery point passes what is in memory now.
    void putStateForSync();

    // --- reading files (log_reader.cpp); may block for cold data
    Result<void> loadIndex(Segment& segment);
    /// Position of the first batch that ends above `offset`, and its header; nothing at the end of the segment.
    struct Located {
        std::uint64_t position = 0;
        BatchHeader header;
    };
    Result<std::optional<Located>> locate(Segment& segment, Offset offset);
    /// Walks [position, segment end) header by header; `each` returns false to stop.
    Result<void> scan(Segment& segment, std::uint64_t position, const std::function<bool(const BatchHeader&, std::uint64_t)>& each);
    /// Whole bytes of a segment, from memory where the file does not have them yet.
    Result<Slice> readRange(Segment& segment, std::uint64_t position, std::uint64_t length);
    /// Calls `each` with the header of every batch of [from, to) and where it lies; stops when it returns false.
    Result<void> walk(Offset from, Offset to, const std::function<bool(const BatchHeader&, Segment&, std::uint64_t)>& each);
    Result<void> applyBatches(ProducerStates& states, Offset from, Offset to);
    /// From the newest snapshot at or below `end`, and the batches behind it.
    Result<void> rebuildProducers(Offset end);
    /// Recomputes maxTimestamp from the time index and what follows its last entry.
    Result<void> refreshMaxTimestamp(Segment& segment);
};

} // namespace broker::storage
