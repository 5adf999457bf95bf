// Requests that the active controller answers: topics, settings, brokers. Each is a call of the QuorumController; a node that
// is not the active controller says so, and whoever forwarded the request looks for the one that is.

#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_request.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_response.h"
#include "embedded-broker/protocol/messages/alter_configs_request.h"
#include "embedded-broker/protocol/messages/alter_configs_response.h"
#include "embedded-broker/protocol/messages/alter_partition_request.h"
#include "embedded-broker/protocol/messages/alter_partition_response.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "embedded-broker/protocol/messages/broker_registration_request.h"
#include "embedded-broker/protocol/messages/broker_registration_response.h"
#include "embedded-broker/protocol/messages/controller_registration_request.h"
#include "embedded-broker/protocol/messages/controller_registration_response.h"
#include "embedded-broker/protocol/messages/create_partitions_request.h"
#include "embedded-broker/protocol/messages/create_partitions_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/delete_topics_request.h"
#include "embedded-broker/protocol/messages/delete_topics_response.h"
#include "embedded-broker/protocol/messages/elect_leaders_request.h"
#include "embedded-broker/protocol/messages/elect_leaders_response.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"
#include "embedded-broker/protocol/messages/unregister_broker_request.h"
#include "embedded-broker/protocol/messages/unregister_broker_response.h"

namespace broker::handlers {

namespace {

using metadata::QuorumController;
using protocol::KafkaError;

template <class Response>
constexpr bool kHasErrorCode = requires(Response response) { response.errorCode; };

/// NOT_CONTROLLER, in the response where it has a place for it.
template <class Response, class Message>
void answerNotController(const Request<Message>& request) {
    if constexpr (kHasErrorCode<Response>) {
        Response response;
        response.errorCode = protocol::code(KafkaError::NotController);
        request.reply(response);
    } else {
        request.notController();
    }
}

/// Every item of the answer says NOT_CONTROLLER: leadership went while the call waited.
bool saysNotController(const auto& items) {
    for (const auto& item : items)
        if (item.errorCode == protocol::code(KafkaError::NotController))
            return true;
    return false;
}

template <class Response>
bool lostLeadership(const Response& response) {
    if constexpr (requires { response.topics.front().errorCode; })
        return saysNotController(response.topics);
    else if constexpr (requires { response.results.front().errorCode; })
        return saysNotController(response.results);
    else if constexpr (requires { response.responses.front().errorCode; })
        return saysNotController(response.responses);
    else
        return false;
}

/// A handler that calls `member` of the controller and sends what it answers.
template <class Message, class Response, void (QuorumController::*member)(const Message&, std::function<void(Response)>)>
void callController(BrokerContext& broker, Request<Message> request) {
    if (broker.controller == nullptr || !broker.controller->active())
        return answerNotController<Response>(request);
    (broker.controller->*member)(*request, [request](Response response) {
        if (lostLeadership(response))
            return request.notController();
        request.reply(response);
    });
}

/// The same for calls whose answer depends on the request's version.
template <class Message, class Response, void (QuorumController::*member)(const Message&, std::int16_t, std::function<void(Response)>)>
void callControllerVersioned(BrokerContext& broker, Request<Message> request) {
    if (broker.controller == nullptr || !broker.controller->active())
        return answerNotController<Response>(request);
    (broker.controller->*member)(*request, request.version(), [request](Response response) { request.reply(response); });
}

/// The connection that a broker registers and beats on is its lifeline.
void handleHeartbeat(BrokerContext& broker, Request<protocol::BrokerHeartbeatRequest> request) {
    if (broker.identifyPeer)
        broker.identifyPeer(request.origin().connection, request->brokerId);
    callController<protocol::BrokerHeartbeatRequest, protocol::BrokerHeartbeatResponse, &QuorumController::brokerHeartbeat>(broker, std::move(request));
}

} // namespace

void addTopicHandlers(HandlerTable& table) {
    using namespace protocol;
    table.addForwarded(callController<CreateTopicsRequest, CreateTopicsResponse, &QuorumController::createTopics>);
    table.addForwarded(callController<DeleteTopicsRequest, DeleteTopicsResponse, &QuorumController::deleteTopics>);
    table.addForwarded(callController<CreatePartitionsRequest, CreatePartitionsResponse, &QuorumController::createPartitions>);
    table.addForwarded(callControllerVersioned<ElectLeadersRequest, ElectLeadersResponse, &QuorumController::electLeaders>);
}

void addAlterConfigsHandlers(HandlerTable& table) {
    using namespace protocol;
    table.addForwarded(
        callController<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, &QuorumController::incrementalAlterConfigs>);
    table.addForwarded(callController<AlterConfigsRequest, AlterConfigsResponse, &QuorumController::alterConfigs>);
}

void addBrokerLifecycleHandlers(HandlerTable& table) {
    using namespace protocol;
    table.add(callController<BrokerRegistrationRequest, BrokerRegistrationResponse, &QuorumController::registerBroker>, Role::Controller);
    table.add(handleHeartbeat, Role::Controller);
    table.add(callController<ControllerRegistrationRequest, ControllerRegistrationResponse, &QuorumController::registerController>, Role::Controller);
    table.add(callController<AllocateProducerIdsRequest, AllocateProducerIdsResponse, &QuorumController::allocateProducerIds>, Role::Controller);
    table.add(callControllerVersioned<AlterPartitionRequest, AlterPartitionResponse, &QuorumController::alterPartition>, Role::Controller);
    table.addForwarded(callController<UnregisterBrokerRequest, UnregisterBrokerResponse, &QuorumController::unregisterBroker>);
}

} // namespace broker::handlers
