#pragma once
// Kafka's record batch, version 2 (magic 2): the unit that producers send, logs store and consumers fetch, byte for byte
// the same in all three places. All numbers are big-endian.
//
//     0 base offset 8 | 8 length 4 | 12 leader epoch 4 | 16 magic 1 | 17 crc 4 | 21 attributes 2 | 23 last offset delta 4
//     27 base timestamp 8 | 35 max timestamp 8 | 43 producer id 8 | 51 producer epoch 2 | 53 base sequence 4 | 57 count 4 | 61 records
//
// `length` counts what follows it. The crc (CRC-32C) covers everything from the attributes on, so base offset and leader
// epoch may be written by a leader without reading the rest. The records part is what the codec compresses.
// Any thread; views do not own their bytes.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/protocol/compression.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace broker::protocol {

namespace batch_layout {
inline constexpr std::size_t kBaseOffset = 0;
inline constexpr std::size_t kLength = 8;
inline constexpr std::size_t kLogOverhead = 12; ///< base offset and length: what stands before the counted part
inline constexpr std::size_t kPartitionLeaderEpoch = 12;
inline constexpr std::size_t kMagic = 16;
inline constexpr std::size_t kCrc = 17;
inline constexpr std::size_t kAttributes = 21;
inline constexpr std::size_t kLastOffsetDelta = 23;
inline constexpr std::size_t kBaseTimestamp = 27;
inline constexpr std::size_t kMaxTimestamp = 35;
inline constexpr std::size_t kProducerId = 43;
inline constexpr std::size_t kProducerEpoch = 51;
inline constexpr std::size_t kBaseSequence = 53;
inline constexpr std::size_t kRecordCount = 57;
inline constexpr std::size_t kHeaderBytes = 61;
} // namespace batch_layout

inline constexpr std::int8_t kBatchMagic = 2;
inline constexpr std::int32_t kNoSequence = -1;
inline constexpr WallMs kNoTimestamp = -1;

enum class TimestampType : std::uint8_t { CreateTime = 0, LogAppendTime = 1 };

/// Bits of `attributes`.
inline constexpr std::int16_t kCodecMask = 0x07;
inline constexpr std::int16_t kLogAppendTimeBit = 0x08;
inline constexpr std::int16_t kTransactionalBit = 0x10;
inline constexpr std::int16_t kControlBit = 0x20;
inline constexpr std::int16_t kDeleteHorizonBit = 0x40;

/// One whole batch at the head of some bytes. Cheap to copy.
class RecordBatchView {
public:
    /// The batch at the head of `bytes`; what follows it is not looked at. Checks the lengths, the magic and that counts
    /// are not negative; not the crc (crcValid()) and not the records.
    /// OutOfRange: the bytes end before the batch does (a torn tail or a fetch that was cut). Corrupt: it cannot be a
    /// batch. Unsupported: magic 0 or 1, the message sets of before Kafka 0.11.
    static Result<RecordBatchView> parse(Bytes bytes);
    /// Size in bytes that the batch at the head claims (12 + length), once 12 bytes are there and the length is possible.
    static std::optional<std::uint64_t> claimedSize(Bytes bytes);

    [[nodiscard]] Offset baseOffset() const;
    [[nodiscard]] Offset lastOffset() const { return baseOffset() + lastOffsetDelta(); }
    [[nodiscard]] Offset nextOffset() const { return lastOffset() + 1; }
    [[nodiscard]] std::int32_t lastOffsetDelta() const;
    [[nodiscard]] std::size_t sizeInBytes() const { return m_bytes.size(); }
    [[nodiscard]] LeaderEpoch partitionLeaderEpoch() const;
    [[nodiscard]] std::int8_t magic() const;
    [[nodiscard]] std::uint32_t crc() const;
    [[nodiscard]] std::uint32_t computeCrc() const;
    [[nodiscard]] bool crcValid() const { return crc() == computeCrc(); }

    [[nodiscard]] std::int16_t attributes() const;
    /// Numbers above 4 are possible: they are refused when the records are read.
    [[nodiscard]] Codec codec() const { return static_cast<Codec>(attributes() & kCodecMask); }
    [[nodiscard]] TimestampType timestampType() const {
        return (attributes() & kLogAppendTimeBit) != 0 ? TimestampType::LogAppendTime : TimestampType::CreateTime;
    }
    [[nodiscard]] bool isTransactional() const { return (attributes() & kTransactionalBit) != 0; }
    [[nodiscard]] bool isControl() const { return (attributes() & kControlBit) != 0; }
    [[nodiscard]] bool hasDeleteHorizon() const { return (attributes() & kDeleteHorizonBit) != 0; }
    /// When the compactor may drop the tombstones of this batch; kept in the base timestamp.
    [[nodiscard]] std::optional<WallMs> deleteHorizon() const {
        return hasDeleteHorizon() ? std::optional(baseTimestamp()) : std::nullopt;
    }

