#pragma once
// Timers are monotonic; the wall clock is for timestamps and retention only.

#include <chrono>
#include <cstdint>

namespace broker {

using Duration = std::chrono::nanoseconds;
struct MonotonicEpoch {};
/// A moment of the monotonic clock (real: CLOCK_MONOTONIC; simulated: the simulator's).
struct Instant {
    Duration sinceStart{0};
    auto operator<=>(const Instant&) const = default;
    friend Instant operator+(Instant a, Duration b) { return {a.sinceStart + b}; }
    friend Instant operator-(Instant a, Duration b) { return {a.sinceStart - b}; }
    friend Duration operator-(Instant a, Instant b) { return a.sinceStart - b.sinceStart; }
};

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline std::int64_t toMs(Duration d) { return std::chrono::duration_cast<milliseconds>(d).count(); }

} // namespace broker
