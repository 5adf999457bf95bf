#pragma once
// The feature levels that this engine can run at: said in ApiVersions and at registration.

#include <array>
#include <cstdint>
#include <string_view>

namespace broker::handlers {

struct FeatureRange {
    std::string_view name;
    std::int16_t min;
    std::int16_t max;
};

/// Levels of group, share and streams features are added when those work.
inline constexpr std::array<FeatureRange, 4> kSupportedFeatures{{
    {"eligible.leader.replicas.version", 0, 1},
    {"kraft.version", 0, 0},
    {"metadata.version", 7, 30},
    {"transaction.version", 0, 2},
}};

} // namespace broker::handlers
