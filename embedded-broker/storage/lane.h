#pragma once
// A lane carries one partition's disk work, in order: writes, cuts, small files, renames. The loop collects operations while a job runs;
// one job of a lane runs at a time, on any thread of the pool. Nothing here knows of offsets in memory.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/storage/checkpoint_files.h"
#include "embedded-broker/storage/journal.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace broker::storage {

/// A segment's file, opened when first needed. Any thread; the mutex guards the handle.
class SegmentFile {
public:
    SegmentFile(Disk& disk, std::string path, bool isNew) : m_disk(disk), m_path(std::move(path)), m_new(isNew) {}
    Result<std::shared_ptr<File>> open();
    [[nodiscard]] const std::string& path() const { return m_path; }
    /// The segment is closed and synced: the handle stays only as long as somebody reads through it. False when it was so already.
    bool relax();
    /// It is written to again: a cut made it the active one.
    void keep();
    /// The name is about to mean another file: opens this one now and holds it until the last user lets go.
    Result<void> pin();
    /// True once: the caller takes over that the directory entry needs a sync.
    bool takeNew();

private:
    Disk& m_disk;
    std::string m_path;
    std::mutex m_mutex;
    std::shared_ptr<File> m_file;
    std::weak_ptr<File> m_shared; ///< the handle of a relaxed one, while a fetch holds it
    bool m_relaxed = false;
    bool m_pinned = false;
    bool m_new;
};

struct MakeLogOp {
    std::string metadata; ///< content of partition.metadata
};
struct WriteOp {
    std::shared_ptr<SegmentFile> file;
    std::uint64_t position = 0;
    std::vector<Slice> pieces;
    std::uint64_t bytes = 0;
};
struct TruncateOp {
    std::shared_ptr<SegmentFile> file;
    std::uint64_t size = 0;
};
/// A small file that can be rebuilt (index, snapshot): not synced unless `durable`.
struct PutFileOp {
    std::string path;
    std::string content;
    bool durable = false;
};
struct RemoveFilesOp {
    std::vector<std::string> paths; ///< missing ones are fine
    bool durable = false;           ///< before the next operation
};
/// Before a cut: all that the lane has is synced, recovery point and clean offset are not above the cut, and the journal forgets this partition.
struct BarrierOp {
    TopicPartition tp;
    Offset recoveryPoint = 0;
    bool journaled = false;
    JournalKey key;
};
/// The end of a log: its directory gets another name; with `removeAll` it then goes.
struct RetireOp {
    TopicPartition tp;
    std::string newDirectory;
    bool removeAll = false;
};
/// Whether a swap has begun. The loop may cancel it before; the lane runs it to its end after.
class SwapTicket {
public:
    enum class State : std::uint8_t { Waiting, Cancelled, Begun, Done };
    bool begin() { return move(State::Waiting, State::Begun) || m_state == State::Begun; } ///< again after NoSpace
    bool cancel() { return move(State::Waiting, State::Cancelled); }
    void finish() { m_state = State::Done; }
    [[nodiscard]] bool done() const { return m_state == State::Done; }

private:
    bool move(State from, State to) { return m_state.compare_exchange_strong(from, to); }
    std::atomic<State> m_state = State::Waiting;
};
/// A cleaned segment takes the place of those it was made from. Its files, `stem`.log.cleaned and so on, are written and synced. At each
/// step a start finds either the old segments whole or the new one: the .swap of the .log says that the old ones may go.
struct SwapOp {
    std::shared_ptr<SwapTicket> ticket;
    TopicPartition tp;
    Offset recoveryPoint = 0;         ///< behind all of it: a start must not take the gaps for a torn log
    std::shared_ptr<std::atomic<bool>> gone;
    std::string stem;                 ///< directory and base offset
    bool txnIndex = false;            ///< there is a .txnindex
    std::vector<std::string> removed; ///< files of the other segments
    int step = 0;                     ///< done already, before the disk was full
};
/// Below it the log is clean now: into cleaner-offset-checkpoint, in order with the cuts that lower it.
struct CleanOffsetOp {
    TopicPartition tp;
    Offset offset = 0;
    std::shared_ptr<std::atomic<bool>> gone;
};
using DiskOp = std::variant<MakeLogOp, WriteOp, TruncateOp, PutFileOp, RemoveFilesOp, BarrierOp, RetireOp, SwapOp, CleanOffsetOp>;

/// One log.dir and its four checkpoints.
struct LogRoot {
    LogRoot(Disk& disk, std::string directory);
    std::string path;
    Uuid directoryId;
    OffsetCheckpoint recoveryPoints;
    OffsetCheckpoint highWatermarks;
    OffsetCheckpoint logStarts;
    OffsetCheckpoint cleaned;
};

class Lane {
public:
    Lane(Disk& disk, Journal& journal, LogRoot& root, std::string directory)
        : m_disk(disk), m_journal(journal), m_root(root), m_directory(std::move(directory)) {}

    struct Outcome {
        std::size_t done = 0;    ///< operations that are finished; the rest may be tried again after NoSpace
        Result<void> result;
        bool syncFailed = false; ///< never acknowledge anything again
    };
    Outcome run(std::vector<DiskOp>& ops, bool sync);

private:
    Result<void> perform(MakeLogOp& op);
    Result<void> perform(WriteOp& op);
    Result<void> perform(TruncateOp& op);
    Result<void> perform(PutFileOp& op);
    Result<void> perform(RemoveFilesOp& op);
    Result<void> perform(BarrierOp& op);
    Result<void> perform(RetireOp& op);
    Result<void> perform(SwapOp& op);
    Result<void> perform(CleanOffsetOp& op);
    Result<void> removeStaleCleaned(const SwapOp& op);
    Result<void> syncAll();
    Result<std::shared_ptr<File>> openForWrite(SegmentFile& file);

    Disk& m_disk;
    Journal& m_journal;
    LogRoot& m_root;
    std::string m_directory;
    std::map<std::string, std::shared_ptr<SegmentFile>> m_dirty; ///< by path: segments are synced oldest first
    bool m_directoryDirty = false;
    bool m_rootDirty = false;
    bool m_syncFailed = false;
};

} // namespace broker::storage
