#pragma once
// A DiskPool whose jobs run when the test says so, in any order that keeps each key's own.

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"

#include <deque>
#include <map>
#include <utility>

namespace tests {

class ManualPool final : public broker::DiskPool {
public:
    explicit ManualPool(broker::Scheduler& scheduler) : m_scheduler(scheduler) {}

    void submit(std::uint64_t key, broker::Task work, broker::Task done) override {
        m_jobs[key].push_back({std::move(work), std::move(done)});
    }
    [[nodiscard]] bool idle() const { return m_jobs.empty(); }
    /// Runs the first job of the `index`-th key (of those that have one). False when there is none.
    bool runOne(std::size_t index = 0) {
        if (m_jobs.empty())
            return false;
        auto queue = std::next(m_jobs.begin(), static_cast<std::ptrdiff_t>(index % m_jobs.size()));
        auto job = std::move(queue->second.front());
        queue->second.pop_front();
        if (queue->second.empty())
            m_jobs.erase(queue);
        job.first();
        m_scheduler.post(std::move(job.second));
        return true;
    }
    bool runOne(broker::Random& random) { return runOne(random.below(1024)); }
    /// As a killed process: what was queued never happens.
    void drop() { m_jobs.clear(); }

private:
    broker::Scheduler& m_scheduler;
    std::map<std::uint64_t, std::deque<std::pair<broker::Task, broker::Task>>> m_jobs;
};

} // namespace tests
