#pragma once
// Features of the cluster (KIP-584): levels that say how brokers and controllers speak with each other and what they store. Which ones this
// engine can run at, said in ApiVersions and at registration, and the rules of going from one level to another. Pure.

#include "embedded-broker/metadata/metadata_image.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::metadata {

inline constexpr std::string_view kMetadataVersionFeature = "metadata.version";
inline constexpr std::string_view kElrVersionFeature = "eligible.leader.replicas.version";
inline constexpr std::string_view kTransactionVersionFeature = "transaction.version";
inline constexpr std::string_view kKraftVersionFeature = "kraft.version"; ///< 0, static voters: it is no record of the metadata log

struct SupportedFeature {
    std::string_view name;
    FeatureRange range;
};

/// Levels of group, share and streams features are added when those work.
inline constexpr std::array<SupportedFeature, 4> kSupportedFeatures{{
    {kElrVersionFeature, {0, 1}},
    {kKraftVersionFeature, {0, 0}},
    {kMetadataVersionFeature, {7, 30}},
    {kTransactionVersionFeature, {0, 2}},
}};
/// {0, 0} of a feature that this engine does not have.
[[nodiscard]] FeatureRange supportedRange(std::string_view feature);

/// UpgradeType of UpdateFeatures.
enum class UpgradeType : std::int8_t { Unknown = 0, Upgrade = 1, SafeDowngrade = 2, UnsafeDowngrade = 3 };
[[nodiscard]] UpgradeType upgradeType(std::int8_t number);

struct FeatureChange {
    std::string feature;
    std::int16_t level = 0;
    UpgradeType type = UpgradeType::Upgrade;
};

/// What this engine could raise.
[[nodiscard]] std::vector<FeatureChange> possibleUpgrades(const MetadataImage::Features& now);

/// One that must be able to run at the new level.
struct FeatureSupporter {
    std::string who; ///< "Broker 4"
    std::map<std::string, FeatureRange> ranges;
};

/// Why `change` cannot be made, in Kafka's sentence; nothing when it can. `now`: the levels as they are, `next`: as they will be after all
/// changes of the request.
[[nodiscard]] std::optional<std::string> refusal(const FeatureChange& change, const MetadataImage::Features& now, const MetadataImage::Features& next,
                                                 const std::vector<FeatureSupporter>& supporters);

} // namespace broker::metadata
