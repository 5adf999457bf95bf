#pragma once
// What a log.dir holds besides partitions: meta.properties, .lock, the clean-shutdown marker. Formats are Kafka's.
// Blocking calls: before the loop starts and after it has stopped.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/uuid.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker {
class Random;
}

namespace broker::storage {

/// meta.properties, version 1.
struct MetaProperties {
    std::string clusterId;   ///< 22 characters as Kafka's tools make them; any non-empty text is accepted
    NodeId nodeId = kNoNode;
    Uuid directoryId;        ///< of this log.dir; zero in directories of old engines
};

/// Nothing when the directory has not been formatted (or does not exist).
Result<std::optional<MetaProperties>> readMetaProperties(Disk& disk, const std::string& logDir);
/// Makes the directory and writes meta.properties durably. `extra` files (name, content) are written before it, so that a directory
/// with a meta.properties is whole: bootstrap.checkpoint.
Result<void> formatDirectory(Disk& disk, const std::string& logDir, const MetaProperties& properties,
                             const std::vector<std::pair<std::string, std::string>>& extra = {});
/// A directory id as Kafka draws them (never reserved).
Uuid newDirectoryId(Random& random);

/// Held while a node runs. Busy when another process (Samsa or Apache Kafka) has it.
Result<std::unique_ptr<DiskLock>> lockDirectory(Disk& disk, const std::string& logDir);

struct CleanShutdown {
    BrokerEpoch brokerEpoch = -1;
};
/// Nothing = the last stop was not clean.
Result<std::optional<CleanShutdown>> readCleanShutdown(Disk& disk, const std::string& logDir);
/// Written last of all at a clean stop, durably.
Result<void> writeCleanShutdown(Disk& disk, const std::string& logDir, BrokerEpoch brokerEpoch);
/// Durably removed before the first write of a run.
Result<void> removeCleanShutdown(Disk& disk, const std::string& logDir);

/// The broker's last registration, in a file of our own (samsa.broker-epoch). While it is there, everything acknowledged since that
/// registration is on disk: after a crash the broker may say so (previousBrokerEpoch), and stays eligible to lead.
Result<std::optional<BrokerEpoch>> readBrokerEpoch(Disk& disk, const std::string& logDir);
Result<void> writeBrokerEpoch(Disk& disk, const std::string& logDir, BrokerEpoch brokerEpoch);
Result<void> removeBrokerEpoch(Disk& disk, const std::string& logDir);

} // namespace broker::storage
