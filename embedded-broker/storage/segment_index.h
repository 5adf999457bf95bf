#pragma once
// The two sparse indexes of a segment, in memory; their files are Kafka's .index (8 bytes an entry: offset - base, position) and
// .timeindex (12 bytes: timestamp, offset - base). The offset is the last one of the batch at that position.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace broker::storage {

class OffsetIndex {
public:
    struct Entry {
        std::uint32_t relativeOffset = 0;
        std::uint32_t position = 0;
        bool operator==(const Entry&) const = default;
    };
    /// Ignored when it would not rise.
    void append(std::uint32_t relativeOffset, std::uint32_t position);
    /// Position of a batch that ends at or before the offset; 0 when there is none: scan from there.
    [[nodiscard]] std::uint32_t positionFor(std::uint32_t relativeOffset) const;
    /// Keeps entries below both.
    void truncate(std::int64_t relativeOffset, std::uint64_t position);
    [[nodiscard]] const std::vector<Entry>& entries() const { return m_entries; }
    [[nodiscard]] std::string encode() const;
    /// The entries up to the first one that does not rise; a zero tail (Kafka's preallocation) ends it too.
    static OffsetIndex decode(Bytes bytes, std::uint64_t segmentBytes);

private:
    std::vector<Entry> m_entries;
};

class TimeIndex {
public:
    struct Entry {
        WallMs timestamp = 0;
        std::uint32_t relativeOffset = 0;
        bool operator==(const Entry&) const = default;
    };
    void append(WallMs timestamp, std::uint32_t relativeOffset);
    /// Offset of the last entry whose timestamp is < `timestamp`: the answer lies behind it; 0 when there is none.
    [[nodiscard]] std::uint32_t offsetBefore(WallMs timestamp) const;
    void truncate(std::int64_t relativeOffset);
    [[nodiscard]] const std::vector<Entry>& entries() const { return m_entries; }
    [[nodiscard]] std::string encode() const;
    static TimeIndex decode(Bytes bytes);

private:
    std::vector<Entry> m_entries;
};

} // namespace broker::storage
