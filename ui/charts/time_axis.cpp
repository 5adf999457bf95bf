#include "ui/charts/time_axis.h"

#include <QDateTime>
#include <algorithm>
#include <cmath>

namespace ui::charts {

TimeAxis::TimeAxis(QObject* parent) : QObject(parent), m_nowMs(QDateTime::currentMSecsSinceEpoch()), m_endMs(m_nowMs) {}

void TimeAxis::tick(qint64 nowMs) {
    m_nowMs = nowMs;
    if (m_live) {
        m_endMs = nowMs;
        if (!m_spanChosen) {
            const qint64 age = m_startMs > 0 ? nowMs - m_startMs : kSpanAtFirstMs;
            m_spanMs = age < 60'000 ? 60'000 : age < 120'000 ? 120'000 : kSpanAtFirstMs;
        }
    }
    emit moved();
}

void TimeAxis::setLive(bool live) {
    if (live == m_live)
        return;
    m_live = live;
    if (live)
        m_endMs = m_nowMs;
    emit liveChanged(live);
    emit moved();
}

void TimeAxis::reset() {
    m_spanChosen = false;
    m_spanMs = kSpanAtFirstMs;
    if (m_live)
        tick(m_nowMs);
    else
        setLive(true);
}

void TimeAxis::zoom(double factor, qint64 aroundMs) {
    const qint64 before = m_spanMs;
    m_spanChosen = true;
    m_spanMs = std::clamp(static_cast<qint64>(std::llround(static_cast<double>(m_spanMs) * factor)), kSpanMinMs, kSpanMaxMs);
    if (!m_live && before > 0) {
        const double share = static_cast<double>(m_endMs - aroundMs) / static_cast<double>(before);
        m_endMs = std::min(m_nowMs, aroundMs + static_cast<qint64>(share * static_cast<double>(m_spanMs)));
    }
    emit moved();
}

void TimeAxis::pan(qint64 byMs) {
    const qint64 end = m_endMs + byMs;
    m_spanChosen = true;
    if (end >= m_nowMs) {
        setLive(true);
        return;
    }
    m_endMs = std::max(end, m_nowMs - kSpanMaxMs);
    if (m_live) {
        m_live = false;
        emit liveChanged(false);
    }
    emit moved();
}

void TimeAxis::setCursor(qint64 timeMs) {
    if (timeMs == m_cursorMs)
        return;
    m_cursorMs = timeMs;
    emit cursorMoved();
}

} // namespace ui::charts
