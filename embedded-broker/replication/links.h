#pragma once
// What replication asks of the layer that owns connections. node/ plugs in its channels; tests plug in fakes. Answers
// come on the loop thread, in a turn of their own, exactly once. A connection that closes answers Unavailable at once.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/protocol/messages/alter_partition_request.h"
#include "embedded-broker/protocol/messages/alter_partition_response.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"

#include <functional>

namespace broker::replication {

class PeerLink {
public:
    virtual ~PeerLink() = default;
    using OnFetched = std::move_only_function<void(Result<protocol::FetchResponse>)>;
    /// Sends on the one replication connection to `leader`, in order; a second request may follow before the first is answered.
    /// Waits for the answer for as long as the request allows the leader to, and 30 s more (a peer that hangs).
    virtual void fetch(NodeId leader, const protocol::FetchRequest& request, OnFetched done) = 0;
};

class ControllerLink {
public:
    virtual ~ControllerLink() = default;
    using OnAltered = std::move_only_function<void(Result<protocol::AlterPartitionResponse>)>;
    /// To the active controller; NOT_CONTROLLER and closed connections are tried again elsewhere by the link. Unavailable
    /// when there was none for a while.
    virtual void alterPartition(const protocol::AlterPartitionRequest& request, OnAltered done) = 0;
};

} // namespace broker::replication
