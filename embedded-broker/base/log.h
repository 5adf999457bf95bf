#pragma once
// The broker's own log: lines on standard error, one per fact. Never a secret, never a record's bytes.

#include <fmt/format.h>
#include <string_view>

namespace broker::log {

enum class Level { Debug, Info, Warning, Error, Off };

void setLevel(Level level);
[[nodiscard]] bool enabled(Level level);
/// "2026-01-31 12:00:00.123 INFO  storage: message". Thread-safe; one write(2) a line.
void write(Level level, std::string_view component, std::string_view message);

template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::Debug))
        write(Level::Debug, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::Info))
        write(Level::Info, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::Warning))
        write(Level::Warning, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::Error))
        write(Level::Error, component, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace broker::log
