#pragma once
// A Scheduler that a test moves by hand: nothing happens until run() or advance().

#include "embedded-broker/base/scheduler.h"

#include <deque>
#include <map>
#include <set>

namespace tests {

class ManualScheduler final : public broker::Scheduler {
public:
    [[nodiscard]] broker::Instant now() const override { return m_now; }
    [[nodiscard]] broker::WallMs wallNow() const override { return m_wallStart + broker::toMs(m_now.sinceStart); }
    broker::TimerId at(broker::Instant when, broker::Task task) override {
        const broker::TimerId id = ++m_lastTimer;
        m_timers.emplace(std::pair{when, id}, std::move(task));
        m_when[id] = when;
        return id;
    }
    void cancel(broker::TimerId timer) override {
        const auto it = m_when.find(timer);
        if (it == m_when.end())
            return;
        m_timers.erase({it->second, timer});
        m_when.erase(it);
    }
    void post(broker::Task task) override { m_posted.push_back(std::move(task)); }
    void postFromAnyThread(broker::Task task) override { post(std::move(task)); }

    /// Everything that was posted, and what that posts.
    void run() {
        while (!m_posted.empty()) {
            auto task = std::move(m_posted.front());
            m_posted.pop_front();
            task();
        }
    }
    /// Moves the clock, timer by timer.
    void advance(broker::Duration by) {
        run();
        const broker::Instant end = m_now + by;
        while (!m_timers.empty() && m_timers.begin()->first.first <= end) {
            auto node = m_timers.extract(m_timers.begin());
            m_now = std::max(m_now, node.key().first);
            m_when.erase(node.key().second);
            node.mapped()();
            run();
        }
        m_now = end;
    }
    [[nodiscard]] std::size_t pendingTimers() const { return m_timers.size(); }

private:
    broker::Instant m_now{};
    broker::WallMs m_wallStart = 1'700'000'000'000;
    broker::TimerId m_lastTimer = 0;
    std::map<std::pair<broker::Instant, broker::TimerId>, broker::Task> m_timers;
    std::map<broker::TimerId, broker::Instant> m_when;
    std::deque<broker::Task> m_posted;
};

} // namespace tests
