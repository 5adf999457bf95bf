// SaslHandshake (17) and SaslAuthenticate (36) where nobody logs in: the conversation itself belongs to the connection (session_auth.h),
// which answers before requests come here.

#include "embedded-broker/handlers/handler.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"

namespace broker::handlers {

namespace {

void handleHandshake(BrokerContext&, Request<protocol::SaslHandshakeRequest> request) {
    protocol::SaslHandshakeResponse response;
    response.errorCode = protocol::code(protocol::KafkaError::IllegalSaslState);
    request.reply(response);
}

void handleAuthenticate(BrokerContext&, Request<protocol::SaslAuthenticateRequest> request) {
    protocol::SaslAuthenticateResponse response;
    response.errorCode = protocol::code(protocol::KafkaError::IllegalSaslState);
    response.errorMessage = "SaslAuthenticate request received after successful authentication";
    request.reply(response);
}

} // namespace

void addSaslHandlers(HandlerTable& table) {
    for (const Role role : {Role::Broker, Role::Controller}) {
        table.add(handleHandshake, role);
        table.add(handleAuthenticate, role);
    }
}

} // namespace broker::handlers
