#include "embedded-broker/storage/segment_index.h"

#include "embedded-broker/storage/bytes.h"

#include <algorithm>

namespace broker::storage {
namespace {
constexpr std::size_t kOffsetEntryBytes = 8;
constexpr std::size_t kTimeEntryBytes = 12;
} // namespace

void OffsetIndex::append(std::uint32_t relativeOffset, std::uint32_t position) {
    if (!m_entries.empty() && (relativeOffset <= m_entries.back().relativeOffset || position <= m_entries.back().position))
        return;
    m_entries.push_back({relativeOffset, position});
}

std::uint32_t OffsetIndex::positionFor(std::uint32_t relativeOffset) const {
    const auto next = std::ranges::upper_bound(m_entries, relativeOffset, {}, &Entry::relativeOffset);
    return next == m_entries.begin() ? 0 : (next - 1)->position;
}

void OffsetIndex::truncate(std::int64_t relativeOffset, std::uint64_t position) {
    while (!m_entries.empty() && (m_entries.back().relativeOffset >= relativeOffset || m_entries.back().position >= position))
        m_entries.pop_back();
}

std::string OffsetIndex::encode() const {
    std::string bytes;
    bytes.reserve(m_entries.size() * kOffsetEntryBytes);
    for (const auto& entry : m_entries) {
        appendBig(bytes, entry.relativeOffset);
        appendBig(bytes, entry.position);
    }
    return bytes;
}

OffsetIndex OffsetIndex::decode(Bytes bytes, std::uint64_t segmentBytes) {
    OffsetIndex index;
    index.m_entries.reserve(std::min<std::size_t>(bytes.size() / kOffsetEntryBytes, 1U << 20));
    for (std::size_t at = 0; at + kOffsetEntryBytes <= bytes.size(); at += kOffsetEntryBytes) {
        const Entry entry{loadBig<std::uint32_t>(bytes.data() + at), loadBig<std::uint32_t>(bytes.data() + at + 4)};
        const bool rises = index.m_entries.empty() ? entry.position > 0
                                                   : entry.relativeOffset > index.m_entries.back().relativeOffset &&
                                                         entry.position > index.m_entries.back().position;
        if (!rises || entry.position >= segmentBytes)
            break;
        index.m_entries.push_back(entry);
    }
    return index;
}

void TimeIndex::append(WallMs timestamp, std::uint32_t relativeOffset) {
    if (timestamp < 0)
        return;
    if (!m_entries.empty() && (timestamp <= m_entries.back().timestamp || relativeOffset < m_entries.back().relativeOffset))
        return;
    m_entries.push_back({timestamp, relativeOffset});
}

std::uint32_t TimeIndex::offsetBefore(WallMs timestamp) const {
    const auto next = std::ranges::lower_bound(m_entries, timestamp, {}, &Entry::timestamp);
    return next == m_entries.begin() ? 0 : (next - 1)->relativeOffset;
}

void TimeIndex::truncate(std::int64_t relativeOffset) {
    while (!m_entries.empty() && m_entries.back().relativeOffset >= relativeOffset)
        m_entries.pop_back();
}

std::string TimeIndex::encode() const {
    std::string bytes;
    bytes.reserve(m_entries.size() * kTimeEntryBytes);
    for (const auto& entry : m_entries) {
        appendBig(bytes, entry.timestamp);
        appendBig(bytes, entry.relativeOffset);
    }
    return bytes;
}

TimeIndex TimeIndex::decode(Bytes bytes) {
    TimeIndex index;
    for (std::size_t at = 0; at + kTimeEntryBytes <= bytes.size(); at += kTimeEntryBytes) {
        const Entry entry{loadBig<std::int64_t>(bytes.data() + at), loadBig<std::uint32_t>(bytes.data() + at + 8)};
        if (entry.timestamp <= (index.m_entries.empty() ? 0 : index.m_entries.back().timestamp))
            break;
        index.m_entries.push_back(entry);
    }
    return index;
}

} // namespace broker::storage
