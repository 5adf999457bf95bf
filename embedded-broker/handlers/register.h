#pragma once
// Every function that adds handlers to a table. A broker role calls them all; what is not added is not advertised.

namespace broker::handlers {

class HandlerTable;

void addApiVersionsHandlers(HandlerTable& table);
void addMetadataHandlers(HandlerTable& table);        ///< Metadata, DescribeTopicPartitions, DescribeCluster
void addTopicHandlers(HandlerTable& table);           ///< CreateTopics, DeleteTopics, CreatePartitions
void addConfigHandlers(HandlerTable& table);          ///< DescribeConfigs, IncrementalAlterConfigs, AlterConfigs, ListConfigResources
void addQuorumHandlers(HandlerTable& table);          ///< Vote, BeginQuorumEpoch, EndQuorumEpoch, quorum Fetch, DescribeQuorum
void addBrokerLifecycleHandlers(HandlerTable& table); ///< registration, heartbeat, AlterPartition, AllocateProducerIds, Envelope, ...
void addReplicationHandlers(HandlerTable& table);     ///< Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords, ...
void addGroupHandlers(HandlerTable& table);           ///< FindCoordinator, JoinGroup, ... OffsetFetch, DescribeGroups, ListGroups, DeleteGroups

} // namespace broker::handlers
