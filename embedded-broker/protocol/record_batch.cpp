#include "embedded-broker/protocol/record_batch.h"

#include "embedded-broker/protocol/big_endian.h"
#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/protocol/varint.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace broker::protocol {

using namespace batch_layout;

namespace {

template <class T>
T field(Bytes batch, std::size_t position) {
    return loadBig<T>(batch.data() + position);
}

std::unexpected<Error> corrupt(std::string message) { return fail(ErrorCode::Corrupt, std::move(message)); }

} // namespace

// ---- the view -------------------------------------------------------------------------------------------------------

std::optional<std::uint64_t> RecordBatchView::claimedSize(Bytes bytes) {
    if (bytes.size() < kLogOverhead)
        return std::nullopt;
    const auto length = field<std::int32_t>(bytes, kLength);
    if (length < static_cast<std::int32_t>(kHeaderBytes - kLogOverhead))
        return std::nullopt;
    return kLogOverhead + static_cast<std::uint64_t>(length);
}

Result<RecordBatchView> RecordBatchView::parse(Bytes bytes) {
    if (bytes.size() > kMagic) {
        // Old message sets have the magic at the same place and may be shorter than our header: look at it first.
        const auto magic = field<std::int8_t>(bytes, kMagic);
        if (magic == 0 || magic == 1)
            return fail(ErrorCode::Unsupported, "Messages of format " + std::to_string(magic) +
                                                    " (from before Kafka 0.11) are not supported; only record batches of format 2 are.");
        if (magic != kBatchMagic)
            return corrupt("A record batch has the unknown format " + std::to_string(magic) + ".");
    }
    if (bytes.size() >= kLogOverhead && !claimedSize(bytes))
        return corrupt("A record batch claims the impossible length " + std::to_string(field<std::int32_t>(bytes, kLength)) + ".");
    const auto size = claimedSize(bytes);
    if (!size || *size > bytes.size())
        return fail(ErrorCode::OutOfRange, "The bytes end before their record batch does.");
    const RecordBatchView view(bytes.first(static_cast<std::size_t>(*size)));
    if (view.lastOffsetDelta() < 0 || view.recordCount() < 0)
        return corrupt("A record batch has a negative record count or last offset delta.");
    if (view.baseOffset() > std::numeric_limits<Offset>::max() - view.lastOffsetDelta() - 1)
        return corrupt("A record batch ends beyond the last possible offset.");
    return view;
}

Offset RecordBatchView::baseOffset() const { return field<std::int64_t>(m_bytes, kBaseOffset); }
std::int32_t RecordBatchView::lastOffsetDelta() const { return field<std::int32_t>(m_bytes, kLastOffsetDelta); }
LeaderEpoch RecordBatchView::partitionLeaderEpoch() const { return field<std::int32_t>(m_bytes, kPartitionLeaderEpoch); }
std::int8_t RecordBatchView::magic() const { return field<std::int8_t>(m_bytes, kMagic); }
std::uint32_t RecordBatchView::crc() const { return field<std::uint32_t>(m_bytes, kCrc); }
std::uint32_t RecordBatchView::computeCrc() const { return crc32c(m_bytes.subspan(kAttributes)); }
std::int16_t RecordBatchView::attributes() const { return field<std::int16_t>(m_bytes, kAttributes); }
WallMs RecordBatchView::baseTimestamp() const { return field<std::int64_t>(m_bytes, kBaseTimestamp); }
WallMs RecordBatchView::maxTimestamp() const { return field<std::int64_t>(m_bytes, kMaxTimestamp); }
ProducerId RecordBatchView::producerId() const { return field<std::int64_t>(m_bytes, kProducerId); }
ProducerEpoch RecordBatchView::producerEpoch() const { return field<std::int16_t>(m_bytes, kProducerEpoch); }
std::int32_t RecordBatchView::baseSequence() const { return field<std::int32_t>(m_bytes, kBaseSequence); }
std::int32_t RecordBatchView::recordCount() const { return field<std::int32_t>(m_bytes, kRecordCount); }

std::int32_t RecordBatchView::lastSequence() const {
    return baseSequence() == kNoSequence ? kNoSequence : addSequence(baseSequence(), lastOffsetDelta());
}

std::int32_t addSequence(std::int32_t sequence, std::int32_t by) {
    return static_cast<std::int32_t>((static_cast<std::int64_t>(sequence) + by) & 0x7fffffff);
}

