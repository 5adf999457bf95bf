#pragma once
// Big-endian numbers in the files of a log. Callers have checked that the bytes are there.

#include "embedded-broker/base/buffer.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace broker::storage {

template <class Number>
Number loadBig(const std::byte* from) {
    std::make_unsigned_t<Number> raw = 0;
    std::memcpy(&raw, from, sizeof raw);
    if constexpr (sizeof raw == 2)
        raw = __builtin_bswap16(raw);
    else if constexpr (sizeof raw == 4)
        raw = __builtin_bswap32(raw);
    else if constexpr (sizeof raw == 8)
        raw = __builtin_bswap64(raw);
    return static_cast<Number>(raw);
}

template <class Number>
void storeBig(std::byte* to, Number value) {
    auto raw = static_cast<std::make_unsigned_t<Number>>(value);
    if constexpr (sizeof raw == 2)
        raw = __builtin_bswap16(raw);
    else if constexpr (sizeof raw == 4)
        raw = __builtin_bswap32(raw);
    else if constexpr (sizeof raw == 8)
        raw = __builtin_bswap64(raw);
    std::memcpy(to, &raw, sizeof raw);
}

template <class Number>
void appendBig(std::string& to, Number value) {
    std::byte raw[sizeof(Number)];
    storeBig(raw, value);
    to.append(reinterpret_cast<const char*>(raw), sizeof raw);
}

} // namespace broker::storage
