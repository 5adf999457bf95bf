#pragma once
// A snapshot of the metadata on disk, as Apache Kafka leaves it beside the quorum's log: `<end offset>-<epoch>.checkpoint`, 20 and 10 digits,
// in __cluster_metadata-0. It has all that the records below its end offset come to, between a header and a footer; Kafka then cuts the
// log's beginning. Blocking; called at start.

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
/// The one that reaches furthest; nothing when there is none.
Result<std::optional<SnapshotFile>> latestSnapshot(Disk& disk, const std::string& directory);
/// Its records as one batch [0, end). Corrupt when a checksum is wrong, or header or footer are missing.
Result<Batch> readSnapshot(Disk& disk, const SnapshotFile& file);

} // namespace broker::raft
