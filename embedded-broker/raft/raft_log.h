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
    /// when the log has everything. Given once.
    virtual std::optional<Batch> takeSnapshot() { return std::nullopt; }
    /// Called in a turn of its own after syncedEndOffset() has moved. One watcher.
    virtual void onSynced(std::function<void()> watcher) = 0;
};

} // namespace broker::raft
