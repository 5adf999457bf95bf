#include "embedded-broker/metadata/config_defs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace broker::metadata {

namespace {

using enum ConfigType;

constexpr double kIntMax = 2147483647.0;

/// What a running broker follows.
// clang-format off
constexpr auto kDynamic = std::to_array<ConfigDef>({
    {"compression.type", String, "producer", {}, {}, "producer", {}, "Batches are stored as their producer compressed them."},
    {"log.cleaner.backoff.ms", Long, "15000", 0.0, {}, {}, {}, "Pause when there is nothing to compact."},
    {"log.cleaner.dedupe.buffer.size", Long, "134217728", 1024.0, {}, {}, {}, "Most memory for telling the newest record of each key."},
    {"log.cleaner.delete.retention.ms", Long, "86400000", 0.0, {}, {}, {}, "How long a tombstone stays readable in a compacted topic."},
    {"log.cleaner.io.buffer.load.factor", Double, "0.9", 0.0, 1.0, {}, {}, "Share of that memory that is used before a round ends."},
    {"log.cleaner.io.max.bytes.per.second", Double, "1.7976931348623157E308", 0.0, {}, {}, {}, "What compaction may read and write a second."},
    {"log.cleaner.max.compaction.lag.ms", Long, "9223372036854775807", 1.0, {}, {}, {}, "How long a record may stay uncompacted."},
    {"log.cleaner.min.cleanable.ratio", Double, "0.5", 0.0, 1.0, {}, {}, "Share of a compacted log that must be new before it is compacted again."},
    {"log.cleaner.min.compaction.lag.ms", Long, "0", 0.0, {}, {}, {}, "How long a record stays uncompacted at least."},
    {"log.cleanup.policy", List, "delete", {}, {}, "compact,delete", {}, "What happens to old records of topics without their own setting."},
    {"log.index.interval.bytes", Int, "4096", 0.0, kIntMax, {}, {}, "Bytes between two entries of an index."},
    {"log.index.size.max.bytes", Int, "10485760", 4.0, kIntMax, {}, {}, "Largest index of a segment."},
    {"log.message.timestamp.after.max.ms", Long, "3600000", 0.0, {}, {}, {}, "How far ahead of the broker's clock a timestamp may be."},
    {"log.message.timestamp.before.max.ms", Long, "9223372036854775807", 0.0, {}, {}, {}, "How far behind the broker's clock a timestamp may be."},
    {"log.message.timestamp.type", String, "CreateTime", {}, {}, "CreateTime,LogAppendTime", {}, "Whose clock stamps records."},
    {"log.retention.bytes", Long, "-1", {}, {}, {}, {}, "Bytes that a partition keeps; -1 = no limit."},
    {"log.retention.ms", Long, std::nullopt, -1.0, {}, {}, {}, "How long records are kept; -1 = for ever."},
    {"log.roll.jitter.ms", Long, std::nullopt, 0.0, {}, {}, {}, "Spread of log.roll.ms."},
    {"log.roll.ms", Long, std::nullopt, 1.0, {}, {}, {}, "Age at which a segment is closed."},
    {"log.segment.bytes", Int, "1073741824", 1048576.0, kIntMax, {}, {}, "Size at which a segment is closed."},
    {"message.max.bytes", Int, "1048588", 0.0, kIntMax, {}, {}, "Largest batch of records that is accepted."},
    {"min.insync.replicas", Int, "1", 1.0, kIntMax, {}, {}, "In-sync replicas that acks=all needs."},
    {"transaction.partition.verification.enable", Boolean, "true", {}, {}, {}, {}, "Whether the coordinator is asked before a batch of a transaction is written."},
    {"unclean.leader.election.enable", Boolean, "false", {}, {}, {}, {}, "Whether a replica that is not in sync may lead when no other is left."},
});

/// What is not here would have no effect in this engine, and is refused.
constexpr auto kTopic = std::to_array<ConfigDef>({
    {"cleanup.policy", List, "delete", {}, {}, "compact,delete", "log.cleanup.policy", "What happens to old records: delete, compact or both."},
    {"compression.type", String, "producer", {}, {}, "producer", "compression.type", "Batches are stored as their producer compressed them."},
    {"delete.retention.ms", Long, "86400000", 0.0, {}, {}, "log.cleaner.delete.retention.ms", "How long a tombstone stays readable in a compacted topic."},
    {"file.delete.delay.ms", Long, "60000", 0.0, {}, {}, "log.segment.delete.delay.ms", "How long a removed segment stays on disk."},
    {"flush.messages", Long, "9223372036854775807", 1.0, {}, {}, "log.flush.interval.messages", "Kept for tools; every acknowledged record is on disk anyway."},
    {"flush.ms", Long, "9223372036854775807", 0.0, {}, {}, "log.flush.interval.ms", "Kept for tools; every acknowledged record is on disk anyway."},
    {"index.interval.bytes", Int, "4096", 0.0, kIntMax, {}, "log.index.interval.bytes", "Bytes between two entries of the offset index."},
    {"max.compaction.lag.ms", Long, "9223372036854775807", 1.0, {}, {}, "log.cleaner.max.compaction.lag.ms", "How long a record may stay uncompacted."},
    {"max.message.bytes", Int, "1048588", 0.0, kIntMax, {}, "message.max.bytes", "Largest batch of records that is accepted."},
    {"message.timestamp.after.max.ms", Long, "3600000", 0.0, {}, {}, "log.message.timestamp.after.max.ms", "How far ahead of the broker's clock a timestamp may be."},
    {"message.timestamp.before.max.ms", Long, "9223372036854775807", 0.0, {}, {}, "log.message.timestamp.before.max.ms", "How far behind the broker's clock a timestamp may be."},
    {"message.timestamp.type", String, "CreateTime", {}, {}, "CreateTime,LogAppendTime", "log.message.timestamp.type", "Whose clock stamps records: the producer's or the broker's."},
    {"min.cleanable.dirty.ratio", Double, "0.5", 0.0, 1.0, {}, "log.cleaner.min.cleanable.ratio", "Share of a compacted log that must be new before it is compacted again."},
    {"min.compaction.lag.ms", Long, "0", 0.0, {}, {}, "log.cleaner.min.compaction.lag.ms", "How long a record stays uncompacted at least."},
    {"min.insync.replicas", Int, "1", 1.0, kIntMax, {}, "min.insync.replicas", "In-sync replicas that acks=all needs."},
    {"preallocate", Boolean, "false", {}, {}, {}, "log.preallocate", "Kept for tools; space is reserved without changing a file's size."},
    {"retention.bytes", Long, "-1", -1.0, {}, {}, "log.retention.bytes", "Bytes that a partition keeps; -1 = no limit."},
    {"retention.ms", Long, "604800000", -1.0, {}, {}, "log.retention.ms", "How long records are kept; -1 = for ever."},
    {"segment.bytes", Int, "1073741824", 1048576.0, kIntMax, {}, "log.segment.bytes", "Size at which a segment is closed."},
    {"segment.index.bytes", Int, "10485760", 4.0, kIntMax, {}, "log.index.size.max.bytes", "Largest index of a segment."},
    {"segment.jitter.ms", Long, "0", 0.0, {}, {}, "log.roll.jitter.ms", "Spread of segment.ms."},
    {"segment.ms", Long, "604800000", 1.0, {}, {}, "log.roll.ms", "Age at which a segment is closed."},
    {"unclean.leader.election.enable", Boolean, "false", {}, {}, {}, "unclean.leader.election.enable", "Whether a replica that is not in sync may lead when no other is left."},
});

// clang-format on

/// Broker settings of the same meaning in a coarser unit: used where the fine one is not set, the first that is.
struct Coarser {
    std::string_view fine;
    std::string_view name;
    std::int64_t factor;
};
constexpr auto kCoarser = std::to_array<Coarser>({
    {"log.retention.ms", "log.retention.minutes", 60'000},
    {"log.retention.ms", "log.retention.hours", 3'600'000},
    {"log.roll.ms", "log.roll.hours", 3'600'000},
    {"log.roll.jitter.ms", "log.roll.jitter.hours", 3'600'000},
});

const ConfigDef* findIn(std::span<const ConfigDef> defs, std::string_view name) {
    const auto it = std::ranges::find(defs, name, &ConfigDef::name);
    return it == defs.end() ? nullptr : &*it;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

} // namespace

std::span<const ConfigDef> topicConfigDefs() { return kTopic; }
std::span<const ConfigDef> dynamicBrokerConfigDefs() { return kDynamic; }
const ConfigDef* findTopicConfig(std::string_view name) { return findIn(kTopic, name); }
const ConfigDef* findDynamicBrokerConfig(std::string_view name) { return findIn(kDynamic, name); }

std::vector<std::string> splitList(std::string_view value) {
    std::vector<std::string> elements;
    while (!value.empty()) {
        const auto comma = value.find(',');
        const auto element = trimmed(value.substr(0, comma));
        if (!element.empty())
            elements.emplace_back(element);
        value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    }
    return elements;
}

std::string joinList(const std::vector<std::string>& elements) { return fmt::format("{}", fmt::join(elements, ",")); }

Result<void> validateConfig(const ConfigDef& def, std::string_view value) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::InvalidArgument, fmt::format("Invalid value {} for configuration {}: {}", value, def.name, why));
    };
    value = trimmed(value);
    const auto choices = splitList(def.choices);
    const auto allowed = [&](std::string_view text) { return choices.empty() || std::ranges::find(choices, text) != choices.end(); };
    switch (def.type) {
    case Boolean:
        if (value != "true" && value != "false")
            return refuse("Expected value to be either true or false");
        return {};
    case Int:
    case Short:
    case Long: {
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (problem != std::errc{} || end != value.data() + value.size() || (def.type == Int && number != static_cast<std::int32_t>(number)))
            return refuse(fmt::format("Not a number of type {}", def.type == Int ? "INT" : def.type == Long ? "LONG" : "SHORT"));
        if (def.min && static_cast<double>(number) < *def.min)
            return refuse(fmt::format("Value must be at least {}", static_cast<std::int64_t>(*def.min)));
        if (def.max && static_cast<double>(number) > *def.max)
            return refuse(fmt::format("Value must be no more than {}", static_cast<std::int64_t>(*def.max)));
        return {};
    }
    case List:
        for (const auto& element : splitList(value))
            if (!allowed(element))
                return refuse(fmt::format("String must be one of: {}", joinList(choices)));
        return {};
    case String:
        if (!allowed(value))
            return refuse(fmt::format("String must be one of: {}", joinList(choices)));
        return {};
    case Double: {
        double number = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (problem != std::errc{} || end != value.data() + value.size())
            return refuse("Not a number of type DOUBLE");
        if ((def.min && number < *def.min) || (def.max && number > *def.max))
            return refuse(fmt::format("Value must be between {} and {}", def.min.value_or(0), def.max.value_or(0)));
        return {};
    }
    case Class:
    case Password: return {};
    }
    return {};
}

