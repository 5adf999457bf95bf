#pragma once
// Which segments have served: retention.ms, retention.bytes, and producers that fell silent. Loop thread.

#include "embedded-broker/storage/log_core.h"

namespace broker::storage {

/// Drops whole segments from the start of the log, oldest first, never one that reaches above the high watermark or above what is
/// durable. The quorum's log is left alone.
void applyRetention(LogCore& core, WallMs now, std::int64_t producerExpirationMs);

} // namespace broker::storage
