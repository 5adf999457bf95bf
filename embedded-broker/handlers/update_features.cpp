// UpdateFeatures (57): the levels of the cluster's features are raised or lowered; answered by the active controller.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/update_features_request.h"
#include "embedded-broker/protocol/messages/update_features_response.h"

namespace broker::handlers {

namespace {

using protocol::KafkaError;

void handleUpdateFeatures(BrokerContext& broker, Request<protocol::UpdateFeaturesRequest> request) {
    using Response = protocol::UpdateFeaturesResponse;
    if (!Access(broker, request.origin()).cluster(Operation::Alter)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        response.errorMessage = "Cluster authorization failed.";
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return request.notController();
    broker.controller->updateFeatures(*request, request.version(), [request](const Response& response) {
        if (response.errorCode == protocol::code(KafkaError::NotController))
            return request.notController(); // leadership went while the call waited
        request.reply(response);
    });
}

} // namespace

void addUpdateFeaturesHandler(HandlerTable& table) { table.addForwarded(handleUpdateFeatures); }

} // namespace broker::handlers
