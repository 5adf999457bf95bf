#pragma once
// The one thread of a broker that owns its state: epoll for sockets, a timer queue, and tasks posted from itself or from
// other threads. It sleeps until something happens: an idle loop with no timers never wakes.
//
// One turn: wait -> sockets -> posted tasks -> due timers -> end-of-turn hooks (writes gathered in the turn leave together).
// When more than 100 ms have passed since the last turn ended, sockets are read until they are quiet before a timer fires:
// a process that was stopped must not believe that its peers were.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/scheduler.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace broker::net {

/// Watches one descriptor. Owned by whoever owns the descriptor; must be unregistered (EventLoop::forget) before it dies.
class Pollable {
public:
    virtual ~Pollable() = default;
    /// `events` as epoll reports them. May forget or destroy any Pollable, itself included, as long as a shared_ptr to it
    /// is held by itself during the call.
    virtual void onEvents(std::uint32_t events) = 0;
};

class EventLoop final : public Scheduler {
public:
    /// Throws std::runtime_error when the kernel has no descriptor left.
    EventLoop();
    ~EventLoop() override;
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Turns until stop(). The calling thread is the loop thread.
    void run();
    /// One turn: waits at most `timeoutMax`. For tests and for pumping at start and stop.
    void turn(Duration timeoutMax);
    /// From any thread; run() returns after the turn under way.
    void stop();

    [[nodiscard]] Instant now() const override { return m_now; }
    [[nodiscard]] WallMs wallNow() const override;
    TimerId at(Instant when, Task task) override;
    void cancel(TimerId timer) override;
    void post(Task task) override;
    void postFromAnyThread(Task task) override;

    /// Runs once, after the timers of this turn.
    void atEndOfTurn(Task task);

    void watch(int descriptor, std::uint32_t events, Pollable* pollable);
    void rewatch(int descriptor, std::uint32_t events, Pollable* pollable);
    void forget(int descriptor, Pollable* pollable);

    /// How often epoll returned: an idle broker's figure stands still.
    [[nodiscard]] std::uint64_t turns() const { return m_turns; }

    /// Gap after which sockets go before timers.
    static constexpr Duration kGap = milliseconds(100);

private:
    struct Timer {
        TimerId id;
        Task task;
    };
    using Timers = std::multimap<Instant, Timer>;

    int poll(Duration timeout);          ///< -> number of events handled
    void takeForeignTasks();
    void runPosted();
    void runTimers();
    void runEndOfTurn();
    [[nodiscard]] Duration untilNextTimer(Duration timeoutMax) const;
    void readClock();

    int m_epoll = -1;
    int m_wakeup = -1; ///< eventfd
    Instant m_now;
    Instant m_turnEnded;
    std::uint64_t m_turns = 0;
    bool m_pwait2 = true; ///< false on kernels before 5.11
    std::vector<Task> m_posted;
    std::vector<Task> m_endOfTurn;
    Timers m_timers;
    std::unordered_map<TimerId, Timers::iterator> m_timerById;
    TimerId m_nextTimer = 1;
    /// Registered pollables by token; a token is never used twice, so that an event of a closed descriptor finds nobody.
    std::unordered_map<std::uint64_t, Pollable*> m_pollables;
    std::unordered_map<Pollable*, std::uint64_t> m_tokens;
    std::uint64_t m_nextToken = 1;
    std::atomic<bool> m_stop = false;

    std::mutex m_mutex; ///< guards m_foreign and m_signalled
    std::vector<Task> m_foreign;
    bool m_signalled = false;
};

} // namespace broker::net