std::optional<RecordBatchView> BatchWalker::next() {
    if (m_error || m_position >= m_bytes.size())
        return std::nullopt;
    auto batch = RecordBatchView::parse(m_bytes.subspan(m_position));
    if (!batch) {
        m_error = std::move(batch.error());
        return std::nullopt;
    }
    m_position += batch->sizeInBytes();
    return *batch;
}

// ---- a leader's marks -----------------------------------------------------------------------------------------------

void setBaseOffset(std::span<std::byte> batch, Offset offset) { storeBig(batch.data() + kBaseOffset, offset); }

void setPartitionLeaderEpoch(std::span<std::byte> batch, LeaderEpoch epoch) {
    storeBig(batch.data() + kPartitionLeaderEpoch, epoch);
}

namespace {

void markAppended(std::byte* header, WallMs appended) {
    storeBig(header + kAttributes, static_cast<std::int16_t>(loadBig<std::int16_t>(header + kAttributes) | kLogAppendTimeBit));
    storeBig(header + kMaxTimestamp, appended);
}

} // namespace

void setLogAppendTime(std::span<std::byte> batch, WallMs appended) {
    const auto size = static_cast<std::size_t>(loadBig<std::int32_t>(batch.data() + kLength)) + kLogOverhead;
    assert(size <= batch.size());
    markAppended(batch.data(), appended);
    storeBig(batch.data() + kCrc, crc32c(batch.subspan(kAttributes, size - kAttributes)));
}

BatchHeader patchedHeader(const RecordBatchView& batch, Offset baseOffset, LeaderEpoch epoch, std::optional<WallMs> logAppendTime) {
    BatchHeader header;
    std::memcpy(header.data(), batch.bytes().data(), header.size());
    setBaseOffset(header, baseOffset);
    setPartitionLeaderEpoch(header, epoch);
    if (logAppendTime) {
        markAppended(header.data(), *logAppendTime);
        const auto head = crc32c(Bytes(header).subspan(kAttributes));
        storeBig(header.data() + kCrc, crc32c(batch.compressedRecords(), head));
    }
    return header;
}

// ---- records --------------------------------------------------------------------------------------------------------

namespace {

/// The pieces of a record, each checked against what is left. After a failure everything reads as nothing.
class Cursor {
public:
    Cursor(Bytes bytes, std::size_t position) : m_bytes(bytes), m_position(position) {}

    std::int32_t varint() { return value(takeVarint(m_bytes, m_position)); }
    std::int64_t varlong() { return value(takeVarlong(m_bytes, m_position)); }
    Bytes bytes(std::int32_t size) {
        if (size < 0 || static_cast<std::size_t>(size) > left()) {
            m_failed = true;
            return {};
        }
        m_position += static_cast<std::size_t>(size);
        return m_bytes.subspan(m_position - static_cast<std::size_t>(size), static_cast<std::size_t>(size));
    }
    std::optional<Bytes> nullableBytes() {
        const auto size = varint();
        if (size == -1 && !m_failed)
            return std::nullopt;
        return bytes(size);
    }
    std::int8_t byte() {
        const Bytes one = bytes(1);
        return one.empty() ? std::int8_t{0} : static_cast<std::int8_t>(one[0]);
    }
    [[nodiscard]] std::size_t left() const { return m_failed ? 0 : m_bytes.size() - m_position; }
    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    template <class T>
    T value(std::optional<T> read) {
        if (!read)
            m_failed = true;
        return m_failed ? T{} : *read;
    }
    Bytes m_bytes;
    std::size_t m_position;
    bool m_failed = false;
};

} // namespace

std::vector<HeaderView> RecordView::headers() const {
    std::vector<HeaderView> all;
    all.reserve(static_cast<std::size_t>(headerCount));
    Cursor cursor(headerBytes, 0);
    for (std::int32_t i = 0; i < headerCount; ++i) {
        const auto name = asText(cursor.bytes(cursor.varint()));
        all.push_back({name, cursor.nullableBytes()});
    }
    return all;
}

Result<RecordReader> RecordReader::open(const RecordBatchView& batch, std::size_t bytesMax) {
    RecordReader reader(batch);
    if (batch.codec() == Codec::None) {
        reader.m_bytes = batch.compressedRecords();
        return reader;
    }
    if (auto done = decompress(batch.codec(), batch.compressedRecords(), bytesMax, reader.m_owned); !done)
        return std::unexpected(done.error());
    reader.m_bytes = reader.m_owned; // moving the vector keeps its memory where it is
    return reader;
}

