// DescribeProducers (61): who has produced to a partition lately, as its leader knows.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/describe_producers_request.h"
#include "embedded-broker/protocol/messages/describe_producers_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::DescribeProducersRequest> request) {
    protocol::DescribeProducersResponse response;
    const Access access(broker, request.origin());
    for (const auto& topic : request->topics) {
        auto& topicAnswer = response.topics.emplace_back();
        topicAnswer.name = topic.name;
        for (const std::int32_t index : topic.partitionIndexes) {
            auto& answer = topicAnswer.partitions.emplace_back();
            answer.partitionIndex = index;
            if (!access.topic(Operation::Read, topic.name)) {
                answer.errorCode = protocol::code(protocol::KafkaError::TopicAuthorizationFailed);
                continue;
            }
            const auto partition = leaderOf(broker, {topic.name, index}, kNoEpoch);
            if (!partition) {
                answer.errorCode = protocol::code(partition.error());
                continue;
            }
            for (const auto& producer : (*partition)->log().activeProducers(broker.scheduler.wallNow())) {
                auto& each = answer.activeProducers.emplace_back();
                each.producerId = producer.producerId;
                each.producerEpoch = producer.epoch;
                each.lastSequence = producer.lastSequence;
                each.lastTimestamp = producer.lastTimestamp;
                each.coordinatorEpoch = producer.coordinatorEpoch;
                each.currentTxnStartOffset = producer.currentTxnFirstOffset;
            }
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeProducers(HandlerTable& table) { table.add<protocol::DescribeProducersRequest>(handle); }

} // namespace broker::handlers
