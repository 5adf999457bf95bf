#pragma once
// The quorum's log on disk: __cluster_metadata-0, an ordinary log of the LogManager. Loop thread.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/raft/raft_log.h"
#include "embedded-broker/storage/log.h"

#include <memory>
#include <optional>
#include <utility>

namespace broker::raft {

/// Control records in our form of a RaftLog batch, shared with tests: one batch with a LeaderChange record.
Slice buildLeaderChangeBatch(WallMs now, NodeId leader, const std::vector<NodeId>& voters, const std::vector<NodeId>& granting);
/// One batch with a record (null key) per value.
Slice buildRecordsBatch(WallMs now, const std::vector<Slice>& values);
/// Takes whole batches apart, checksums checked. Corrupt when they are not.
Result<std::vector<Batch>> parseBatches(const Slice& bytes);

class StorageRaftLog final : public RaftLog {
public:
    explicit StorageRaftLog(std::shared_ptr<storage::Log> log);
    /// Reads the snapshot that a log whose beginning was cut needs; a log that ends before its snapshot continues behind it. Blocking, at
    /// start. Corrupt when the log has no beginning and no snapshot stands for it.
    Result<void> loadSnapshot(Disk& disk);
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
    void onSynced(std::function<void()> watcher) override;

private:
    Result<Offset> appendBatch(const Slice& batch, QuorumEpoch epoch);
    std::shared_ptr<storage::Log> m_log;
    std::optional<Batch> m_snapshot;
    OffsetAndEpoch m_snapshotEnd{-1, 0}; ///< epoch -1: there is none
};

} // namespace broker::raft
