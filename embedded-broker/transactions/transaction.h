#pragma once
// One transactional id: who produces under it, what it has under way, and the moves it may make. Pure values: every move takes the
// state as it is and gives the one to write, or why not; nothing changes before that is in the log.
//
//     Empty          -> Empty (a producer begins), Ongoing (a partition is added), PrepareAbort (version 2: an abort of nothing)
//     Ongoing        -> Ongoing (more partitions), PrepareCommit, PrepareAbort (the producer, its successor, or the timeout)
//     PrepareCommit  -> CompleteCommit, when every partition has its marker
//     PrepareAbort   -> CompleteAbort, likewise
//     Complete*      -> Empty, Ongoing, PrepareAbort (version 2)
//
// Versions are levels of the feature transaction.version (KIP-890). At 2 every end bumps the producer's epoch, so that a late request of one
// transaction cannot touch the next. KIP-939 (two-phase commit) is not offered.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/transactions/transaction_error.h"

#include <expected>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

namespace broker::transactions {

/// As stored.
enum class State : std::int8_t { Empty = 0, Ongoing = 1, PrepareCommit = 2, PrepareAbort = 3, CompleteCommit = 4, CompleteAbort = 5 };
/// "Ongoing", ... as DescribeTransactions names them.
std::string_view toString(State state);
std::optional<State> stateOf(std::int8_t stored);

/// Where every end bumps the epoch.
inline constexpr std::int16_t kEpochBumpVersion = 2;
inline constexpr ProducerEpoch kNoProducerEpoch = -1;

struct Producer {
    ProducerId id = kNoProducerId;
    ProducerEpoch epoch = kNoProducerEpoch;
    bool operator==(const Producer&) const = default;
};

struct Transaction {
    Producer producer;
    ProducerId previousId = kNoProducerId; ///< before the last move
    ProducerId nextId = kNoProducerId;     ///< takes over when the transaction is complete: the epochs of the current one are used up
    ProducerEpoch lastEpoch = kNoProducerEpoch; ///< before the last bump that the producer itself asked for; not stored
    std::int32_t timeoutMs = 0;
    State state = State::Empty;
    std::set<TopicPartition> partitions;   ///< that have no marker yet, as far as written
    WallMs startedAt = -1;
    WallMs updatedAt = -1;
    std::int16_t clientVersion = 0;
    bool operator==(const Transaction&) const = default;

    /// No epoch is left that a producer could be given: the largest one is kept for fencing.
    [[nodiscard]] bool epochsExhausted() const { return producer.epoch >= std::numeric_limits<ProducerEpoch>::max() - 1; }
    [[nodiscard]] bool ending() const { return state == State::PrepareCommit || state == State::PrepareAbort; }
};

using Move = std::expected<Transaction, TransactionError>;
/// Nothing: it is so already, there is nothing to write.
using MaybeMove = std::expected<std::optional<Transaction>, TransactionError>;

/// InitProducerId. `expected` is what a producer that goes on after an error believes to be (KIP-360). `fresh`: a producer id that was
/// never used. Ongoing is answered ConcurrentTransactions; the caller ends it first, with fence().
Move initProducer(const Transaction& now, const std::optional<Producer>& expected, std::int32_t timeoutMs, ProducerId fresh, WallMs time);
/// initProducer will take `fresh`.
[[nodiscard]] bool initNeedsId(const Transaction& now, const std::optional<Producer>& expected);
/// The producer may not ask that: it is an older one.
[[nodiscard]] bool fenced(const Transaction& now, const std::optional<Producer>& expected);

MaybeMove addPartitions(const Transaction& now, const Producer& producer, const std::set<TopicPartition>& partitions, std::int16_t version, WallMs time);
/// Whether the batches of `producer` may be written: None, or why none of them; each partition is looked up in `now.partitions`.
TransactionError verify(const Transaction& now, const Producer& producer);

struct EndRequest {
    Producer producer;
    bool commit = false;
    std::int16_t version = 0; ///< as the client speaks it
};
/// EndTxn. `fresh` as with initProducer.
MaybeMove end(const Transaction& now, const EndRequest& request, ProducerId fresh, WallMs time);
[[nodiscard]] bool endNeedsId(const Transaction& now, const EndRequest& request);
/// An ongoing transaction is aborted although its producer did not ask for it: its time is over, or a successor is there. `version` of the
/// cluster. From 2 on the producer itself may go on after it, as after an abort of its own.
Transaction fence(const Transaction& now, std::int16_t version, ProducerId fresh, WallMs time);
[[nodiscard]] bool fenceNeedsId(const Transaction& now, std::int16_t version);
/// All markers are written.
Transaction complete(const Transaction& now, WallMs time);

} // namespace broker::transactions
