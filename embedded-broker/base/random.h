#pragma once
// Randomness enters here and nowhere else: one seed, one history.

#include <cstdint>
#include <memory>
#include <span>

namespace broker {

class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Uniform in [low, high], both included.
    std::int64_t between(std::int64_t low, std::int64_t high);
    void fill(std::span<std::uint8_t> bytes);
};

/// Same seed, same numbers (splitmix64 into xoshiro256**).
std::unique_ptr<Random> makeSeededRandom(std::uint64_t seed);
/// Seeded from the system's entropy.
std::unique_ptr<Random> makeSystemRandom();

} // namespace broker
