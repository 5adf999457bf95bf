// A LogManager's start: what the directories hold, what a crash left in them, and what of it counts.
#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/log_manager_impl.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace broker::storage {

Result<void> LogManager::Impl::openRoot(const std::string& path) {
    const auto meta = readMetaProperties(m_seams.disk, path);
    if (!meta)
        return std::unexpected(meta.error());
    if (!*meta)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} is not formatted: there is no meta.properties", path));
    auto lock = lockDirectory(m_seams.disk, path);
    if (!lock)
        return std::unexpected(lock.error());
    m_locks.push_back(std::move(*lock));
    if (m_options.nodeId != kNoNode && (*meta)->nodeId != m_options.nodeId)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} belongs to node {}, not to node {}", path, (*meta)->nodeId, m_options.nodeId));
    if (m_clusterId.empty())
        m_clusterId = m_options.clusterId.empty() ? (*meta)->clusterId : m_options.clusterId;
    if ((*meta)->clusterId != m_clusterId)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} belongs to cluster {}, not to cluster {}", path, (*meta)->clusterId, m_clusterId));
    auto root = std::make_unique<LogRoot>(m_seams.disk, path);
    root->directoryId = (*meta)->directoryId;
    const auto marker = readCleanShutdown(m_seams.disk, path);
    if (!marker)
        return std::unexpected(marker.error());
    m_clean = m_clean && marker->has_value();
    m_previousEpoch = *marker ? std::max(m_previousEpoch, (*marker)->brokerEpoch) : m_previousEpoch;
    m_roots.push_back(std::move(root));
    return {};
}

Result<void> LogManager::Impl::open() {
    if (m_options.logDirs.empty())
        return fail(ErrorCode::InvalidArgument, "log.dirs is empty");
    for (const auto& path : m_options.logDirs) {
        if (auto opened = openRoot(path); !opened)
            return opened;
    }
    if (!m_clean)
        m_previousEpoch = -1;
    // Whatever happens from here on is not a clean stop until the marker is written again.
    for (const auto& root : m_roots) {
        if (auto removed = removeCleanShutdown(m_seams.disk, root->path); !removed)
            return removed;
    }
    auto journaled = m_journal.recover();
    if (!journaled)
        return std::unexpected(journaled.error());
    for (const auto& root : m_roots) {
        if (auto loaded = loadRoot(*root, *journaled); !loaded)
            return loaded;
    }
    // Directories that a power cut took, though their first records were acknowledged.
    for (const auto& [key, partition] : *journaled) {
        const TopicPartition tp{partition.topic, key.partition};
        if (partition.topic.empty() || m_logs.contains(tp))
            continue;
        if (auto loaded = load(*m_roots.front(), tp, key.topicId, &partition, false); !loaded)
            return loaded;
    }
    if (auto settled = settle(); !settled)
        return settled;
    if (auto remembered = recallBrokerEpoch(); !remembered)
        return remembered;
    m_open = true;
    armTimers();
    m_cleaner->start();
    return {};
}

Result<void> LogManager::Impl::recallBrokerEpoch() {
    if (m_options.durability == Durability::None) {
        for (const auto& root : m_roots)
            if (auto removed = removeBrokerEpoch(m_seams.disk, root->path); !removed)
                return removed;
        return {};
    }
    if (m_clean)
        return {};
    std::optional<BrokerEpoch> all;
    for (const auto& root : m_roots) {
        const auto epoch = readBrokerEpoch(m_seams.disk, root->path);
        if (!epoch)
            return std::unexpected(epoch.error());
        if (!*epoch || (all && **epoch != *all))
            return {};
        all = **epoch;
    }
    if (all && !m_damaged)
        m_previousEpoch = *all;
    return {};
}

Result<void> LogManager::Impl::loadRoot(LogRoot& root, std::map<JournalKey, JournaledPartition>& journaled) {
    auto entries = m_seams.disk.list(root.path);
    if (!entries)
        return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
        if (!entry.directory)
            continue;
        const auto path = fmt::format("{}/{}", root.path, entry.name);
        if (entry.name.ends_with("-delete")) {
            if (auto removed = m_seams.disk.removeTree(path); !removed)
                return removed;
            continue;
        }
        const auto tp = parseDirectoryName(entry.name);
        if (!tp)
            continue; // strays, and what is not ours
        Uuid id;
        const auto text = readWholeFile(m_seams.disk, path + "/partition.metadata");
        const auto parsed = text ? decodePartitionMetadata(*text) : Result<Uuid>(std::unexpected(text.error()));
        if (parsed) {
            id = *parsed;
        } else if (tp->topic == kMetadataTopic) {
            id = metadataTopicId();
        } else {
            const auto known = std::ranges::find_if(journaled, [&](const auto& each) {
                return each.second.topic == tp->topic && each.first.partition == tp->partition;
            });
            if (known == journaled.end()) {
                // Nothing in it was ever acknowledged: its metadata, or its entry in the journal, come before that. It must not lie in the
                // way: a partition of that name would take up its bytes after the next crash.
                if (auto aside = setAside(root, path); !aside)
                    return aside;
                continue;
            }
            id = known->first.topicId;
        }
        if (m_logs.contains(*tp))
            return fail(ErrorCode::Corrupt, fmt::format("{} is in two log directories", entry.name));
        const auto found = journaled.find({id, tp->partition});
        if (auto loaded = load(root, *tp, id, found == journaled.end() ? nullptr : &found->second, parsed.has_value()); !loaded)
            return loaded;
    }
    return {};
}

