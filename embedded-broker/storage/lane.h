#pragma once
// A lane carries one partition's disk work, in order: writes, cuts, small files, renames. The loop collects operations while a job runs;
// one job of a lane runs at a time, on any thread of the pool. Nothing here knows of offsets in memory.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/storage/checkpoint_files.h"
#include "embedded-broker/storage/journal.h"

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
    /// True once: the caller takes over that the directory entry needs a sync.
    bool takeNew();

private:
    Disk& m_disk;
    std::string m_path;
    std::mutex m_mutex;
    std::shared_ptr<File> m_file;
    std::weak_ptr<File> m_shared; ///< the handle of a relaxed one, while a fetch holds it
    bool m_relaxed = false;
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
/// Before a cut: all that the lane has is synced, the recovery point is not above the cut, and the journal forgets this partition.
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
using DiskOp = std::variant<MakeLogOp, WriteOp, TruncateOp, PutFileOp, RemoveFilesOp, BarrierOp, RetireOp>;

/// One log.dir and its three checkpoints.
struct LogRoot {
    LogRoot(Disk& disk, std::string directory);
    std::string path;
    Uuid directoryId;
    OffsetCheckpoint recoveryPoints;
    OffsetCheckpoint highWatermarks;
    OffsetCheckpoint logStarts;
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
