#pragma once
// What the group coordinator is told by its broker's settings.

#include <cstdint>

namespace broker::groups {

/// Kafka's settings of the group coordinator, in its own units.
struct GroupConfig {
    std::int32_t minSessionTimeoutMs = 6000;           ///< group.min.session.timeout.ms
    std::int32_t maxSessionTimeoutMs = 1800000;        ///< group.max.session.timeout.ms
    std::int32_t initialRebalanceDelayMs = 3000;       ///< group.initial.rebalance.delay.ms
    std::int32_t maxSize = INT32_MAX;                  ///< group.max.size
    std::int32_t offsetMetadataMaxBytes = 4096;        ///< offset.metadata.max.bytes
    std::int64_t offsetsRetentionMs = 7LL * 24 * 3600 * 1000; ///< offsets.retention.minutes
    std::int64_t retentionCheckIntervalMs = 600000;    ///< offsets.retention.check.interval.ms
};

} // namespace broker::groups