    [[nodiscard]] WallMs baseTimestamp() const;
    [[nodiscard]] WallMs maxTimestamp() const;
    [[nodiscard]] ProducerId producerId() const;
    [[nodiscard]] bool hasProducerId() const { return producerId() != kNoProducerId; }
    [[nodiscard]] ProducerEpoch producerEpoch() const;
    [[nodiscard]] std::int32_t baseSequence() const;
    /// Sequences wrap from 2^31-1 to 0; kNoSequence when the batch has none.
    [[nodiscard]] std::int32_t lastSequence() const;
    /// After compaction less than lastOffsetDelta + 1, even 0.
    [[nodiscard]] std::int32_t recordCount() const;

    [[nodiscard]] Bytes bytes() const { return m_bytes; }
    [[nodiscard]] Bytes compressedRecords() const { return m_bytes.subspan(batch_layout::kHeaderBytes); }

private:
    explicit RecordBatchView(Bytes bytes) : m_bytes(bytes) {}
    Bytes m_bytes;
};

/// (sequence + by) with Kafka's wrap around.
std::int32_t addSequence(std::int32_t sequence, std::int32_t by);

/// Walks consecutive batches:
///     BatchWalker walker(bytes);
///     while (auto batch = walker.next()) ...;
///     if (auto& why = walker.error()) ...           // stopped early: position() is where the bad bytes start
class BatchWalker {
public:
    explicit BatchWalker(Bytes bytes) : m_bytes(bytes) {}
    /// Nothing at the end of the bytes, or before bytes that are not a whole batch.
    std::optional<RecordBatchView> next();
    /// Of the end of the last batch given.
    [[nodiscard]] std::size_t position() const { return m_position; }
    /// OutOfRange: the rest is the head of a batch that was cut.
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    Bytes m_bytes;
    std::size_t m_position = 0;
    std::optional<Error> m_error;
};

// ---- what a leader writes into a batch ------------------------------------------------------------------------------

/// In place; `batch` starts at a batch that RecordBatchView::parse accepted. The first two leave the crc valid as it is.
void setBaseOffset(std::span<std::byte> batch, Offset offset);
void setPartitionLeaderEpoch(std::span<std::byte> batch, LeaderEpoch epoch);
/// Marks the batch LogAppendTime with `appended` as its max timestamp, and computes the crc anew.
void setLogAppendTime(std::span<std::byte> batch, WallMs appended);

using BatchHeader = std::array<std::byte, batch_layout::kHeaderBytes>;
/// The header of `batch` with a leader's marks, when the bytes themselves are shared and must stay: write it, followed by
/// batch.compressedRecords(), instead of the batch.
BatchHeader patchedHeader(const RecordBatchView& batch, Offset baseOffset, LeaderEpoch epoch,
                          std::optional<WallMs> logAppendTime = std::nullopt);

// ---- records --------------------------------------------------------------------------------------------------------

struct HeaderView {
    std::string_view key;
    std::optional<Bytes> value;
};

/// One record; points into the batch or into the reader's decompressed bytes.
struct RecordView {
    Offset offset = 0;
    WallMs timestamp = kNoTimestamp; ///< the batch's max timestamp when it is LogAppendTime
    std::optional<Bytes> key;
    std::optional<Bytes> value; ///< nothing: a tombstone
    std::int32_t offsetDelta = 0;
    std::int32_t headerCount = 0;
    Bytes headerBytes; ///< checked when the record was read
    std::size_t sizeInBytes = 0; ///< in the (uncompressed) batch, with its length prefix

    [[nodiscard]] std::vector<HeaderView> headers() const;
};

inline constexpr std::size_t kDecompressedBytesMax = 512 * 1024 * 1024; ///< when the caller knows no better cap

/// Reads the records of one batch in order. Holds the decompressed bytes, so the views live as long as the reader (or,
/// for uncompressed batches, as the batch's bytes).
class RecordReader {
public:
    /// Decompresses. Corrupt: damaged or an unknown codec; OutOfRange: more than `bytesMax` come out.
    static Result<RecordReader> open(const RecordBatchView& batch, std::size_t bytesMax = kDecompressedBytesMax);
    // Moving keeps the decompressed bytes where the views point; a copy would not.
    RecordReader(RecordReader&&) = default;
    RecordReader& operator=(RecordReader&&) = default;

