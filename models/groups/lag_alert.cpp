#include "models/groups/lag_alert.h"

namespace models::groups {

void LagAlert::resumeFiring(qint64 sinceMs) {
    m_state = State::Firing;
    m_sinceMs = sinceMs;
    m_belowSinceMs = 0;
}

LagAlert::Effect LagAlert::step(qint64 nowMs, std::optional<qint64> value) {
    const bool clockWentBack = nowMs < m_knownMs;
    if (clockWentBack) {
        m_belowSinceMs = 0;
        if (m_state == State::Over)
            m_sinceMs = nowMs;
    }
    if (!value) {
        m_belowSinceMs = 0;
        if (m_state == State::Over && nowMs - m_knownMs > kSilenceMs) {
            m_state = State::Quiet;
            m_sinceMs = 0;
        }
        return Effect::None;
    }
    const bool silent = m_knownMs > 0 && nowMs - m_knownMs > kSilenceMs;
    m_knownMs = nowMs;
    const bool over = *value > m_rule.threshold;
    if (m_state == State::Firing) {
        const bool wellBelow = *value <= m_rule.threshold * 4 / 5;
        if (!wellBelow) {
            m_belowSinceMs = 0;
            return Effect::None;
        }
        if (m_belowSinceMs == 0)
            m_belowSinceMs = nowMs;
        if (nowMs - m_belowSinceMs < m_rule.forMs / 2)
            return Effect::None;
        m_state = State::Quiet;
        m_sinceMs = m_belowSinceMs = 0;
        return Effect::Recovered;
    }
    if (!over) {
        m_state = State::Quiet;
        m_sinceMs = 0;
        return Effect::None;
    }
    if (m_state == State::Quiet || silent) {
        m_state = State::Over;
        m_sinceMs = nowMs;
    }
    if (nowMs - m_sinceMs < m_rule.forMs)
        return Effect::None;
    m_state = State::Firing;
    m_sinceMs = nowMs;
    m_belowSinceMs = 0;
    return Effect::Fired;
}

} // namespace models::groups
