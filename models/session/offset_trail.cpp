#include "models/session/offset_trail.h"

#include <algorithm>
#include <utility>

namespace models::session {

void OffsetTrail::note(qint64 timeMs, qint64 end) {
    if (!m_points.empty() && timeMs < m_points.back().untilMs)
        return;
    if (!m_points.empty() && end < m_points.back().end)
        m_points.clear();
    if (!m_points.empty() && m_points.back().end == end) {
        m_points.back().untilMs = timeMs;
        return;
    }
    m_points.push_back({timeMs, timeMs, end});
    if (m_points.size() > kPointsMax)
        thin();
}

void OffsetTrail::thin() {
    // Every second one of the older half goes; the oldest stays, as it says how far back is known.
    std::vector<Point> kept;
    kept.reserve(m_points.size());
    for (std::size_t i = 0; i < m_points.size(); ++i)
        if (i >= m_points.size() / 2 || i % 2 == 0)
            kept.push_back(m_points[i]);
    m_points = std::move(kept);
}

OffsetTrail::Moment OffsetTrail::writtenAt(qint64 offset) const {
    const auto after = std::upper_bound(m_points.begin(), m_points.end(), offset, [](qint64 value, const Point& point) { return value < point.end; });
    if (after == m_points.end())
        return {};
    if (after == m_points.begin())
        return {after->fromMs, true};
    const auto& before = *(after - 1);
    const double share = static_cast<double>(offset - before.end) / static_cast<double>(after->end - before.end);
    return {before.untilMs + static_cast<qint64>(share * static_cast<double>(after->fromMs - before.untilMs)), false};
}

void OffsetTrail::prepend(const std::vector<Point>& past) {
    if (past.empty() || (!m_points.empty() && (past.back().end > m_points.front().end || past.back().untilMs > m_points.front().fromMs)))
        return;
    auto present = std::exchange(m_points, past);
    for (const auto& point : present) {
        if (!m_points.empty() && m_points.back().end == point.end)
            m_points.back().untilMs = point.untilMs;
        else
            m_points.push_back(point);
    }
    while (m_points.size() > kPointsMax)
        thin();
}

} // namespace models::session
