#include "embedded-broker/storage/batch_header.h"

#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/storage/bytes.h"

#include <limits>

namespace broker::storage {

std::int32_t addSequence(std::int32_t sequence, std::int32_t delta) {
    constexpr std::int64_t kModulo = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
    return static_cast<std::int32_t>((std::int64_t{sequence} + delta) % kModulo);
}

std::int32_t BatchHeader::lastSequence() const { return baseSequence < 0 ? -1 : addSequence(baseSequence, lastOffsetDelta); }

std::optional<BatchHeader> parseBatchHeader(Bytes bytes) {
    if (bytes.size() < kBatchHeaderBytes)
        return std::nullopt;
    const auto* at = bytes.data();
    BatchHeader header;
    header.baseOffset = loadBig<std::int64_t>(at);
    header.length = loadBig<std::int32_t>(at + 8);
    header.leaderEpoch = loadBig<std::int32_t>(at + 12);
    header.magic = loadBig<std::int8_t>(at + 16);
    header.crc = loadBig<std::uint32_t>(at + 17);
    header.attributes = loadBig<std::int16_t>(at + 21);
    header.lastOffsetDelta = loadBig<std::int32_t>(at + 23);
    header.baseTimestamp = loadBig<std::int64_t>(at + 27);
    header.maxTimestamp = loadBig<std::int64_t>(at + 35);
    header.producerId = loadBig<std::int64_t>(at + 43);
    header.producerEpoch = loadBig<std::int16_t>(at + 51);
    header.baseSequence = loadBig<std::int32_t>(at + 53);
    header.recordCount = loadBig<std::int32_t>(at + 57);
    if (header.magic != 2 || header.length < static_cast<std::int32_t>(kBatchHeaderBytes - kBatchOverheadBytes))
        return std::nullopt;
    if (header.baseOffset < 0 || header.lastOffsetDelta < 0 || header.recordCount < 0 ||
        header.baseOffset > std::numeric_limits<Offset>::max() - header.lastOffsetDelta - 1)
        return std::nullopt;
    return header;
}

bool batchChecksumHolds(Bytes batch, const BatchHeader& header) {
    return protocol::crc32c(batch.subspan(kCrcCoversFrom, header.size() - kCrcCoversFrom)) == header.crc;
}

void stampOffsetAndEpoch(std::span<std::byte> header, Offset baseOffset, LeaderEpoch epoch) {
    storeBig(header.data(), baseOffset);
    storeBig(header.data() + 12, epoch);
}

} // namespace broker::storage
