#pragma once
// What a load of the kill tests has achieved, for whoever waits for it: nobody looks again and again, and trouble is told at once.
// Thread-safe.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

namespace tests {

class KillProgress {
public:
    /// One more is done: a message acknowledged, a transaction committed.
    void note();
    /// The first trouble is kept.
    void fail(std::string trouble);
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::string trouble() const; ///< empty = none
    /// Until `count` are done, there is trouble, or `patience` is over. True when they are done.
    bool await(std::uint64_t count, std::chrono::milliseconds patience) const;

private:
    mutable std::mutex m_mutex; ///< guards all below
    mutable std::condition_variable m_changed;
    std::uint64_t m_count = 0;
    std::string m_trouble;
};

} // namespace tests
