#pragma once
// This node's settings as DescribeConfigs shows them.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/node/broker_config.h"

#include <vector>

namespace broker::node {

/// By name: the file, what was set while the cluster ran, and the default, strongest first among the synonyms.
[[nodiscard]] std::vector<handlers::SettingView> describeBroker(const BrokerConfig& config, const metadata::MetadataImage& image);

} // namespace broker::node
