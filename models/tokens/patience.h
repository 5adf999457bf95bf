#pragma once
// How long whoever waits for a token waits.

#include <chrono>
#include <poll.h>

namespace models::tokens {

struct Patience {
    std::chrono::steady_clock::time_point deadline;
    int cancelFd = -1; ///< readable = the wait ends at once; -1 = nothing ends it
};

inline Patience patient(std::chrono::milliseconds time, int cancelFd = -1) { return {std::chrono::steady_clock::now() + time, cancelFd}; }

inline bool cancelled(const Patience& patience) {
    pollfd fd{patience.cancelFd, POLLIN, 0};
    return patience.cancelFd >= 0 && ::poll(&fd, 1, 0) > 0;
}

} // namespace models::tokens
