#include "models/search/time_histogram.h"

#include <algorithm>

namespace models::search {
namespace {
constexpr qint64 kLastMs = 253'402'300'799'999; // 9999-12-31
}

void TimeHistogram::widen(bool downwards) {
    // Downwards the old bins become the upper half: the start moves by the whole old width.
    const qint64 shift = downwards ? kBins : 0;
    for (auto& row : m_bins) {
        std::array<qint64, kBins> wider{};
        for (qint64 i = 0; i < kBins; ++i)
            wider[static_cast<std::size_t>((i + shift) / 2)] += row[static_cast<std::size_t>(i)];
        row = wider;
    }
    if (downwards)
        m_start -= m_width * kBins;
    m_width *= 2;
}

bool TimeHistogram::fit(qint64 ms) {
    if (ms < 0 || ms > kLastMs)
        return false;
    if (m_width == 0) {
        m_width = 1;
        m_start = ms;
    }
    while (ms < m_start)
        widen(true);
    while (ms >= m_start + m_width * kBins)
        widen(false);
    return true;
}

void TimeHistogram::add(Row row, qint64 timestampMs, qint64 count) {
    if (fit(timestampMs))
        m_bins[row][static_cast<std::size_t>(binOf(timestampMs))] += count;
}

void TimeHistogram::addSpan(Row row, qint64 fromMs, qint64 toMs, qint64 count) {
    if (toMs < fromMs)
        std::swap(fromMs, toMs);
    if (count <= 0 || !fit(fromMs) || !fit(toMs))
        return;
    const int first = binOf(fromMs); // fit(toMs) may have widened
    const int last = binOf(toMs);
    const qint64 bins = last - first + 1;
    for (qint64 i = 0; i < bins; ++i)
        m_bins[row][static_cast<std::size_t>(first + i)] += count * (i + 1) / bins - count * i / bins;
}

void TimeHistogram::add(const TimeHistogram& other) {
    if (other.empty())
        return;
    for (const Row row : {Scanned, Matched})
        for (int i = 0; i < kBins; ++i)
            // Over the whole of its bin, which may be wider than ours: else every second one of ours would stay empty.
            if (const qint64 count = other.at(row, i); count > 0)
                addSpan(row, std::max<qint64>(0, other.m_start + other.m_width * i), std::clamp<qint64>(other.m_start + other.m_width * (i + 1) - 1, 0, kLastMs), count);
}

std::pair<int, int> TimeHistogram::used() const {
    int first = 0;
    int last = kBins - 1;
    const auto none = [this](int bin) { return at(Scanned, bin) == 0 && at(Matched, bin) == 0; };
    while (first < kBins && none(first))
        ++first;
    if (first == kBins)
        return {0, -1};
    while (none(last))
        --last;
    return {first, last};
}

} // namespace models::search
