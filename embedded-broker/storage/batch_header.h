#pragma once
// The 61 bytes in front of a record batch (magic 2), as storage needs them: read from the file without the records behind
// them, and stamped with offset and epoch in a copy. Reading records is protocol/record_batch.h's work.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/ids.h"

#include <cstdint>
#include <optional>
#include <span>

namespace broker::storage {

inline constexpr std::size_t kBatchHeaderBytes = 61;
inline constexpr std::size_t kBatchOverheadBytes = 12; ///< base offset and length: not counted in `length`
inline constexpr std::size_t kCrcCoversFrom = 21;      ///< the checksum is of [attributes, end)

struct BatchHeader {
    Offset baseOffset = 0;
    std::int32_t length = 0;
    LeaderEpoch leaderEpoch = 0;
    std::int8_t magic = 0;
    std::uint32_t crc = 0;
    std::int16_t attributes = 0;
    std::int32_t lastOffsetDelta = 0;
    WallMs baseTimestamp = 0;
    WallMs maxTimestamp = 0;
    ProducerId producerId = kNoProducerId;
    ProducerEpoch producerEpoch = -1;
    std::int32_t baseSequence = -1;
    std::int32_t recordCount = 0;

    [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(length) + kBatchOverheadBytes; }
    [[nodiscard]] Offset lastOffset() const { return baseOffset + lastOffsetDelta; }
    [[nodiscard]] Offset nextOffset() const { return lastOffset() + 1; }
    [[nodiscard]] int codec() const { return attributes & 0x07; }
    [[nodiscard]] bool logAppendTime() const { return (attributes & 0x08) != 0; }
    [[nodiscard]] bool transactional() const { return (attributes & 0x10) != 0; }
    [[nodiscard]] bool control() const { return (attributes & 0x20) != 0; }
    [[nodiscard]] bool hasProducer() const { return producerId != kNoProducerId; }
    /// Of the last record; sequences wrap to 0 after the largest int32.
    [[nodiscard]] std::int32_t lastSequence() const;
};

/// Nothing when there are fewer than 61 bytes, or the fields cannot be those of a batch (length, magic, counts).
std::optional<BatchHeader> parseBatchHeader(Bytes bytes);

/// `batch` is one whole batch.
bool batchChecksumHolds(Bytes batch, const BatchHeader& header);

/// Stamps a writable copy of at least 61 bytes.
void stampOffsetAndEpoch(std::span<std::byte> header, Offset baseOffset, LeaderEpoch epoch);

/// `sequence` + `delta`, wrapping as Kafka does.
std::int32_t addSequence(std::int32_t sequence, std::int32_t delta);

} // namespace broker::storage
