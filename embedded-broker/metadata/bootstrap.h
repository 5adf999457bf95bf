#pragma once
// What a freshly formatted directory starts with: bootstrap.checkpoint, as Kafka's format writes it.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/record.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace broker::metadata {

inline constexpr std::int16_t kMetadataVersion = 30; ///< 4.3-IV0
inline constexpr std::string_view kBootstrapFile = "bootstrap.checkpoint";

/// Feature levels (metadata.version 30, eligible.leader.replicas.version 1), and the static min.insync.replicas, if said, as a setting of
/// the cluster: with eligible leader replicas it must be the same everywhere.
std::vector<Record> bootstrapRecords(const ConfigMap& staticConfig);
/// The file: a snapshot header, the records, a snapshot footer.
std::string printBootstrap(const std::vector<Record>& records, WallMs now);
/// The records of such a file, ours or Kafka's.
Result<std::vector<Record>> parseBootstrap(std::string_view content);

} // namespace broker::metadata
