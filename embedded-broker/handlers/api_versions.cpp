#include "embedded-broker/handlers/api_versions.h"

#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/features.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"

#include <algorithm>

namespace broker::handlers {

namespace {

constexpr std::int16_t kProduce = 0;

void listApis(const HandlerTable& table, Role role, protocol::ApiVersionsResponse& response) {
    for (const auto& api : protocol::apiTable()) {
        const auto* entry = table.find(role, api.key);
        if (entry == nullptr)
            continue;
        auto& line = response.apiKeys.emplace_back();
        line.apiKey = api.key;
        // Kafka lists Produce from 0 although 0-2 are refused (KIP-896): older librdkafka looks for them.
        line.minVersion = api.key == kProduce ? std::int16_t{0} : entry->minVersion;
        line.maxVersion = entry->maxVersion;
    }
}

void handleApiVersions(BrokerContext& broker, Request<protocol::ApiVersionsRequest> request) {
    protocol::ApiVersionsResponse response;
    const auto validName = [](const std::string& text) {
        const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-'; };
        return !text.empty() && good(static_cast<unsigned char>(text.front())) && text.front() != '.' && text.front() != '-' &&
               good(static_cast<unsigned char>(text.back())) && text.back() != '.' && text.back() != '-' && std::ranges::all_of(text, good);
    };
    if (request.version() >= 3 && (!validName(request->clientSoftwareName) || !validName(request->clientSoftwareVersion))) {
        response.errorCode = protocol::code(protocol::KafkaError::InvalidRequest);
        return request.reply(response);
    }
    if (request.origin().clientSoftware)
        *request.origin().clientSoftware = {request->clientSoftwareName, request->clientSoftwareVersion};
    listApis(broker.table, request.origin().role, response);
    for (const auto& [name, range] : metadata::kSupportedFeatures)
        if (range.min > 0 || request.version() >= 4) // clients up to v3 refuse a smallest level of 0
            response.supportedFeatures.push_back(
                {.name = std::string(name), .minVersion = range.min, .maxVersion = range.max, .unknownTaggedFields = {}});
    if (broker.image) {
        response.finalizedFeaturesEpoch = broker.image->offset();
        for (const auto& [name, level] : broker.image->features())
            if (level > 0)
                response.finalizedFeatures.push_back({.name = name, .maxVersionLevel = level, .minVersionLevel = level, .unknownTaggedFields = {}});
    }
    request.reply(response);
}

} // namespace

void replyUnsupportedApiVersions(BrokerContext& broker, const RequestContext& request) {
    protocol::ApiVersionsResponse response;
    response.errorCode = protocol::code(protocol::KafkaError::UnsupportedVersion);
    if (const auto* entry = broker.table.find(request.origin().role, protocol::ApiVersionsRequest::kApiKey))
        response.apiKeys.push_back({.apiKey = protocol::ApiVersionsRequest::kApiKey, .minVersion = entry->minVersion, .maxVersion = entry->maxVersion,
                                    .unknownTaggedFields = {}});
    request.replyRaw(protocol::encodeResponse(response, 0, request.header().correlationId));
}

void addApiVersionsHandlers(HandlerTable& table) {
    table.add(handleApiVersions, Role::Broker);
    table.add(handleApiVersions, Role::Controller);
}

} // namespace broker::handlers
