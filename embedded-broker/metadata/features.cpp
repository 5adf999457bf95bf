#include "embedded-broker/metadata/features.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::metadata {

namespace {

/// Levels of metadata.version that changed what records say: below such a level nobody goes back.
constexpr std::array<std::int16_t, 9> kRecordsChanged{7, 8, 11, 13, 14, 15, 17, 23, 30};

/// What a level of a feature needs of another one.
struct Dependency {
    std::string_view feature;
    std::int16_t level;
    std::string_view on;
    std::int16_t onLevel;
};
constexpr std::array<Dependency, 1> kDependencies{{
    {kElrVersionFeature, 1, kMetadataVersionFeature, 23}, // records with eligible leader replicas
}};

std::int16_t levelOf(const MetadataImage::Features& levels, std::string_view feature) {
    const auto found = levels.find(std::string(feature));
    return found == levels.end() ? std::int16_t{0} : found->second;
}

std::string toString(const FeatureRange& range) {
    return range.min == range.max ? std::to_string(range.min) : fmt::format("{}-{}", range.min, range.max);
}

std::optional<std::string> notSupported(std::string_view who, const FeatureRange& range, std::int16_t level) {
    if (range.min <= level && level <= range.max)
        return std::nullopt;
    if (range.max == 0)
        return fmt::format("{} does not support this feature.", who);
    return fmt::format("{} only supports versions {}", who, toString(range));
}

std::optional<std::string> metadataDowngrade(std::int16_t from, std::int16_t to, UpgradeType type) {
    if (std::ranges::none_of(kRecordsChanged, [&](std::int16_t level) { return to < level && level <= from; }))
        return std::nullopt;
    return fmt::format("Unsupported metadata.version downgrade from {} to {}. {}", from, to,
                       type == UpgradeType::UnsafeDowngrade ? "Unsafe metadata downgrade is not supported in this version."
                                                            : "Refusing to perform the requested downgrade because it might delete metadata information.");
}

} // namespace

FeatureRange supportedRange(std::string_view feature) {
    const auto found = std::ranges::find(kSupportedFeatures, feature, &SupportedFeature::name);
    return found == kSupportedFeatures.end() ? FeatureRange{} : found->range;
}

UpgradeType upgradeType(std::int8_t number) { return number >= 1 && number <= 3 ? static_cast<UpgradeType>(number) : UpgradeType::Unknown; }

std::vector<FeatureChange> possibleUpgrades(const MetadataImage::Features& now) {
    std::vector<FeatureChange> upgrades;
    for (const auto& [name, range] : kSupportedFeatures)
        if (levelOf(now, name) < range.max)
            upgrades.push_back({std::string(name), range.max, UpgradeType::Upgrade});
    return upgrades;
}

std::optional<std::string> refusal(const FeatureChange& change, const MetadataImage::Features& now, const MetadataImage::Features& next,
                                   const std::vector<FeatureSupporter>& supporters) {
    const auto invalid = [&](std::string_view why) { return fmt::format("Invalid update version {} for feature {}. {}", change.level, change.feature, why); };
    if (change.type == UpgradeType::Unknown)
        return invalid("The controller does not support the given upgrade type.");
    if (change.level < 0)
        return invalid("A feature version cannot be less than 0.");
    for (const auto& supporter : supporters) {
        const auto range = supporter.ranges.find(change.feature);
        if (const auto why = notSupported(supporter.who, range == supporter.ranges.end() ? FeatureRange{} : range->second, change.level))
            return invalid(*why);
    }
    const std::int16_t current = levelOf(now, change.feature);
    if (change.level < current && change.type == UpgradeType::Upgrade)
        return invalid("Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.");
    if (change.level > current && change.type != UpgradeType::Upgrade)
        return invalid("Can't downgrade to a newer version.");
    if (change.feature == kMetadataVersionFeature)
        return change.level < current ? metadataDowngrade(current, change.level, change.type) : std::nullopt;
    if (std::ranges::find(kSupportedFeatures, change.feature, &SupportedFeature::name) == kSupportedFeatures.end())
        return invalid(fmt::format("Feature {} not found.", change.feature)); // at level 0, which everybody supports
    for (const auto& dependency : kDependencies)
        if (dependency.feature == change.feature && change.level >= dependency.level && levelOf(next, dependency.on) < dependency.onLevel)
            return invalid(fmt::format("{} could not be set to {} because it depends on {} level {}", change.feature, change.level, dependency.on, dependency.onLevel));
    return std::nullopt;
}

} // namespace broker::metadata
