#pragma once
// Every broker setting that this engine knows, by Kafka's name: type, default, range, and whether it has an effect here.
// One table for reading a properties file, for the errors about it and for DescribeConfigs.

#include "embedded-broker/base/error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace broker::node {

enum class SettingType : std::int8_t { Boolean = 1, String = 2, Int = 3, Short = 4, Long = 5, Double = 6, List = 7, Class = 8, Password = 9 };

enum class SettingEffect : std::uint8_t {
    Used,
    Ignored, ///< Kafka's own machinery (thread counts, buffers): accepted so that a server.properties can be used as it is; logged
};

struct Setting {
    std::string_view name;
    SettingType type;
    std::string_view defaultValue;  ///< as Kafka writes it; kNoDefault = none
    std::int64_t min;               ///< of numbers
    std::int64_t max;
    std::string_view choices;       ///< "a,b": of strings and lists; empty = anything
    SettingEffect effect;
    std::string_view documentation; ///< one sentence of ours
};

inline constexpr std::string_view kNoDefault = "(none)";

[[nodiscard]] std::span<const Setting> settingTable();
/// Null when unknown.
[[nodiscard]] const Setting* findSetting(std::string_view name);
/// The known name with the smallest edit distance; empty when none is near.
[[nodiscard]] std::string_view nearestSetting(std::string_view name);
/// "num.partitions must be a whole number of at least 1, not \"x\"."
Result<void> checkValue(const Setting& setting, std::string_view value);

} // namespace broker::node
