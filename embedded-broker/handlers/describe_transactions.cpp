// DescribeTransactions (65): what a transactional id has under way, as its coordinator knows.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/protocol/messages/describe_transactions_request.h"
#include "embedded-broker/protocol/messages/describe_transactions_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

void handle(BrokerContext& broker, Request<protocol::DescribeTransactionsRequest> request) {
    protocol::DescribeTransactionsResponse response;
    const Access access(broker, request.origin());
    for (const auto& id : request->transactionalIds) {
        auto& each = response.transactionStates.emplace_back();
        each.transactionalId = id;
        if (!access.may(Operation::Describe, security::ResourceType::TransactionalId, id)) {
            each.errorCode = protocol::code(KafkaError::TransactionalIdAuthorizationFailed);
            continue;
        }
        const auto found = broker.transactions->describe(id);
        if (!found) {
            each.errorCode = protocol::code(kafkaError(found.error()));
            continue;
        }
        each.transactionState = transactions::toString(found->state);
        each.transactionTimeoutMs = found->timeoutMs;
        each.transactionStartTimeMs = found->startedAt;
        each.producerId = found->producer.id;
        each.producerEpoch = found->producer.epoch;
        for (const auto& tp : found->partitions) { // in order: one topic's follow each other
            if (!access.topic(Operation::Describe, tp.topic))
                continue;
            if (each.topics.empty() || each.topics.back().topic != tp.topic)
                each.topics.emplace_back().topic = tp.topic;
            each.topics.back().partitions.push_back(tp.partition);
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeTransactions(HandlerTable& table) { table.add<protocol::DescribeTransactionsRequest>(handle); }

} // namespace broker::handlers
