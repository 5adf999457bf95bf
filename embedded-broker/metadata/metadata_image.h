#pragma once
// What the cluster is, at one offset of the metadata log: topics, brokers, settings, features. An image never changes; the next
// one shares every part that stayed the same. Holding an old one is safe for as long as one likes, from any thread.
//
//   const TopicImage* topic = image->topic("orders");
//   const PartitionState* partition = image->partition(topicId, 0);
//   if (const BrokerImage* broker = image->broker(3); broker && !broker->fenced) ...

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/security/acl_set.h"
#include "embedded-broker/security/scram.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace broker::metadata {

struct Record; // record.h

inline constexpr NodeId kNoLeader = -1;
inline constexpr std::int8_t kRecovered = 0;
inline constexpr std::int8_t kRecovering = 1; ///< leaderRecoveryState after an unclean election

/// One partition, as PartitionRecord and its changes say.
struct PartitionState {
    std::vector<NodeId> replicas;        ///< the first is preferred
    std::vector<Uuid> directories;       ///< beside `replicas`
    std::vector<NodeId> isr;
    std::vector<NodeId> removingReplicas;
    std::vector<NodeId> addingReplicas;
    std::vector<NodeId> elr;             ///< eligible leader replicas (KIP-966)
    std::vector<NodeId> lastKnownElr;
    NodeId leader = kNoLeader;
    std::int8_t leaderRecoveryState = kRecovered;
    LeaderEpoch leaderEpoch = 0;
    std::int32_t partitionEpoch = 0;

    [[nodiscard]] bool hasReplica(NodeId node) const;
    [[nodiscard]] bool inIsr(NodeId node) const;
    [[nodiscard]] Uuid directoryOf(NodeId node) const; ///< zero when unassigned or not a replica
    bool operator==(const PartitionState&) const = default;
};
using PartitionPtr = std::shared_ptr<const PartitionState>;

struct TopicImage {
    std::string name;
    Uuid id;
    std::vector<PartitionPtr> partitions; ///< by index, without gaps
};
using TopicPtr = std::shared_ptr<const TopicImage>;

struct BrokerEndpoint {
    std::string listener;              ///< "PLAINTEXT"
    std::string host;
    std::uint16_t port = 0;
    std::int16_t securityProtocol = 0; ///< 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL
    bool operator==(const BrokerEndpoint&) const = default;
};

struct FeatureRange {
    std::int16_t min = 0;
    std::int16_t max = 0;
    bool operator==(const FeatureRange&) const = default;
};

/// A registered broker.
struct BrokerImage {
    NodeId id = kNoNode;
    BrokerEpoch epoch = -1;            ///< offset of its registration
    Uuid incarnation;
    std::vector<BrokerEndpoint> endpoints;
    std::map<std::string, FeatureRange> features;
    std::optional<std::string> rack;
    bool fenced = true;
    bool inControlledShutdown = false;
    std::vector<Uuid> directories;
    /// Null when it does not listen by that name.
    [[nodiscard]] const BrokerEndpoint* endpoint(std::string_view listener) const;
    /// Neither fenced nor leaving: may lead and join an ISR.
    [[nodiscard]] bool active() const { return !fenced && !inControlledShutdown; }
    bool operator==(const BrokerImage&) const = default;
};
using BrokerPtr = std::shared_ptr<const BrokerImage>;

/// A registered controller.
struct ControllerImage {
    NodeId id = kNoNode;
    Uuid incarnation;
    std::vector<BrokerEndpoint> endpoints;
    std::map<std::string, FeatureRange> features;
};

enum class ResourceType : std::int8_t { Unknown = 0, Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32 };

/// Whose settings: {Topic, "orders"}, {Broker, "1"}, {Broker, ""} for the defaults of all brokers.
struct ConfigResource {
    ResourceType type = ResourceType::Topic;
    std::string name;
    auto operator<=>(const ConfigResource&) const = default;
};
using ConfigMap = std::map<std::string, std::string>;

class MetadataImage {
public:
    using Topics = std::map<std::string, TopicPtr, std::less<>>;
    using TopicsById = std::unordered_map<Uuid, TopicPtr>;
    using Brokers = std::map<NodeId, BrokerPtr>;
    using Configs = std::map<ConfigResource, std::shared_ptr<const ConfigMap>>;
    using Features = std::map<std::string, std::int16_t>;
    using Controllers = std::map<NodeId, ControllerImage>;
    /// By user and mechanism.
    using ScramUsers = std::map<std::pair<std::string, security::ScramMechanism>, security::ScramCredential>;
    /// Records that this engine keeps but does not interpret yet (quotas, tokens), in order.
    using Opaque = std::vector<std::shared_ptr<const Record>>;

    MetadataImage();

    /// Last offset that is in this image; -1 = none.
    [[nodiscard]] Offset offset() const { return m_offset; }
    [[nodiscard]] QuorumEpoch epoch() const { return m_epoch; }

    [[nodiscard]] const Topics& topics() const { return *m_topics; }
    [[nodiscard]] const TopicImage* topic(std::string_view name) const;
    [[nodiscard]] const TopicImage* topic(const Uuid& id) const;
    [[nodiscard]] TopicPtr topicPtr(const Uuid& id) const;
    /// Null when there is no such topic or index.
    [[nodiscard]] const PartitionState* partition(const Uuid& topicId, PartitionIndex index) const;
    [[nodiscard]] const PartitionState* partition(std::string_view topic, PartitionIndex index) const;
    [[nodiscard]] std::size_t partitionCount() const { return m_partitionCount; }

    [[nodiscard]] const Brokers& brokers() const { return *m_brokers; } ///< registered, fenced ones included
    [[nodiscard]] const BrokerImage* broker(NodeId id) const;
    [[nodiscard]] const Controllers& controllers() const { return *m_controllers; }

    [[nodiscard]] const Configs& configs() const { return *m_configs; }
    /// Overrides of one resource; empty when it has none.
    [[nodiscard]] const ConfigMap& config(ResourceType type, std::string_view name) const;
    /// A topic's own override.
    [[nodiscard]] std::optional<std::string> topicConfig(std::string_view topic, std::string_view key) const;

    [[nodiscard]] const Features& features() const { return *m_features; } ///< finalized levels, metadata.version included
    [[nodiscard]] std::int16_t feature(std::string_view name) const; ///< 0 when not set
    [[nodiscard]] ProducerId nextProducerId() const { return m_nextProducerId; }
    [[nodiscard]] const security::AclSet& acls() const { return *m_acls; }
    [[nodiscard]] const ScramUsers& scramUsers() const { return *m_scramUsers; }
    [[nodiscard]] const Opaque& opaque() const { return *m_opaque; }

private:
    friend class MetadataDelta;
    Offset m_offset = -1;
    QuorumEpoch m_epoch = -1;
    std::size_t m_partitionCount = 0;
    ProducerId m_nextProducerId = 0;
    std::shared_ptr<const Topics> m_topics;
    std::shared_ptr<const TopicsById> m_topicsById;
    std::shared_ptr<const Brokers> m_brokers;
    std::shared_ptr<const Controllers> m_controllers;
    std::shared_ptr<const Configs> m_configs;
    std::shared_ptr<const Features> m_features;
    std::shared_ptr<const security::AclSet> m_acls;
    std::shared_ptr<const ScramUsers> m_scramUsers;
    std::shared_ptr<const Opaque> m_opaque;
};
using ImagePtr = std::shared_ptr<const MetadataImage>;

} // namespace broker::metadata
