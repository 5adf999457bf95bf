#pragma once
// The two clocks that the supervisor and its clients read. No seam: nothing here is simulated.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/time.h"

#include <ctime>

namespace broker::cluster {

inline WallMs wallMs() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<WallMs>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

inline Instant monotonic() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return {seconds(now.tv_sec) + Duration(now.tv_nsec)};
}

} // namespace broker::cluster
