#include "models/metrics/series.h"

#include "models/metrics/bucket_cut.h"

#include <algorithm>

namespace models::metrics {

Series::Series(qint64 stepMs, int ringMax) : m_stepMs(std::max<qint64>(1, stepMs)), m_ringMax(static_cast<std::size_t>(std::max(kFan, ringMax))) {}

void Series::Level::push(const Entry& entry, std::size_t ringMax) {
    if (ring.size() < ringMax) {
        ring.push_back(entry);
    } else {
        ring[head] = entry;
        head = (head + 1) % ring.size();
    }
}

void Series::append(qint64 timeMs, double value) {
    if (!isEmpty() && timeMs <= lastMs())
        return;
    Entry entry;
    entry.startMs = timeMs;
    entry.endMs = timeMs + m_stepMs;
    if (!std::isnan(value)) {
        entry.min = entry.max = static_cast<float>(value);
        entry.sum = value;
        entry.samples = 1;
        m_lastValueMs = timeMs;
    }
    push(0, entry);
}

void Series::push(int level, const Entry& entry) {
    auto& here = m_levels[static_cast<std::size_t>(level)];
    here.push(entry, m_ringMax);
    if (level + 1 == kLevels)
        return;
    auto& open = here.open;
    if (here.pending == 0) {
        open = entry;
    } else {
        open.endMs = entry.endMs;
        if (entry.samples > 0) {
            open.min = open.samples > 0 ? std::min(open.min, entry.min) : entry.min;
            open.max = open.samples > 0 ? std::max(open.max, entry.max) : entry.max;
            open.sum += entry.sum;
            open.samples += entry.samples;
        }
    }
    if (++here.pending == kFan) {
        here.pending = 0;
        push(level + 1, open);
    }
}

qint64 Series::firstMs() const {
    qint64 first = 0;
    bool any = false;
    for (const auto& level : m_levels) {
        if (level.ring.empty())
            continue;
        first = any ? std::min(first, level.at(0).startMs) : level.at(0).startMs;
        any = true;
    }
    return first;
}

qint64 Series::lastMs() const {
    const auto& raw = m_levels[0];
    return raw.ring.empty() ? 0 : raw.at(raw.size() - 1).startMs;
}

double Series::last() const {
    const auto& raw = m_levels[0];
    if (raw.ring.empty())
        return kGap;
    const auto& entry = raw.at(raw.size() - 1);
    return entry.samples > 0 ? entry.sum / entry.samples : kGap;
}

double Series::valueAt(qint64 timeMs) const {
    const auto& raw = m_levels[0];
    std::size_t low = 0;
    std::size_t high = raw.size();
    while (low < high) {
        const auto middle = (low + high) / 2;
        (raw.at(middle).startMs < timeMs) ? low = middle + 1 : high = middle;
    }
    double best = kGap;
    qint64 distance = 2 * m_stepMs + 1;
    for (const auto i : {low == 0 ? low : low - 1, low}) {
        if (i >= raw.size())
            continue;
        const auto& entry = raw.at(i);
        if (const auto away = std::abs(entry.startMs - timeMs); entry.samples > 0 && away < distance) {
            distance = away;
            best = entry.sum / entry.samples;
        }
    }
    return best;
}

QList<Bucket> Series::cut(qint64 fromMs, qint64 toMs, int columns) const {
    if (columns <= 0 || toMs <= fromMs || isEmpty())
        return {};
    const double width = static_cast<double>(toMs - fromMs) / columns;
    // The coarsest level whose entries are still finer than a column; coarser where that one does not reach back far enough.
    std::size_t level = 0;
    double span = static_cast<double>(m_stepMs);
    while (level + 1 < kLevels && span * kFan <= width) {
        ++level;
        span *= kFan;
    }
    const auto reaches = [this, fromMs](std::size_t i) { return !m_levels[i].ring.empty() && m_levels[i].at(0).startMs <= fromMs; };
    while (level + 1 < kLevels && !reaches(level) && !m_levels[level + 1].ring.empty() && m_levels[level].size() == m_ringMax)
        ++level;
    if (m_levels[level].ring.empty())
        level = 0;

    BucketCut pieces(fromMs, toMs, columns);
    const double hole = 2 * std::max(span, static_cast<double>(m_stepMs));
    const auto add = [&](const Entry& entry) { pieces.add(entry.startMs, entry.endMs, entry.min, entry.max, entry.sum, entry.samples, hole); };
    const auto& source = m_levels[level];
    std::size_t low = 0;
    std::size_t high = source.size();
    while (low < high) { // the first entry that ends after `fromMs`
        const auto middle = (low + high) / 2;
        (source.at(middle).endMs <= fromMs) ? low = middle + 1 : high = middle;
    }
    qint64 covered = std::numeric_limits<qint64>::min();
    for (auto i = low; i < source.size() && source.at(i).startMs < toMs; ++i) {
        add(source.at(i));
        covered = source.at(i).endMs;
    }
    // What is not folded yet stands in the levels below, each newer than the one above it.
    for (auto below = level; below-- > 0;) {
        const auto& finer = m_levels[below];
        for (auto i = finer.size() - std::min<std::size_t>(finer.size(), kFan); i < finer.size(); ++i) {
            if (finer.at(i).startMs >= covered) {
                add(finer.at(i));
                covered = finer.at(i).endMs;
            }
        }
    }
    return pieces.take();
}

double RateMeter::update(double counter, qint64 monotonicNs) {
    if (std::isnan(counter) || counter < 0) {
        m_valid = false;
        return kGap;
    }
    const bool usable = m_valid && counter >= m_counter && monotonicNs > m_ns;
    const double rate = usable ? (counter - m_counter) * 1e9 / static_cast<double>(monotonicNs - m_ns) : kGap;
    m_valid = true;
    m_counter = counter;
    m_ns = monotonicNs;
    return rate;
}

} // namespace models::metrics
