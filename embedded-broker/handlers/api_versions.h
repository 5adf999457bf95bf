#pragma once
// ApiVersions (18): what this node answers, from the handler table and the schema; and the features of the cluster.

#include "embedded-broker/handlers/broker_context.h"

namespace broker::handlers {

/// To an ApiVersions request of a version that this node does not know: UNSUPPORTED_VERSION in version 0, with the range of
/// ApiVersions itself, so that the client can ask again.
void replyUnsupportedApiVersions(BrokerContext& broker, const RequestContext& request);

} // namespace broker::handlers
