#pragma once
// The settings that can be changed while the cluster runs: of topics and of brokers, with Kafka's names, types, defaults and checks,
// as DescribeConfigs reports them. Values are text, as in ConfigRecord.

#include "embedded-broker/base/error.h"
#include "embedded-broker/metadata/metadata_image.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::metadata {

/// Numbers as in DescribeConfigs' configType.
enum class ConfigType : std::int8_t { Boolean = 1, String = 2, Int = 3, Short = 4, Long = 5, Double = 6, List = 7, Class = 8, Password = 9 };

struct ConfigDef {
    std::string_view name;
    ConfigType type = ConfigType::String;
    std::optional<std::string_view> defaultValue; ///< nothing = null
    std::optional<double> min;                    ///< of numbers, included
    std::optional<double> max;
    std::string_view choices;                     ///< "a,b,c": allowed values (of each element, for lists); empty = any
    std::string_view brokerSynonym;               ///< topic settings: the broker setting that gives their default
    std::string_view documentation;
};

/// All topic settings, sorted by name.
[[nodiscard]] std::span<const ConfigDef> topicConfigDefs();
/// Broker settings that can be changed without a restart, sorted by name.
[[nodiscard]] std::span<const ConfigDef> dynamicBrokerConfigDefs();
/// Null when unknown.
[[nodiscard]] const ConfigDef* findTopicConfig(std::string_view name);
[[nodiscard]] const ConfigDef* findDynamicBrokerConfig(std::string_view name);

/// Checks one value as Kafka does; InvalidArgument with Kafka's sentence ("Invalid value x for configuration y: ...").
Result<void> validateConfig(const ConfigDef& def, std::string_view value);
/// A topic's overrides as a whole: names, values, and what must fit together.
Result<void> validateTopicConfig(const ConfigMap& overrides);

/// Elements of a list value, trimmed; empty text has none.
std::vector<std::string> splitList(std::string_view value);
std::string joinList(const std::vector<std::string>& elements);

/// Synonyms that a broker setting gives its value through: "log.retention.ms" <- "log.retention.minutes" (x 60000) <-
/// "log.retention.hours"; given the static settings of a node, the value of a topic setting's default.
std::optional<std::string> brokerDefaultFor(const ConfigDef& topicDef, const ConfigMap& staticBrokerConfig);

} // namespace broker::metadata
