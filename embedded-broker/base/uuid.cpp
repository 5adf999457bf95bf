#include "embedded-broker/base/uuid.h"

#include "embedded-broker/base/random.h"

#include <fmt/format.h>

namespace broker {
namespace {
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

std::string Uuid::toString() const {
    std::string text;
    text.reserve(22);
    unsigned accumulator = 0;
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        accumulator = (accumulator << 8) | byte;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text.push_back(kAlphabet[(accumulator >> bits) & 63U]);
        }
    }
    text.push_back(kAlphabet[(accumulator << (6 - bits)) & 63U]);
    return text;
}

Result<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() == 24 && text.substr(22) == "==")
        text.remove_suffix(2);
    if (text.size() != 22)
        return fail(ErrorCode::InvalidArgument, fmt::format("'{}' is not a Uuid: it must have 22 characters", text));
    Uuid id;
    unsigned accumulator = 0;
    int bits = 0;
    std::size_t next = 0;
    for (const char c : text) {
        const auto digit = kAlphabet.find(c);
        if (digit == std::string_view::npos)
            return fail(ErrorCode::InvalidArgument, fmt::format("'{}' is not a Uuid: it is not URL-safe Base64", text));
        accumulator = ((accumulator << 6) | static_cast<unsigned>(digit)) & 0xFFFFU;
        bits += 6;
        if (bits >= 8 && next < id.bytes.size()) {
            bits -= 8;
            id.bytes[next++] = static_cast<std::uint8_t>((accumulator >> bits) & 0xFFU);
        }
    }
    return id;
}

Uuid Uuid::random(Random& random) {
    for (;;) {
        Uuid id;
        random.fill(id.bytes);
        id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | 0x40U);
        id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
        if (id.toString().front() != '-')
            return id;
    }
}

Uuid reservedUuid(std::uint8_t last) {
    Uuid id;
    id.bytes.back() = last;
    return id;
}

} // namespace broker
