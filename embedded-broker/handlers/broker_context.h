#pragma once
// What a handler may use. `node` fills it in at start; it outlives every request. A combined node has one for both of its
// listeners; what a role does not have is null.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/handlers/handler.h"
#include "embedded-broker/handlers/image_waiters.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::metadata {
class MetadataImage;
class QuorumController;
} // namespace broker::metadata
namespace broker::raft {
class RaftDriver;
struct WireFacts;
} // namespace broker::raft
namespace broker::replication {
class ReplicaManager;
}
namespace broker::storage {
class LogManager;
}
namespace broker::groups {
class GroupCoordinator;
}
namespace broker::transactions {
class TransactionCoordinator;
}
namespace broker::security {
class Authorizer;
}

namespace broker::handlers {

/// How a broker reaches the active controller, wherever it is.
class ControllerGate {
public:
    virtual ~ControllerGate() = default;
    /// Answers `request` with what the active controller says to it. When there is none before the request's own timeout (or 30 s),
    /// its connection is closed, as in Kafka.
    virtual void forward(RequestContext request) = 0;
    /// Asks the controller to create topics with the broker's defaults, once per name however many ask. For auto-creation.
    virtual void createTopics(const std::vector<std::string>& names) = 0;
    /// A block of producer ids of this broker's own: [first, first + count).
    virtual void allocateProducerIds(std::function<void(Result<std::pair<ProducerId, std::int32_t>>)> done) = 0;
};

/// How a broker reaches the coordinators of transactions, this broker's own among them.
class TransactionGate {
public:
    virtual ~TransactionGate() = default;
    struct Question {
        std::string transactionalId;
        ProducerId producerId = kNoProducerId;
        ProducerEpoch producerEpoch = -1;
        std::vector<TopicPartition> partitions;
        bool add = false; ///< else: are they in the transaction?
    };
    /// One code a partition, in their order; NETWORK_EXCEPTION when the coordinator could not be asked. Questions of one transactional id are
    /// answered in their order. Possibly before the call returns.
    virtual void ask(const Question& question, std::move_only_function<void(std::vector<protocol::KafkaError>)> done) = 0;
};

/// Whether a peer's process is known to be dead: its connection closed or was refused, and has not come back.
class PeerFacts {
public:
    virtual ~PeerFacts() = default;
    [[nodiscard]] virtual bool knownDead(NodeId node) const = 0;
    /// Dead, or a connection to it ended a moment ago: whether it is dead will be known in some milliseconds.
    [[nodiscard]] virtual bool suspect(NodeId node) const = 0;
};

enum class SettingSource : std::uint8_t { Default, StaticBroker, DynamicBroker, DynamicDefaultBroker, Topic };

/// One line of DescribeConfigs.
struct SettingView {
    std::string name;
    std::optional<std::string> value; ///< null when sensitive or not set
    std::int8_t type = 2;             ///< Kafka's ConfigDef type: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password
    bool readOnly = true;
    bool sensitive = false;
    SettingSource source = SettingSource::Default;
    std::string documentation;
    struct Synonym {
        std::string name;
        std::optional<std::string> value;
        SettingSource source = SettingSource::Default;
    };
    std::vector<Synonym> synonyms;
};

/// The node's own settings, as far as handlers need them.
struct BrokerSettings {
    NodeId nodeId = kNoNode;
    std::string clusterId;
    std::string version;                 ///< of Samsa
    bool isBroker = true;
    bool isController = false;
    bool autoCreateTopics = true;        ///< auto.create.topics.enable
    std::int32_t numPartitions = 1;
    std::int16_t defaultReplicationFactor = 1;
    std::int16_t minInsyncReplicas = 1;
    std::int32_t offsetsTopicPartitions = 50;
    std::int16_t offsetsTopicReplicationFactor = 3;
    std::int32_t transactionTopicPartitions = 50;
    std::int16_t transactionTopicReplicationFactor = 3;
    std::int32_t transactionTopicMinIsr = 2;
    std::int32_t transactionTopicSegmentBytes = 104'857'600;
    bool transactionVerification = true; ///< transaction.partition.verification.enable, as it is now
    std::int32_t fetchMaxBytes = 57'671'680;
    std::map<std::string, std::string> staticConfig; ///< what the properties file says
    std::int32_t maxRequestPartitionSizeLimit = 2000; ///< max.request.partition.size.limit
};

struct BrokerContext {
    Scheduler& scheduler;
    Random& random;
    const HandlerTable& table;
    BrokerSettings settings;

    /// The newest metadata this node has loaded; never null once listeners are open. Replaced as a whole on every change.
    std::shared_ptr<const metadata::MetadataImage> image = nullptr;
    /// For answers that wait for a newer image; told after replicas were.
    ImageWaiters waiters{scheduler};
    /// Who leads the quorum as this node knows it; kNoNode = nobody.
    std::function<NodeId()> activeController = nullptr;

    ControllerGate* controllerGate = nullptr;              ///< broker role
    PeerFacts* peers = nullptr;
    storage::LogManager* logs = nullptr;
    replication::ReplicaManager* replicas = nullptr;       ///< broker role
    groups::GroupCoordinator* groups = nullptr;            ///< broker role
    transactions::TransactionCoordinator* transactions = nullptr; ///< broker role
    TransactionGate* transactionGate = nullptr;            ///< broker role
    raft::RaftDriver* raft = nullptr;
    metadata::QuorumController* controller = nullptr;      ///< controller role

    const raft::WireFacts* quorum = nullptr;
    /// Null where authorizer.class.name is empty: everybody may do everything.
    std::shared_ptr<const security::Authorizer> authorizer = nullptr;
    /// A request showed which node is at the other end of a connection: its close is a fact about that node.
    std::function<void(std::uint64_t connection, NodeId node)> identifyPeer = nullptr;
    /// This broker's settings, for DescribeConfigs.
    std::function<std::vector<SettingView>()> describeBroker = nullptr;
};

} // namespace broker::handlers
