#pragma once
// What WriteTxnMarkers does, for the handler and for this broker's own coordinator.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/protocol/messages/write_txn_markers_request.h"
#include "embedded-broker/protocol/messages/write_txn_markers_response.h"

#include <functional>

namespace broker::handlers {

/// Appends end markers to the partitions that this broker leads; `done` when each is committed or refused. Offsets of groups become visible, or
/// go, with the marker of their partition.
void writeTxnMarkers(BrokerContext& broker, const protocol::WriteTxnMarkersRequest& request,
                     std::move_only_function<void(protocol::WriteTxnMarkersResponse)> done);

} // namespace broker::handlers
