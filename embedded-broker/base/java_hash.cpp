#include "embedded-broker/base/java_hash.h"

#include <cstdlib>
#include <limits>

namespace broker {

std::int32_t javaHash(std::string_view text) {
    std::uint32_t hash = 0;
    const auto unit = [&](std::uint32_t value) { hash = hash * 31 + value; };
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const int extra = byte < 0x80 ? 0 : (byte >> 5) == 6 ? 1 : (byte >> 4) == 14 ? 2 : (byte >> 3) == 30 ? 3 : 0;
        if (i + static_cast<std::size_t>(extra) >= text.size()) {
            unit(byte);
            ++i;
            continue;
        }
        std::uint32_t code = extra == 0 ? byte : byte & (0x3FU >> extra);
        for (int k = 1; k <= extra; ++k)
            code = (code << 6) | (static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]) & 0x3FU);
        i += static_cast<std::size_t>(extra) + 1;
        if (code >= 0x10000) {
            code -= 0x10000;
            unit(0xD800 + (code >> 10));
            unit(0xDC00 + (code & 0x3FF));
        } else {
            unit(code);
        }
    }
    return static_cast<std::int32_t>(hash);
}

PartitionIndex partitionOfId(std::string_view id, std::int32_t partitions) {
    // The absolute value, and 0 for the one number that has none: dropping the sign bit would send every negative hash elsewhere.
    const std::int32_t hash = javaHash(id);
    return hash == std::numeric_limits<std::int32_t>::min() ? 0 : std::abs(hash) % partitions;
}

} // namespace broker