Result<std::optional<RecordView>> RecordReader::next() {
    if (m_given == m_batch.recordCount()) {
        if (m_position != m_bytes.size())
            return corrupt("A record batch has bytes after its last record.");
        return std::optional<RecordView>();
    }
    const auto bad = [this] {
        return corrupt("Record " + std::to_string(m_given) + " of the batch at offset " + std::to_string(m_batch.baseOffset()) + " is damaged.");
    };
    const std::size_t start = m_position;
    Cursor outer(m_bytes, start);
    const auto size = outer.varint();
    const std::size_t bodyStart = outer.position();
    const Bytes body = outer.bytes(size);
    if (outer.failed())
        return bad();
    Cursor cursor(body, 0);
    RecordView record;
    cursor.byte(); // attributes: none are defined
    const auto timestampDelta = cursor.varlong();
    record.offsetDelta = cursor.varint();
    record.key = cursor.nullableBytes();
    record.value = cursor.nullableBytes();
    record.headerCount = cursor.varint();
    if (cursor.failed() || record.offsetDelta < 0 || record.offsetDelta > m_batch.lastOffsetDelta() || record.headerCount < 0 ||
        static_cast<std::size_t>(record.headerCount) > cursor.left() / 2) // a header takes two bytes at least
        return bad();
    record.headerBytes = body.subspan(cursor.position());
    for (std::int32_t i = 0; i < record.headerCount && !cursor.failed(); ++i) {
        cursor.bytes(cursor.varint());
        cursor.nullableBytes();
    }
    if (cursor.failed() || cursor.left() != 0)
        return bad();
    record.offset = m_batch.baseOffset() + record.offsetDelta;
    if (m_batch.timestampType() == TimestampType::LogAppendTime)
        record.timestamp = m_batch.maxTimestamp();
    else // wraps as Java's does: the sum of hostile numbers must not be undefined
        record.timestamp = static_cast<WallMs>(static_cast<std::uint64_t>(m_batch.baseTimestamp()) + static_cast<std::uint64_t>(timestampDelta));
    record.sizeInBytes = bodyStart - start + body.size();
    m_position = bodyStart + body.size();
    ++m_given;
    return std::optional(record);
}

// ---- control records ------------------------------------------------------------------------------------------------

std::array<std::byte, 4> controlRecordKey(ControlRecordType type) {
    std::array<std::byte, 4> key{};
    storeBig(key.data() + 2, static_cast<std::int16_t>(type));
    return key;
}

std::optional<ControlRecordType> controlRecordType(const std::optional<Bytes>& key) {
    if (!key || key->size() < 4 || loadBig<std::int16_t>(key->data()) < 0)
        return std::nullopt;
    const auto type = loadBig<std::int16_t>(key->data() + 2);
    if (type < 0 || type > static_cast<std::int16_t>(ControlRecordType::KRaftVoters))
        return std::nullopt;
    return static_cast<ControlRecordType>(type);
}

std::array<std::byte, 6> endTransactionMarkerValue(std::int32_t coordinatorEpoch) {
    std::array<std::byte, 6> value{};
    storeBig(value.data() + 2, coordinatorEpoch);
    return value;
}

std::optional<std::int32_t> endTransactionMarkerEpoch(const std::optional<Bytes>& value) {
    if (!value || value->size() < 6 || loadBig<std::int16_t>(value->data()) < 0)
        return std::nullopt;
    return loadBig<std::int32_t>(value->data() + 2);
}

// ---- building -------------------------------------------------------------------------------------------------------

RecordBatchBuilder::RecordBatchBuilder(BatchOptions options) : m_options(options) {}

void RecordBatchBuilder::append(WallMs timestamp, std::optional<Bytes> key, std::optional<Bytes> value, std::span<const HeaderView> headers) {
    appendAt(nextOffset(), timestamp, key, value, headers);
}

