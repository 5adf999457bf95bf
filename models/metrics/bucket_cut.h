#pragma once
// Folds measured pieces, oldest first, into columns of pixels: true extremes, a gap where nothing was measured. Inside models/metrics.

#include "models/metrics/series.h"

#include <algorithm>

namespace models::metrics {

class BucketCut {
public:
    BucketCut(qint64 fromMs, qint64 toMs, int columns) : m_fromMs(fromMs), m_toMs(toMs), m_columns(columns), m_width(static_cast<double>(toMs - fromMs) / columns) {}

    /// A piece of [startMs, endMs) with its extremes, the sum of its samples and their number; 0 samples: nothing was measured then. After a hole of more than
    /// `holeMs` since the last one the line is interrupted.
    void add(qint64 startMs, qint64 endMs, double min, double max, double sum, int samples, double holeMs) {
        if (endMs <= m_fromMs || startMs >= m_toMs)
            return;
        if (samples == 0) {
            m_gap = m_any;
            return;
        }
        if (m_any && static_cast<double>(startMs - m_lastEnd) > holeMs)
            m_gap = true;
        if (m_gap)
            m_buckets.append({m_lastEnd, startMs, kGap, kGap, kGap});
        const int column = std::clamp(static_cast<int>(static_cast<double>(startMs - m_fromMs) / m_width), 0, m_columns - 1);
        const qint64 start = m_fromMs + static_cast<qint64>(column * m_width);
        if (!m_buckets.isEmpty() && !m_buckets.last().isGap() && m_buckets.last().startMs == start) {
            auto& bucket = m_buckets.last();
            bucket.min = std::min(bucket.min, min);
            bucket.max = std::max(bucket.max, max);
            m_sum += sum;
            m_samples += samples;
            bucket.mean = m_sum / m_samples;
        } else {
            m_sum = sum;
            m_samples = samples;
            m_buckets.append({start, m_fromMs + static_cast<qint64>((column + 1) * m_width), min, max, sum / samples});
        }
        m_any = true;
        m_gap = false;
        m_lastEnd = endMs;
    }
    [[nodiscard]] QList<Bucket> take() {
        // Never more than asked for: gaps beyond the limit are of no use to a chart of that width.
        while (m_buckets.size() > m_columns) {
            const auto gap = std::find_if(m_buckets.begin(), m_buckets.end(), [](const Bucket& bucket) { return bucket.isGap(); });
            if (gap == m_buckets.end())
                break;
            m_buckets.erase(gap);
        }
        return std::move(m_buckets);
    }

private:
    qint64 m_fromMs, m_toMs;
    int m_columns;
    double m_width;
    QList<Bucket> m_buckets;
    double m_sum = 0;
    int m_samples = 0;
    qint64 m_lastEnd = 0;
    bool m_gap = false;
    bool m_any = false;
};

} // namespace models::metrics
