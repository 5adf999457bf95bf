#include "embedded-broker/base/log.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <string>
#include <unistd.h>

namespace broker::log {
namespace {

std::atomic<Level> currentLevel{Level::Info};

constexpr std::string_view name(Level level) {
    switch (level) {
    case Level::Debug: return "DEBUG";
    case Level::Info: return "INFO ";
    case Level::Warning: return "WARN ";
    case Level::Error: return "ERROR";
    case Level::Off: break;
    }
    return "?    ";
}

} // namespace

void setLevel(Level level) { currentLevel.store(level, std::memory_order_relaxed); }

bool enabled(Level level) { return level >= currentLevel.load(std::memory_order_relaxed); }

void write(Level level, std::string_view component, std::string_view message) {
    const auto now = std::chrono::system_clock::now();
    const std::time_t second = std::chrono::system_clock::to_time_t(now);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm parts{};
    localtime_r(&second, &parts);
    const std::string line = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} {} {}: {}\n", parts.tm_year + 1900,
        parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ms, name(level), component, message);
    // A log line that cannot be written has nowhere to be reported.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace broker::log
