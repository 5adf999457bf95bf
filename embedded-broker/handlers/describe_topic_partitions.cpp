// DescribeTopicPartitions (75): topics page by page, with the eligible leader replicas (KIP-966).

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/describe_topic_partitions_request.h"
#include "embedded-broker/protocol/messages/describe_topic_partitions_response.h"

#include <algorithm>
#include <set>

namespace broker::handlers {

namespace {

using protocol::KafkaError;
using Response = protocol::DescribeTopicPartitionsResponse;

void describe(const BrokerContext& broker, const std::string& listener, const metadata::PartitionState& state, std::int32_t index,
              Response::DescribeTopicPartitionsResponseTopic& topic) {
    auto& partition = topic.partitions.emplace_back();
    partition.partitionIndex = index;
    partition.leaderId = state.leader;
    partition.leaderEpoch = state.leaderEpoch;
    partition.replicaNodes = state.replicas;
    partition.isrNodes = state.isr;
    partition.eligibleLeaderReplicas = state.elr;
    partition.lastKnownElr = state.lastKnownElr;
    partition.offlineReplicas = offlineReplicas(*broker.image, state, listener);
    if (aliveEndpoint(*broker.image, state.leader, listener) == nullptr) {
        const auto* leader = broker.image->broker(state.leader);
        partition.errorCode = protocol::code(leader != nullptr && !leader->fenced ? KafkaError::ListenerNotFound : KafkaError::LeaderNotAvailable);
        partition.leaderId = metadata::kNoLeader;
    }
}

void handleDescribeTopicPartitions(BrokerContext& broker, Request<protocol::DescribeTopicPartitionsRequest> request) {
    const Access access(broker, request.origin());
    std::set<std::string> names; // Kafka sorts them: the cursor needs an order
    for (const auto& topic : request->topics)
        names.insert(topic.name);
    const bool all = names.empty();
    if (all)
        for (const auto& [name, topic] : broker.image->topics())
            names.insert(name);
    if (request->cursor)
        names.erase(names.begin(), names.lower_bound(request->cursor->topicName));

    Response response;
    for (auto it = names.begin(); it != names.end();) {
        if (access.topic(Operation::Describe, *it)) {
            ++it;
            continue;
        }
        if (!all) {
            auto& topic = response.topics.emplace_back();
            topic.name = *it;
            topic.isInternal = isInternalTopic(*it);
            topic.errorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
            topic.topicAuthorizedOperations = INT32_MIN;
        }
        it = names.erase(it);
    }
    std::int32_t room = std::clamp(request->responsePartitionLimit, 1, std::max(1, broker.settings.maxRequestPartitionSizeLimit));
    for (const std::string& name : names) {
        if (room == 0) {
            response.nextCursor = Response::Cursor{.topicName = name, .partitionIndex = 0, .unknownTaggedFields = {}};
            break;
        }
        const auto* image = broker.image->topic(name);
        if (image == nullptr && all)
            continue;
        auto& topic = response.topics.emplace_back();
        topic.name = name;
        topic.isInternal = isInternalTopic(name);
        topic.topicAuthorizedOperations = access.operations(security::ResourceType::Topic, name);
        if (image == nullptr) {
            topic.errorCode = protocol::code(isValidTopicName(name) ? KafkaError::UnknownTopicOrPartition : KafkaError::InvalidTopicException);
            topic.topicAuthorizedOperations = INT32_MIN;
            continue;
        }
        topic.topicId = image->id;
        std::int32_t index = request->cursor && request->cursor->topicName == name ? std::max(0, request->cursor->partitionIndex) : 0;
        const auto count = static_cast<std::int32_t>(image->partitions.size());
        for (; index < count && room > 0; ++index, --room)
            describe(broker, request.origin().listener, *image->partitions[static_cast<std::size_t>(index)], index, topic);
        if (index < count) {
            response.nextCursor = Response::Cursor{.topicName = name, .partitionIndex = index, .unknownTaggedFields = {}};
            break;
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeTopicPartitionsHandler(HandlerTable& table) { table.add(handleDescribeTopicPartitions); }

} // namespace broker::handlers
