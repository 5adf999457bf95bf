#include "embedded-broker/net/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace broker::net {

namespace {

constexpr int kEventsMax = 256;
constexpr int kDrainRoundsMax = 1000;
constexpr std::uint64_t kWakeupToken = 0;

Instant monotonicNow() {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return Instant{seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec)};
}

} // namespace

EventLoop::EventLoop() {
    m_epoll = epoll_create1(EPOLL_CLOEXEC);
    m_wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m_epoll < 0 || m_wakeup < 0)
        throw std::runtime_error(systemError("epoll_create", "the event loop", errno).message);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeupToken;
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeup, &event);
    readClock();
    m_turnEnded = m_now;
}

EventLoop::~EventLoop() {
    ::close(m_wakeup);
    ::close(m_epoll);
}

void EventLoop::readClock() { m_now = monotonicNow(); }

WallMs EventLoop::wallNow() const {
    timespec ts{};
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1'000'000;
}

TimerId EventLoop::at(Instant when, Task task) {
    const TimerId id = m_nextTimer++;
    m_timerById.emplace(id, m_timers.emplace(when, Timer{id, std::move(task)}));
    return id;
}

void EventLoop::cancel(TimerId timer) {
    const auto found = m_timerById.find(timer);
    if (found == m_timerById.end())
        return;
    m_timers.erase(found->second);
    m_timerById.erase(found);
}

void EventLoop::post(Task task) { m_posted.push_back(std::move(task)); }

void EventLoop::postFromAnyThread(Task task) {
    const std::lock_guard lock(m_mutex);
    m_foreign.push_back(std::move(task));
    if (m_signalled)
        return;
    m_signalled = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(m_wakeup, &one, sizeof one); // a full counter wakes as well
}

void EventLoop::atEndOfTurn(Task task) { m_endOfTurn.push_back(std::move(task)); }

void EventLoop::stop() {
    m_stop = true;
    postFromAnyThread([] {});
}

void EventLoop::watch(int descriptor, std::uint32_t events, Pollable* pollable) {
    const std::uint64_t token = m_nextToken++;
    m_pollables.emplace(token, pollable);
    m_tokens.emplace(pollable, token);
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void EventLoop::rewatch(int descriptor, std::uint32_t events, Pollable* pollable) {
    const auto token = m_tokens.find(pollable);
    if (token == m_tokens.end())
        return;
    epoll_event event{};
    event.events = events;
    event.data.u64 = token->second;
    epoll_ctl(m_epoll, EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::forget(int descriptor, Pollable* pollable) {
    const auto token = m_tokens.find(pollable);
    if (token == m_tokens.end())
        return;
    m_pollables.erase(token->second);
    m_tokens.erase(token);
    epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, nullptr);
}

int EventLoop::poll(Duration timeout) {
    std::array<epoll_event, kEventsMax> events; // NOLINT: filled by the kernel
    int count = -1;
    if (m_pwait2) {
        timespec ts{};
        ts.tv_sec = timeout.count() / 1'000'000'000;
        ts.tv_nsec = timeout.count() % 1'000'000'000;
        count = epoll_pwait2(m_epoll, events.data(), kEventsMax, timeout == Duration::max() ? nullptr : &ts, nullptr);
        if (count < 0 && errno == ENOSYS)
            m_pwait2 = false;
    }
    if (!m_pwait2) {
        const auto ms = std::chrono::ceil<milliseconds>(timeout).count();
        count = epoll_wait(m_epoll, events.data(), kEventsMax,
                           timeout == Duration::max() ? -1 : static_cast<int>(std::min<std::int64_t>(ms, 1'000'000)));
    }
    readClock();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == kWakeupToken) {
            takeForeignTasks();
            continue;
        }
        const auto found = m_pollables.find(event.data.u64);
        if (found != m_pollables.end())
            found->second->onEvents(event.events);
    }
    return std::max(count, 0);
}

void EventLoop::takeForeignTasks() {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto got = ::read(m_wakeup, &ignored, sizeof ignored);
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(m_mutex);
        tasks.swap(m_foreign);
        m_signalled = false;
    }
    for (auto& task : tasks)
        m_posted.push_back(std::move(task));
}

void EventLoop::runPosted() {
    std::vector<Task> tasks;
    tasks.swap(m_posted); // what these post runs in the next turn
    for (auto& task : tasks)
        task();
}

void EventLoop::runTimers() {
    // Timers set by these tasks for "now" run in the next turn: a task that always sets another must not starve the sockets.
    std::vector<TimerId> due;
    for (auto it = m_timers.begin(); it != m_timers.end() && it->first <= m_now; ++it)
        due.push_back(it->second.id);
    for (const TimerId id : due) {
        const auto found = m_timerById.find(id);
        if (found == m_timerById.end())
            continue; // cancelled by one that ran before
        Task task = std::move(found->second->second.task);
        m_timers.erase(found->second);
        m_timerById.erase(found);
        task();
    }
}

void EventLoop::runEndOfTurn() {
    while (!m_endOfTurn.empty()) {
        std::vector<Task> tasks;
        tasks.swap(m_endOfTurn);
        for (auto& task : tasks)
            task();
    }
}

Duration EventLoop::untilNextTimer(Duration timeoutMax) const {
    if (!m_posted.empty() || !m_endOfTurn.empty())
        return Duration::zero();
    if (m_timers.empty())
        return timeoutMax;
    return std::clamp(m_timers.begin()->first - monotonicNow(), Duration::zero(), timeoutMax);
}

void EventLoop::turn(Duration timeoutMax) {
    poll(untilNextTimer(timeoutMax));
    ++m_turns;
    const bool timerDue = !m_timers.empty() && m_timers.begin()->first <= m_now;
    if (timerDue && m_now - m_turnEnded > kGap) {
        for (int round = 0; round < kDrainRoundsMax; ++round) {
            runPosted();
            if (poll(Duration::zero()) == 0)
                break;
        }
    }
    runPosted();
    runTimers();
    runEndOfTurn();
    m_turnEnded = monotonicNow();
}

void EventLoop::run() {
    m_stop = false;
    while (!m_stop)
        turn(Duration::max());
}

} // namespace broker::net