    /// Nothing after the last record. Corrupt when a record does not fit, when records are missing, or when bytes are left.
    Result<std::optional<RecordView>> next();

private:
    explicit RecordReader(const RecordBatchView& batch) : m_batch(batch) {}
    RecordBatchView m_batch;
    std::vector<std::byte> m_owned;
    Bytes m_bytes;
    std::size_t m_position = 0;
    std::int32_t m_given = 0;
};

/// Calls `visit(const RecordView&)` for each record; it returns false to stop early.
template <class Visit>
Result<void> forEachRecord(const RecordBatchView& batch, Visit&& visit, std::size_t bytesMax = kDecompressedBytesMax) {
    auto reader = RecordReader::open(batch, bytesMax);
    if (!reader)
        return std::unexpected(reader.error());
    for (;;) {
        auto record = reader->next();
        if (!record)
            return std::unexpected(record.error());
        if (!*record || !visit(**record))
            return {};
    }
}

// ---- control records ------------------------------------------------------------------------------------------------

enum class ControlRecordType : std::int16_t {
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
};

/// The key of a control record: version 0 and the type.
std::array<std::byte, 4> controlRecordKey(ControlRecordType type);
/// Nothing for keys that are too short or types that we do not know (to be skipped, as Kafka does).
std::optional<ControlRecordType> controlRecordType(const std::optional<Bytes>& key);

/// What an end-of-transaction marker says: version 0 and the coordinator's epoch.
std::array<std::byte, 6> endTransactionMarkerValue(std::int32_t coordinatorEpoch);
std::optional<std::int32_t> endTransactionMarkerEpoch(const std::optional<Bytes>& value);
/// The control batch that ends a transaction of the producer.
Slice endTransactionBatch(ProducerId producer, ProducerEpoch epoch, bool commit, std::int32_t coordinatorEpoch, WallMs now);

// ---- building -------------------------------------------------------------------------------------------------------

struct BatchOptions {
    Offset baseOffset = 0;
    LeaderEpoch partitionLeaderEpoch = kNoEpoch;
    Codec codec = Codec::None;
    int level = kDefaultLevel;
    TimestampType timestampType = TimestampType::CreateTime;
    ProducerId producerId = kNoProducerId;
    ProducerEpoch producerEpoch = -1;
    std::int32_t baseSequence = kNoSequence;
    bool transactional = false;
    bool control = false;
    std::optional<WallMs> deleteHorizon = std::nullopt;
};

/// Makes one batch:
///     RecordBatchBuilder builder({.baseOffset = 7});
///     builder.append(now, asBytes("key"), asBytes("value"));
///     Slice batch = builder.build();
class RecordBatchBuilder {
public:
    explicit RecordBatchBuilder(BatchOptions options = {});
    /// The next offset. Timestamps in milliseconds, not negative (or kNoTimestamp).
    void append(WallMs timestamp, std::optional<Bytes> key, std::optional<Bytes> value, std::span<const HeaderView> headers = {});
    /// At a given offset, not below the last one: what a compactor leaves has holes.
    void appendAt(Offset offset, WallMs timestamp, std::optional<Bytes> key, std::optional<Bytes> value,
                  std::span<const HeaderView> headers = {});
    /// A control record; the batch must be a control batch.
    void appendControl(WallMs timestamp, ControlRecordType type, Bytes value);
    /// Lets the batch end after its last record: a compacted batch keeps the offsets it covered.
    void coverUntil(Offset lastOffset);

    [[nodiscard]] std::int32_t recordCount() const { return m_count; }
    [[nodiscard]] bool empty() const { return m_count == 0; }
    /// Size of the batch before compression.
    [[nodiscard]] std::size_t sizeInBytes() const { return batch_layout::kHeaderBytes + m_records.size(); }
    [[nodiscard]] Offset nextOffset() const { return m_options.baseOffset + m_lastOffsetDelta + 1; }

    /// The finished batch with its crc. The builder is empty afterwards and goes on at the next offset.
    Slice build();

private:
    BatchOptions m_options;
    std::vector<std::byte> m_records;
    std::int32_t m_count = 0;
    std::int32_t m_lastOffsetDelta = -1;
    WallMs m_baseTimestamp = kNoTimestamp;
    WallMs m_maxTimestamp = kNoTimestamp;
};

} // namespace broker::protocol
