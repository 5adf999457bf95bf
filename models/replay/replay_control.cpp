#include "models/replay/replay_control.h"

#include <algorithm>

namespace models::replay {

void ReplayControl::setPaused(bool paused) {
    const std::lock_guard lock(m_mutex);
    m_paused = paused;
    m_changed.notify_all();
}
void ReplayControl::setRate(qint64 messagesPerSecond) {
    const std::lock_guard lock(m_mutex);
    m_rate = std::max<qint64>(0, messagesPerSecond);
    m_changed.notify_all();
}
void ReplayControl::stop() {
    const std::lock_guard lock(m_mutex);
    m_stopping = true;
    m_changed.notify_all();
}
bool ReplayControl::paused() const {
    const std::lock_guard lock(m_mutex);
    return m_paused;
}
bool ReplayControl::stopping() const {
    const std::lock_guard lock(m_mutex);
    return m_stopping;
}
qint64 ReplayControl::rate() const {
    const std::lock_guard lock(m_mutex);
    return m_rate;
}
Progress ReplayControl::progress() const {
    const std::lock_guard lock(m_mutex);
    return m_progress;
}
void ReplayControl::tell(const Progress& progress) {
    const std::lock_guard lock(m_mutex);
    m_progress = progress;
}
void ReplayControl::waitWhilePaused() {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return !m_paused || m_stopping; });
}
bool ReplayControl::waitFor(std::chrono::milliseconds time) {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, time, [this] { return m_stopping; });
    return !m_stopping;
}

Throttle::Clock::duration Throttle::take(qint64 perSecond, Clock::time_point now) {
    if (perSecond <= 0)
        return Clock::duration::zero();
    using namespace std::chrono_literals;
    if (m_next > now)
        return m_next - now;
    m_next = std::max(m_next, now - Clock::duration(100ms)) + Clock::duration(std::chrono::nanoseconds(1'000'000'000 / perSecond));
    return Clock::duration::zero();
}

} // namespace models::replay
