#include "embedded-broker/node/topic_config.h"

#include <algorithm>
#include <charconv>

namespace broker::node {

using metadata::ResourceType;

std::string TopicConfigs::value(const metadata::MetadataImage& image, const std::string& topic, std::string_view name) const {
    if (auto own = image.topicConfig(topic, name))
        return *own;
    const auto* def = metadata::findTopicConfig(name);
    if (def == nullptr)
        return {};
    if (!def->brokerSynonym.empty()) {
        const std::string synonym(def->brokerSynonym);
        for (const auto& resource : {m_self, std::string()}) {
            const auto& dynamic = image.config(ResourceType::Broker, resource);
            if (const auto found = dynamic.find(synonym); found != dynamic.end())
                return found->second;
        }
        if (auto fixed = metadata::brokerDefaultFor(*def, m_static))
            return *fixed;
    }
    return std::string(def->defaultValue.value_or(""));
}

std::int64_t TopicConfigs::number(const metadata::MetadataImage& image, const std::string& topic, std::string_view name, std::int64_t otherwise) const {
    const std::string text = value(image, topic, name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

storage::LogConfig TopicConfigs::logConfig(const metadata::MetadataImage& image, const std::string& topic) const {
    storage::LogConfig config;
    const auto set = [&](std::string_view name, auto& field) {
        field = static_cast<std::remove_reference_t<decltype(field)>>(number(image, topic, name, static_cast<std::int64_t>(field)));
    };
    set("segment.bytes", config.segmentBytes);
    set("segment.ms", config.segmentMs);
    set("segment.jitter.ms", config.segmentJitterMs);
    set("segment.index.bytes", config.segmentIndexBytes);
    set("index.interval.bytes", config.indexIntervalBytes);
    set("retention.bytes", config.retentionBytes);
    set("retention.ms", config.retentionMs);
    set("file.delete.delay.ms", config.fileDeleteDelayMs);
    set("delete.retention.ms", config.deleteRetentionMs);
    set("min.compaction.lag.ms", config.minCompactionLagMs);
    set("max.compaction.lag.ms", config.maxCompactionLagMs);
    set("max.message.bytes", config.maxMessageBytes);
    set("message.timestamp.before.max.ms", config.timestampBeforeMaxMs);
    set("message.timestamp.after.max.ms", config.timestampAfterMaxMs);
    config.timestampType = value(image, topic, "message.timestamp.type") == "LogAppendTime" ? storage::TimestampType::LogAppendTime
                                                                                           : storage::TimestampType::CreateTime;
    const auto ratio = value(image, topic, "min.cleanable.dirty.ratio");
    std::from_chars(ratio.data(), ratio.data() + ratio.size(), config.minCleanableDirtyRatio);
    const auto policies = metadata::splitList(value(image, topic, "cleanup.policy"));
    config.compact = std::ranges::count(policies, "compact") > 0;
    config.deleteOld = std::ranges::count(policies, "delete") > 0;
    return config;
}

std::optional<std::string> TopicConfigs::ofBroker(const metadata::MetadataImage& image, const std::string& name) const {
    for (const auto& resource : {m_self, std::string()}) {
        const auto& dynamic = image.config(ResourceType::Broker, resource);
        if (const auto found = dynamic.find(name); found != dynamic.end())
            return found->second;
    }
    const auto fixed = m_static.find(name);
    return fixed == m_static.end() ? std::nullopt : std::optional(fixed->second);
}

storage::CleanerOptions TopicConfigs::cleaner(const metadata::MetadataImage& image) const {
    storage::CleanerOptions options;
    const auto text = [&](const std::string& name) { return ofBroker(image, name).value_or(""); };
    const auto read = [&](const std::string& name, auto& into) {
        const auto value = text(name);
        return std::from_chars(value.data(), value.data() + value.size(), into).ec == std::errc{};
    };
    options.enabled = text("log.cleaner.enable") != "false";
    if (std::int64_t backoff = 0; read("log.cleaner.backoff.ms", backoff))
        options.backoff = milliseconds(backoff);
    read("log.cleaner.dedupe.buffer.size", options.mapBytesMax);
    read("log.cleaner.io.buffer.load.factor", options.mapLoadFactor);
    // Kafka's default is the largest double: no limit.
    if (double limit = 0; read("log.cleaner.io.max.bytes.per.second", limit) && limit < 1e15)
        options.bytesPerSecond = limit;
    return options;
}

std::int32_t TopicConfigs::minInsyncReplicas(const metadata::MetadataImage& image, const std::string& topic) const {
    return static_cast<std::int32_t>(number(image, topic, "min.insync.replicas", 1));
}

} // namespace broker::node
