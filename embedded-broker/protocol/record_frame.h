#pragma once
// How the records of internal topics say what they are.
//
// __cluster_metadata: the value begins with three unsigned varints: frame version 1, record type, record version; then
// the body. There is no key.
//     const Slice value = encodeMetadataRecord(TopicRecord{...}, 0);
//     Reader reader(value);
//     const auto head = readMetadataRecordHead(reader);       // head->type == TopicRecord::kType
//     const auto topic = TopicRecord::decode(reader, head->version);
//
// __consumer_offsets, __transaction_state, __share_group_state: the key begins with an int16 that names the record's type
// (its body is version 0), the value with an int16 that is its version.
//     encodeCoordinatorKey(OffsetCommitKey{...}), encodeCoordinatorValue(OffsetCommitValue{...}, 3)

#include "embedded-broker/protocol/codec.h"

namespace broker::protocol {

inline constexpr std::uint32_t kMetadataFrameVersion = 1;

struct MetadataRecordHead {
    std::int16_t type = 0; ///< TopicRecord::kType and so on
    std::int16_t version = 0;
};

void writeMetadataRecordHead(Writer& writer, MetadataRecordHead head);
/// Leaves the reader at the body. Unsupported: a frame version that is not 1.
Result<MetadataRecordHead> readMetadataRecordHead(Reader& reader);

template <class Record>
Slice encodeMetadataRecord(const Record& record, std::int16_t version = Record::kMaxVersion) {
    Writer writer;
    writeMetadataRecordHead(writer, {Record::kType, version});
    record.encode(writer, version);
    return writer.finishAsSlice();
}

template <class Key>
Slice encodeCoordinatorKey(const Key& key) {
    Writer writer;
    writer.int16(Key::kType);
    key.encode(writer, 0);
    return writer.finishAsSlice();
}

template <class Value>
Slice encodeCoordinatorValue(const Value& value, std::int16_t version) {
    Writer writer;
    writer.int16(version);
    value.encode(writer, version);
    return writer.finishAsSlice();
}

/// The type of a key, and the reader left at its body: `reader` stands at the start of the key.
Result<std::int16_t> readCoordinatorKeyType(Reader& reader);

template <class Value>
Result<Value> decodeCoordinatorValue(const Slice& bytes) {
    Reader reader(bytes);
    const std::int16_t version = reader.int16();
    if (!reader.ok())
        return std::unexpected(*reader.error());
    return Value::decode(reader, version);
}

} // namespace broker::protocol
