#pragma once
// What the schema says of each API: the only place that knows versions. The ApiVersions answer comes from it.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/protocol/api_keys.h"
#include "embedded-broker/protocol/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::protocol {

struct ApiInfo {
    std::int16_t key = 0;
    std::string_view name;
    std::int16_t minVersion = 0;
    std::int16_t maxVersion = 0;              ///< the latest stable one
    std::int16_t listedMinVersion = 0;        ///< what ApiVersions says: Produce is listed from 0 and refused below 3 (KIP-896)
    std::int16_t requestFlexibleFrom = 0;     ///< first flexible version; 32767 = none
    std::int16_t responseFlexibleFrom = 0;
    bool onBroker = false;
    bool onController = false;
};

/// By key, rising.
const std::vector<ApiInfo>& apiTable();
/// nullptr = no such API.
const ApiInfo* findApi(std::int16_t key);
std::string_view apiName(std::int16_t key);

/// 1 or 2; unknown keys 2.
std::int16_t requestHeaderVersion(std::int16_t apiKey, std::int16_t apiVersion);
/// 0 or 1; ApiVersions always 0, so that a client can read the answer of a broker that knows less than it.
std::int16_t responseHeaderVersion(std::int16_t apiKey, std::int16_t apiVersion);

struct RequestHead {
    std::int16_t apiKey = 0;
    std::int16_t apiVersion = 0;
    std::int32_t correlationId = 0;
    std::optional<std::string> clientId;
};

/// Reads the header of a request and leaves the reader at its body. An ApiVersions request of a version we do not know
/// is read as far as its correlation id: it is answered in version 0.
Result<RequestHead> decodeRequestHead(Reader& reader);

/// The frame of a request: header and body.
template <class Request>
Payload encodeRequest(const Request& request, std::int16_t version, std::int32_t correlationId, const std::optional<std::string>& clientId);
/// The frame of a response.
template <class Response>
Payload encodeResponse(const Response& response, std::int16_t version, std::int32_t correlationId);
/// Reads a response's header (its correlation id is returned) and leaves the reader at the body.
Result<std::int32_t> decodeResponseHead(Reader& reader, std::int16_t apiKey, std::int16_t apiVersion);

void encodeRequestHead(Writer& writer, std::int16_t apiKey, std::int16_t apiVersion, std::int32_t correlationId,
    const std::optional<std::string>& clientId);
void encodeResponseHead(Writer& writer, std::int16_t apiKey, std::int16_t apiVersion, std::int32_t correlationId);

template <class Request>
Payload encodeRequest(const Request& request, std::int16_t version, std::int32_t correlationId, const std::optional<std::string>& clientId) {
    Writer writer;
    encodeRequestHead(writer, Request::kApiKey, version, correlationId, clientId);
    request.encode(writer, version);
    return writer.finish();
}

template <class Response>
Payload encodeResponse(const Response& response, std::int16_t version, std::int32_t correlationId) {
    Writer writer;
    encodeResponseHead(writer, Response::kApiKey, version, correlationId);
    response.encode(writer, version);
    return writer.finish();
}

} // namespace broker::protocol
