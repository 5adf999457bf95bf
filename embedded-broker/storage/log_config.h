#pragma once
// What one topic's settings say about its logs. Names and defaults are Kafka's (4.3); `node` fills one in from the
// broker's defaults and the topic's overrides and hands it to LogManager::reconfigure.

#include "embedded-broker/base/ids.h"

#include <cstdint>
#include <limits>

namespace broker::storage {

enum class TimestampType : std::uint8_t { CreateTime, LogAppendTime };

struct LogConfig {
    std::int64_t segmentBytes = 1LL << 30;                 ///< segment.bytes, 1 MiB..2 GiB-1 (tests use less)
    std::int64_t segmentMs = 7LL * 24 * 3600 * 1000;       ///< segment.ms
    std::int64_t segmentJitterMs = 0;                      ///< segment.jitter.ms
    std::int64_t segmentIndexBytes = 10LL << 20;           ///< segment.index.bytes
    std::int64_t indexIntervalBytes = 4096;                ///< index.interval.bytes
    std::int64_t retentionBytes = -1;                      ///< retention.bytes; -1 = no limit
    std::int64_t retentionMs = 7LL * 24 * 3600 * 1000;     ///< retention.ms; -1 = no limit
    std::int64_t fileDeleteDelayMs = 60'000;               ///< file.delete.delay.ms
    std::int64_t deleteRetentionMs = 24LL * 3600 * 1000;   ///< delete.retention.ms
    std::int32_t maxMessageBytes = 1'048'588;              ///< max.message.bytes: of a batch as stored
    std::int64_t timestampBeforeMaxMs = std::numeric_limits<std::int64_t>::max(); ///< message.timestamp.before.max.ms
    std::int64_t timestampAfterMaxMs = 3'600'000;          ///< message.timestamp.after.max.ms
    TimestampType timestampType = TimestampType::CreateTime; ///< message.timestamp.type
    double minCleanableDirtyRatio = 0.5;                   ///< min.cleanable.dirty.ratio, 0..1
    std::int64_t minCompactionLagMs = 0;                   ///< min.compaction.lag.ms
    std::int64_t maxCompactionLagMs = std::numeric_limits<std::int64_t>::max(); ///< max.compaction.lag.ms
    bool compact = false;                                  ///< cleanup.policy contains compact
    bool deleteOld = true;                                 ///< cleanup.policy contains delete
    /// Never journaled, each append synced in its own file, no retention: the quorum's log.
    bool metadataLog = false;
};

} // namespace broker::storage
