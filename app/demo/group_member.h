#pragma once
// One member of a consumer group, on a thread of its own.

#include "app/demo/rdkafka.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace app::demo {

class GroupMember {
public:
    /// How many messages a second it may handle at this moment; <= 0 = as many as come.
    using Capacity = std::function<double(std::chrono::steady_clock::duration sinceStart)>;

    /// Subscribes and starts its thread. `consumer` is a consumer with its group.id set.
    static broker::Result<std::unique_ptr<GroupMember>> start(Handle consumer, std::vector<std::string> topics, Capacity capacity, std::string name);
    /// Stops and leaves the group; waits for the thread.
    ~GroupMember();

    [[nodiscard]] std::int64_t consumed() const { return m_consumed.load(std::memory_order_relaxed); }
    /// Messages between its position and the end, over the partitions it holds; as of the last half second.
    [[nodiscard]] std::int64_t lag() const { return m_lag.load(std::memory_order_relaxed); }
    void askToStop();

private:
    GroupMember(Handle consumer, Capacity capacity);
    void work();
    void measureLag();
    bool workFor(std::chrono::duration<double> time);

    Handle m_consumer;
    Capacity m_capacity;
    std::atomic<std::int64_t> m_consumed{0};
    std::atomic<std::int64_t> m_lag{0};
    std::mutex m_mutex; ///< guards m_stop
    std::condition_variable m_wake;
    bool m_stop = false;
    std::thread m_thread;
};

} // namespace app::demo
