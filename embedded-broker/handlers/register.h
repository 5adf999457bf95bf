#pragma once
// Every function that adds handlers to a table, one per API key or family. What is not added is not advertised.

namespace broker::handlers {

class HandlerTable;

void addApiVersionsHandlers(HandlerTable& table);
void addMetadataHandler(HandlerTable& table);
void addDescribeClusterHandler(HandlerTable& table);
void addDescribeTopicPartitionsHandler(HandlerTable& table);
void addTopicHandlers(HandlerTable& table);           ///< CreateTopics, DeleteTopics, CreatePartitions, ElectLeaders: forwarded
void addDescribeConfigsHandlers(HandlerTable& table); ///< DescribeConfigs, ListConfigResources
void addAlterConfigsHandlers(HandlerTable& table);    ///< IncrementalAlterConfigs, AlterConfigs: forwarded
void addAlterConfigsChecks(HandlerTable& table);     ///< what a broker refuses of them before it forwards; after addAlterConfigsHandlers
void addQuorumHandlers(HandlerTable& table);          ///< Vote, BeginQuorumEpoch, EndQuorumEpoch, the quorum's Fetch and FetchSnapshot, DescribeQuorum
void addBrokerLifecycleHandlers(HandlerTable& table); ///< registration, heartbeat, AlterPartition, AllocateProducerIds, UnregisterBroker
void addUpdateFeaturesHandler(HandlerTable& table);     ///< UpdateFeatures: forwarded
void addEnvelopeHandler(HandlerTable& table);
void addSaslHandlers(HandlerTable& table);            ///< SaslHandshake, SaslAuthenticate
void addAclHandlers(HandlerTable& table);             ///< DescribeAcls, CreateAcls, DeleteAcls
void addScramUserHandlers(HandlerTable& table);       ///< DescribeUserScramCredentials, AlterUserScramCredentials
void addReplicationHandlers(HandlerTable& table);     ///< Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords, ...
void addTransactionHandlers(HandlerTable& table);     ///< AddPartitionsToTxn, ... EndTxn, WriteTxnMarkers, DescribeTransactions, ListTransactions
void addGroupHandlers(HandlerTable& table);           ///< FindCoordinator, JoinGroup, ... OffsetFetch, DescribeGroups, ListGroups, DeleteGroups

/// All of them; `broker`: also what only a broker answers.
[[nodiscard]] HandlerTable allHandlers(bool broker);

} // namespace broker::handlers
