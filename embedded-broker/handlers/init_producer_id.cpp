// InitProducerId (22): an id for an idempotent producer, or for one with a transactional id its id and next epoch.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/protocol/messages/init_producer_id_request.h"
#include "embedded-broker/protocol/messages/init_producer_id_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

constexpr std::int16_t kKnowsFencedFrom = 4;

void answer(const Request<protocol::InitProducerIdRequest>& request, KafkaError error, transactions::Producer producer = {}) {
    protocol::InitProducerIdResponse response;
    response.errorCode = protocol::code(error);
    response.producerId = producer.id;
    response.producerEpoch = producer.epoch;
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::InitProducerIdRequest> request) {
    const Access access(broker, request.origin());
    if (request->transactionalId && !access.may(Operation::Write, security::ResourceType::TransactionalId, *request->transactionalId))
        return answer(request, KafkaError::TransactionalIdAuthorizationFailed);
    if (!request->transactionalId && !access.cluster(Operation::IdempotentWrite) && !access.any(Operation::Write, security::ResourceType::Topic))
        return answer(request, KafkaError::ClusterAuthorizationFailed);
    const bool hasId = request->producerId != kNoProducerId;
    if (hasId != (request->producerEpoch != transactions::kNoProducerEpoch))
        return answer(request, KafkaError::InvalidRequest);
    if (!request->transactionalId) {
        broker.replicas->producerIds().next(
            [&broker](auto done) { broker.controllerGate->allocateProducerIds(std::move(done)); },
            [request](Result<ProducerId> id) {
                if (!id)
                    return answer(request, KafkaError::CoordinatorNotAvailable);
                answer(request, KafkaError::None, {*id, 0});
            });
        return;
    }
    std::optional<transactions::Producer> expected;
    if (hasId)
        expected = {request->producerId, request->producerEpoch};
    broker.transactions->initProducer(*request->transactionalId, request->transactionTimeoutMs, expected,
                                      [request](transactions::TransactionError error, transactions::Producer producer) {
                                          answer(request, kafkaError(error, request.version() >= kKnowsFencedFrom), producer);
                                      });
}

} // namespace

void addInitProducerId(HandlerTable& table) { table.add<protocol::InitProducerIdRequest>(handle); }

} // namespace broker::handlers
