#include "tests/embedded-broker/node/kill_progress.h"

#include <utility>

namespace tests {

void KillProgress::note() {
    {
        const std::lock_guard lock(m_mutex);
        ++m_count;
    }
    m_changed.notify_all();
}

void KillProgress::fail(std::string trouble) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_trouble.empty())
            m_trouble = std::move(trouble);
    }
    m_changed.notify_all();
}

std::uint64_t KillProgress::count() const {
    const std::lock_guard lock(m_mutex);
    return m_count;
}

std::string KillProgress::trouble() const {
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

bool KillProgress::await(std::uint64_t count, std::chrono::milliseconds patience) const {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, patience, [&] { return m_count >= count || !m_trouble.empty(); });
    return m_count >= count && m_trouble.empty();
}

} // namespace tests
