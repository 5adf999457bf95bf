#include "ui/charts/chart_group.h"

#include <QDateTime>
#include <algorithm>

namespace ui::charts {

ChartGroup::ChartGroup(QObject* parent, qint64 spanMs)
    : QObject(parent), m_spanMs(std::clamp(spanMs, kSpanMsMin, kSpanMsMax)), m_toMs(QDateTime::currentMSecsSinceEpoch()) {}

void ChartGroup::tick(qint64 nowMs) {
    if (!m_live)
        return;
    m_toMs = nowMs;
    emit moved();
}

void ChartGroup::setLive(bool live) {
    if (live == m_live)
        return;
    m_live = live;
    if (live)
        m_toMs = QDateTime::currentMSecsSinceEpoch();
    emit liveChanged(live);
    emit moved();
}

void ChartGroup::zoom(double factor, qint64 aroundMs) {
    const double share = static_cast<double>(aroundMs - fromMs()) / static_cast<double>(m_spanMs);
    m_spanMs = std::clamp(static_cast<qint64>(static_cast<double>(m_spanMs) * factor), kSpanMsMin, kSpanMsMax);
    if (!m_live) // a live axis keeps its end at now
        m_toMs = aroundMs + static_cast<qint64>(static_cast<double>(m_spanMs) * (1 - share));
    emit moved();
}

void ChartGroup::pan(qint64 byMs) {
    m_toMs = std::min(m_toMs + byMs, QDateTime::currentMSecsSinceEpoch());
    if (m_live) {
        m_live = false;
        emit liveChanged(false);
    }
    emit moved();
}

void ChartGroup::setCursor(std::optional<qint64> ms) {
    if (ms == m_cursorMs)
        return;
    m_cursorMs = ms;
    emit cursorChanged();
}

} // namespace ui::charts
