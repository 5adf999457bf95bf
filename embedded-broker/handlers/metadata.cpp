// Metadata (3): who leads what, where. Creates what it is asked for when it may.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"

namespace broker::handlers {

namespace {

using protocol::KafkaError;
using protocol::MetadataRequest;
using protocol::MetadataResponse;
using Topic = MetadataResponse::MetadataResponseTopic;

/// A leader whose process is dead is being replaced: the answer waits this long for the election.
constexpr Duration kElectionWait = milliseconds(50);
/// A topic being created is there within milliseconds: worth a wait, where the client would ask again only after its backoff.
constexpr Duration kCreationWait = milliseconds(250);

Topic topicError(KafkaError error, std::optional<std::string> name, const Uuid& id = {}) {
    Topic topic;
    topic.errorCode = protocol::code(error);
    topic.name = std::move(name);
    topic.topicId = id;
    topic.isInternal = topic.name && isInternalTopic(*topic.name);
    return topic;
}

Topic describeTopic(const BrokerContext& broker, const Access& access, const metadata::TopicImage& image, const MetadataRequest& request,
                    const std::string& listener) {
    Topic topic;
    topic.name = image.name;
    topic.topicId = image.id;
    topic.isInternal = isInternalTopic(image.name);
    if (request.includeTopicAuthorizedOperations)
        topic.topicAuthorizedOperations = access.operations(security::ResourceType::Topic, image.name);
    topic.partitions.reserve(image.partitions.size());
    for (std::size_t index = 0; index < image.partitions.size(); ++index) {
        const auto& state = *image.partitions[index];
        auto& partition = topic.partitions.emplace_back();
        partition.partitionIndex = static_cast<std::int32_t>(index);
        partition.leaderId = state.leader;
        partition.leaderEpoch = state.leaderEpoch;
        partition.replicaNodes = state.replicas;
        partition.isrNodes = state.isr;
        partition.offlineReplicas = offlineReplicas(*broker.image, state, listener);
        const bool dead = state.leader != broker.settings.nodeId && broker.peers != nullptr && broker.peers->knownDead(state.leader);
        if (state.leader == metadata::kNoLeader || dead || aliveEndpoint(*broker.image, state.leader, listener) == nullptr) {
            const auto* leader = broker.image->broker(state.leader);
            const bool noListener = leader != nullptr && !leader->fenced && !dead;
            partition.errorCode = protocol::code(noListener ? KafkaError::ListenerNotFound : KafkaError::LeaderNotAvailable);
            partition.leaderId = metadata::kNoLeader;
        }
    }
    return topic;
}

/// True when `image` names a leader whose process this broker knows to be dead.
bool namesDeadLeader(const BrokerContext& broker, const metadata::TopicImage& topic) {
    for (const auto& partition : topic.partitions)
        if (partition->leader != metadata::kNoLeader && partition->leader != broker.settings.nodeId && broker.peers->knownDead(partition->leader))
            return true;
    return false;
}

class MetadataAnswer {
public:
    MetadataAnswer(BrokerContext& broker, Request<MetadataRequest> request) : m_broker(broker), m_request(std::move(request)), m_access(broker, m_request.origin()) {
        m_all = !m_request->topics || (m_request.version() == 0 && m_request->topics->empty());
        m_mayCreate = (m_request.version() < 4 || m_request->allowAutoTopicCreation) && broker.settings.autoCreateTopics;
    }

    /// Names that do not exist and may be created, by this principal too.
    [[nodiscard]] std::vector<std::string> toCreate() const {
        std::vector<std::string> names;
        if (m_all || !m_mayCreate)
            return names;
        for (const auto& topic : *m_request->topics)
            if (topic.name && topic.topicId == Uuid{} && isValidTopicName(*topic.name) && m_broker.image->topic(*topic.name) == nullptr &&
                m_access.topic(Operation::Describe, *topic.name) && mayCreate(*topic.name))
                names.push_back(*topic.name);
        return names;
    }

    /// Nothing asked for has a leader known to be dead.
    [[nodiscard]] bool leadersLive() const {
        if (m_broker.peers == nullptr)
            return true;
        if (m_all) {
            for (const auto& [name, topic] : m_broker.image->topics())
                if (namesDeadLeader(m_broker, *topic))
                    return false;
            return true;
        }
        for (const auto& topic : *m_request->topics) {
            const auto* image = find(topic);
            if (image != nullptr && namesDeadLeader(m_broker, *image))
                return false;
        }
        return true;
    }

