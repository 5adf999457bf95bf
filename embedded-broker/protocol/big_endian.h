#pragma once
// Big-endian numbers at any address.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace broker::protocol {

template <class T>
inline T loadBig(const std::byte* from) {
    std::make_unsigned_t<T> raw;
    std::memcpy(&raw, from, sizeof raw);
    if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little)
        raw = std::byteswap(raw);
    return static_cast<T>(raw);
}

template <class T>
inline void storeBig(std::byte* to, T value) {
    auto raw = static_cast<std::make_unsigned_t<T>>(value);
    if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little)
        raw = std::byteswap(raw);
    std::memcpy(to, &raw, sizeof raw);
}

} // namespace broker::protocol
