#include "embedded-broker/protocol/crc32c.h"

#include <array>
#include <bit>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace broker::protocol {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78; // reflected

using Table = std::array<std::uint32_t, 256>;

/// tables[k][b]: the register after byte b and then k zero bytes.
constexpr std::array<Table, 8> makeTables() {
    std::array<Table, 8> tables{};
    for (std::uint32_t b = 0; b < 256; ++b) {
        std::uint32_t crc = b;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
        tables[0][b] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t b = 0; b < 256; ++b)
            tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xff];
    return tables;
}
constexpr std::array<Table, 8> kTables = makeTables();

/// The register (not inverted) advanced over the bytes.
std::uint32_t advanceByTables(std::uint32_t crc, const std::byte* at, std::size_t size) {
    if constexpr (std::endian::native == std::endian::little) {
        for (; size >= 8; at += 8, size -= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, 8);
            word ^= crc;
            crc = 0;
            for (std::size_t k = 0; k < 8; ++k)
                crc ^= kTables[7 - k][(word >> (8 * k)) & 0xff];
        }
    }
    for (; size > 0; ++at, --size)
        crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint32_t>(*at)) & 0xff];
    return crc;
}

#if defined(__x86_64__)

// The instruction has a latency of three cycles and a throughput of one: three independent streams keep it busy. Their
// registers are joined by moving the earlier ones over the bytes of the later ones, which is linear, hence a table.
constexpr std::size_t kLongStream = 4096;
constexpr std::size_t kShortStream = 256;

struct Mover {
    std::array<Table, 4> tables{};
    explicit Mover(std::size_t zeroBytes) {
        const std::vector<std::byte> zeros(zeroBytes);
        for (std::size_t bit = 0; bit < 32; ++bit) {
            const std::uint32_t moved = advanceByTables(std::uint32_t{1} << bit, zeros.data(), zeros.size());
            Table& table = tables[bit / 8];
            const std::size_t step = std::size_t{1} << (bit % 8);
            for (std::size_t b = 0; b < step; ++b)
                table[step + b] = table[b] ^ moved;
        }
    }
    [[nodiscard]] std::uint32_t operator()(std::uint32_t crc) const {
        return tables[0][crc & 0xff] ^ tables[1][(crc >> 8) & 0xff] ^ tables[2][(crc >> 16) & 0xff] ^ tables[3][crc >> 24];
    }
};

inline std::uint64_t word(const std::byte* at) {
    std::uint64_t value;
    std::memcpy(&value, at, 8);
    return value;
}

__attribute__((target("sse4.2"))) std::uint32_t threeStreams(std::uint32_t crc, const std::byte*& at, std::size_t& size,
                                                              std::size_t stream, const Mover& mover) {
    while (size >= 3 * stream) {
        std::uint64_t a = crc;
        std::uint64_t b = 0;
        std::uint64_t c = 0;
        for (std::size_t i = 0; i < stream; i += 8) {
            a = _mm_crc32_u64(a, word(at + i));
            b = _mm_crc32_u64(b, word(at + stream + i));
            c = _mm_crc32_u64(c, word(at + 2 * stream + i));
        }
        crc = mover(mover(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b)) ^ static_cast<std::uint32_t>(c);
        at += 3 * stream;
        size -= 3 * stream;
    }
    return crc;
}

__attribute__((target("sse4.2"))) std::uint32_t advanceByInstruction(std::uint32_t crc, const std::byte* at, std::size_t size) {
    static const Mover longMover(kLongStream);
    static const Mover shortMover(kShortStream);
    crc = threeStreams(crc, at, size, kLongStream, longMover);
    crc = threeStreams(crc, at, size, kShortStream, shortMover);
    std::uint64_t wide = crc;
    for (; size >= 8; at += 8, size -= 8)
        wide = _mm_crc32_u64(wide, word(at));
    crc = static_cast<std::uint32_t>(wide);
    for (; size > 0; ++at, --size)
        crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*at));
    return crc;
}

#endif

} // namespace

std::uint32_t crc32cByTables(Bytes bytes, std::uint32_t before) {
    return ~advanceByTables(~before, bytes.data(), bytes.size());
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2") != 0;
    if (hasInstruction)
        return ~advanceByInstruction(~before, bytes.data(), bytes.size());
#endif
    return crc32cByTables(bytes, before);
}

} // namespace broker::protocol
