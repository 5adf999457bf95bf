#include "embedded-broker/handlers/dispatch.h"

#include "embedded-broker/handlers/api_versions.h"

#include <fmt/format.h>

namespace broker::handlers {

namespace {

constexpr std::int16_t kApiVersions = 18;

} // namespace

void dispatchAs(BrokerContext& broker, Role role, RequestContext request) {
    const auto* entry = broker.table.find(role, request.apiKey());
    if (request.apiKey() == kApiVersions && (entry == nullptr || request.version() < entry->minVersion || request.version() > entry->maxVersion))
        return replyUnsupportedApiVersions(broker, request);
    if (entry == nullptr || request.version() < entry->minVersion || request.version() > entry->maxVersion)
        return request.refuse(fmt::format("version {} of {} is not served here", request.version(), protocol::apiName(request.apiKey())));
    if (!entry->handle) {
        if (broker.controllerGate == nullptr)
            return request.refuse("there is no way to the controller");
        return broker.controllerGate->forward(std::move(request));
    }
    entry->handle(broker, std::move(request));
}

void dispatch(BrokerContext& broker, const std::shared_ptr<const Origin>& origin, Slice frame, std::unique_ptr<ReplyPath> path) {
    protocol::Reader reader(frame);
    auto header = protocol::decodeRequestHead(reader);
    if (!header)
        return path->refuse(header.error().message);
    RequestContext request(std::move(*header), origin, std::move(frame), reader.position(), broker.scheduler.now(), std::move(path));
    dispatchAs(broker, origin->role, std::move(request));
}

} // namespace broker::handlers
