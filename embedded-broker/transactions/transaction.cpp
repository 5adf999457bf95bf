#include "embedded-broker/transactions/transaction.h"

#include <algorithm>

namespace broker::transactions {
namespace {

constexpr ProducerEpoch kLargestEpoch = std::numeric_limits<ProducerEpoch>::max();

using Error = TransactionError;

Transaction moved(const Transaction& now, WallMs time) {
    Transaction next = now;
    next.previousId = now.producer.id;
    next.updatedAt = time;
    return next;
}

Transaction ended(const Transaction& now, State state, std::int16_t version, ProducerId nextId, WallMs time) {
    Transaction next = moved(now, time);
    next.state = state;
    next.clientVersion = version;
    next.nextId = nextId;
    if (version >= kEpochBumpVersion) {
        next.lastEpoch = now.producer.epoch;
        if (now.producer.epoch < kLargestEpoch) // only a fence can stand there: then the abort goes through as it is
            ++next.producer.epoch;
    }
    if (now.state != State::Ongoing)
        next.startedAt = time; // an abort of nothing: it has to have begun at some time
    return next;
}

/// A transaction of version 0 or 1: the epoch stays, so a repeated request looks like the next one, and only the state tells.
MaybeMove endWithoutBump(const Transaction& now, const EndRequest& request, WallMs time) {
    if (now.producer.id != request.producer.id)
        return std::unexpected(Error::InvalidProducerIdMapping);
    if (now.producer.epoch != request.producer.epoch)
        return std::unexpected(Error::ProducerFenced);
    switch (now.state) {
    case State::Ongoing: return ended(now, request.commit ? State::PrepareCommit : State::PrepareAbort, 0, kNoProducerId, time);
    case State::CompleteCommit:
    case State::CompleteAbort:
        if (request.commit == (now.state == State::CompleteCommit))
            return std::nullopt;
        return std::unexpected(Error::InvalidTransactionState);
    case State::PrepareCommit:
    case State::PrepareAbort:
        return std::unexpected(request.commit == (now.state == State::PrepareCommit) ? Error::ConcurrentTransactions : Error::InvalidTransactionState);
    case State::Empty: return std::unexpected(Error::InvalidTransactionState);
    }
    return std::unexpected(Error::UnknownServerError);
}

/// The answer to this end was lost: the epoch was bumped by it.
bool repeatedEnd(const Transaction& now, const Producer& producer) {
    const bool bumped = now.producer.id == producer.id && now.producer.epoch == producer.epoch + 1;
    const bool newId = now.previousId == producer.id && producer.epoch == kLargestEpoch - 1 && now.producer.epoch == 0;
    return bumped || newId;
}

} // namespace

std::string_view toString(TransactionError error) {
    switch (error) {
    case Error::None: return "none";
    case Error::InvalidRequest: return "invalid request";
    case Error::NotCoordinator: return "not coordinator";
    case Error::CoordinatorNotAvailable: return "coordinator not available";
    case Error::CoordinatorLoadInProgress: return "coordinator load in progress";
    case Error::InvalidProducerIdMapping: return "invalid producer id mapping";
    case Error::ProducerFenced: return "producer fenced";
    case Error::ConcurrentTransactions: return "concurrent transactions";
    case Error::InvalidTransactionState: return "invalid transaction state";
    case Error::InvalidTransactionTimeout: return "invalid transaction timeout";
    case Error::TransactionAbortable: return "transaction abortable";
    case Error::TransactionalIdNotFound: return "transactional id not found";
    case Error::UnknownServerError: return "unknown server error";
    }
    return "unknown server error";
}

std::string_view toString(State state) {
    switch (state) {
    case State::Empty: return "Empty";
    case State::Ongoing: return "Ongoing";
    case State::PrepareCommit: return "PrepareCommit";
    case State::PrepareAbort: return "PrepareAbort";
    case State::CompleteCommit: return "CompleteCommit";
    case State::CompleteAbort: return "CompleteAbort";
    }
    return "Empty";
}

std::optional<State> stateOf(std::int8_t stored) {
    if (stored < 0 || stored > static_cast<std::int8_t>(State::CompleteAbort))
        return std::nullopt;
    return static_cast<State>(stored);
}

// --- beginning ---------------------------------------------------------------------------------------------------------

bool fenced(const Transaction& now, const std::optional<Producer>& expected) {
    if (!expected || now.producer.epoch == kNoProducerEpoch || expected->id == now.producer.id)
        return false;
    // A repeated request whose answer, a new id, never arrived.
    return expected->id != now.previousId || expected->epoch < kLargestEpoch - 1;
}

bool initNeedsId(const Transaction& now, const std::optional<Producer>& expected) {
    return now.state != State::Ongoing && !now.ending() && now.epochsExhausted() && (!expected || expected->epoch == now.producer.epoch);
}

Move initProducer(const Transaction& now, const std::optional<Producer>& expected, std::int32_t timeoutMs, ProducerId fresh, WallMs time) {
    if (fenced(now, expected))
        return std::unexpected(Error::ProducerFenced);
    if (now.state == State::Ongoing || now.ending())
        return std::unexpected(Error::ConcurrentTransactions);
    Transaction next = moved(now, time);
    if (initNeedsId(now, expected)) {
        next.producer = {fresh, 0};
        next.lastEpoch = expected ? now.producer.epoch : kNoProducerEpoch;
    } else if (!expected) {
        ++next.producer.epoch;
        next.lastEpoch = kNoProducerEpoch;
    } else if (now.producer.epoch == kNoProducerEpoch || expected->epoch == now.producer.epoch) {
        ++next.producer.epoch;
        next.lastEpoch = now.producer.epoch;
    } else if (expected->epoch != now.lastEpoch) {
        return std::unexpected(Error::ProducerFenced);
    } // else a repeated request: what it was given the first time
    next.state = State::Empty;
    next.timeoutMs = timeoutMs;
    next.partitions.clear();
    next.startedAt = -1;
    return next;
}

// --- under way ---------------------------------------------------------------------------------------------------------

TransactionError verify(const Transaction& now, const Producer& producer) {
    if (now.producer.id != producer.id)
        return Error::InvalidProducerIdMapping;
    if (now.producer.epoch != producer.epoch)
        return Error::ProducerFenced;
    return now.ending() ? Error::ConcurrentTransactions : Error::None;
}

MaybeMove addPartitions(const Transaction& now, const Producer& producer, const std::set<TopicPartition>& partitions, std::int16_t version, WallMs time) {
    if (const auto error = verify(now, producer); error != Error::None)
        return std::unexpected(error);
    if (now.state == State::Ongoing && std::ranges::includes(now.partitions, partitions))
        return std::nullopt;
    Transaction next = moved(now, time);
    if (now.state != State::Ongoing)
        next.startedAt = time;
    next.state = State::Ongoing;
    next.partitions.insert(partitions.begin(), partitions.end());
    next.clientVersion = version;
    return next;
}

// --- ending ------------------------------------------------------------------------------------------------------------

bool endNeedsId(const Transaction& now, const EndRequest& request) {
    return request.version >= kEpochBumpVersion && !now.ending() && now.epochsExhausted() && now.producer == request.producer;
}

MaybeMove end(const Transaction& now, const EndRequest& request, ProducerId fresh, WallMs time) {
    if (request.version < kEpochBumpVersion)
        return endWithoutBump(now, request, time);
    const bool repeated = repeatedEnd(now, request.producer);
    if (now.producer.id != request.producer.id && !repeated)
        return std::unexpected(Error::InvalidProducerIdMapping);
    // A request that comes again carries the epoch before the bump; one with the current epoch ends the transaction after it.
    const bool current = now.producer == request.producer;
    const bool mayRepeat = now.state != State::Ongoing && now.state != State::Empty;
    const bool mayBeCurrent = !now.ending();
    if (!(current && mayBeCurrent) && !(repeated && mayRepeat))
        return std::unexpected(Error::ProducerFenced);
    const ProducerId nextId = endNeedsId(now, request) ? fresh : kNoProducerId;
    switch (now.state) {
    case State::Ongoing:
        return ended(now, request.commit ? State::PrepareCommit : State::PrepareAbort, request.version, nextId, time);
    case State::PrepareCommit:
    case State::PrepareAbort:
        return std::unexpected(request.commit == (now.state == State::PrepareCommit) ? Error::ConcurrentTransactions : Error::InvalidTransactionState);
    case State::CompleteCommit:
    case State::CompleteAbort:
        if (repeated)
            return request.commit == (now.state == State::CompleteCommit) ? MaybeMove(std::nullopt) : std::unexpected(Error::InvalidTransactionState);
        [[fallthrough]];
    case State::Empty:
        // A producer may have sent batches that never became part of a transaction: an abort fences them.
        if (request.commit)
            return std::unexpected(Error::InvalidTransactionState);
        return ended(now, State::PrepareAbort, request.version, nextId, time);
    }
    return std::unexpected(Error::UnknownServerError);
}

bool fenceNeedsId(const Transaction& now, std::int16_t version) { return version >= kEpochBumpVersion && now.epochsExhausted(); }

Transaction fence(const Transaction& now, std::int16_t version, ProducerId fresh, WallMs time) {
    if (version >= kEpochBumpVersion) // the bump of every end fences
        return ended(now, State::PrepareAbort, version, fenceNeedsId(now, version) ? fresh : kNoProducerId, time);
    Transaction bumped = now;
    if (bumped.producer.epoch < kLargestEpoch)
        ++bumped.producer.epoch;
    bumped.lastEpoch = kNoProducerEpoch;
    return ended(bumped, State::PrepareAbort, 0, kNoProducerId, time);
}

Transaction complete(const Transaction& now, WallMs time) {
    Transaction next = moved(now, time);
    next.state = now.state == State::PrepareCommit ? State::CompleteCommit : State::CompleteAbort;
    if (now.clientVersion >= kEpochBumpVersion && now.nextId != kNoProducerId)
        next.producer = {now.nextId, 0};
    next.nextId = kNoProducerId;
    next.partitions.clear();
    return next;
}

} // namespace broker::transactions
