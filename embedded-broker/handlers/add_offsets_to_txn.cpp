// AddOffsetsToTxn (25): the group's partition of __consumer_offsets joins the transaction.
#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/add_offsets_to_txn_request.h"
#include "embedded-broker/protocol/messages/add_offsets_to_txn_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

namespace broker::handlers {
namespace {

using protocol::KafkaError;

constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
constexpr std::int16_t kKnowsFencedFrom = 2;

void answer(const Request<protocol::AddOffsetsToTxnRequest>& request, KafkaError error) {
    protocol::AddOffsetsToTxnResponse response;
    response.errorCode = protocol::code(error);
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::AddOffsetsToTxnRequest> request) {
    const Access access(broker, request.origin());
    if (!access.may(Operation::Write, security::ResourceType::TransactionalId, request->transactionalId))
        return answer(request, KafkaError::TransactionalIdAuthorizationFailed);
    if (!access.group(Operation::Read, request->groupId))
        return answer(request, KafkaError::GroupAuthorizationFailed);
    const auto* topic = broker.image->topic(kOffsetsTopic);
    if (topic == nullptr) {
        broker.controllerGate->createTopics({std::string(kOffsetsTopic)});
        return answer(request, KafkaError::CoordinatorNotAvailable);
    }
    const TopicPartition tp{std::string(kOffsetsTopic), partitionOfId(request->groupId, static_cast<std::int32_t>(topic->partitions.size()))};
    broker.transactions->addPartitions(request->transactionalId, {request->producerId, request->producerEpoch}, {tp}, 0,
                                       [request](transactions::TransactionError error) {
                                           answer(request, kafkaError(error, request.version() >= kKnowsFencedFrom));
                                       });
}

} // namespace

void addAddOffsetsToTxn(HandlerTable& table) { table.add<protocol::AddOffsetsToTxnRequest>(handle); }

} // namespace broker::handlers
