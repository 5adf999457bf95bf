#pragma once
// What the transaction coordinator needs from below: the partitions of __transaction_state, and the leaders of the partitions that a
// transaction wrote to. node/ plugs in the replica manager and its connections; tests plug in fakes.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/protocol/messages/write_txn_markers_request.h"
#include "embedded-broker/protocol/messages/write_txn_markers_response.h"
#include "embedded-broker/transactions/transaction_error.h"
#include "embedded-broker/transactions/transaction_records.h"

#include <functional>
#include <optional>

namespace broker::transactions {

class StateLog {
public:
    virtual ~StateLog() = default;
    /// Appends one record as leader of `partition` with acks=all. `done` runs once on the loop thread, never from inside the call: None when
    /// it is committed (synced on all in-sync replicas), NotCoordinator when leadership was lost, CoordinatorNotAvailable when too few
    /// replicas are in sync or the write timed out.
    virtual void append(PartitionIndex partition, TransactionRecord record, std::move_only_function<void(TransactionError)> done) = 0;
    /// Reads `partition` from its start to the log end at the time of the call, once that is committed, and hands each record to
    /// `each`; then `done`. An error ends it.
    virtual void load(PartitionIndex partition, std::move_only_function<void(const Slice& key, const std::optional<Slice>& value)> each,
                      std::move_only_function<void(Result<void>)> done) = 0;
};

class MarkerLink {
public:
    virtual ~MarkerLink() = default;
    /// Who leads it now; kNoNode when nobody does. Nothing: there is no such partition (any more).
    [[nodiscard]] virtual std::optional<NodeId> leaderOf(const TopicPartition& tp) const = 0;
    using OnWritten = std::move_only_function<void(Result<protocol::WriteTxnMarkersResponse>)>;
    /// WriteTxnMarkers to `node`, which may be this broker itself. Answers on the loop thread, in a turn of its own, exactly once.
    virtual void write(NodeId node, const protocol::WriteTxnMarkersRequest& request, OnWritten done) = 0;
};

} // namespace broker::transactions
