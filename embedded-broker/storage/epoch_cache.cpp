#include "embedded-broker/storage/epoch_cache.h"

#include "embedded-broker/storage/checkpoint_files.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::storage {

bool EpochCache::assign(LeaderEpoch epoch, Offset start) {
    if (epoch < 0 || (!m_entries.empty() && epoch <= m_entries.back().epoch && start >= m_entries.back().start))
        return false;
    while (!m_entries.empty() && (m_entries.back().epoch >= epoch || m_entries.back().start >= start))
        m_entries.pop_back();
    m_entries.push_back({epoch, start});
    return true;
}

bool EpochCache::truncateFromEnd(Offset end) {
    const auto before = m_entries.size();
    while (!m_entries.empty() && m_entries.back().start >= end)
        m_entries.pop_back();
    return m_entries.size() != before;
}

bool EpochCache::truncateFromStart(Offset start) {
    const auto next = std::ranges::upper_bound(m_entries, start, {}, &Entry::start);
    if (next == m_entries.begin())
        return false;
    const auto kept = next - 1; // the epoch that `start` lies in
    if (kept == m_entries.begin() && kept->start == start)
        return false;
    m_entries.erase(m_entries.begin(), kept);
    m_entries.front().start = start;
    return true;
}

std::pair<LeaderEpoch, Offset> EpochCache::endOffsetFor(LeaderEpoch epoch, Offset logEnd) const {
    if (epoch < 0 || m_entries.empty())
        return {kNoEpoch, kNoOffset};
    const auto next = std::ranges::upper_bound(m_entries, epoch, {}, &Entry::epoch);
    if (next == m_entries.end()) {
        // The latest epoch is answered as it is asked; a future one is unknown.
        return epoch == m_entries.back().epoch ? std::pair{epoch, logEnd} : std::pair{kNoEpoch, kNoOffset};
    }
    if (next == m_entries.begin())
        return {epoch, next->start}; // older than all that is known: it ended where the first one starts
    return {(next - 1)->epoch, next->start};
}

LeaderEpoch EpochCache::epochAt(Offset offset) const {
    const auto next = std::ranges::upper_bound(m_entries, offset, {}, &Entry::start);
    return next == m_entries.begin() ? kNoEpoch : (next - 1)->epoch;
}

std::string EpochCache::encode() const {
    std::string text = fmt::format("0\n{}\n", m_entries.size());
    for (const auto& entry : m_entries)
        text += fmt::format("{} {}\n", entry.epoch, entry.start);
    return text;
}

Result<EpochCache> EpochCache::decode(std::string_view text) {
    const auto lines = decodeCheckpoint(text, 2);
    if (!lines)
        return std::unexpected(lines.error());
    EpochCache cache;
    for (const auto& words : *lines) {
        const auto epoch = parseInt(words[0]);
        const auto start = parseInt(words[1]);
        if (!epoch || !start || *epoch < 0 || *epoch > INT32_MAX || *start < 0)
            return fail(ErrorCode::Corrupt, "a leader-epoch-checkpoint line is not 'epoch offset'");
        cache.assign(static_cast<LeaderEpoch>(*epoch), *start);
    }
    return cache;
}

} // namespace broker::storage
