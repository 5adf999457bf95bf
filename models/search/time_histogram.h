#pragma once
// Messages over time in a fixed number of bins; their width doubles when a time does not fit. Value.

#include <QtGlobal>
#include <array>

namespace models::search {

class TimeHistogram {
public:
    static constexpr int kBins = 512;
    enum Row { Scanned, Matched };

    /// Negative times and those after the year 9999 are not shown.
    void add(Row row, qint64 timestampMs, qint64 count = 1);
    /// `count` messages spread evenly over [fromMs, toMs]: what a batch says of itself without being walked.
    void addSpan(Row row, qint64 fromMs, qint64 toMs, qint64 count);
    void add(const TimeHistogram& other);

    [[nodiscard]] bool empty() const { return m_width == 0; }
    [[nodiscard]] qint64 startMs() const { return m_start; } ///< of bin 0
    [[nodiscard]] qint64 widthMs() const { return m_width; }
    [[nodiscard]] qint64 at(Row row, int bin) const { return m_bins[static_cast<std::size_t>(row)][static_cast<std::size_t>(bin)]; }
    /// First and last bin that hold anything; empty: {0, -1}.
    [[nodiscard]] std::pair<int, int> used() const;

private:
    bool fit(qint64 timestampMs);
    void widen(bool downwards);
    [[nodiscard]] int binOf(qint64 ms) const { return static_cast<int>((ms - m_start) / m_width); }
    qint64 m_start = 0;
    qint64 m_width = 0; ///< 0 = empty
    std::array<std::array<qint64, kBins>, 2> m_bins{};
};

} // namespace models::search
