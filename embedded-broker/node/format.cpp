#include "embedded-broker/node/format.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/bootstrap.h"
#include "embedded-broker/node/security_setup.h"
#include "embedded-broker/storage/directory.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::node {

Result<void> formatIfNeeded(Disk& disk, Random& random, WallMs now, const BrokerConfig& config, const std::string& clusterId,
                            std::string_view scramUsers) {
    auto dirs = config.logDirs;
    if (std::ranges::count(dirs, config.metadataLogDir) == 0)
        return fail(ErrorCode::InvalidArgument, "metadata.log.dir must be one of log.dirs.");
    for (const std::string& dir : dirs) {
        const auto found = storage::readMetaProperties(disk, dir);
        if (!found)
            return std::unexpected(found.error());
        if (*found) {
            if (!clusterId.empty() && (*found)->clusterId != clusterId)
                return fail(ErrorCode::InvalidArgument, fmt::format("{} belongs to the cluster {}, not to {}. Nothing was changed: give this node another directory, or put back its own.", dir,
                                        (*found)->clusterId, clusterId));
            if ((*found)->nodeId != config.nodeId)
                return fail(ErrorCode::InvalidArgument, fmt::format("{} belongs to node {}, not to node {}. Nothing was changed: give this node another directory, or put back its own.", dir,
                                        (*found)->nodeId, config.nodeId));
            continue;
        }
        if (clusterId.empty())
            return fail(ErrorCode::InvalidArgument, fmt::format("{} is not formatted. Start with --cluster-id ID to format it.", dir));
        storage::MetaProperties properties;
        properties.clusterId = clusterId;
        properties.nodeId = config.nodeId;
        properties.directoryId = storage::newDirectoryId(random);
        std::vector<std::pair<std::string, std::string>> extra;
        if (dir == config.metadataLogDir) {
            auto records = metadata::bootstrapRecords(config.givenValues());
            auto users = parseScramUsers(scramUsers);
            if (!users)
                return std::unexpected(users.error());
            std::ranges::move(*users, std::back_inserter(records));
            extra.emplace_back(metadata::kBootstrapFile, metadata::printBootstrap(records, now));
        }
        if (const auto formatted = storage::formatDirectory(disk, dir, properties, extra); !formatted)
            return std::unexpected(formatted.error());
        log::info("node", "formatted {} for the cluster {}", dir, clusterId);
    }
    return {};
}

Result<std::vector<metadata::Record>> firstRecords(const BrokerConfig& config, Disk& disk) {
    const std::string file = config.metadataLogDir + "/" + std::string(metadata::kBootstrapFile);
    if (!disk.exists(file))
        return metadata::bootstrapRecords(config.givenValues());
    const auto content = readWholeFile(disk, file);
    if (!content)
        return std::unexpected(content.error());
    return metadata::parseBootstrap(*content);
}

} // namespace broker::node
