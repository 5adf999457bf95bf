#pragma once
// A snapshot of the metadata on disk, as Apache Kafka has it beside the quorum's log: `<end offset>-<epoch>.checkpoint`, 20 and 10 digits,
// in __cluster_metadata-0. It has all that the records below its end offset come to, between a header and a footer; the log's beginning may
// then be cut. Blocking: at start, or in a job of the pool.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/raft/raft_log.h"

#include <optional>
#include <string>
#include <string_view>

namespace broker::raft {

struct SnapshotFile {
    std::string path;
    OffsetAndEpoch end; ///< the first offset that is not in it, and the epoch of the last one that is
};

/// Nothing when it is not the name of a finished snapshot.
std::optional<OffsetAndEpoch> parseSnapshotName(std::string_view name);
std::string snapshotName(const OffsetAndEpoch& end);
/// The bytes of one. `lastTimestamp`: of the newest record that is in it.
std::string buildSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, WallMs now, const std::vector<Slice>& values);
/// What its header says of the newest record in it; -1 when it has none.
WallMs snapshotTimestamp(File& file);
inline constexpr std::uint64_t kSnapshotBytesMax = 1ULL << 30;
/// Its records as one batch [0, end). Corrupt as below; `name` is for the message.
Result<Batch> parseSnapshot(const Slice& content, const OffsetAndEpoch& end, const std::string& name);
/// The same of a file. Corrupt when a checksum is wrong, or header or footer are missing.
Result<Batch> readSnapshot(Disk& disk, const SnapshotFile& file);

} // namespace broker::raft
