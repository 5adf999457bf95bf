#pragma once
// All replicas of this broker: gives each the role that the metadata say, appends and reads for clients, coordinators and
// followers, and keeps a fetcher per leader that this broker follows.
//
//   node:      replicas.apply(changes);            // on each new metadata image, after the image itself was replaced
//   Produce:   replicas.append(request, done);     // done when durable as `acks` asks
//   Fetch:     replicas.fetch(params, entries, done);
//
// Loop thread only. Callbacks run on the loop thread, possibly before the call returns unless said otherwise.

#include "embedded-broker/replication/alter_partition_sender.h"
#include "embedded-broker/replication/fetch_session_cache.h"
#include "embedded-broker/replication/partition.h"
#include "embedded-broker/replication/producer_ids.h"
#include "embedded-broker/replication/purgatory.h"
#include "embedded-broker/replication/replica_fetcher.h"
#include "embedded-broker/storage/log_manager.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace broker::replication {

struct ReplicaManagerSettings {
    Duration lagTimeMax = seconds(30);          ///< replica.lag.time.max.ms
    FetcherSettings fetcher;
    Duration requestTimeoutMax = seconds(600);
};

/// What the metadata say of one partition that has (or had) a replica here.
struct PartitionChange {
    TopicPartition tp;
    Uuid topicId;
    PartitionFacts facts;
    std::optional<Uuid> directoryId;            ///< where the metadata place our replica, when they say
};

struct MetadataChanges {
    std::vector<PartitionChange> changed;       ///< with this broker among the replicas
    std::vector<TopicPartition> removed;        ///< replicas that moved away or whose topic was deleted
    bool brokersChanged = false;                ///< registrations, fencing
};

struct AppendRequest {
    std::vector<AppendEntry> entries;
    std::int16_t acks = -1;                     ///< 0, 1 or -1
    Duration timeout = seconds(30);
    storage::AppendOptions options;
};

class ReplicaManager {
public:
    struct Seams {
        Scheduler& scheduler;
        storage::LogManager& logs;
        PeerLink& peers;
        ControllerLink& controller;
        NodeId self = kNoNode;
        std::string clusterId;
        std::function<BrokerEpoch()> selfEpoch;  ///< of the current registration
        /// In the current metadata: registered, unfenced, not shutting down, and of this epoch (-1: any).
        IsrCore::Eligible eligible;
        std::function<storage::LogConfig(const std::string& topic)> logConfig;
        std::function<std::int32_t(const std::string& topic)> minInsyncReplicas;
    };

    ReplicaManager(Seams seams, ReplicaManagerSettings settings);
    ~ReplicaManager();
    ReplicaManager(const ReplicaManager&) = delete;
    ReplicaManager& operator=(const ReplicaManager&) = delete;

    // --- metadata ------------------------------------------------------------------------------------------------------
    /// Creates and deletes logs, changes roles, starts and stops fetching. Waiting requests that lost their leader are answered in a
    /// later turn.
    void apply(const MetadataChanges& changes);
    /// The first time, with everything: logs on disk that the metadata do not give to this broker are set aside (-stray).
    void applyFirst(const MetadataChanges& all);
    /// Topic settings (or the broker's defaults) changed.
    void reconfigure(const std::string& topic);
    /// Called after a partition became leader or stopped being it: coordinators load and unload.
    void onRoleChange(std::function<void(const TopicPartition&, Partition::Role, LeaderEpoch)> watcher) { m_roleWatchers.push_back(std::move(watcher)); }
    /// The peer's process is back, or newer facts about it came: fetch from it now rather than after the backoff.
    void peerBack(NodeId node);
    /// No new appends, no fetchers: before the logs are closed.
    void stop();

    // --- requests ------------------------------------------------------------------------------------------------------
    void append(AppendRequest request, AppendDone done);
    /// Long poll. The handle is empty when it was answered at once.
    FetchHandle fetch(FetchParams params, std::vector<FetchEntry> entries, FetchDone done);
    /// Null when this broker has no such replica.
    [[nodiscard]] std::shared_ptr<Partition> find(const TopicPartition& tp) const;
    [[nodiscard]] std::vector<std::shared_ptr<Partition>> partitions() const;
    [[nodiscard]] storage::LogManager& logs() const { return m_seams.logs; }
    [[nodiscard]] std::size_t underReplicated() const;
    [[nodiscard]] FetchSessionCache& fetchSessions() { return m_fetchSessions; }
    [[nodiscard]] ProducerIds& producerIds() { return m_producerIds; }

private:
    void applyOne(const PartitionChange& change);
    void remove(const TopicPartition& tp, bool deleted);
    void setFetcher(const std::shared_ptr<Partition>& partition, NodeId leader);
    void readAll(PendingFetch& fetch, bool arrived);
    void onFetchWoken(PendingFetch& fetch);
    FetchOutcome readOne(const FetchParams& params, const FetchEntry& entry, std::uint64_t maxBytes, bool minOneBatch, bool arrived);
    static bool answerable(const PendingFetch& fetch);
    void armLagTimer();

    Seams m_seams;
    ReplicaManagerSettings m_settings;
    std::unordered_map<TopicPartition, std::shared_ptr<Partition>> m_partitions;
    std::map<std::pair<Uuid, PartitionIndex>, std::weak_ptr<Partition>> m_byId;
    std::map<NodeId, std::unique_ptr<ReplicaFetcher>> m_fetchers;
    std::unordered_map<TopicPartition, NodeId> m_followed; ///< leader whose fetcher has it
    AlterPartitionSender m_isrSender;
    std::vector<std::function<void(const TopicPartition&, Partition::Role, LeaderEpoch)>> m_roleWatchers;
    std::size_t m_firstEntry = 0; ///< entries are read from here on, round robin, so that a large one does not starve the others
    FetchSessionCache m_fetchSessions;
    ProducerIds m_producerIds;
    TimerId m_lagTimer = 0;
    bool m_stopped = false;
};

} // namespace broker::replication