Result<void> validateTopicConfig(const ConfigMap& overrides) {
    for (const auto& [name, value] : overrides) {
        const ConfigDef* def = findTopicConfig(name);
        if (def == nullptr)
            return fail(ErrorCode::InvalidArgument, fmt::format("Unknown topic config name: {}", name));
        if (auto valid = validateConfig(*def, value); !valid)
            return valid;
    }
    const auto lag = [&](const std::string& name) {
        const auto own = overrides.find(name);
        const auto text = own == overrides.end() ? std::string_view() : trimmed(own->second);
        std::int64_t number = name.starts_with("max") ? std::numeric_limits<std::int64_t>::max() : 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    };
    if (const auto min = lag("min.compaction.lag.ms"), max = lag("max.compaction.lag.ms"); min > max)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})", min, max));
    return {};
}

std::optional<std::string> brokerDefaultFor(const ConfigDef& topicDef, const ConfigMap& staticBrokerConfig) {
    if (const auto it = staticBrokerConfig.find(std::string(topicDef.brokerSynonym)); it != staticBrokerConfig.end())
        return it->second;
    for (const auto& coarser : kCoarser) {
        if (coarser.fine != topicDef.brokerSynonym)
            continue;
        const auto it = staticBrokerConfig.find(std::string(coarser.name));
        if (it == staticBrokerConfig.end())
            continue;
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(it->second.data(), it->second.data() + it->second.size(), number);
        if (problem == std::errc{})
            return std::to_string(number < 0 ? number : number * coarser.factor);
    }
    return std::nullopt;
}

} // namespace broker::metadata
