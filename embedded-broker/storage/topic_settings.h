#pragma once
// The settings of topics, by Kafka's names: type, default, range, and the broker setting that gives the default. One table for
// the controller (which refuses what cannot be), for DescribeConfigs and for the LogConfig of each log. What would have no effect
// here is not in it, and is refused.

#include "embedded-broker/base/error.h"
#include "embedded-broker/storage/log_config.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace broker::storage {

enum class TopicSettingType : std::int8_t { Boolean = 1, String = 2, Int = 3, Long = 5, Double = 6, List = 7 }; ///< Kafka's numbers

struct TopicSetting {
    std::string_view name;
    TopicSettingType type;
    std::string_view defaultValue;
    std::string_view brokerName;   ///< broker setting of the same meaning and unit; "" = none
    std::string_view coarserNames; ///< "log.roll.hours*3600000": broker settings in other units, used where brokerName is not set
    std::int64_t min;
    std::int64_t max;
    std::string_view choices;      ///< "a,b"; empty = anything
    std::string_view documentation;
};

[[nodiscard]] std::span<const TopicSetting> topicSettingTable();
/// Null when unknown.
[[nodiscard]] const TopicSetting* findTopicSetting(std::string_view name);
/// InvalidArgument in Kafka's words: "Unknown topic config name: x", "Invalid value x for configuration y: ...".
Result<void> checkTopicSetting(std::string_view name, std::string_view value);

/// A broker setting by name, as the node's file (or a dynamic broker config) says it; nullopt = not said.
using BrokerSettingSource = std::function<std::optional<std::string>(std::string_view name)>;
/// What a topic without an override has.
[[nodiscard]] std::string topicSettingDefault(const TopicSetting& setting, const BrokerSettingSource& broker);

/// A topic's override by name; nullopt = none.
using TopicOverrideSource = std::function<std::optional<std::string>(std::string_view name)>;
[[nodiscard]] LogConfig makeLogConfig(const BrokerSettingSource& broker, const TopicOverrideSource& topic);

} // namespace broker::storage
