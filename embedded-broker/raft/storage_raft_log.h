#pragma once
// The quorum's log on disk: __cluster_metadata-0, an ordinary log of the LogManager. Loop thread.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/raft/raft_log.h"
#include "embedded-broker/raft/snapshot_files.h"
#include "embedded-broker/storage/log.h"

#include <memory>
#include <optional>
#include <utility>

namespace broker::raft {

/// How much of the past is kept beside the newest snapshot; -1: no limit.
struct SnapshotRetention {
    std::int64_t bytes = 100LL << 20;                ///< metadata.max.retention.bytes, of log and snapshots
    std::int64_t ms = 7LL * 24 * 3600 * 1000;        ///< metadata.max.retention.ms
};

/// Control records in our form of a RaftLog batch, shared with tests: one batch with a LeaderChange record.
Slice buildLeaderChangeBatch(WallMs now, NodeId leader, const std::vector<NodeId>& voters, const std::vector<NodeId>& granting);
/// One batch with a record (null key) per value.
Slice buildRecordsBatch(WallMs now, const std::vector<Slice>& values);
/// Takes whole batches apart, checksums checked. Corrupt when they are not.
Result<std::vector<Batch>> parseBatches(const Slice& bytes);

class StorageRaftLog final : public RaftLog {
public:
    StorageRaftLog(std::shared_ptr<storage::Log> log, Disk& disk, DiskPool& pool, Scheduler& scheduler, SnapshotRetention retention = {});
    /// Reads the snapshot that a log whose beginning was cut needs; a log that ends before its snapshot continues behind it. Blocking, at
    /// start. Corrupt when the log has no beginning and no snapshot stands for it.
    Result<void> loadSnapshot();
    ~StorageRaftLog() override;

    [[nodiscard]] Offset startOffset() const override;
    [[nodiscard]] Offset endOffset() const override;
    [[nodiscard]] Offset syncedEndOffset() const override;
    [[nodiscard]] QuorumEpoch lastEpoch() const override;
    [[nodiscard]] OffsetAndEpoch endOffsetForEpoch(QuorumEpoch epoch) const override;
    Result<Offset> append(QuorumEpoch epoch, WallMs now, const std::vector<Slice>& values) override;
    Result<Offset> appendLeaderChange(QuorumEpoch epoch, WallMs now, NodeId leader, const std::vector<NodeId>& voters,
                                      const std::vector<NodeId>& granting) override;
    Result<void> appendFetched(const Payload& batches) override;
    Result<void> truncate(Offset offset) override;
    Result<Payload> readBytes(Offset from, std::uint64_t maxBytes) override;
    Result<std::vector<Batch>> readBatches(Offset from, Offset upTo, std::uint64_t maxBytes) override;
    std::optional<Batch> takeSnapshot() override { return std::exchange(m_snapshot, std::nullopt); }
    [[nodiscard]] std::optional<OffsetAndEpoch> latestSnapshot() const override;
    void writeSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, LogReply<void> reply) override;
    void readSnapshot(const OffsetAndEpoch& end, std::uint64_t position, std::uint32_t maxBytes, LogReply<SnapshotPiece> reply) override {
        m_files.read(end, position, maxBytes, std::move(reply));
    }
    [[nodiscard]] std::uint64_t received(const OffsetAndEpoch& end) const override { return m_files.received(end); }
    void receiveSnapshot(const OffsetAndEpoch& end, std::uint64_t size, Payload bytes, LogReply<bool> reply) override;
    Result<void> adoptSnapshot(const OffsetAndEpoch& end) override;
    void onSynced(std::function<void()> watcher) override;

private:
    Result<Offset> appendBatch(const Slice& batch, QuorumEpoch epoch);
    /// The epoch of the record before the log's start, where a snapshot tells; else -1.
    [[nodiscard]] QuorumEpoch epochBeforeStart() const;
    /// As long as there is too much: the oldest snapshot goes, and the log begins where the next one ends.
    void cutBeginning();
    std::shared_ptr<storage::Log> m_log;
    Disk& m_disk;
    Scheduler& m_scheduler;
    SnapshotRetention m_retention;
    SnapshotFiles m_files;
    std::optional<Batch> m_snapshot;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::raft
