#pragma once
// All logs of a node: opens them at start (recovering what a crash left), creates and deletes them, collects each turn's appends
// into one disk job (group commit, flusher.h), writes checkpoints, applies retention and stops cleanly.
//
//   LogManager manager(seams, options);
//   manager.open();                       // blocking: locks, removes the clean-shutdown marker, recovers
//   auto log = manager.createLog(tp, topicId, config);
//   log->onSyncedEndOffset(...);
//   log->appendAsLeader(...);             // durable when the watcher says so
//   manager.shutdown(brokerEpoch);        // blocking: everything on disk, as Apache Kafka expects to find it
//
// Loop thread only.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/storage/directory.h"
#include "embedded-broker/storage/log.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::storage {

enum class Durability : std::uint8_t {
    Synced, ///< acknowledged = on disk
    None,   ///< samsa.durability=none: acknowledged = in memory, as Apache Kafka's default
};

/// log.cleaner.*: what compaction may use.
struct CleanerOptions {
    bool enabled = true;
    Duration backoff = seconds(15);             ///< log.cleaner.backoff.ms: pause when there is nothing to clean
    std::uint64_t mapBytesMax = 128ULL << 20;   ///< log.cleaner.dedupe.buffer.size
    double mapLoadFactor = 0.9;                 ///< log.cleaner.io.buffer.load.factor
    double bytesPerSecond = 0;                  ///< log.cleaner.io.max.bytes.per.second, read and written; 0 = no limit
    std::uint64_t stepBytes = 2ULL << 20;       ///< of one job of the pool
};

struct LogManagerOptions {
    std::vector<std::string> logDirs;              ///< absolute, formatted
    NodeId nodeId = kNoNode;                       ///< must be meta.properties'
    std::string clusterId;                         ///< must be meta.properties'; empty = take it from there
    Durability durability = Durability::Synced;
    std::uint64_t journalBytes = 32ULL << 20;      ///< of each of the two journal files
    std::size_t directLogsMax = 2;                 ///< up to so many logs a turn are synced in their own files, more through the journal
    Duration journalGap{0};                        ///< see FlusherOptions
    std::uint64_t hotTailBytes = 4ULL << 20;       ///< kept in memory per log after it is written
    std::uint64_t hotBytesAll = 256ULL << 20;      ///< of all logs together
    Duration writeBackInterval = milliseconds(50);
    Duration checkpointInterval = seconds(60);
    Duration retentionInterval = seconds(300);     ///< log.retention.check.interval.ms
    std::int64_t producerExpirationMs = 24LL * 3600 * 1000;
    CleanerOptions cleaner;
};

struct LogManagerSeams {
    Disk& disk;
    Scheduler& scheduler;
    DiskPool& pool;
};

struct DirectoryFacts {
    std::string path;
    Uuid directoryId;
    std::uint64_t freeBytes = 0;
    std::uint64_t totalBytes = 0;                  ///< of the file system
};

class LogManager {
public:
    LogManager(LogManagerSeams seams, LogManagerOptions options);
    ~LogManager(); ///< without shutdown(): as a crash, but for what is already on disk

    /// Config of a log found on disk, by topic; asked in open(). Default: LogConfig{}; the metadata log always gets metadataLog.
    void setConfigSource(std::function<LogConfig(const std::string& topic)> source);
    /// Called once when a sync failed: acknowledge nothing more; the node must end. Appends are refused from then on.
    void onFatal(std::function<void(const Error&)> handler);

    /// Blocking. Busy (another engine runs on a directory), InvalidArgument (not formatted, another cluster's or node's), or IoError.
    Result<void> open();
    [[nodiscard]] bool wasCleanStop() const;       ///< of the previous run, all directories
    /// For BrokerRegistration's previousBrokerEpoch: what the previous clean stop recorded, or, after a crash, the last registration that
    /// was remembered. -1 = records that were acknowledged may be missing: never registered, a failed sync, a log that is shorter than what
    /// was committed in it, or Durability::None.
    [[nodiscard]] BrokerEpoch previousBrokerEpoch() const;
    /// After each registration, before anything is acknowledged under it; durable in its own time. Nothing with Durability::None.
    void rememberBrokerEpoch(BrokerEpoch epoch);
    /// Blocking: after a failed sync nobody may rely on these directories.
    void forgetBrokerEpoch();
    [[nodiscard]] const std::string& clusterId() const;
    [[nodiscard]] std::vector<DirectoryFacts> directories() const;
    [[nodiscard]] std::optional<Uuid> directoryIdOf(const TopicPartition& tp) const;

    [[nodiscard]] std::shared_ptr<Log> log(const TopicPartition& tp) const; ///< null when there is none
    [[nodiscard]] std::vector<std::shared_ptr<Log>> logs() const;
    /// Existing log when there is one with this id; one with another id is deleted first. Placed in the directory named, else the
    /// one with the fewest logs. Its directory is durable before its first record is acknowledged.
    Result<std::shared_ptr<Log>> createLog(const TopicPartition& tp, const Uuid& topicId, const LogConfig& config,
                                           std::optional<Uuid> directoryId = {});
    /// Its directory is renamed (-delete) and removed in the pool. Holders of the Log must let go; appends are refused.
    Result<void> deleteLog(const TopicPartition& tp);
    /// A replica that the metadata does not give to this node any more: renamed (-stray), kept.
    Result<void> markStray(const TopicPartition& tp);
    void reconfigure(const std::string& topic, const LogConfig& config);

    /// Applies retention and expires producers now (also runs on its own timer).
    void applyRetention();
    /// A log.cleaner setting changed.
    void setCleaner(const CleanerOptions& options);
    /// Compacts what is due now (also on its own timer).
    void compact();
    /// Writes the three offset checkpoints of each directory (also on its own timer).
    void writeCheckpoints();
    /// Blocking; the last call. Writes and syncs everything, indexes and producer snapshots, empties the journal, writes the
    /// clean-shutdown marker with `brokerEpoch`, releases the locks.
    Result<void> shutdown(BrokerEpoch brokerEpoch);

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace broker::storage