    void reply() const {
        const auto& listener = m_request.origin().listener;
        MetadataResponse response;
        for (const auto& [id, broker] : m_broker.image->brokers()) {
            const auto* endpoint = aliveEndpoint(*m_broker.image, id, listener);
            if (endpoint == nullptr || (m_broker.peers != nullptr && id != m_broker.settings.nodeId && m_broker.peers->knownDead(id)))
                continue;
            auto& line = response.brokers.emplace_back();
            line.nodeId = id;
            line.host = endpoint->host;
            line.port = endpoint->port;
            line.rack = broker->rack;
        }
        response.clusterId = m_broker.settings.clusterId;
        response.controllerId = controllerForClients(m_broker);
        if (m_request->includeClusterAuthorizedOperations)
            response.clusterAuthorizedOperations =
                m_access.cluster(Operation::Describe) ? m_access.operations(security::ResourceType::Cluster, security::kClusterName) : 0;
        if (m_all) {
            for (const auto& [name, topic] : m_broker.image->topics())
                if (m_access.topic(Operation::Describe, name))
                    response.topics.push_back(describeTopic(m_broker, m_access, *topic, *m_request, listener));
        } else {
            for (const auto& asked : *m_request->topics) {
                const auto* topic = find(asked);
                const bool byId = asked.topicId != Uuid{};
                // Whether a topic exists is not said to who may not describe it; that an id does is no secret.
                if ((topic != nullptr || !byId) && !m_access.topic(Operation::Describe, byId ? topic->name : asked.name.value_or("")))
                    response.topics.push_back(topicError(KafkaError::TopicAuthorizationFailed, byId ? std::nullopt : asked.name, asked.topicId));
                else if (topic != nullptr)
                    response.topics.push_back(describeTopic(m_broker, m_access, *topic, *m_request, listener));
                else if (asked.topicId != Uuid{})
                    response.topics.push_back(topicError(KafkaError::UnknownTopicId, std::nullopt, asked.topicId));
                else if (!isValidTopicName(asked.name.value_or("")))
                    response.topics.push_back(topicError(KafkaError::InvalidTopicException, asked.name.value_or("")));
                else if (m_mayCreate && !mayCreate(*asked.name))
                    response.topics.push_back(topicError(KafkaError::TopicAuthorizationFailed, asked.name));
                else
                    response.topics.push_back(topicError(KafkaError::UnknownTopicOrPartition, asked.name));
            }
        }
        // A null name can only be said from version 12 on.
        if (m_request.version() < 12)
            for (auto& topic : response.topics)
                topic.name = topic.name.value_or("");
        m_request.reply(response);
    }

    [[nodiscard]] bool wanted() const { return m_request.wanted(); }
    void giveUp() const { m_request.nothing(); }

private:
    [[nodiscard]] const metadata::TopicImage* find(const MetadataRequest::MetadataRequestTopic& topic) const {
        if (topic.topicId != Uuid{})
            return m_broker.image->topic(topic.topicId);
        return topic.name ? m_broker.image->topic(*topic.name) : nullptr;
    }

    [[nodiscard]] bool mayCreate(const std::string& name) const { return m_access.cluster(Operation::Create) || m_access.topic(Operation::Create, name); }

    BrokerContext& m_broker;
    Request<MetadataRequest> m_request;
    Access m_access;
    bool m_all = false;
    bool m_mayCreate = false;
};

void handleMetadata(BrokerContext& broker, Request<MetadataRequest> request) {
    const auto answer = std::make_shared<MetadataAnswer>(broker, std::move(request));
    const auto names = answer->toCreate();
    if (!names.empty() && broker.controllerGate != nullptr) {
        broker.controllerGate->createTopics(names);
        return broker.waiters.until([answer] { return answer->toCreate().empty(); }, kCreationWait, [answer](bool) { answer->reply(); });
    }
    broker.waiters.until([answer] { return answer->leadersLive(); }, kElectionWait, [answer](bool) { answer->reply(); });
}

} // namespace

void addMetadataHandler(HandlerTable& table) { table.add(handleMetadata); }

} // namespace broker::handlers
