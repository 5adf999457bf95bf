#pragma once
// How long whoever waits for a token waits.

#include <chrono>

namespace models::tokens {

struct Patience {
    std::chrono::steady_clock::time_point deadline;
    int cancelFd = -1; ///< readable = the wait ends at once; -1 = nothing ends it
};

inline Patience patient(std::chrono::milliseconds time, int cancelFd = -1) { return {std::chrono::steady_clock::now() + time, cancelFd}; }

} // namespace models::tokens
