#pragma once
// What a topic's logs do, from the metadata and this node's file: the topic's override, else the broker's dynamic setting, else
// the cluster's, else the file, else Kafka's default.

#include "embedded-broker/metadata/config_defs.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/storage/log_config.h"
#include "embedded-broker/storage/log_manager.h"

#include <optional>
#include <string>
#include <string_view>

namespace broker::node {

class TopicConfigs {
public:
    TopicConfigs(NodeId self, metadata::ConfigMap staticConfig) : m_self(std::to_string(self)), m_static(std::move(staticConfig)) {}
    /// "" when there is neither a value nor a default.
    [[nodiscard]] std::string value(const metadata::MetadataImage& image, const std::string& topic, std::string_view name) const;
    [[nodiscard]] std::int64_t number(const metadata::MetadataImage& image, const std::string& topic, std::string_view name, std::int64_t otherwise) const;
    [[nodiscard]] storage::LogConfig logConfig(const metadata::MetadataImage& image, const std::string& topic) const;
    /// A setting of this broker: its dynamic one, else the cluster's, else the file's; nothing = Kafka's default.
    [[nodiscard]] std::optional<std::string> ofBroker(const metadata::MetadataImage& image, const std::string& name) const;
    /// log.cleaner.*
    [[nodiscard]] storage::CleanerOptions cleaner(const metadata::MetadataImage& image) const;
    [[nodiscard]] std::int32_t minInsyncReplicas(const metadata::MetadataImage& image, const std::string& topic) const;

private:
    std::string m_self;
    metadata::ConfigMap m_static;
};

} // namespace broker::node
