#pragma once
// Why a replica refused. Named as Kafka names its wire codes; the codes themselves are handlers/ business.

#include "embedded-broker/storage/log.h"

#include <cstdint>
#include <string_view>

namespace broker::replication {

enum class ReplicaError : std::uint8_t {
    None,
    UnknownTopicOrPartition,
    UnknownTopicId,
    InconsistentTopicId,
    NotLeaderOrFollower,
    FencedLeaderEpoch,           ///< the caller's leader epoch is older than ours
    UnknownLeaderEpoch,          ///< ours is older than the caller's
    OffsetOutOfRange,
    OffsetNotAvailable,          ///< a new leader whose high watermark has not reached its own epoch yet
    NotEnoughReplicas,           ///< refused before the append
    NotEnoughReplicasAfterAppend,///< appended, but the in-sync set shrank meanwhile
    RequestTimedOut,
    StorageError,
    PolicyViolation,
    InvalidRequiredAcks,
    // what storage refuses, see storage::AppendRefusal
    CorruptMessage,
    InvalidRecord,
    MessageTooLarge,
    RecordListTooLarge,
    InvalidTimestamp,
    UnsupportedForMessageFormat,
    OutOfOrderSequence,
    InvalidProducerEpoch,
    DuplicateSequence,
    InvalidTxnState,
    CoordinatorFenced,
    Unexpected,
};

std::string_view toString(ReplicaError error);
ReplicaError fromRefusal(storage::AppendRefusal refusal);

} // namespace broker::replication
