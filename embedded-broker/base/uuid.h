#pragma once
// Kafka's Uuid: 128 bits, written as 22 characters of URL-safe Base64 without padding.

#include "embedded-broker/base/error.h"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace broker {

class Random;

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    [[nodiscard]] bool isZero() const { return *this == Uuid{}; }
    /// "AAAAAAAAAAAAAAAAAAAAAQ"
    [[nodiscard]] std::string toString() const;
    static Result<Uuid> parse(std::string_view text);
    /// A version 4 Uuid, never one of Kafka's reserved ones and never starting with '-' in text (as Kafka makes them).
    static Uuid random(Random& random);
};

/// Reserved directory ids (KIP-858): 0 = unassigned, 1 = lost, 2 = migrating. The metadata topic's id is 1.
Uuid reservedUuid(std::uint8_t last);
inline Uuid metadataTopicId() { return reservedUuid(1); }

} // namespace broker

template <>
struct std::hash<broker::Uuid> {
    std::size_t operator()(const broker::Uuid& id) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
    }
};
