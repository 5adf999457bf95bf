#pragma once
// Threads for work that blocks: disk writes, syncs and cold reads, never on the loop.

#include "embedded-broker/base/scheduler.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace broker::net {

/// `threads` threads named "disk-0" ... Jobs of one key run one after another. Created and destroyed on the loop thread;
/// the destructor finishes queued jobs.
class ThreadDiskPool final : public DiskPool {
public:
    explicit ThreadDiskPool(Scheduler& loop, int threads = 3);
    ~ThreadDiskPool() override;
    ThreadDiskPool(const ThreadDiskPool&) = delete;
    ThreadDiskPool& operator=(const ThreadDiskPool&) = delete;

    void submit(std::uint64_t key, Task work, Task done) override;

private:
    struct Job {
        Task work;
        Task done;
    };
    struct Lane {
        std::deque<Job> jobs;
        bool running = false;
    };
    void serve();

    Scheduler& m_loop;
    std::mutex m_mutex; ///< guards all below but the threads
    std::condition_variable m_wake;
    std::unordered_map<std::uint64_t, Lane> m_lanes;
    std::deque<std::uint64_t> m_ready; ///< keys with a job and nobody on it
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

} // namespace broker::net
