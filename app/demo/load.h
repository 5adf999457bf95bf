#pragma once
// The demo load itself: a producer and two consumer groups over librdkafka, until it is told to stop.
//
// `billing` keeps up; `warehouse` works in waves, a little faster than the load on average, so that its lag rises and falls.
// Threads: run() produces on the caller's thread; each group member has one of its own, joined before run() returns.

#include "embedded-broker/base/error.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace app::demo {

struct LoadOptions {
    std::string bootstrapServers;
    std::vector<std::pair<std::string, std::string>> properties; ///< librdkafka's, over ours
    double messagesPerSecond = 200; ///< (0, 1e6]; the load swings by a fifth around it
    std::chrono::seconds duration{0}; ///< 0 = until stopped
    std::uint64_t seed = 0;           ///< 0 = another one each time
};

/// What was seen so far, in all.
struct Progress {
    std::int64_t elapsedMs = 0;
    std::int64_t produced = 0;     ///< handed to librdkafka
    std::int64_t acknowledged = 0; ///< by all in-sync replicas
    std::int64_t failed = 0;       ///< given up
    std::int64_t consumedBilling = 0;
    std::int64_t consumedWarehouse = 0;
    std::int64_t lagBilling = 0; ///< messages, over the partitions that its members hold
    std::int64_t lagWarehouse = 0;
    std::int64_t longestSilenceMs = 0; ///< the longest time without any acknowledgement since the first one
};

/// All are called from run()'s thread.
struct LoadEvents {
    std::function<void(const Progress&)> progress; ///< every second, and once at the end
    std::function<void(std::int64_t afterMs)> firstAcknowledged;
    std::function<void(const std::string&)> notice; ///< a sentence: topics made, a broker lost
};

/// Makes the topics, then loads. Returns when `stop` is set or the duration is over: what was seen, after the last messages
/// were acknowledged. Unavailable: no broker answers; other errors: topics or clients that could not be made.
broker::Result<Progress> run(const LoadOptions& options, const LoadEvents& events, const std::atomic<bool>& stop);

} // namespace app::demo
