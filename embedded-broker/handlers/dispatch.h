#pragma once
// From a frame to its handler: the header is read, key and version are checked, the table is asked.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/handler.h"

#include <memory>

namespace broker::handlers {

/// Hands one request to its handler. Unknown keys and versions are refused (the connection is closed), except ApiVersions.
void dispatch(BrokerContext& broker, const std::shared_ptr<const Origin>& origin, Slice frame, std::unique_ptr<ReplyPath> path);

/// The same with the header already read, as if it had come by a listener of `role`: an envelope's content, a call to oneself.
void dispatchAs(BrokerContext& broker, Role role, RequestContext request);

} // namespace broker::handlers
