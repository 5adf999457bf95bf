// DescribeCluster (60): brokers on a broker's listener, controllers on a controller's.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/topic_answers.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/describe_cluster_request.h"
#include "embedded-broker/protocol/messages/describe_cluster_response.h"

namespace broker::handlers {

namespace {

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

void handleDescribeCluster(BrokerContext& broker, Request<protocol::DescribeClusterRequest> request) {
    protocol::DescribeClusterResponse response;
    const bool onController = request.origin().role == Role::Controller;
    const std::int8_t served = onController ? kControllers : kBrokers;
    response.endpointType = request->endpointType;
    if (request->endpointType != served) {
        const bool known = request->endpointType == kBrokers || request->endpointType == kControllers;
        response.errorCode = protocol::code(known ? protocol::KafkaError::MismatchedEndpointType : protocol::KafkaError::UnsupportedEndpointType);
        response.errorMessage = onController ? "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER"
                                             : "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
        return request.reply(response);
    }
    response.clusterId = broker.settings.clusterId;
    if (request->includeClusterAuthorizedOperations) {
        const Access access(broker, request.origin());
        response.clusterAuthorizedOperations =
            access.cluster(Operation::Describe) ? access.operations(security::ResourceType::Cluster, security::kClusterName) : 0;
    }
    if (onController) {
        response.controllerId = broker.activeController ? broker.activeController() : kNoNode;
        for (const auto& [id, controller] : broker.image->controllers())
            for (const auto& endpoint : controller.endpoints)
                if (endpoint.listener == request.origin().listener)
                    response.brokers.push_back({.brokerId = id, .host = endpoint.host, .port = endpoint.port, .rack = std::nullopt, .isFenced = false,
                                                .unknownTaggedFields = {}});
        return request.reply(response);
    }
    response.controllerId = controllerForClients(broker);
    for (const auto& [id, registered] : broker.image->brokers()) {
        const auto* endpoint = registered->endpoint(request.origin().listener);
        if (endpoint == nullptr || (registered->fenced && !request->includeFencedBrokers))
            continue;
        auto& line = response.brokers.emplace_back();
        line.brokerId = id;
        line.host = endpoint->host;
        line.port = endpoint->port;
        line.rack = registered->rack;
        line.isFenced = registered->fenced;
    }
    request.reply(response);
}

} // namespace

void addDescribeClusterHandler(HandlerTable& table) {
    table.add(handleDescribeCluster, Role::Broker);
    table.add(handleDescribeCluster, Role::Controller);
}

} // namespace broker::handlers
