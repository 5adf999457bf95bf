#pragma once
// Walks the records of one batch in place: no object and no copy a record. What is read is hostile: each length is checked against what is left,
// and a record that does not fit ends the walk with broken(). Any thread; views live as long as the bytes.
//
//     RecordCursor cursor(batch);
//     RawRecord record;
//     while (cursor.next(record)) ...;
//     if (cursor.broken()) ...

#include "embedded-broker/base/buffer.h"

#include <QtGlobal>
#include <cstdint>
#include <string_view>

namespace models::wire {

/// Kafka's variable-length numbers from hostile bytes; failed() latches.
class VarReader {
public:
    VarReader(const char* begin, const char* end) : m_at(begin), m_end(end) {}
    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(m_end - m_at); }
    [[nodiscard]] const char* at() const { return m_at; }

    std::int64_t number() {
        // Most numbers of a record are one byte.
        if (m_at < m_end && (static_cast<unsigned char>(*m_at) & 0x80U) == 0)
            return unzigzag(static_cast<unsigned char>(*m_at++));
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 70 && m_at < m_end; shift += 7) {
            const auto byte = static_cast<unsigned char>(*m_at++);
            if (shift == 63 && byte > 1)
                break;
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80)
                return unzigzag(value);
        }
        m_failed = true;
        return 0;
    }
    /// Length and bytes; null (-1) gives a view without data.
    std::string_view nullable() {
        const auto size = number();
        if (size == -1)
            return {};
        if (m_failed || size < 0 || static_cast<std::uint64_t>(size) > left()) {
            m_failed = true;
            return {};
        }
        const std::string_view bytes(m_at, static_cast<std::size_t>(size));
        m_at += size;
        return bytes;
    }
    void skip(std::size_t count) {
        if (count > left())
            m_failed = true;
        else
            m_at += count;
    }

private:
    static std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1)); }
    const char* m_at;
    const char* m_end;
    bool m_failed = false;
};

/// One record where it lies. A view whose data() is null is null; an empty one has data.
struct RawRecord {
    qint64 offset = 0;
    qint64 timestampMs = -1;
    std::string_view key;
    std::string_view value;
    std::string_view headerBytes; ///< headerCount names and values, not checked: see HeaderCursor
    int headerCount = 0;
    std::string_view body; ///< all of it
    [[nodiscard]] bool hasKey() const { return key.data() != nullptr; }
    [[nodiscard]] bool hasValue() const { return value.data() != nullptr; }
};

/// A batch of some partition, its records as they were before compression.
struct ScanBatch {
    int partition = 0;
    qint64 baseOffset = 0;
    qint64 lastOffset = 0;
    int recordCount = 0;
    qint64 baseTimestampMs = -1;
    qint64 maxTimestampMs = -1;
    bool logAppendTime = false;
    int leaderEpoch = -1;
    qint64 deleteHorizonMs = -1; ///< after it tombstones of this batch may go; -1 = no compaction has met one, or librdkafka read
    std::string_view wire;    ///< as it came, header and all; empty where librdkafka read
    std::string_view records; ///< at least FrameBuffer::kPaddingBytes more may be read
    qint64 first = 0; ///< records of [first, next) are wanted, others of the batch are not
    qint64 next = 0;
    [[nodiscard]] bool whole() const { return first <= baseOffset && lastOffset < next; }
};

/// Whether the checksum over the batch as it came is right. Costs a pass over the bytes.
bool crcValid(const ScanBatch& batch);

class RecordCursor {
public:
    explicit RecordCursor(const ScanBatch& batch) : m_batch(batch), m_reader(batch.records.data(), batch.records.data() + batch.records.size()) {}

    /// The next record that is wanted; false at the end and where the bytes are damaged.
    bool next(RawRecord& record) {
        while (m_given < m_batch.recordCount) {
            ++m_given;
            const std::string_view body = m_reader.nullable();
            if (m_reader.failed() || body.data() == nullptr)
                return fail();
            VarReader inner(body.data(), body.data() + body.size());
            inner.skip(1); // attributes: none are defined
            const auto timestampDelta = inner.number();
            const auto offsetDelta = inner.number();
            if (inner.failed() || offsetDelta < 0 || offsetDelta > m_batch.lastOffset - m_batch.baseOffset)
                return fail();
            record.offset = m_batch.baseOffset + offsetDelta;
            if (record.offset < m_batch.first)
                continue;
            if (record.offset >= m_batch.next) {
                m_given = m_batch.recordCount;
                return false;
            }
            record.timestampMs = m_batch.logAppendTime ? m_batch.maxTimestampMs
                                                       : static_cast<qint64>(static_cast<quint64>(m_batch.baseTimestampMs) + static_cast<quint64>(timestampDelta));
            record.key = inner.nullable();
            record.value = inner.nullable();
            const auto headers = inner.number();
            if (inner.failed() || headers < 0 || static_cast<std::uint64_t>(headers) > inner.left() / 2)
                return fail();
            record.headerCount = static_cast<int>(headers);
            record.headerBytes = {inner.at(), inner.left()};
            record.body = body;
            return true;
        }
        return false;
    }
    [[nodiscard]] bool broken() const { return m_broken; }

private:
    bool fail() {
        m_broken = true;
        m_given = m_batch.recordCount;
        return false;
    }
    const ScanBatch& m_batch;
    VarReader m_reader;
    int m_given = 0;
    bool m_broken = false;
};

/// The headers of one record. next() is false at the end and where they are damaged.
class HeaderCursor {
public:
    explicit HeaderCursor(const RawRecord& record)
        : m_left(record.headerCount), m_reader(record.headerBytes.data(), record.headerBytes.data() + record.headerBytes.size()) {}
    bool next(std::string_view& name, std::string_view& value) {
        if (m_left <= 0)
            return false;
        --m_left;
        name = m_reader.nullable();
        value = m_reader.nullable();
        return !m_reader.failed();
    }

private:
    int m_left;
    VarReader m_reader;
};

} // namespace models::wire
