#pragma once
// What the handlers of replicas have in common: refusals in Kafka's codes, and the new leader in an answer (KIP-951).

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/replication/replica_manager.h"

#include <memory>
#include <set>

namespace broker::handlers {

[[nodiscard]] protocol::KafkaError toKafka(replication::ReplicaError error);

/// The code for one partition of a request: what this broker does not have is NOT_LEADER_OR_FOLLOWER when the metadata know it.
[[nodiscard]] protocol::KafkaError partitionError(const BrokerContext& broker, replication::ReplicaError error, const TopicPartition& tp);

/// The replica, or why there is none. `currentEpoch` -1: not given.
[[nodiscard]] std::expected<std::shared_ptr<replication::Partition>, protocol::KafkaError>
leaderOf(const BrokerContext& broker, const TopicPartition& tp, LeaderEpoch currentEpoch);

/// Names the leader of a partition that was asked for here in vain; `answer` has currentLeader. Collects endpoints to send along.
class LeaderHints {
public:
    LeaderHints(const BrokerContext& broker, const Origin& origin) : m_broker(broker), m_listener(origin.listener) {}

    template <class PartitionAnswer>
    void tell(PartitionAnswer& answer, const TopicPartition& tp) {
        const auto* state = m_broker.image->partition(tp.topic, tp.partition);
        if (state == nullptr || state->leader < 0)
            return; // nobody leads: the client asks for metadata, and waits there
        answer.currentLeader.leaderId = state->leader;
        answer.currentLeader.leaderEpoch = state->leaderEpoch;
        m_leaders.insert(state->leader);
    }
    template <class Response>
    void addEndpoints(Response& response) const {
        for (const NodeId leader : m_leaders) {
            const auto* endpoint = aliveEndpoint(*m_broker.image, leader, m_listener);
            if (endpoint == nullptr)
                continue;
            auto& node = response.nodeEndpoints.emplace_back();
            node.nodeId = leader;
            node.host = endpoint->host;
            node.port = endpoint->port;
            node.rack = m_broker.image->broker(leader)->rack;
        }
    }

private:
    const BrokerContext& m_broker;
    std::string m_listener;
    std::set<NodeId> m_leaders;
};

} // namespace broker::handlers
