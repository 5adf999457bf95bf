#pragma once
// The quorum's log as the raft code needs it. storage_raft_log.h is the one on disk; tests have one in memory. Appends and
// truncations show at once in every getter; only syncedEndOffset() waits for the disk. Loop thread.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/raft/messages.h"

#include <functional>
#include <optional>
#include <vector>

namespace broker::raft {

/// The part that the pure core reads.
class RaftLogView {
public:
    virtual ~RaftLogView() = default;
    [[nodiscard]] virtual Offset startOffset() const = 0;
    [[nodiscard]] virtual Offset endOffset() const = 0;
    [[nodiscard]] virtual Offset syncedEndOffset() const = 0;
    [[nodiscard]] virtual QuorumEpoch lastEpoch() const = 0; ///< of the last record; 0 in an empty log
    /// The largest epoch <= `epoch` in the log and where it ends; {-1, startOffset} when there is none.
    [[nodiscard]] virtual OffsetAndEpoch endOffsetForEpoch(QuorumEpoch epoch) const = 0;
    [[nodiscard]] OffsetAndEpoch end() const { return {lastEpoch(), endOffset()}; }
    /// The whole snapshot beside the log that reaches furthest. There is one whenever startOffset() is above 0.
    [[nodiscard]] virtual std::optional<OffsetAndEpoch> latestSnapshot() const { return std::nullopt; }
};

/// A committed batch, taken apart.
struct Batch {
    Offset baseOffset = 0;
    Offset nextOffset = 0; ///< last offset + 1
    QuorumEpoch epoch = 0;
    WallMs timestamp = -1;
    bool control = false;  ///< leader changes, snapshot headers: nothing for the listener
    std::uint64_t bytes = 0;
    std::vector<Slice> records; ///< values, in order of offset
};

/// A piece of a snapshot file.
struct SnapshotPiece {
    std::uint64_t size = 0; ///< of the whole
    Payload bytes;
};
template <class T>
using LogReply = std::function<void(Result<T>)>;

class RaftLog : public RaftLogView {
public:
    /// One batch of records without keys; all or nothing. Answers the last offset.
    virtual Result<Offset> append(QuorumEpoch epoch, WallMs now, const std::vector<Slice>& values) = 0;
    /// The control record with which a leader opens its epoch.
    virtual Result<Offset> appendLeaderChange(QuorumEpoch epoch, WallMs now, NodeId leader, const std::vector<NodeId>& voters,
                                              const std::vector<NodeId>& granting) = 0;
    /// Batches of another replica: offsets and epochs stay. The first one starts at endOffset().
    virtual Result<void> appendFetched(const Payload& batches) = 0;
    /// Removes [offset, end).
    virtual Result<void> truncate(Offset offset) = 0;
    /// Whole batches from `from` on, at least one if there is one.
    virtual Result<Payload> readBytes(Offset from, std::uint64_t maxBytes) = 0;
    /// Batches of [from, upTo), about `maxBytes` of them. Both are batch boundaries.
    virtual Result<std::vector<Batch>> readBatches(Offset from, Offset upTo, std::uint64_t maxBytes) = 0;
    /// What the records below the log's start come to, as one batch [0, its nextOffset); startOffset() <= nextOffset <= endOffset(). Nothing
    /// when the log has everything. Given once, at start and after each adoptSnapshot().
    virtual std::optional<Batch> takeSnapshot() { return std::nullopt; }

    // --- snapshots; replies come in a turn of their own ---------------------------------------------------------------
    /// `values` are what all committed records below `end` come to. When that is on disk the log may begin later.
    virtual void writeSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, LogReply<void> reply) = 0;
    /// NotFound when there is none, OutOfRange when it ends at or before `position`.
    virtual void readSnapshot(const OffsetAndEpoch& end, std::uint64_t position, std::uint32_t maxBytes, LogReply<SnapshotPiece> reply) = 0;
    /// How much of it has been received in this run of the process.
    [[nodiscard]] virtual std::uint64_t received(const OffsetAndEpoch& end) const = 0;
    /// The piece at received(end) of a snapshot of `size` bytes. True: it is whole and on disk, adoptSnapshot() comes next. Corrupt: it is no
    /// snapshot, and all of it was thrown away.
    virtual void receiveSnapshot(const OffsetAndEpoch& end, std::uint64_t size, Payload bytes, LogReply<bool> reply) = 0;
    /// Forgets all records; the log goes on behind the snapshot that was received.
    virtual Result<void> adoptSnapshot(const OffsetAndEpoch& end) = 0;

    /// Called in a turn of its own after syncedEndOffset() has moved. One watcher.
    virtual void onSynced(std::function<void()> watcher) = 0;
};

} // namespace broker::raft
