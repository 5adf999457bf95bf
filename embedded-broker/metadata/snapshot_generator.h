#pragma once
// Decides when the metadata are written down as a whole, as every Kafka node does for itself: after so many bytes of records, or at the first
// change after so long. Never in the middle of a metadata transaction. Owned by the node; loop thread.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/metadata/metadata_image.h"

#include <functional>
#include <memory>

namespace broker::metadata {

class SnapshotGenerator {
public:
    struct Options {
        std::uint64_t bytes = 20U << 20;    ///< metadata.log.max.record.bytes.between.snapshots
        Duration interval = seconds(3600);  ///< metadata.log.max.snapshot.interval.ms; 0: only by bytes
    };
    using Write = std::function<void(const ImagePtr& image, WallMs lastTimestamp, std::function<void(Result<void>)> done)>;

    SnapshotGenerator(Options options, Scheduler& scheduler, Write write);
    ~SnapshotGenerator();
    SnapshotGenerator(const SnapshotGenerator&) = delete;
    SnapshotGenerator& operator=(const SnapshotGenerator&) = delete;

    /// `image` has `bytes` more records, the newest of `timestamp`.
    void changed(const ImagePtr& image, std::uint64_t bytes, WallMs timestamp, bool inTransaction);
    /// `image` is a snapshot itself.
    void loaded(WallMs timestamp);

private:
    Options m_options;
    Scheduler& m_scheduler;
    Write m_write;
    std::uint64_t m_bytes = 0;   ///< since the last one
    Instant m_since;             ///< when that was
    WallMs m_timestamp = -1;
    bool m_writing = false;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::metadata
