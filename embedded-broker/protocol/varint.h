#pragma once
// Kafka's variable-length integers: seven bits a byte, lowest first; signed ones are zigzag-coded so that -1 is one byte.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace broker::protocol {

inline constexpr std::size_t kVarintBytesMax = 5;
inline constexpr std::size_t kVarlongBytesMax = 10;

constexpr std::uint32_t zigzag(std::int32_t value) { return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31); }
constexpr std::uint64_t zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63); }
constexpr std::int32_t unzigzag(std::uint32_t value) { return static_cast<std::int32_t>((value >> 1) ^ (~(value & 1) + 1)); }
constexpr std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

/// Bytes that `value` takes.
constexpr std::size_t uvarintSize(std::uint64_t value) {
    std::size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        ++size;
    }
    return size;
}
constexpr std::size_t varintSize(std::int32_t value) { return uvarintSize(zigzag(value)); }
constexpr std::size_t varlongSize(std::int64_t value) { return uvarintSize(zigzag(value)); }

/// Writes at `into`, which has room for kVarlongBytesMax; returns how many bytes.
inline std::size_t putUvarint(std::byte* into, std::uint64_t value) {
    std::size_t size = 0;
    while (value >= 0x80) {
        into[size++] = static_cast<std::byte>(value | 0x80);
        value >>= 7;
    }
    into[size++] = static_cast<std::byte>(value);
    return size;
}

inline void appendUvarint(std::vector<std::byte>& to, std::uint64_t value) {
    std::byte raw[kVarlongBytesMax];
    to.insert(to.end(), raw, raw + putUvarint(raw, value));
}
inline void appendVarint(std::vector<std::byte>& to, std::int32_t value) { appendUvarint(to, zigzag(value)); }
inline void appendVarlong(std::vector<std::byte>& to, std::int64_t value) { appendUvarint(to, zigzag(value)); }

/// Reads at `position` and moves it on; nothing when the bytes end too early or the number is too long.
inline std::optional<std::uint32_t> takeUvarint(std::span<const std::byte> from, std::size_t& position) {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (position >= from.size())
            return std::nullopt;
        const auto byte = static_cast<std::uint32_t>(from[position++]);
        if (shift == 28 && byte > 0x0f)
            return std::nullopt;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    return std::nullopt;
}

inline std::optional<std::uint64_t> takeUvarlong(std::span<const std::byte> from, std::size_t& position) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (position >= from.size())
            return std::nullopt;
        const auto byte = static_cast<std::uint64_t>(from[position++]);
        if (shift == 63 && byte > 0x01)
            return std::nullopt;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    return std::nullopt;
}

inline std::optional<std::int32_t> takeVarint(std::span<const std::byte> from, std::size_t& position) {
    const auto raw = takeUvarint(from, position);
    return raw ? std::optional(unzigzag(*raw)) : std::nullopt;
}
inline std::optional<std::int64_t> takeVarlong(std::span<const std::byte> from, std::size_t& position) {
    const auto raw = takeUvarlong(from, position);
    return raw ? std::optional(unzigzag(*raw)) : std::nullopt;
}

} // namespace broker::protocol
