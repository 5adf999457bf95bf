#include "embedded-broker/base/random.h"

#include <array>
#include <bit>
#include <random>

namespace broker {
namespace {

class Xoshiro final : public Random {
public:
    explicit Xoshiro(std::uint64_t seed) {
        for (auto& word : m_state) {
            seed += 0x9E3779B97F4A7C15ULL;
            std::uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
            word = z ^ (z >> 31);
        }
    }

    std::uint64_t next() override {
        const std::uint64_t result = std::rotl(m_state[1] * 5, 7) * 9;
        const std::uint64_t t = m_state[1] << 17;
        m_state[2] ^= m_state[0];
        m_state[3] ^= m_state[1];
        m_state[1] ^= m_state[2];
        m_state[0] ^= m_state[3];
        m_state[2] ^= t;
        m_state[3] = std::rotl(m_state[3], 45);
        return result;
    }

private:
    std::array<std::uint64_t, 4> m_state{};
};

} // namespace

std::uint64_t Random::below(std::uint64_t bound) {
    // Rejection keeps it uniform; one turn almost always.
    const std::uint64_t limit = bound * (UINT64_MAX / bound);
    for (;;) {
        const std::uint64_t value = next();
        if (value < limit)
            return value % bound;
    }
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
}

void Random::fill(std::span<std::uint8_t> bytes) {
    std::uint64_t word = 0;
    int left = 0;
    for (auto& byte : bytes) {
        if (left == 0) {
            word = next();
            left = 8;
        }
        byte = static_cast<std::uint8_t>(word & 0xFFU);
        word >>= 8;
        --left;
    }
}

std::unique_ptr<Random> makeSeededRandom(std::uint64_t seed) { return std::make_unique<Xoshiro>(seed); }

std::unique_ptr<Random> makeSystemRandom() {
    std::random_device device;
    return makeSeededRandom((static_cast<std::uint64_t>(device()) << 32) ^ device());
}

} // namespace broker
