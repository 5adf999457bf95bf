// InitProducerId (22): an id for an idempotent producer. Producers with a transactional id are refused: there are no transactions yet.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/init_producer_id_request.h"
#include "embedded-broker/protocol/messages/init_producer_id_response.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

void refuse(const Request<protocol::InitProducerIdRequest>& request, KafkaError error) {
    protocol::InitProducerIdResponse response;
    response.errorCode = protocol::code(error);
    response.producerId = kNoProducerId;
    response.producerEpoch = -1;
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::InitProducerIdRequest> request) {
    const Access access(broker, request.origin());
    if (request->transactionalId && !access.may(Operation::Write, security::ResourceType::TransactionalId, *request->transactionalId))
        return refuse(request, KafkaError::TransactionalIdAuthorizationFailed);
    if (!request->transactionalId && !access.cluster(Operation::IdempotentWrite) && !access.any(Operation::Write, security::ResourceType::Topic))
        return refuse(request, KafkaError::ClusterAuthorizationFailed);
    if (request->transactionalId)
        return refuse(request, request->transactionalId->empty() ? KafkaError::InvalidRequest : KafkaError::UnsupportedVersion);
    broker.replicas->producerIds().next(
        [&broker](auto done) { broker.controllerGate->allocateProducerIds(std::move(done)); },
        [request](Result<ProducerId> id) {
            if (!id)
                return refuse(request, KafkaError::CoordinatorNotAvailable);
            protocol::InitProducerIdResponse response;
            response.producerId = *id;
            response.producerEpoch = 0;
            request.reply(response);
        });
}

} // namespace

void addInitProducerId(HandlerTable& table) { table.add<protocol::InitProducerIdRequest>(handle); }

} // namespace broker::handlers
