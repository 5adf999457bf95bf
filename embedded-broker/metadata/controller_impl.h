#pragma once
// Inside QuorumController: what its files share. controller_core.cpp writes and waits, controller_brokers.cpp registers and fences,
// controller_topics.cpp, controller_partitions.cpp, controller_configs.cpp, controller_features.cpp and controller_security.cpp do what their
// names say.

#include "embedded-broker/metadata/features.h"
#include "embedded-broker/metadata/partition_change.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/metadata/record.h"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace broker::metadata {

using protocol::code;

/// An error of one item and the sentence Kafka says with it.
struct ApiError {
    KafkaError error = KafkaError::None;
    std::optional<std::string> message;
    explicit operator bool() const { return error != KafkaError::None; }
};

/// Kafka's default sentence of a code.
std::string defaultMessage(KafkaError error);
inline ApiError apiError(KafkaError error) { return {error, defaultMessage(error)}; }
inline ApiError apiError(KafkaError error, std::string message) { return {error, std::move(message)}; }

class QuorumController::Impl {
public:
    using Records = std::vector<Record>;

    Impl(QuorumController& owner, ControllerOptions options, ControllerSeams seams);
    ~Impl();

    // --- core ----------------------------------------------------------------------------------------------------------
    /// Appends, applies to the state, and calls `done(true)` when committed, `done(false)` when leadership went before that. Without
    /// records: when everything before is committed, so that an answer never shows what may still vanish.
    void write(Records records, std::function<void(bool committed)> done);
    void onMetadata(const ImagePtr& image);
    void onController(NodeId controller, QuorumEpoch epoch);
    [[nodiscard]] const MetadataImage& state() const { return *m_owner.m_state; }
    [[nodiscard]] bool active() const { return m_owner.m_active; }

    // --- brokers -------------------------------------------------------------------------------------------------------
    struct Session {
        Instant lastContact{};
        Offset metadataOffset = -1;
        Offset shutdownOffset = -1; ///< when its controlled shutdown was written; -1 = none asked for
        bool dead = false;          ///< its socket was refused: this incarnation will not come back
    };
    void registerBroker(const protocol::BrokerRegistrationRequest& request, Reply<protocol::BrokerRegistrationResponse> reply);
    void acceptRegistration(const protocol::BrokerRegistrationRequest& request, Reply<protocol::BrokerRegistrationResponse> reply);
    void heartbeat(const protocol::BrokerHeartbeatRequest& request, Reply<protocol::BrokerHeartbeatResponse> reply);
    void unregisterBroker(const protocol::UnregisterBrokerRequest& request, Reply<protocol::UnregisterBrokerResponse> reply);
    void registerController(const protocol::ControllerRegistrationRequest& request, Reply<protocol::ControllerRegistrationResponse> reply);
    void allocateProducerIds(const protocol::AllocateProducerIdsRequest& request, Reply<protocol::AllocateProducerIdsResponse> reply);
    /// Probes the broker's listener; `then(refused)` only if it is still registered with that epoch and this node still leads.
    void probeBroker(NodeId id, std::function<void(bool refused)> then);
    void probeAndFence(NodeId id);
    void fence(NodeId id, std::string_view why);
    void addFencing(const BrokerImage& broker, Records& out, bool controlledShutdown);
    void checkSessions();
    KafkaError checkBrokerEpoch(NodeId id, BrokerEpoch epoch) const;
    [[nodiscard]] bool leadsAny(NodeId id) const;

    // --- partitions ----------------------------------------------------------------------------------------------------
    /// What follows for all partitions when `removed` may lead no more, or `added` may lead from now on (kNoNode: neither).
    void addPartitionChanges(NodeId removed, NodeId added, bool unclean, Records& out);
    [[nodiscard]] PartitionChangeOptions changeOptions(const TopicImage& topic, const PartitionState& partition) const;
    [[nodiscard]] std::int32_t minIsr(const std::string& topic) const;
    void alterPartition(const protocol::AlterPartitionRequest& request, std::int16_t version, Reply<protocol::AlterPartitionResponse> reply);
    void electLeaders(const protocol::ElectLeadersRequest& request, std::int16_t version, Reply<protocol::ElectLeadersResponse> reply);
    void balanceLeaders();
    void scheduleBalance(Duration delay);

    // --- topics --------------------------------------------------------------------------------------------------------
    void createTopics(const protocol::CreateTopicsRequest& request, Reply<protocol::CreateTopicsResponse> reply);
    void deleteTopics(const protocol::DeleteTopicsRequest& request, Reply<protocol::DeleteTopicsResponse> reply);
    void createPartitions(const protocol::CreatePartitionsRequest& request, Reply<protocol::CreatePartitionsResponse> reply);
    /// Checks one partition's manual assignment.
    [[nodiscard]] ApiError checkAssignment(const std::vector<NodeId>& replicas, std::optional<std::size_t> expected) const;
    ApiError place(std::int32_t count, std::int16_t replicationFactor, std::vector<std::vector<NodeId>>& out);
    [[nodiscard]] std::optional<Record> partitionRecord(const Uuid& topicId, PartitionIndex index, const std::vector<NodeId>& replicas) const;

    // --- settings ------------------------------------------------------------------------------------------------------
    void incrementalAlterConfigs(const protocol::IncrementalAlterConfigsRequest& request,
                                 Reply<protocol::IncrementalAlterConfigsResponse> reply);
    void alterConfigs(const protocol::AlterConfigsRequest& request, Reply<protocol::AlterConfigsResponse> reply);
    [[nodiscard]] ApiError checkResource(const ConfigResource& resource) const;
    /// `next`: all overrides of the resource after the change.
    [[nodiscard]] ApiError checkConfigs(const ConfigResource& resource, const ConfigMap& before, const ConfigMap& next) const;

    // --- features ------------------------------------------------------------------------------------------------------
    void updateFeatures(const protocol::UpdateFeaturesRequest& request, std::int16_t version, Reply<protocol::UpdateFeaturesResponse> reply);
    [[nodiscard]] std::vector<FeatureSupporter> featureSupporters() const;
    void addElrSettings(Records& out) const;

    // --- security ------------------------------------------------------------------------------------------------------
    void createAcls(const protocol::CreateAclsRequest& request, Reply<protocol::CreateAclsResponse> reply);
    void deleteAcls(const protocol::DeleteAclsRequest& request, Reply<protocol::DeleteAclsResponse> reply);
    void alterUserScramCredentials(const protocol::AlterUserScramCredentialsRequest& request,
                                   Reply<protocol::AlterUserScramCredentialsResponse> reply);

    QuorumController& m_owner;
    ControllerOptions m_options;
    ControllerSeams m_seams;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);

private:
    void activate(QuorumEpoch epoch);
    void deactivate();
    template <class Fn>
    auto guarded(Fn fn) {
        return [alive = std::weak_ptr<bool>(m_alive), fn = std::move(fn)](auto&&... args) mutable {
            if (const auto held = alive.lock())
                fn(std::forward<decltype(args)>(args)...);
        };
    }

    struct Waiting {
        Offset offset = -1;
        std::function<void(bool)> done;
    };
    ImagePtr m_committed;
    QuorumEpoch m_epoch = -1;
    Offset m_lastWritten = -1;
    std::deque<Waiting> m_waiting;
    std::map<NodeId, Session> m_sessions;
    std::map<NodeId, bool> m_probing; ///< true: once more when the answer is there
    TimerId m_sessionTimer = 0;
    TimerId m_balanceTimer = 0;
    Instant m_balanceAt{};
};

} // namespace broker::metadata
