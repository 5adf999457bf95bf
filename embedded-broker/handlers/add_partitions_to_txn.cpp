// AddPartitionsToTxn (24): from clients one transaction (versions 0-3); from brokers several, to be added to or only looked at (KIP-890).
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/add_partitions_to_txn_request.h"
#include "embedded-broker/protocol/messages/add_partitions_to_txn_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;
using Response = protocol::AddPartitionsToTxnResponse;
using Topics = std::vector<protocol::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic>;
using TopicResults = std::vector<Response::AddPartitionsToTxnTopicResult>;

constexpr std::int16_t kBrokersFrom = 4;
constexpr std::int16_t kKnowsFencedFrom = 2;

std::vector<TopicPartition> flatten(const Topics& topics) {
    std::vector<TopicPartition> all;
    for (const auto& topic : topics)
        for (const auto index : topic.partitions)
            all.push_back({topic.name, index});
    return all;
}

/// `codes`: one a partition, in their order.
TopicResults results(const Topics& topics, const std::vector<KafkaError>& codes) {
    TopicResults all;
    std::size_t next = 0;
    for (const auto& topic : topics) {
        auto& each = all.emplace_back();
        each.name = topic.name;
        for (const auto index : topic.partitions) {
            auto& partition = each.resultsByPartition.emplace_back();
            partition.partitionIndex = index;
            partition.partitionErrorCode = protocol::code(codes.at(next++));
        }
    }
    return all;
}

void fromClient(BrokerContext& broker, const Request<protocol::AddPartitionsToTxnRequest>& request) {
    const Access access(broker, request.origin());
    const auto& topics = request->v3AndBelowTopics;
    const auto partitions = flatten(topics);
    std::vector<KafkaError> codes(partitions.size(), KafkaError::OperationNotAttempted);
    const auto answer = [request](const std::vector<KafkaError>& each) {
        Response response;
        response.resultsByTopicV3AndBelow = results(request->v3AndBelowTopics, each);
        request.reply(response);
    };
    if (!access.may(Operation::Write, security::ResourceType::TransactionalId, request->v3AndBelowTransactionalId))
        return answer(std::vector(partitions.size(), KafkaError::TransactionalIdAuthorizationFailed));
    bool refused = false;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto& tp = partitions[i];
        if ((isInternalTopic(tp.topic) && request.clientId() != "__admin_client") || !access.topic(Operation::Write, tp.topic))
            codes[i] = KafkaError::TopicAuthorizationFailed;
        else if (broker.image->partition(tp.topic, tp.partition) == nullptr)
            codes[i] = KafkaError::UnknownTopicOrPartition;
        else
            continue;
        refused = true;
    }
    if (refused) // all or nothing: the others were not attempted
        return answer(codes);
    broker.transactions->addPartitions(request->v3AndBelowTransactionalId, {request->v3AndBelowProducerId, request->v3AndBelowProducerEpoch},
                                       {partitions.begin(), partitions.end()}, 0,
                                       [request, answer, count = partitions.size()](transactions::TransactionError error) {
                                           answer(std::vector(count, kafkaError(error, request.version() >= kKnowsFencedFrom)));
                                       });
}

/// The answers of one request: sent when the last is there.
struct Gathering {
    Request<protocol::AddPartitionsToTxnRequest> request;
    Response response;
    std::size_t missing = 0;
};

void fromBroker(BrokerContext& broker, const Request<protocol::AddPartitionsToTxnRequest>& request) {
    if (!Access(broker, request.origin()).cluster(Operation::ClusterAction)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    auto gathering = std::make_shared<Gathering>(Gathering{request, {}, request->transactions.size()});
    gathering->response.resultsByTransaction.resize(request->transactions.size());
    if (gathering->missing == 0)
        return request.reply(gathering->response);
    for (std::size_t i = 0; i < request->transactions.size(); ++i) {
        const auto& transaction = request->transactions[i];
        const auto partitions = flatten(transaction.topics);
        const auto take = [gathering, i](const std::vector<KafkaError>& codes) {
            const auto& asked = gathering->request->transactions[i];
            auto& result = gathering->response.resultsByTransaction[i];
            result.transactionalId = asked.transactionalId;
            result.topicResults = results(asked.topics, codes);
            if (--gathering->missing == 0)
                gathering->request.reply(gathering->response);
        };
        const transactions::Producer producer{transaction.producerId, transaction.producerEpoch};
        if (transaction.verifyOnly) {
            std::vector<KafkaError> codes;
            for (const auto error : broker.transactions->verify(transaction.transactionalId, producer, partitions))
                codes.push_back(kafkaError(error));
            take(codes);
            continue;
        }
        broker.transactions->addPartitions(transaction.transactionalId, producer, {partitions.begin(), partitions.end()}, transactions::kEpochBumpVersion,
                                           [take, count = partitions.size()](transactions::TransactionError error) {
                                               take(std::vector(count, kafkaError(error)));
                                           });
    }
}

void handle(BrokerContext& broker, Request<protocol::AddPartitionsToTxnRequest> request) {
    if (request.version() < kBrokersFrom)
        return fromClient(broker, request);
    fromBroker(broker, request);
}

} // namespace

void addAddPartitionsToTxn(HandlerTable& table) { table.add<protocol::AddPartitionsToTxnRequest>(handle); }

} // namespace broker::handlers
