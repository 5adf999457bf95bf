#pragma once
// The controller: decides about brokers, topics, leaders, in-sync sets and settings. One lives on every voter; the one whose node leads
// the quorum is active. Every operation reads the newest state (committed or not), makes records and an answer, appends the records,
// applies them to its own image at once, and answers when they are committed. When leadership goes, waiting operations answer
// NOT_CONTROLLER and the image falls back to what is committed: images do not change, so that costs nothing.
//
// Loop thread. Add it to the MetadataLoader as the last publisher. Replies may come inside the call when nothing has to be written.

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/raft/raft_driver.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace broker::protocol {
struct AllocateProducerIdsRequest;
struct AllocateProducerIdsResponse;
struct AlterConfigsRequest;
struct AlterConfigsResponse;
struct AlterPartitionRequest;
struct AlterPartitionResponse;
struct AlterUserScramCredentialsRequest;
struct AlterUserScramCredentialsResponse;
struct BrokerHeartbeatRequest;
struct BrokerHeartbeatResponse;
struct BrokerRegistrationRequest;
struct BrokerRegistrationResponse;
struct ControllerRegistrationRequest;
struct ControllerRegistrationResponse;
struct CreateAclsRequest;
struct CreateAclsResponse;
struct CreatePartitionsRequest;
struct CreatePartitionsResponse;
struct CreateTopicsRequest;
struct CreateTopicsResponse;
struct DeleteAclsRequest;
struct DeleteAclsResponse;
struct DeleteTopicsRequest;
struct DeleteTopicsResponse;
struct ElectLeadersRequest;
struct ElectLeadersResponse;
struct IncrementalAlterConfigsRequest;
struct IncrementalAlterConfigsResponse;
struct UnregisterBrokerRequest;
struct UnregisterBrokerResponse;
struct UpdateFeaturesRequest;
struct UpdateFeaturesResponse;
} // namespace broker::protocol

namespace broker::metadata {

using protocol::KafkaError;

struct ControllerOptions {
    NodeId nodeId = kNoNode;
    std::string clusterId;
    Duration brokerSessionTimeout = milliseconds(1500); ///< broker.session.timeout.ms
    std::int32_t defaultPartitions = 1;                 ///< num.partitions
    std::int16_t defaultReplicationFactor = 1;          ///< default.replication.factor
    ConfigMap staticConfig;                             ///< this node's properties, for defaults of topic settings
    Duration leaderImbalanceCheck = seconds(300);       ///< leader.imbalance.check.interval.seconds
    bool autoLeaderRebalance = true;                    ///< auto.leader.rebalance.enable
    /// Records that an empty log starts with (bootstrap.checkpoint): feature levels, cluster-level settings.
    std::vector<std::shared_ptr<const Record>> bootstrap;
};

struct ControllerSeams {
    Scheduler& scheduler;
    Random& random;
    raft::RaftDriver& raft;
    /// A fresh connect to a broker's listener; `refused` only when nobody listens there. Never answers from inside the call.
    std::function<void(const BrokerEndpoint& endpoint, std::function<void(bool refused)> result)> probe;
};

template <class Response>
using Reply = std::function<void(Response)>;

class QuorumController final : public MetadataPublisher {
public:
    QuorumController(ControllerOptions options, ControllerSeams seams);
    ~QuorumController() override;

    /// True from the moment this node leads and has applied everything before its epoch. Ask before every operation; a node that is not
    /// active answers NOT_CONTROLLER.
    [[nodiscard]] bool active() const { return m_active; }
    /// What operations see: committed state and what is on its way.
    [[nodiscard]] const ImagePtr& state() const { return m_state; }

    // --- brokers -----------------------------------------------------------------------------------------------------
    void registerBroker(const protocol::BrokerRegistrationRequest& request, Reply<protocol::BrokerRegistrationResponse> reply);
    void brokerHeartbeat(const protocol::BrokerHeartbeatRequest& request, Reply<protocol::BrokerHeartbeatResponse> reply);
    void unregisterBroker(const protocol::UnregisterBrokerRequest& request, Reply<protocol::UnregisterBrokerResponse> reply);
    void registerController(const protocol::ControllerRegistrationRequest& request, Reply<protocol::ControllerRegistrationResponse> reply);
    void allocateProducerIds(const protocol::AllocateProducerIdsRequest& request, Reply<protocol::AllocateProducerIdsResponse> reply);
    /// A connection of that broker has ended: it is probed, and fenced at once when refused.
    void brokerConnectionDied(NodeId broker);

    // --- topics ------------------------------------------------------------------------------------------------------
    void createTopics(const protocol::CreateTopicsRequest& request, Reply<protocol::CreateTopicsResponse> reply);
    void deleteTopics(const protocol::DeleteTopicsRequest& request, Reply<protocol::DeleteTopicsResponse> reply);
    void createPartitions(const protocol::CreatePartitionsRequest& request, Reply<protocol::CreatePartitionsResponse> reply);
    void alterPartition(const protocol::AlterPartitionRequest& request, std::int16_t version, Reply<protocol::AlterPartitionResponse> reply);
    void electLeaders(const protocol::ElectLeadersRequest& request, std::int16_t version, Reply<protocol::ElectLeadersResponse> reply);

    // --- settings ----------------------------------------------------------------------------------------------------
    void incrementalAlterConfigs(const protocol::IncrementalAlterConfigsRequest& request,
                                 Reply<protocol::IncrementalAlterConfigsResponse> reply);
    void alterConfigs(const protocol::AlterConfigsRequest& request, Reply<protocol::AlterConfigsResponse> reply);

    // --- features ----------------------------------------------------------------------------------------------------
    /// All of the request or nothing of it.
    void updateFeatures(const protocol::UpdateFeaturesRequest& request, std::int16_t version, Reply<protocol::UpdateFeaturesResponse> reply);

    // --- security ----------------------------------------------------------------------------------------------------
    void createAcls(const protocol::CreateAclsRequest& request, Reply<protocol::CreateAclsResponse> reply);
    void deleteAcls(const protocol::DeleteAclsRequest& request, Reply<protocol::DeleteAclsResponse> reply);
    void alterUserScramCredentials(const protocol::AlterUserScramCredentialsRequest& request,
                                   Reply<protocol::AlterUserScramCredentialsResponse> reply);

    // --- MetadataPublisher -------------------------------------------------------------------------------------------
    void onMetadata(const MetadataDelta& delta, const ImagePtr& image) override;
    void onController(NodeId controller, QuorumEpoch epoch) override;

private:
    class Impl;
    bool m_active = false;
    ImagePtr m_state;
    std::unique_ptr<Impl> m_impl; ///< last: it sets the others while it is made
};

} // namespace broker::metadata
