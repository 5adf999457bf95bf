#include "embedded-broker/protocol/record_frame.h"

#include <fmt/format.h>
#include <limits>

namespace broker::protocol {

void writeMetadataRecordHead(Writer& writer, MetadataRecordHead head) {
    writer.unsignedVarint(kMetadataFrameVersion);
    writer.unsignedVarint(static_cast<std::uint32_t>(head.type));
    writer.unsignedVarint(static_cast<std::uint32_t>(head.version));
}

Result<MetadataRecordHead> readMetadataRecordHead(Reader& reader) {
    const auto frame = reader.unsignedVarint();
    if (reader.ok() && frame != kMetadataFrameVersion)
        return fail(ErrorCode::Unsupported, fmt::format("A metadata record has frame version {}; only {} is known.", frame, kMetadataFrameVersion));
    const auto type = reader.unsignedVarint();
    const auto version = reader.unsignedVarint();
    constexpr std::uint32_t kMax = std::numeric_limits<std::int16_t>::max();
    if (!reader.ok())
        return std::unexpected(*reader.error());
    if (type > kMax || version > kMax)
        return fail(ErrorCode::Corrupt, fmt::format("A metadata record claims type {} version {}.", type, version));
    return MetadataRecordHead{static_cast<std::int16_t>(type), static_cast<std::int16_t>(version)};
}

Result<std::int16_t> readCoordinatorKeyType(Reader& reader) {
    const std::int16_t type = reader.int16();
    if (!reader.ok())
        return std::unexpected(*reader.error());
    return type;
}

} // namespace broker::protocol
