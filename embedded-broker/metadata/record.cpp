#include "embedded-broker/metadata/record.h"

#include <fmt/format.h>
#include <utility>

namespace broker::metadata {

namespace {

constexpr std::uint32_t kFrameVersion = 1;

/// The version that is written: what every reader of metadata.version 30 understands.
template <class Message>
constexpr std::int16_t writtenVersion() {
    // Cordoned log directories (RegisterBroker 4, BrokerRegistrationChange 3) are not used here.
    if constexpr (std::is_same_v<Message, protocol::RegisterBrokerRecord>)
        return 3;
    else if constexpr (std::is_same_v<Message, protocol::BrokerRegistrationChangeRecord>)
        return 2;
    else
        return Message::kMaxVersion;
}

template <std::size_t Index = 0>
Result<Record> decodeBody(std::uint32_t type, std::int16_t version, protocol::Reader& reader) {
    if constexpr (Index == std::variant_size_v<Record::Body>) {
        return fail(ErrorCode::Unsupported, fmt::format("The metadata log has a record of type {}, which this engine does not know.", type));
    } else {
        using Message = std::variant_alternative_t<Index, Record::Body>;
        if (static_cast<std::uint32_t>(Message::kType) != type)
            return decodeBody<Index + 1>(type, version, reader);
        auto message = Message::decode(reader, version);
        if (!message)
            return fail(ErrorCode::Corrupt, fmt::format("A metadata record of type {}, version {}: {}", type, version, message.error().message));
        return Record(std::move(*message));
    }
}

} // namespace

Slice encodeRecord(const Record& record) {
    protocol::Writer writer;
    std::visit(
        [&]<class Message>(const Message& message) {
            constexpr auto version = writtenVersion<Message>();
            writer.unsignedVarint(kFrameVersion);
            writer.unsignedVarint(static_cast<std::uint32_t>(Message::kType));
            writer.unsignedVarint(static_cast<std::uint32_t>(version));
            message.encode(writer, version);
        },
        record.body);
    return writer.finishAsSlice();
}

Result<Record> decodeRecord(const Slice& bytes) {
    protocol::Reader reader(bytes);
    const std::uint32_t frame = reader.unsignedVarint();
    const std::uint32_t type = reader.unsignedVarint();
    const std::uint32_t version = reader.unsignedVarint();
    if (!reader.ok() || version > 0x7fff)
        return fail(ErrorCode::Corrupt, "A metadata record is cut short.");
    if (frame != kFrameVersion)
        return fail(ErrorCode::Unsupported, fmt::format("A metadata record has frame version {}; this engine knows 1.", frame));
    return decodeBody(type, static_cast<std::int16_t>(version), reader);
}

std::string printRecord(const Record& record) {
    return std::visit([]<class Message>(const Message& message) { return message.print(writtenVersion<Message>()); }, record.body);
}

} // namespace broker::metadata
