#pragma once
// Virtual time for a whole cluster in one process: one queue of tasks, one seed. Each node has a scheduler of its own whose
// tasks vanish when the node crashes and wait while it is paused.

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tests::simulation {

using broker::Duration;
using broker::Instant;
using broker::Task;

class SimWorld {
public:
    explicit SimWorld(std::uint64_t seed) : m_random(broker::makeSeededRandom(seed)) {}

    [[nodiscard]] Instant now() const { return m_now; }
    [[nodiscard]] broker::Random& random() { return *m_random; }
    Duration between(Duration low, Duration high) { return Duration(m_random->between(low.count(), high.count())); }
    bool chance(std::uint64_t percent) { return m_random->below(100) < percent; }

    std::uint64_t at(Instant when, Task task) {
        const std::uint64_t id = ++m_last;
        m_queue.emplace(std::pair{std::max(when, m_now), id}, std::move(task));
        return id;
    }
    std::uint64_t after(Duration delay, Task task) { return at(m_now + delay, std::move(task)); }

    /// The next task; false when there is none before `end` (the clock then stands at `end`).
    bool step(Instant end) {
        if (m_queue.empty() || m_queue.begin()->first.first > end) {
            m_now = std::max(m_now, end);
            return false;
        }
        auto node = m_queue.extract(m_queue.begin());
        m_now = node.key().first;
        ++m_steps;
        node.mapped()();
        return true;
    }
    [[nodiscard]] std::uint64_t steps() const { return m_steps; }

private:
    std::unique_ptr<broker::Random> m_random;
    Instant m_now{broker::seconds(1)};
    std::uint64_t m_last = 0;
    std::uint64_t m_steps = 0;
    std::map<std::pair<Instant, std::uint64_t>, Task> m_queue;
};

/// The loop of one node's process. A new one is made at each start.
class SimScheduler final : public broker::Scheduler {
public:
    explicit SimScheduler(SimWorld& world) : m_world(world), m_alive(std::make_shared<State>()) { m_alive->self = this; }
    ~SimScheduler() override { m_alive->self = nullptr; }

    [[nodiscard]] Instant now() const override { return m_world.now(); }
    [[nodiscard]] broker::WallMs wallNow() const override { return 1'700'000'000'000 + broker::toMs(m_world.now().sinceStart); }
    broker::TimerId at(Instant when, Task task) override { return enqueue(when, std::move(task), true); }
    void cancel(broker::TimerId timer) override { m_alive->live.erase(timer); }
    void post(Task task) override { enqueue(m_world.now(), std::move(task), false); }
    void postFromAnyThread(Task task) override { post(std::move(task)); }
    /// Something from outside (a frame, a finished write) that reaches this process's loop.
    void deliver(Duration delay, Task task) { enqueue(m_world.now() + delay, std::move(task), false); }

    /// As SIGSTOP: what is due waits; after resume() frames come before timers.
    void pause() { m_paused = true; }
    void resume() {
        m_paused = false;
        auto frames = std::move(m_waitingFrames);
        auto timers = std::move(m_waitingTimers);
        m_waitingFrames.clear();
        m_waitingTimers.clear();
        for (auto& task : frames)
            enqueue(m_world.now(), std::move(task), false);
        for (auto& [id, task] : timers)
            if (m_alive->live.erase(id) != 0)
                enqueue(m_world.now(), std::move(task), true);
    }
    [[nodiscard]] bool paused() const { return m_paused; }

private:
    struct State {
        SimScheduler* self = nullptr;
        std::unordered_set<broker::TimerId> live;
    };
    broker::TimerId enqueue(Instant when, Task task, bool timer) {
        const broker::TimerId id = ++m_lastId;
        m_alive->live.insert(id);
        m_world.at(when, [state = m_alive, id, timer, task = std::move(task)]() mutable {
            if (state->self == nullptr || !state->live.contains(id))
                return;
            if (state->self->m_paused) {
                if (timer)
                    state->self->m_waitingTimers.emplace_back(id, std::move(task));
                else
                    state->self->m_waitingFrames.push_back(std::move(task));
                return;
            }
            state->live.erase(id);
            task();
        });
        return id;
    }

    SimWorld& m_world;
    std::shared_ptr<State> m_alive;
    broker::TimerId m_lastId = 0;
    bool m_paused = false;
    std::vector<Task> m_waitingFrames;
    std::vector<std::pair<broker::TimerId, Task>> m_waitingTimers;
};

} // namespace tests::simulation
