// EndTxn (26): answered when the end is decided and written; the markers follow. From version 5 on the producer goes on with the epoch of the
// answer (KIP-890).
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/protocol/messages/end_txn_request.h"
#include "embedded-broker/protocol/messages/end_txn_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

constexpr std::int16_t kKnowsFencedFrom = 2;
constexpr std::int16_t kBumpsFrom = 5;

void answer(const Request<protocol::EndTxnRequest>& request, KafkaError error, transactions::Producer producer = {}) {
    protocol::EndTxnResponse response;
    response.errorCode = protocol::code(error);
    response.producerId = producer.id;
    response.producerEpoch = producer.epoch;
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::EndTxnRequest> request) {
    if (!Access(broker, request.origin()).may(Operation::Write, security::ResourceType::TransactionalId, request->transactionalId))
        return answer(request, KafkaError::TransactionalIdAuthorizationFailed);
    transactions::EndRequest end;
    end.producer = {request->producerId, request->producerEpoch};
    end.commit = request->committed;
    end.version = request.version() >= kBumpsFrom ? transactions::kEpochBumpVersion : std::int16_t{0};
    broker.transactions->end(request->transactionalId, end, [request](transactions::TransactionError error, transactions::Producer producer) {
        answer(request, kafkaError(error, request.version() >= kKnowsFencedFrom), producer);
    });
}

} // namespace

void addEndTxn(HandlerTable& table) { table.add<protocol::EndTxnRequest>(handle); }

} // namespace broker::handlers
