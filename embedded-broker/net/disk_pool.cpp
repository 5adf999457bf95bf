#include "embedded-broker/net/disk_pool.h"

#include <pthread.h>

namespace broker::net {

ThreadDiskPool::ThreadDiskPool(Scheduler& loop, int threads) : m_loop(loop) {
    for (int i = 0; i < threads; ++i) {
        m_threads.emplace_back([this] { serve(); });
        pthread_setname_np(m_threads.back().native_handle(), ("disk-" + std::to_string(i)).c_str());
    }
}

ThreadDiskPool::~ThreadDiskPool() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    for (auto& thread : m_threads)
        thread.join();
}

void ThreadDiskPool::submit(std::uint64_t key, Task work, Task done) {
    {
        const std::lock_guard lock(m_mutex);
        Lane& lane = m_lanes[key];
        lane.jobs.push_back({std::move(work), std::move(done)});
        if (lane.running || lane.jobs.size() > 1)
            return; // the thread on this lane, or the one that will take it, finds it
        m_ready.push_back(key);
    }
    m_wake.notify_one();
}

void ThreadDiskPool::serve() {
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_stopping || !m_ready.empty(); });
        if (m_ready.empty())
            return; // stopping, and every lane is either empty or has its thread
        const std::uint64_t key = m_ready.front();
        m_ready.pop_front();
        Lane& lane = m_lanes[key]; // stays where it is: unordered_map does not move its elements
        lane.running = true;
        Job job = std::move(lane.jobs.front());
        lane.jobs.pop_front();
        lock.unlock();
        job.work();
        job.work = nullptr; // what it captured dies before `done` is told
        if (job.done)
            m_loop.postFromAnyThread(std::move(job.done));
        lock.lock();
        lane.running = false;
        if (lane.jobs.empty()) {
            m_lanes.erase(key);
        } else {
            m_ready.push_back(key);
            m_wake.notify_one();
        }
    }
}

} // namespace broker::net
