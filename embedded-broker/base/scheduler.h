#pragma once
// One loop thread per broker owns all of its state. Time and work on other threads enter through these seams.
// Real ones are in net/ (epoll); the simulator has its own, stepped by one seed.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/time.h"

#include <cstdint>
#include <functional>

namespace broker {

using Task = std::move_only_function<void()>;
using TimerId = std::uint64_t; ///< 0 = none

/// Time and turns of one loop. Every member is called on the loop thread, except postFromAnyThread.
class Scheduler {
public:
    virtual ~Scheduler() = default;
    [[nodiscard]] virtual Instant now() const = 0;        ///< monotonic; constant within one turn of the loop
    [[nodiscard]] virtual WallMs wallNow() const = 0;
    /// Runs once, not before `when`. After a gap in the loop of more than 100 ms every socket is drained before a timer fires.
    virtual TimerId at(Instant when, Task task) = 0;
    TimerId after(Duration delay, Task task) { return at(now() + delay, std::move(task)); }
    virtual void cancel(TimerId timer) = 0;               ///< 0 and fired timers are fine
    virtual void post(Task task) = 0;                     ///< in a later turn, in order
    virtual void postFromAnyThread(Task task) = 0;
};

/// Work that blocks, off the loop. Jobs of one key run one after another in the order submitted; jobs of different keys
/// in any order. `done` runs on the loop thread after `work` has returned. At destruction queued jobs are finished,
/// their `done` never runs.
class DiskPool {
public:
    virtual ~DiskPool() = default;
    virtual void submit(std::uint64_t key, Task work, Task done) = 0;
};

} // namespace broker
