// DeleteRecords (21): moves the start of logs up; answers when every live replica has followed.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/delete_records_request.h"
#include "embedded-broker/protocol/messages/delete_records_response.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

struct Waiting {
    Request<protocol::DeleteRecordsRequest> request;
    protocol::DeleteRecordsResponse response;
    std::size_t open = 1; ///< one for the loop that asks
    void close() {
        if (--open == 0)
            request.reply(response);
    }
};

void handle(BrokerContext& broker, Request<protocol::DeleteRecordsRequest> request) {
    auto waiting = std::make_shared<Waiting>(Waiting{request, {}, 1});
    auto& topics = waiting->response.topics;
    const Access access(broker, request.origin());
    topics.resize(request->topics.size());
    for (std::size_t t = 0; t < request->topics.size(); ++t) {
        const auto& topic = request->topics[t];
        topics[t].name = topic.name;
        topics[t].partitions.resize(topic.partitions.size());
        for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
            auto& answer = topics[t].partitions[p];
            answer.partitionIndex = topic.partitions[p].partitionIndex;
            answer.lowWatermark = kNoOffset;
            const TopicPartition tp{topic.name, answer.partitionIndex};
            if (!access.topic(Operation::Delete, topic.name)) {
                answer.errorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
                continue;
            }
            if (isInternalTopic(topic.name)) {
                answer.errorCode = protocol::code(KafkaError::InvalidTopicException);
                continue;
            }
            const auto partition = leaderOf(broker, tp, kNoEpoch);
            if (!partition) {
                answer.errorCode = protocol::code(partition.error());
                continue;
            }
            if (!(*partition)->log().config().deleteOld) {
                answer.errorCode = protocol::code(KafkaError::PolicyViolation);
                continue;
            }
            ++waiting->open;
            (*partition)->deleteRecords(topic.partitions[p].offset,
                                        [waiting, t, p](replication::ReplicaError error, Offset lowWatermark) {
                                            auto& result = waiting->response.topics[t].partitions[p];
                                            result.errorCode = protocol::code(toKafka(error));
                                            result.lowWatermark = lowWatermark;
                                            waiting->close();
                                        },
                                        milliseconds(std::max(request->timeoutMs, 0)));
        }
    }
    waiting->close();
}

} // namespace

void addDeleteRecords(HandlerTable& table) { table.add<protocol::DeleteRecordsRequest>(handle); }

} // namespace broker::handlers
