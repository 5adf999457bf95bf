// Envelope (58): a request that a broker forwards for its client. It is handed on as if the client had come to the controller.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/dispatch.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/default_principal_data.h"
#include "embedded-broker/protocol/messages/envelope_request.h"
#include "embedded-broker/protocol/messages/envelope_response.h"

#include <arpa/inet.h>
#include <array>

namespace broker::handlers {

namespace {

using protocol::KafkaError;

void answer(const RequestContext& request, KafkaError error) {
    protocol::EnvelopeResponse response;
    response.errorCode = protocol::code(error);
    request.reply(response);
}

class EnvelopePath final : public ReplyPath {
public:
    explicit EnvelopePath(RequestContext outer) : m_outer(std::move(outer)) {}
    void answer(Payload response) override {
        std::vector<std::byte> bytes;
        bytes.reserve(response.size());
        for (const auto& part : response.parts()) // answers of a controller are never files
            if (const auto* slice = std::get_if<Slice>(&part))
                bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
        protocol::EnvelopeResponse envelope;
        envelope.responseData = Slice::take(std::move(bytes));
        m_outer.reply(envelope);
    }
    void nothing() override { handlers::answer(m_outer, KafkaError::UnknownServerError); }
    void refuse(std::string) override { handlers::answer(m_outer, KafkaError::InvalidRequest); }
    void notController() override { handlers::answer(m_outer, KafkaError::NotController); }

private:
    RequestContext m_outer;
};

std::string hostText(const Slice& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    if (address.size() != 4 && address.size() != 16)
        return {};
    return inet_ntop(family, address.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

void handleEnvelope(BrokerContext& broker, Request<protocol::EnvelopeRequest> request) {
    if (!Access(broker, request.origin()).isPeer()) // only a broker may speak for others
        return answer(request, KafkaError::ClusterAuthorizationFailed);
    if (broker.controller == nullptr || !broker.controller->active())
        return answer(request, KafkaError::NotController);
    const Slice inner = request->requestData;
    protocol::Reader reader(inner);
    auto head = protocol::decodeRequestHead(reader);
    if (!head)
        return answer(request, KafkaError::InvalidRequest);
    const auto* entry = broker.table.find(Role::Broker, head->apiKey);
    const bool forwardable = entry != nullptr ? entry->forwarded : broker.table.find(Role::Controller, head->apiKey) != nullptr && !broker.settings.isBroker;
    if (!forwardable || head->apiKey == protocol::EnvelopeRequest::kApiKey)
        return answer(request, KafkaError::InvalidRequest);
    auto origin = std::make_shared<Origin>(request.origin());
    origin->role = Role::Controller;
    origin->clientHost = hostText(request->clientHostAddress);
    origin->clientAddress = origin->clientHost + " by " + request.origin().clientAddress;
    if (request->requestPrincipal && request->requestPrincipal->size() > 2) {
        protocol::Reader principal(*request->requestPrincipal);
        const std::int16_t version = principal.int16();
        const auto data = protocol::DefaultPrincipalData::decode(principal, version);
        if (!data)
            return answer(request, KafkaError::PrincipalDeserializationFailure);
        origin->principal = data->type + ":" + data->name;
        origin->interBroker = false; // without a principal the broker speaks for itself
    }
    RequestContext context(std::move(*head), std::move(origin), inner, reader.position(), request.received(), std::make_unique<EnvelopePath>(request));
    dispatchAs(broker, Role::Controller, std::move(context));
}

} // namespace

void addEnvelopeHandler(HandlerTable& table) { table.add(handleEnvelope, Role::Controller); }

} // namespace broker::handlers
