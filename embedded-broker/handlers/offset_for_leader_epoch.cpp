// OffsetForLeaderEpoch (23): where an epoch ended, so that a reader finds out whether the log was cut under it (KIP-320).
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/offset_for_leader_epoch_request.h"
#include "embedded-broker/protocol/messages/offset_for_leader_epoch_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::OffsetForLeaderEpochRequest> request) {
    protocol::OffsetForLeaderEpochResponse response;
    const Access access(broker, request.origin());
    const bool all = access.cluster(Operation::ClusterAction);
    for (const auto& topic : request->topics) {
        auto& topicAnswer = response.topics.emplace_back();
        topicAnswer.topic = topic.topic;
        for (const auto& partition : topic.partitions) {
            auto& answer = topicAnswer.partitions.emplace_back();
            answer.partition = partition.partition;
            answer.leaderEpoch = kNoEpoch;
            answer.endOffset = kNoOffset;
            if (!all && !access.topic(Operation::Describe, topic.topic)) {
                answer.errorCode = protocol::code(protocol::KafkaError::TopicAuthorizationFailed);
                continue;
            }
            const auto found = leaderOf(broker, {topic.topic, partition.partition}, partition.currentLeaderEpoch);
            if (!found) {
                answer.errorCode = protocol::code(found.error());
                continue;
            }
            const auto end = (*found)->log().endOffsetForEpoch(partition.leaderEpoch);
            answer.leaderEpoch = end.epoch;
            answer.endOffset = end.endOffset;
        }
    }
    request.reply(response);
}

} // namespace

void addOffsetForLeaderEpoch(HandlerTable& table) { table.add<protocol::OffsetForLeaderEpochRequest>(handle); }

} // namespace broker::handlers
