#pragma once
// The snapshots beside the quorum's log, as files: which there are, writing one, reading a piece of one for a follower, and receiving one
// piece by piece. What is not whole is a ".part" until all of it is synced and checked; a start removes what was left of one.
// Loop thread; the disk is touched in jobs of the pool, in order. Replies come in turns of their own, none after destruction.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/raft/metadata_snapshot.h"
#include "embedded-broker/raft/raft_log.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::raft {

class SnapshotFiles {
public:
    struct Facts {
        OffsetAndEpoch end;
        std::uint64_t bytes = 0;
        WallMs lastTimestamp = -1; ///< of the newest record in it
    };
    SnapshotFiles(Disk& disk, DiskPool& pool, Scheduler& scheduler, std::string directory);
    ~SnapshotFiles();
    SnapshotFiles(const SnapshotFiles&) = delete;
    SnapshotFiles& operator=(const SnapshotFiles&) = delete;

    /// Blocking, at start.
    Result<void> open();
    /// By end offset.
    [[nodiscard]] const std::map<Offset, Facts>& all() const { return m_all; }
    [[nodiscard]] std::uint64_t bytes() const;

    void write(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, LogReply<void> reply);
    void read(const OffsetAndEpoch& end, std::uint64_t position, std::uint32_t maxBytes, LogReply<SnapshotPiece> reply);
    [[nodiscard]] std::uint64_t received(const OffsetAndEpoch& end) const { return m_receiving && m_receiving->end == end ? m_receiving->bytes : 0; }
    /// Its records when it is whole; nothing while pieces are missing.
    void receive(const OffsetAndEpoch& end, std::uint64_t size, Payload bytes, LogReply<std::optional<Batch>> reply);
    /// Those that end below `offset`.
    void removeBelow(Offset offset);

private:
    struct Receiving {
        OffsetAndEpoch end;
        std::uint64_t size = 0;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] std::string pathOf(const OffsetAndEpoch& end) const;
    template <class T>
    void job(std::function<Result<T>()> work, std::function<void(Result<T>)> done);

    Disk& m_disk;
    DiskPool& m_pool;
    Scheduler& m_scheduler;
    std::string m_directory;
    std::map<Offset, Facts> m_all;
    std::optional<Receiving> m_receiving;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::raft
