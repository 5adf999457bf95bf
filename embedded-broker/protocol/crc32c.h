#pragma once
// CRC-32C (Castagnoli), the checksum of record batches and producer snapshots. Uses SSE 4.2 where the processor has it,
// on three streams at once; tables elsewhere.

#include "embedded-broker/base/buffer.h"

#include <cstdint>

namespace broker::protocol {

/// Checksum of `bytes`; with `before` = crc32c(a), crc32c(b, before) is the checksum of a followed by b.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

/// The same by tables only: what machines without the instruction use; here so that a test can compare.
std::uint32_t crc32cByTables(Bytes bytes, std::uint32_t before = 0);

} // namespace broker::protocol
