#include "embedded-broker/storage/topic_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace broker::storage {

namespace {

constexpr std::int64_t kInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLong = std::numeric_limits<std::int64_t>::max();
using enum TopicSettingType;

// clang-format off
constexpr auto kSettings = std::to_array<TopicSetting>({
    {"cleanup.policy", List, "delete", "log.cleanup.policy", "", 0, 0, "compact,delete", "What happens to old records: delete, compact or both."},
    {"compression.type", String, "producer", "compression.type", "", 0, 0, "producer", "Batches are stored as their producer compressed them."},
    {"delete.retention.ms", Long, "86400000", "log.cleaner.delete.retention.ms", "", 0, kLong, "", "How long a tombstone stays readable in a compacted topic."},
    {"file.delete.delay.ms", Long, "60000", "log.segment.delete.delay.ms", "", 0, kLong, "", "How long a removed segment stays on disk."},
    {"index.interval.bytes", Int, "4096", "log.index.interval.bytes", "", 0, kInt, "", "Bytes between two entries of the offset index."},
    {"max.message.bytes", Int, "1048588", "message.max.bytes", "", 0, kInt, "", "Largest batch of records that is accepted."},
    {"message.timestamp.after.max.ms", Long, "3600000", "log.message.timestamp.after.max.ms", "", 0, kLong, "", "How far ahead of the broker's clock a timestamp may be."},
    {"message.timestamp.before.max.ms", Long, "9223372036854775807", "log.message.timestamp.before.max.ms", "", 0, kLong, "", "How far behind the broker's clock a timestamp may be."},
    {"message.timestamp.type", String, "CreateTime", "log.message.timestamp.type", "", 0, 0, "CreateTime,LogAppendTime", "Whose clock stamps records: the producer's or the broker's."},
    {"min.insync.replicas", Int, "1", "min.insync.replicas", "", 1, kInt, "", "In-sync replicas that acks=all needs."},
    {"retention.bytes", Long, "-1", "log.retention.bytes", "", -1, kLong, "", "Bytes that a partition keeps; -1 = no limit."},
    {"retention.ms", Long, "604800000", "log.retention.ms", "log.retention.minutes*60000,log.retention.hours*3600000", -1, kLong, "", "How long records are kept; -1 = for ever."},
    {"segment.bytes", Int, "1073741824", "log.segment.bytes", "", 1048576, kInt, "", "Size at which a segment is closed."},
    {"segment.index.bytes", Int, "10485760", "log.index.size.max.bytes", "", 4, kInt, "", "Largest index of a segment."},
    {"segment.jitter.ms", Long, "0", "log.roll.jitter.ms", "log.roll.jitter.hours*3600000", 0, kLong, "", "Spread of segment.ms."},
    {"segment.ms", Long, "604800000", "log.roll.ms", "log.roll.hours*3600000", 1, kLong, "", "Age at which a segment is closed."},
    {"unclean.leader.election.enable", Boolean, "false", "unclean.leader.election.enable", "", 0, 0, "", "Whether a replica that is not in sync may lead when no other is left."},
});
// clang-format on

std::optional<std::int64_t> wholeNumber(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

template <class Function>
void eachOf(std::string_view list, Function function) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view item = list.substr(0, comma);
        while (!item.empty() && item.front() == ' ')
            item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ')
            item.remove_suffix(1);
        function(item);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
}

bool isChoice(std::string_view choices, std::string_view value) {
    bool found = false;
    eachOf(choices, [&](std::string_view choice) { found |= choice == value; });
    return found;
}

std::unexpected<Error> invalid(std::string_view name, std::string_view value, std::string why) {
    return fail(ErrorCode::InvalidArgument, fmt::format("Invalid value {} for configuration {}: {}", value, name, why));
}

} // namespace

std::span<const TopicSetting> topicSettingTable() { return kSettings; }

const TopicSetting* findTopicSetting(std::string_view name) {
    const auto found = std::ranges::find(kSettings, name, &TopicSetting::name);
    return found == kSettings.end() ? nullptr : &*found;
}

Result<void> checkTopicSetting(std::string_view name, std::string_view value) {
    const TopicSetting* setting = findTopicSetting(name);
    if (setting == nullptr)
        return fail(ErrorCode::InvalidArgument, fmt::format("Unknown topic config name: {}", name));
    switch (setting->type) {
    case Boolean:
        if (value != "true" && value != "false")
            return invalid(name, value, "Expected value to be either true or false");
        return {};
    case Int:
    case Long: {
        const auto number = wholeNumber(value);
        if (!number || (setting->type == Int && (*number > kInt || *number < -kInt - 1)))
            return invalid(name, value, fmt::format("Not a number of type {}", setting->type == Int ? "INT" : "LONG"));
        if (*number < setting->min)
            return invalid(name, value, fmt::format("Value must be at least {}", setting->min));
        if (*number > setting->max)
            return invalid(name, value, fmt::format("Value must be no more than {}", setting->max));
        return {};
    }
    case Double:
        return {};
    case String:
        if (!setting->choices.empty() && !isChoice(setting->choices, value))
            return invalid(name, value, fmt::format("String must be one of: {}", setting->choices));
        return {};
    case List: {
        bool known = true;
        eachOf(value, [&](std::string_view item) { known &= isChoice(setting->choices, item); });
        if (!known)
            return invalid(name, value, fmt::format("String must be one of: {}", setting->choices));
        return {};
    }
    }
    return {};
}

std::string topicSettingDefault(const TopicSetting& setting, const BrokerSettingSource& broker) {
    if (!setting.brokerName.empty())
        if (auto said = broker(setting.brokerName))
            return *said;
    std::optional<std::string> coarser;
    eachOf(setting.coarserNames, [&](std::string_view item) {
        const auto star = item.find('*');
        const auto said = coarser ? std::nullopt : broker(item.substr(0, star));
        const auto number = said ? wholeNumber(*said) : std::nullopt;
        const auto factor = wholeNumber(item.substr(star + 1));
        if (number && factor)
            coarser = std::to_string(*number < 0 ? *number : *number * *factor);
    });
    return coarser.value_or(std::string(setting.defaultValue));
}

LogConfig makeLogConfig(const BrokerSettingSource& broker, const TopicOverrideSource& topic) {
    const auto text = [&](std::string_view name) {
        const auto own = topic(name);
        return own ? *own : topicSettingDefault(*findTopicSetting(name), broker);
    };
    const auto number = [&](std::string_view name) { return wholeNumber(text(name)).value_or(0); };
    LogConfig config;
    const std::string policy = text("cleanup.policy");
    config.compact = isChoice(policy, "compact");
    config.deleteOld = isChoice(policy, "delete");
    config.deleteRetentionMs = number("delete.retention.ms");
    config.fileDeleteDelayMs = number("file.delete.delay.ms");
    config.indexIntervalBytes = number("index.interval.bytes");
    config.maxMessageBytes = static_cast<std::int32_t>(number("max.message.bytes"));
    config.timestampAfterMaxMs = number("message.timestamp.after.max.ms");
    config.timestampBeforeMaxMs = number("message.timestamp.before.max.ms");
    config.timestampType = text("message.timestamp.type") == "LogAppendTime" ? TimestampType::LogAppendTime : TimestampType::CreateTime;
    config.retentionBytes = number("retention.bytes");
    config.retentionMs = number("retention.ms");
    config.segmentBytes = number("segment.bytes");
    config.segmentIndexBytes = number("segment.index.bytes");
    config.segmentJitterMs = number("segment.jitter.ms");
    config.segmentMs = number("segment.ms");
    return config;
}

} // namespace broker::storage
