#include "embedded-broker/node/part_settings.h"

namespace broker::node {

handlers::BrokerSettings brokerSettings(const BrokerConfig& config, const std::string& clusterId) {
    handlers::BrokerSettings settings;
    settings.nodeId = config.nodeId;
    settings.clusterId = clusterId;
    settings.version = SAMSA_VERSION;
    settings.isBroker = config.isBroker;
    settings.isController = config.isController;
    settings.autoCreateTopics = config.flag("auto.create.topics.enable");
    settings.numPartitions = static_cast<std::int32_t>(config.number("num.partitions"));
    settings.defaultReplicationFactor = static_cast<std::int16_t>(config.number("default.replication.factor"));
    settings.minInsyncReplicas = static_cast<std::int16_t>(config.number("min.insync.replicas"));
    settings.offsetsTopicPartitions = static_cast<std::int32_t>(config.number("offsets.topic.num.partitions"));
    settings.offsetsTopicReplicationFactor = static_cast<std::int16_t>(config.number("offsets.topic.replication.factor"));
    settings.transactionTopicPartitions = static_cast<std::int32_t>(config.number("transaction.state.log.num.partitions"));
    settings.transactionTopicReplicationFactor = static_cast<std::int16_t>(config.number("transaction.state.log.replication.factor"));
    settings.transactionTopicMinIsr = static_cast<std::int32_t>(config.number("transaction.state.log.min.isr"));
    settings.transactionTopicSegmentBytes = static_cast<std::int32_t>(config.number("transaction.state.log.segment.bytes"));
    settings.transactionVerification = config.flag("transaction.partition.verification.enable");
    settings.fetchMaxBytes = static_cast<std::int32_t>(config.number("fetch.max.bytes"));
    settings.maxRequestPartitionSizeLimit = static_cast<std::int32_t>(config.number("max.request.partition.size.limit"));
    settings.staticConfig = config.givenValues();
    return settings;
}

storage::LogManagerOptions logOptions(const BrokerConfig& config, const storage::CleanerOptions& cleaner) {
    storage::LogManagerOptions options;
    options.cleaner = cleaner;
    options.logDirs = config.logDirs;
    options.nodeId = config.nodeId;
    // Brokers of one machine share its processors and its disk: half as many syncs as it could do leave them to the appends, and a sync
    // of a segment that grew is a commit of the whole file system's journal, for which all of them queue.
    options.journalGap = std::chrono::microseconds(500);
    options.directLogsMax = 0;
    // What is written is read through the page cache, which all brokers of the machine share; memory of our own only for the very tail.
    options.hotTailBytes = 1ULL << 20;
    options.hotBytesAll = 32ULL << 20;
    options.durability = config.text("samsa.durability") == "none" ? storage::Durability::None : storage::Durability::Synced;
    options.retentionInterval = config.durationMs("log.retention.check.interval.ms");
    options.producerExpirationMs = config.number("producer.id.expiration.ms");
    return options;
}

groups::GroupConfig groupConfig(const BrokerConfig& config) {
    groups::GroupConfig groups;
    groups.minSessionTimeoutMs = static_cast<std::int32_t>(config.number("group.min.session.timeout.ms"));
    groups.maxSessionTimeoutMs = static_cast<std::int32_t>(config.number("group.max.session.timeout.ms"));
    groups.initialRebalanceDelayMs = static_cast<std::int32_t>(config.number("group.initial.rebalance.delay.ms"));
    groups.maxSize = static_cast<std::int32_t>(config.number("group.max.size"));
    groups.offsetMetadataMaxBytes = static_cast<std::int32_t>(config.number("offset.metadata.max.bytes"));
    groups.offsetsRetentionMs = config.number("offsets.retention.minutes") * 60'000;
    return groups;
}

replication::ReplicaManagerSettings replicaSettings(const BrokerConfig& config) {
    replication::ReplicaManagerSettings settings;
    settings.lagTimeMax = config.durationMs("replica.lag.time.max.ms");
    settings.fetcher.waitMax = config.durationMs("replica.fetch.wait.max.ms");
    settings.fetcher.minBytes = static_cast<std::int32_t>(config.number("replica.fetch.min.bytes"));
    settings.fetcher.partitionBytesMax = static_cast<std::int32_t>(config.number("replica.fetch.max.bytes"));
    settings.fetcher.responseBytesMax = static_cast<std::int32_t>(config.number("replica.fetch.response.max.bytes"));
    return settings;
}

transactions::TransactionConfig transactionConfig(const BrokerConfig& config) {
    transactions::TransactionConfig settings;
    settings.maxTimeoutMs = static_cast<std::int32_t>(config.number("transaction.max.timeout.ms"));
    settings.expirationMs = config.number("transactional.id.expiration.ms");
    settings.expirationCheckMs = config.number("transaction.remove.expired.transaction.cleanup.interval.ms");
    if (config.given("transaction.abort.timed.out.transaction.cleanup.interval.ms"))
        settings.abortCheckMs = config.number("transaction.abort.timed.out.transaction.cleanup.interval.ms");
    return settings;
}

metadata::ControllerOptions controllerOptions(const BrokerConfig& config, const std::string& clusterId) {
    metadata::ControllerOptions options;
    options.nodeId = config.nodeId;
    options.clusterId = clusterId;
    options.brokerSessionTimeout = config.durationMs("broker.session.timeout.ms");
    options.defaultPartitions = static_cast<std::int32_t>(config.number("num.partitions"));
    options.defaultReplicationFactor = static_cast<std::int16_t>(config.number("default.replication.factor"));
    options.staticConfig = config.givenValues();
    options.leaderImbalanceCheck = seconds(config.number("leader.imbalance.check.interval.seconds"));
    options.autoLeaderRebalance = config.flag("auto.leader.rebalance.enable");
    return options;
}

} // namespace broker::node
