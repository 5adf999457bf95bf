#pragma once
// Inside storage: what a LogManager is made of. log_manager_open.cpp starts it, log_manager.cpp does the rest.

#include "embedded-broker/storage/cleaner.h"
#include "embedded-broker/storage/flusher.h"
#include "embedded-broker/storage/log_loader.h"
#include "embedded-broker/storage/log_manager.h"

namespace broker::storage {

constexpr std::string_view kMetadataTopic = "__cluster_metadata";

class LogManager::Impl {
public:
    Impl(LogManagerSeams seams, LogManagerOptions options);
    ~Impl();

    Result<void> open();
    Result<void> openRoot(const std::string& path);
    Result<void> recallBrokerEpoch();
    /// Renames a partition's directory that cannot be a partition's (-stray).
    Result<void> setAside(LogRoot& root, const std::string& path);
    Result<void> loadRoot(LogRoot& root, std::map<JournalKey, JournaledPartition>& journaled);
    Result<void> load(LogRoot& root, const TopicPartition& tp, const Uuid& id, const JournaledPartition* journaled, bool exists);
    Result<void> settle();
    Result<std::shared_ptr<Log>> create(const TopicPartition& tp, const Uuid& id, const LogConfig& config, std::optional<Uuid> directoryId);
    Result<void> retire(const TopicPartition& tp, std::string_view suffix, bool removeAll);
    void checkpoint();
    void storeCheckpoints();
    void collectCheckpoints(LogRoot& root, OffsetMap& recovery, OffsetMap& high, OffsetMap& starts);
    Result<void> shutdown(BrokerEpoch brokerEpoch);
    void armTimers();
    LogConfig configOf(const std::string& topic) const {
        auto config = m_configSource ? m_configSource(topic) : LogConfig{};
        config.metadataLog = topic == kMetadataTopic;
        return config;
    }

    LogManagerSeams m_seams;
    LogManagerOptions m_options;
    Journal m_journal;
    Flusher m_flusher;
    LogContext m_context;
    std::unique_ptr<Cleaner> m_cleaner;
    std::function<LogConfig(const std::string&)> m_configSource;
    std::vector<std::unique_ptr<LogRoot>> m_roots;
    std::vector<std::unique_ptr<DiskLock>> m_locks;
    struct Loaded {
        OffsetMap recovery;
        OffsetMap high;
        OffsetMap starts;
        OffsetMap cleaned;
    };
    std::map<const LogRoot*, Loaded> m_checkpoints; ///< as found at start
    std::map<TopicPartition, std::shared_ptr<Log>> m_logs;
    std::map<TopicPartition, std::shared_ptr<LogCore>> m_retiring;
    std::string m_clusterId;
    bool m_clean = true;
    BrokerEpoch m_previousEpoch = -1;
    bool m_damaged = false; ///< a log is shorter than what was committed in it
    bool m_open = false;
    bool m_checkpointWanted = false;
    TimerId m_checkpointTimer = 0;
    TimerId m_retentionTimer = 0;
    std::shared_ptr<Impl*> m_alive = std::make_shared<Impl*>(this);
};

} // namespace broker::storage