void RecordBatchBuilder::appendAt(Offset offset, WallMs timestamp, std::optional<Bytes> key, std::optional<Bytes> value,
                                  std::span<const HeaderView> headers) {
    assert(offset >= nextOffset() && offset - m_options.baseOffset <= std::numeric_limits<std::int32_t>::max());
    if (m_count == 0)
        m_baseTimestamp = m_options.deleteHorizon.value_or(timestamp);
    m_maxTimestamp = m_count == 0 ? timestamp : std::max(m_maxTimestamp, timestamp);
    const auto offsetDelta = static_cast<std::int32_t>(offset - m_options.baseOffset);
    // Wraps as Java's does: a compactor writes what hostile producers sent.
    const auto timestampDelta = static_cast<WallMs>(static_cast<std::uint64_t>(timestamp) - static_cast<std::uint64_t>(m_baseTimestamp));
    const auto fieldSize = [](const std::optional<Bytes>& bytes) {
        return bytes ? varintSize(static_cast<std::int32_t>(bytes->size())) + bytes->size() : varintSize(std::int32_t{-1});
    };
    std::size_t size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + fieldSize(key) + fieldSize(value) +
                       varintSize(static_cast<std::int32_t>(headers.size()));
    for (const auto& header : headers)
        size += fieldSize(asBytes(header.key)) + fieldSize(header.value);

    const auto put = [this](const std::optional<Bytes>& bytes) {
        appendVarint(m_records, bytes ? static_cast<std::int32_t>(bytes->size()) : -1);
        if (bytes)
            m_records.insert(m_records.end(), bytes->begin(), bytes->end());
    };
    appendVarint(m_records, static_cast<std::int32_t>(size));
    m_records.push_back(std::byte{0});
    appendVarlong(m_records, timestampDelta);
    appendVarint(m_records, offsetDelta);
    put(key);
    put(value);
    appendVarint(m_records, static_cast<std::int32_t>(headers.size()));
    for (const auto& header : headers) {
        put(asBytes(header.key));
        put(header.value);
    }
    m_lastOffsetDelta = offsetDelta;
    ++m_count;
}

void RecordBatchBuilder::appendControl(WallMs timestamp, ControlRecordType type, Bytes value) {
    assert(m_options.control);
    const auto key = controlRecordKey(type);
    append(timestamp, Bytes(key), value);
}

void RecordBatchBuilder::coverUntil(Offset lastOffset) {
    assert(lastOffset >= m_options.baseOffset + m_lastOffsetDelta);
    m_lastOffsetDelta = static_cast<std::int32_t>(lastOffset - m_options.baseOffset);
}

Slice RecordBatchBuilder::build() {
    std::vector<std::byte> batch(kHeaderBytes);
    if (m_options.codec == Codec::None)
        batch.reserve(kHeaderBytes + m_records.size());
    if (m_count > 0)
        compress(m_options.codec, m_records, batch, m_options.level);
    auto attributes = static_cast<int>(m_options.codec);
    attributes |= m_options.timestampType == TimestampType::LogAppendTime ? kLogAppendTimeBit : 0;
    attributes |= m_options.transactional ? kTransactionalBit : 0;
    attributes |= m_options.control ? kControlBit : 0;
    attributes |= m_options.deleteHorizon ? kDeleteHorizonBit : 0;
    std::byte* to = batch.data();
    storeBig(to + kBaseOffset, m_options.baseOffset);
    storeBig(to + kLength, static_cast<std::int32_t>(batch.size() - kLogOverhead));
    storeBig(to + kPartitionLeaderEpoch, m_options.partitionLeaderEpoch);
    storeBig(to + kMagic, kBatchMagic);
    storeBig(to + kAttributes, static_cast<std::int16_t>(attributes));
    storeBig(to + kLastOffsetDelta, std::max(m_lastOffsetDelta, 0));
    storeBig(to + kBaseTimestamp, m_options.deleteHorizon.value_or(m_baseTimestamp));
    storeBig(to + kMaxTimestamp, m_maxTimestamp);
    storeBig(to + kProducerId, m_options.producerId);
    storeBig(to + kProducerEpoch, m_options.producerEpoch);
    storeBig(to + kBaseSequence, m_options.baseSequence);
    storeBig(to + kRecordCount, m_count);
    storeBig(to + kCrc, crc32c(Bytes(batch).subspan(kAttributes)));

    m_options.baseOffset += m_lastOffsetDelta + 1;
    if (m_options.baseSequence != kNoSequence)
        m_options.baseSequence = addSequence(m_options.baseSequence, m_lastOffsetDelta + 1);
    m_records.clear();
    m_count = 0;
    m_lastOffsetDelta = -1;
    m_baseTimestamp = kNoTimestamp;
    m_maxTimestamp = kNoTimestamp;
    return Slice::take(std::move(batch));
}

Slice endTransactionBatch(ProducerId producer, ProducerEpoch epoch, bool commit, std::int32_t coordinatorEpoch, WallMs now) {
    RecordBatchBuilder builder({.producerId = producer, .producerEpoch = epoch, .transactional = true, .control = true});
    builder.appendControl(now, commit ? ControlRecordType::Commit : ControlRecordType::Abort, endTransactionMarkerValue(coordinatorEpoch));
    return builder.build();
}

} // namespace broker::protocol
