#pragma once
// Disk work that takes virtual time: one job per key at a time; what has not run when the process dies never runs.

#include "tests/support/simulation/sim_world.h"

#include <deque>
#include <map>

namespace tests::simulation {

class SimPool final : public broker::DiskPool {
public:
    SimPool(SimWorld& world, SimScheduler& scheduler, Duration least, Duration most)
        : m_world(world), m_scheduler(scheduler), m_least(least), m_most(most) {}
    void submit(std::uint64_t key, Task work, Task done) override {
        auto& lane = m_lanes[key];
        lane.jobs.push_back({std::move(work), std::move(done)});
        if (!lane.busy)
            next(key);
    }

private:
    struct Lane {
        std::deque<std::pair<Task, Task>> jobs;
        bool busy = false;
    };
    void next(std::uint64_t key) {
        auto& lane = m_lanes[key];
        if (lane.jobs.empty())
            return;
        lane.busy = true;
        m_scheduler.deliver(m_world.between(m_least, m_most), [this, key] {
            auto& now = m_lanes[key];
            auto job = std::move(now.jobs.front());
            now.jobs.pop_front();
            job.first();
            m_scheduler.post(std::move(job.second));
            now.busy = false;
            next(key);
        });
    }
    SimWorld& m_world;
    SimScheduler& m_scheduler;
    Duration m_least;
    Duration m_most;
    std::map<std::uint64_t, Lane> m_lanes;
};

} // namespace tests::simulation
