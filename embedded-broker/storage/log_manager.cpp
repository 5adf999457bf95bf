#include "embedded-broker/storage/log_manager.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/log_manager_impl.h"
#include "embedded-broker/storage/retention.h"

#include <algorithm>
#include <malloc.h>
#include <utility>
#include <fmt/format.h>

namespace broker::storage {
namespace {

constexpr std::size_t kDirectoryNameMax = 255;
constexpr std::uint64_t kWorthReturning = 4ULL << 20; ///< bytes that left the memory at one checkpoint
constexpr std::uint64_t kBrokerEpochLane = 0x6570'6f63'6800'0000; ///< of the pool: these writes wait for nobody else

/// "orders-0.6f1c...-delete", cut in front if it would be too long: only the end has a meaning.
std::string retiredName(const LogCore& core, std::string_view suffix) {
    std::string id;
    for (const auto byte : core.topicId.bytes)
        id += fmt::format("{:02x}", byte);
    auto name = directoryName(core.tp);
    const auto tail = fmt::format(".{}{:x}{}", id, core.context.scheduler.wallNow(), suffix);
    if (name.size() + tail.size() > kDirectoryNameMax)
        name.resize(kDirectoryNameMax - tail.size());
    return fmt::format("{}/{}{}", core.root.path, name, tail);
}

FlusherOptions flusherOptions(const LogManagerOptions& options) {
    FlusherOptions result;
    result.writeBackInterval = options.writeBackInterval;
    result.directLogsMax = options.directLogsMax;
    result.journalGap = options.journalGap;
    return result;
}

} // namespace

LogManager::Impl::Impl(LogManagerSeams seams, LogManagerOptions options)
    : m_seams(seams)
    , m_options(std::move(options))
    , m_journal(seams.disk, m_options.logDirs.empty() ? std::string() : m_options.logDirs.front(), m_options.journalBytes)
    , m_flusher(seams.scheduler, seams.pool, m_journal, flusherOptions(m_options))
    , m_context{seams.disk, seams.scheduler, m_flusher, m_journal} {
    m_context.hotTailBytes = m_options.hotTailBytes;
    m_context.hotBytesAllMax = m_options.hotBytesAll;
    m_context.synced = m_options.durability == Durability::Synced;
    m_flusher.setContext(m_context);
    m_cleaner = std::make_unique<Cleaner>(seams.disk, seams.scheduler, m_flusher, m_options.cleaner, [this] {
        std::vector<std::shared_ptr<LogCore>> cores;
        for (const auto& [tp, log] : m_logs)
            cores.push_back(log->core());
        return cores;
    });
    m_flusher.onLazySyncsDone([this] {
        storeCheckpoints();
        m_cleaner->poke(); // it may have waited for them
    });
}

LogManager::Impl::~Impl() {
    *m_alive = nullptr;
    m_seams.scheduler.cancel(m_checkpointTimer);
    m_seams.scheduler.cancel(m_retentionTimer);
    m_cleaner.reset();
    m_flusher.abandon();
    // One that was on its way in has the log in its hand, as the log has it.
    for (const auto& [tp, log] : m_logs)
        log->core()->swap.reset();
}

// --- logs come and go -----------------------------------------------------------------------------------------------

Result<std::shared_ptr<Log>> LogManager::Impl::create(const TopicPartition& tp, const Uuid& id, const LogConfig& config,
                                                      std::optional<Uuid> directoryId) {
    if (const auto found = m_logs.find(tp); found != m_logs.end()) {
        if (found->second->topicId() == id) {
            const bool metadataLog = found->second->core()->config.metadataLog;
            found->second->core()->config = config;
            found->second->core()->config.metadataLog = metadataLog;
            return found->second;
        }
        if (auto gone = retire(tp, "-delete", true); !gone)
            return std::unexpected(gone.error());
    }
    if (const auto old = m_retiring.find(tp); old != m_retiring.end()) {
        // Its directory has the name that the new one needs.
        if (auto done = m_flusher.completeRetirement(*old->second); !done)
            return std::unexpected(done.error());
        m_retiring.erase(old);
    }
    if (directoryName(tp).size() > kDirectoryNameMax)
        return fail(ErrorCode::InvalidArgument, fmt::format("the name of {} is too long", tp.topic));
    LogRoot* root = nullptr;
    if (directoryId) {
        for (const auto& each : m_roots) {
            if (each->directoryId == *directoryId)
                root = each.get();
        }
    }
    if (!root) {
        std::map<const LogRoot*, std::size_t> counts;
        for (const auto& [other, log] : m_logs)
            ++counts[&log->core()->root];
        root = std::ranges::min_element(m_roots, {}, [&](const auto& each) { return counts[each.get()]; })->get();
    }
    auto core = std::make_shared<LogCore>(m_context, *root, tp, id, config);
    core->config.metadataLog = tp.topic == kMetadataTopic;
    core->createPending = true;
    core->pending.emplace_back(MakeLogOp{encodePartitionMetadata(id)});
    core->addSegment(0);
    m_flusher.changed(*core);
    auto log = std::make_shared<Log>(std::move(core));
    m_logs[tp] = log;
    return log;
}

Result<void> LogManager::Impl::retire(const TopicPartition& tp, std::string_view suffix, bool removeAll) {
    const auto found = m_logs.find(tp);
    if (found == m_logs.end())
        return fail(ErrorCode::NotFound, fmt::format("{}-{} is not on this node", tp.topic, tp.partition));
    auto core = found->second->core();
    m_logs.erase(found);
    std::erase_if(m_retiring, [](const auto& item) { return item.second->pending.empty() && !item.second->laneJob; });
    core->retired = true;
    *core->gone = true;
    ++core->cuts;
    if (core->swap) {
        (void)core->swap->ticket->cancel(); // one that has begun ends before the directory moves
        const auto swap = std::exchange(core->swap, std::nullopt);
        swap->done(false);
    }
    if (removeAll)
        core->pending.clear();
    if (m_flusher.replayable(*core))
        core->pending.emplace_back(BarrierOp{tp, 0, true, core->journalKey()});
    core->pending.emplace_back(RetireOp{tp, retiredName(*core, suffix), removeAll});
    core->dropHot();
    m_retiring[tp] = core;
    m_flusher.retire(*core);
    return {};
}

// --- checkpoints and the end ----------------------------------------------------------------------------------------

void LogManager::Impl::armTimers() {
    m_checkpointTimer = m_seams.scheduler.after(m_options.checkpointInterval, [alive = m_alive] {
        if (!*alive)
            return;
        (*alive)->checkpoint();
        (*alive)->m_checkpointTimer = 0;
        (*alive)->armTimers();
    });
    if (m_retentionTimer != 0)
        return;
    m_retentionTimer = m_seams.scheduler.after(m_options.retentionInterval, [alive = m_alive] {
        if (!*alive)
            return;
        auto& self = **alive;
        for (const auto& [tp, log] : self.m_logs)
            storage::applyRetention(*log->core(), self.m_seams.scheduler.wallNow(), self.m_options.producerExpirationMs);
        self.m_retentionTimer = 0;
        self.m_seams.scheduler.cancel(std::exchange(self.m_checkpointTimer, 0));
        self.armTimers();
    });
}

void LogManager::Impl::checkpoint() {
    m_checkpointWanted = true;
    std::uint64_t freed = 0;
    for (const auto& [tp, log] : m_logs) {
        auto& core = *log->core();
        freed += core.dropIdleHot();
        if (core.checkpointable < core.logEnd || core.epochsDirty || core.journaled())
            m_flusher.wantSync(core, true);
    }
    if (!m_flusher.lazySyncsPending())
        storeCheckpoints();
    if (freed >= kWorthReturning)
        ::malloc_trim(0); // the load is over: a process that once held a lot gives it back to the machine
}

void LogManager::Impl::collectCheckpoints(LogRoot& root, OffsetMap& recovery, OffsetMap& high, OffsetMap& starts) {
    for (const auto& [tp, log] : m_logs) {
        const auto& core = *log->core();
        if (&core.root != &root || core.metadataLog())
            continue; // the quorum's log is not in them, as with Kafka
        recovery[tp] = core.checkpointable;
        high[tp] = core.highWatermark;
        if (core.logStart > core.segments.begin()->first)
            starts[tp] = core.logStart;
    }
}

void LogManager::Impl::storeCheckpoints() {
    if (!std::exchange(m_checkpointWanted, false))
        return;
    for (const auto& root : m_roots) {
        struct Work {
            OffsetMap maps[3];
            std::uint64_t tickets[3]{};
            Result<void> result;
        };
        auto work = std::make_shared<Work>();
        auto* checkpoints = root.get();
        OffsetCheckpoint* files[3] = {&root->recoveryPoints, &root->highWatermarks, &root->logStarts};
        for (int i = 0; i < 3; ++i)
            work->tickets[i] = files[i]->ticket();
        collectCheckpoints(*root, work->maps[0], work->maps[1], work->maps[2]);
        m_flusher.runAside(
            std::hash<std::string>{}(root->path),
            [work, checkpoints] {
                OffsetCheckpoint* each[3] = {&checkpoints->recoveryPoints, &checkpoints->highWatermarks, &checkpoints->logStarts};
                for (int i = 0; i < 3 && work->result; ++i)
                    work->result = each[i]->write(std::move(work->maps[i]), work->tickets[i]);
            },
            [work] {
                if (!work->result)
                    log::warning("storage", "checkpoints: {}", work->result.error().message);
            });
    }
}

Result<void> LogManager::Impl::shutdown(BrokerEpoch brokerEpoch) {
    if (!m_open)
        return {};
    m_open = false;
    m_seams.scheduler.cancel(std::exchange(m_checkpointTimer, 0));
    m_seams.scheduler.cancel(std::exchange(m_retentionTimer, 0));
    m_checkpointWanted = false;
    m_cleaner->stop();
    std::vector<std::shared_ptr<LogCore>> cores;
    for (const auto& [tp, log] : m_logs) {
        auto& core = *log->core();
        cores.push_back(log->core());
        auto& active = core.active();
        if (active.indexLoaded && (active.indexDirty || !active.indexWritten)) {
            if (active.maxTimestamp >= 0)
                active.times.append(active.maxTimestamp, static_cast<std::uint32_t>(active.maxTimestampOffset - active.base));
            core.putIndexFiles(active, true);
        }
        if (core.epochsDirty)
            core.putEpochs();
        core.putSnapshot();
    }
    if (auto drained = m_flusher.drain(cores); !drained)
        return drained;
    for (const auto& root : m_roots) {
        OffsetMap recovery;
        OffsetMap high;
        OffsetMap starts;
        for (const auto& core : cores)
            core->checkpointable = core->recoveryPoint;
        collectCheckpoints(*root, recovery, high, starts);
        for (const auto& result : {root->recoveryPoints.write(recovery, root->recoveryPoints.ticket()),
                                   root->highWatermarks.write(high, root->highWatermarks.ticket()),
                                   root->logStarts.write(starts, root->logStarts.ticket())}) {
            if (!result)
                return result;
        }
    }
    if (auto cleared = m_journal.clear(); !cleared)
        return cleared;
    for (const auto& root : m_roots) {
        if (auto marked = writeCleanShutdown(m_seams.disk, root->path, brokerEpoch); !marked)
            return marked;
    }
    m_locks.clear();
    return {};
}

// --- the door -------------------------------------------------------------------------------------------------------

LogManager::LogManager(LogManagerSeams seams, LogManagerOptions options)
    : m_impl(std::make_unique<Impl>(seams, std::move(options))) {}
LogManager::~LogManager() = default;

void LogManager::setConfigSource(std::function<LogConfig(const std::string&)> source) { m_impl->m_configSource = std::move(source); }
void LogManager::onFatal(std::function<void(const Error&)> handler) { m_impl->m_flusher.onFatal(std::move(handler)); }
Result<void> LogManager::open() { return m_impl->open(); }
bool LogManager::wasCleanStop() const { return m_impl->m_clean; }
BrokerEpoch LogManager::previousBrokerEpoch() const { return m_impl->m_previousEpoch; }

void LogManager::rememberBrokerEpoch(BrokerEpoch epoch) {
    if (m_impl->m_options.durability == Durability::None)
        return;
    std::vector<std::string> paths;
    for (const auto& root : m_impl->m_roots)
        paths.push_back(root->path);
    m_impl->m_seams.pool.submit(
        kBrokerEpochLane,
        [disk = &m_impl->m_seams.disk, paths = std::move(paths), epoch] {
            for (const auto& path : paths)
                if (auto written = writeBrokerEpoch(*disk, path, epoch); !written)
                    log::warning("storage", "{}", written.error().message); // then the next start counts as unclean
        },
        [] {});
}

void LogManager::forgetBrokerEpoch() {
    for (const auto& root : m_impl->m_roots)
        if (auto removed = removeBrokerEpoch(m_impl->m_seams.disk, root->path); !removed)
            log::error("storage", "{}", removed.error().message);
}

const std::string& LogManager::clusterId() const { return m_impl->m_clusterId; }

std::vector<DirectoryFacts> LogManager::directories() const {
    std::vector<DirectoryFacts> all;
    for (const auto& root : m_impl->m_roots) {
        const auto free = m_impl->m_seams.disk.freeBytes(root->path);
        const auto total = m_impl->m_seams.disk.totalBytes(root->path);
        all.push_back({root->path, root->directoryId, free ? *free : 0, total ? *total : 0});
    }
    return all;
}

std::optional<Uuid> LogManager::directoryIdOf(const TopicPartition& tp) const {
    const auto found = log(tp);
    return found ? std::optional(found->core()->root.directoryId) : std::nullopt;
}

std::shared_ptr<Log> LogManager::log(const TopicPartition& tp) const {
    const auto found = m_impl->m_logs.find(tp);
    return found == m_impl->m_logs.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Log>> LogManager::logs() const {
    std::vector<std::shared_ptr<Log>> all;
    for (const auto& [tp, log] : m_impl->m_logs)
        all.push_back(log);
    return all;
}

Result<std::shared_ptr<Log>> LogManager::createLog(const TopicPartition& tp, const Uuid& topicId, const LogConfig& config,
                                                   std::optional<Uuid> directoryId) {
    return m_impl->create(tp, topicId, config, directoryId);
}
Result<void> LogManager::deleteLog(const TopicPartition& tp) { return m_impl->retire(tp, "-delete", true); }
Result<void> LogManager::markStray(const TopicPartition& tp) { return m_impl->retire(tp, "-stray", false); }

void LogManager::reconfigure(const std::string& topic, const LogConfig& config) {
    for (const auto& [tp, log] : m_impl->m_logs) {
        if (tp.topic != topic)
            continue;
        const bool metadataLog = log->core()->config.metadataLog;
        log->core()->config = config;
        log->core()->config.metadataLog = metadataLog;
    }
    if (config.compact)
        m_impl->m_cleaner->poke();
}

void LogManager::setCleaner(const CleanerOptions& options) { m_impl->m_cleaner->setOptions(options); }
void LogManager::compact() { m_impl->m_cleaner->poke(); }

void LogManager::applyRetention() {
    for (const auto& [tp, log] : m_impl->m_logs)
        storage::applyRetention(*log->core(), m_impl->m_seams.scheduler.wallNow(), m_impl->m_options.producerExpirationMs);
}
void LogManager::writeCheckpoints() { m_impl->checkpoint(); }
Result<void> LogManager::shutdown(BrokerEpoch brokerEpoch) { return m_impl->shutdown(brokerEpoch); }

} // namespace broker::storage