Result<void> LogManager::Impl::setAside(LogRoot& root, const std::string& path) {
    std::string stray;
    for (std::uint64_t n = 0; stray.empty() || m_seams.disk.exists(stray); ++n)
        stray = fmt::format("{}.{:032x}-stray", path, n);
    log::warning("storage", "{} has no readable partition.metadata: kept as {}", path, stray);
    if (auto renamed = m_seams.disk.rename(path, stray); !renamed)
        return renamed;
    return m_seams.disk.syncDirectory(root.path);
}

Result<void> LogManager::Impl::load(LogRoot& root, const TopicPartition& tp, const Uuid& id, const JournaledPartition* journaled,
                                    bool exists) {
    auto core = std::make_shared<LogCore>(m_context, root, tp, id, configOf(tp.topic));
    if (!exists) {
        std::vector<DiskOp> make;
        make.emplace_back(MakeLogOp{encodePartitionMetadata(id)});
        if (auto made = core->lane->run(make, false).result; !made)
            return made;
    }
    if (m_checkpoints.find(&root) == m_checkpoints.end())
        m_checkpoints[&root] = {root.recoveryPoints.load(), root.highWatermarks.load(), root.logStarts.load(), root.cleaned.load()};
    const auto& loaded = m_checkpoints[&root];
    const auto value = [&](const OffsetMap& map) {
        const auto found = map.find(tp);
        return found == map.end() ? Offset{0} : found->second;
    };
    const auto report = loadLog(*core, {m_clean, value(loaded.recovery), value(loaded.starts), value(loaded.high), journaled});
    if (!report)
        return std::unexpected(report.error());
    if (const auto clean = loaded.cleaned.find(tp); clean != loaded.cleaned.end())
        core->cleanOffset = clean->second;
    if (!m_clean && core->logEnd < value(loaded.high)) {
        log::warning("storage", "{} ends at {}, though records up to {} were committed", core->directory, core->logEnd, value(loaded.high));
        m_damaged = true;
    }
    if (report->cutBytes > 0 || report->replayed > 0)
        log::info("storage", "{}: {} bytes checked, {} cut, {} batches from the journal; ends at {}", core->directory,
                  report->checkedBytes, report->cutBytes, report->replayed, core->logEnd);
    m_logs[tp] = std::make_shared<Log>(core);
    return {};
}

/// Everything that was found is made durable, so that the journal can go.
Result<void> LogManager::Impl::settle() {
    if (!m_clean) {
        // What a killed process left in the page cache is read back as if it were on disk; a power cut could still take it: the small
        // files of each log, its directory's entries, and the directory itself.
        for (const auto& [tp, log] : m_logs) {
            const auto& directory = log->core()->directory;
            for (const auto* name : {"/partition.metadata", "/leader-epoch-checkpoint"}) {
                auto file = m_seams.disk.open(directory + name, OpenMode::ReadWrite);
                if (!file && file.error().code == ErrorCode::NotFound)
                    continue;
                if (!file)
                    return std::unexpected(file.error());
                if (auto synced = (*file)->sync(); !synced)
                    return synced;
            }
            if (auto synced = m_seams.disk.syncDirectory(directory); !synced)
                return synced;
        }
        for (const auto& root : m_roots)
            if (auto synced = m_seams.disk.syncDirectory(root->path); !synced)
                return synced;
    }
    for (const auto& [tp, log] : m_logs) {
        auto& core = *log->core();
        if (!m_clean || core.recoveryPoint < core.logEnd) {
            // What a killed process wrote, or cut off, is so in the page cache only: touching its files has them synced.
            for (auto at = core.segments.begin(); at != core.segments.end(); ++at) {
                const auto next = std::next(at);
                if (next == core.segments.end() || next->first > core.recoveryPoint)
                    core.pending.emplace_back(WriteOp{at->second->file, at->second->size, {}, 0});
            }
        }
        if (core.pending.empty())
            continue;
        if (core.epochsDirty)
            core.putEpochs();
        auto ops = std::exchange(core.pending, {});
        core.pendingBytes = 0;
        if (auto outcome = core.lane->run(ops, true); !outcome.result)
            return outcome.result;
        core.written = core.durable = core.recoveryPoint = core.checkpointable = core.announced = core.logEnd;
        core.trimHot();
    }
    return m_journal.clear();
}

} // namespace broker::storage
