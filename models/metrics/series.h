#pragma once
// One measured quantity over time: raw samples and a min/max pyramid above them, so that a chart of any span asks for two points a pixel
// column and gets true extremes. Bounded: each level is a ring; old samples live on in the coarser levels.
//
// A missed sample is a gap (NaN), never a zero. Times are wall-clock milliseconds for the axis; they never go back within a series.

#include <QList>
#include <QtGlobal>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace models::metrics {

inline constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

/// What a column of pixels shows: the extremes and the mean of the samples in [startMs, endMs). NaN in all three = nothing there.
struct Bucket {
    qint64 startMs = 0;
    qint64 endMs = 0;
    double min = kGap;
    double max = kGap;
    double mean = kGap;
    [[nodiscard]] bool isGap() const { return std::isnan(min); }
};

class Series {
public:
    /// `stepMs`: the expected distance of samples; a hole longer than three of them is drawn as a gap.
    /// `ringMax`: entries per level.
    explicit Series(qint64 stepMs = 1000, int ringMax = kRingMax);

    /// Samples older than the newest are dropped; value NaN marks a gap.
    void append(qint64 timeMs, double value);

    [[nodiscard]] bool isEmpty() const { return m_levels[0].ring.empty(); }
    [[nodiscard]] qint64 firstMs() const; ///< of the oldest that is still known at any level
    [[nodiscard]] qint64 lastMs() const;
    [[nodiscard]] qint64 lastValueMs() const { return m_lastValueMs; } ///< of the newest that is no gap; 0 = none
    [[nodiscard]] double last() const; ///< NaN when the newest is a gap or none
    /// At most `columns` buckets that cover [fromMs, toMs), oldest first, cut from the coarsest level that is fine enough. Buckets that
    /// hold nothing are left out, except one gap bucket where samples are missing between two that hold something.
    [[nodiscard]] QList<Bucket> cut(qint64 fromMs, qint64 toMs, int columns) const;
    /// The value at the time, from the nearest sample within two steps; NaN = none.
    [[nodiscard]] double valueAt(qint64 timeMs) const;

    static constexpr int kLevels = 5;      ///< each covers four times the span of the one below
    static constexpr int kFan = 4;
    static constexpr int kRingMax = 2048;  ///< entries per level: 34 min raw at 1 s, 6 days at the top

private:
    struct Entry {
        qint64 startMs = 0;
        qint64 endMs = 0;
        float min = 0, max = 0;
        double sum = 0;
        int samples = 0; ///< 0 = gap
    };
    struct Level {
        std::vector<Entry> ring;
        std::size_t head = 0; ///< index of the oldest
        int pending = 0;      ///< entries folded into the level above so far, of kFan
        Entry open;           ///< being filled for the level above
        [[nodiscard]] std::size_t size() const { return ring.size(); }
        [[nodiscard]] const Entry& at(std::size_t i) const { return ring[(head + i) % ring.size()]; }
        void push(const Entry& entry, std::size_t ringMax);
    };
    void push(int level, const Entry& entry);

    qint64 m_stepMs;
    std::size_t m_ringMax;
    qint64 m_lastValueMs = 0;
    std::array<Level, kLevels> m_levels;
};

/// Turns a growing counter into a rate. A counter that went back (topic made anew, records deleted, broker restarted) or a missing
/// reading gives no rate and starts over: never a spike.
class RateMeter {
public:
    /// `monotonicNs` from one clock; returns units per second, or NaN.
    double update(double counter, qint64 monotonicNs);
    void reset() { m_valid = false; }

private:
    bool m_valid = false;
    double m_counter = 0;
    qint64 m_ns = 0;
};

} // namespace models::metrics
