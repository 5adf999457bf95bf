#include "embedded-broker/protocol/api_table.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::protocol {
namespace {
constexpr std::int16_t kApiVersions = static_cast<std::int16_t>(ApiKey::ApiVersions);
}

const ApiInfo* findApi(std::int16_t key) {
    const auto& table = apiTable();
    const auto it = std::ranges::lower_bound(table, key, {}, &ApiInfo::key);
    return it != table.end() && it->key == key ? &*it : nullptr;
}

std::string_view apiName(std::int16_t key) {
    const ApiInfo* info = findApi(key);
    return info != nullptr ? info->name : "unknown API";
}

std::int16_t requestHeaderVersion(std::int16_t apiKey, std::int16_t apiVersion) {
    const ApiInfo* info = findApi(apiKey);
    return info == nullptr || apiVersion >= info->requestFlexibleFrom ? 2 : 1;
}

std::int16_t responseHeaderVersion(std::int16_t apiKey, std::int16_t apiVersion) {
    if (apiKey == kApiVersions)
        return 0;
    const ApiInfo* info = findApi(apiKey);
    return info == nullptr || apiVersion >= info->responseFlexibleFrom ? 1 : 0;
}

Result<RequestHead> decodeRequestHead(Reader& reader) {
    RequestHead head;
    head.apiKey = reader.int16();
    head.apiVersion = reader.int16();
    head.correlationId = reader.int32();
    const ApiInfo* info = findApi(head.apiKey);
    if (head.apiKey == kApiVersions && reader.ok() && info != nullptr && head.apiVersion > info->maxVersion)
        return head;
    head.clientId = reader.nullableString(false);
    if (requestHeaderVersion(head.apiKey, head.apiVersion) == 2) {
        std::int64_t previous = -1;
        for (std::uint32_t left = reader.taggedFieldCount(); left > 0 && reader.ok(); --left)
            previous = reader.taggedField(previous).tag;
    }
    if (!reader.ok())
        return fail(ErrorCode::Corrupt, "a request header: " + reader.error()->message);
    return head;
}

Result<std::int32_t> decodeResponseHead(Reader& reader, std::int16_t apiKey, std::int16_t apiVersion) {
    const std::int32_t correlationId = reader.int32();
    if (responseHeaderVersion(apiKey, apiVersion) == 1) {
        std::int64_t previous = -1;
        for (std::uint32_t left = reader.taggedFieldCount(); left > 0 && reader.ok(); --left)
            previous = reader.taggedField(previous).tag;
    }
    if (!reader.ok())
        return fail(ErrorCode::Corrupt, "a response header: " + reader.error()->message);
    return correlationId;
}

void encodeRequestHead(Writer& writer, std::int16_t apiKey, std::int16_t apiVersion, std::int32_t correlationId,
    const std::optional<std::string>& clientId) {
    writer.int16(apiKey);
    writer.int16(apiVersion);
    writer.int32(correlationId);
    writer.nullableString(clientId, false);
    if (requestHeaderVersion(apiKey, apiVersion) == 2)
        writer.taggedFields({}, {});
}

void encodeResponseHead(Writer& writer, std::int16_t apiKey, std::int16_t apiVersion, std::int32_t correlationId) {
    writer.int32(correlationId);
    if (responseHeaderVersion(apiKey, apiVersion) == 1)
        writer.taggedFields({}, {});
}

} // namespace broker::protocol
