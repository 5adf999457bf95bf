#include "embedded-broker/replication/partition.h"

#include "embedded-broker/base/log.h"

#include <algorithm>

namespace broker::replication {

namespace {
constexpr std::string_view kLog = "replication";
}

Partition::Partition(Seams seams, TopicPartition tp, Uuid topicId, std::shared_ptr<storage::Log> log)
    : m_seams(std::move(seams)), m_tp(std::move(tp)), m_topicId(topicId), m_log(std::move(log)),
      m_isr(m_seams.self, m_seams.selfEpoch(), m_seams.eligible),
      m_highWatermark(std::clamp(m_log->highWatermark(), m_log->logStartOffset(), m_log->logEndOffset())) {}

Partition::~Partition() {
    while (m_fetchers.next)
        m_fetchers.next->unlink();
}

void Partition::watchLog() {
    m_log->onSyncedEndOffset([weak = weak_from_this()](Offset end) {
        if (const auto self = weak.lock())
            self->onSynced(end);
    });
}

// --- roles -------------------------------------------------------------------------------------------------------------

void Partition::lead(const PartitionFacts& facts) {
    const bool wasLeader = m_role == Role::Leader;
    if (wasLeader && facts.leaderEpoch == m_isr.facts().leaderEpoch) {
        if (m_isr.update(facts)) {
            advance();
            send(m_isr.nextExpansion(m_highWatermark, m_seams.scheduler.now()));
        }
        return;
    }
    const Offset end = m_log->logEndOffset();
    m_isr.setSelfEpoch(m_seams.selfEpoch());
    m_isr.lead(facts, end, m_seams.scheduler.now());
    m_isr.setLocalEnd(m_log->syncedEndOffset(), end);
    m_log->assignEpochStart(facts.leaderEpoch, end);
    m_role = Role::Leader;
    log::info(kLog, "{}-{}: leader of epoch {} from offset {} (high watermark {}, in sync {})", m_tp.topic, m_tp.partition,
              facts.leaderEpoch, end, m_highWatermark, facts.isr.size());
    advance();
    // Fetches that wait here carry the old epoch.
    wakeFetchers(true, true);
}

void Partition::follow(const PartitionFacts& facts) {
    const bool wasLeader = m_role == Role::Leader;
    const bool newEpoch = facts.leaderEpoch != m_isr.facts().leaderEpoch;
    m_role = Role::Follower;
    if (wasLeader || newEpoch)
        m_isr.lead(facts, m_log->logEndOffset(), m_seams.scheduler.now());
    else
        m_isr.update(facts);
    if (wasLeader || newEpoch) {
        failWaiters(ReplicaError::NotLeaderOrFollower);
        wakeFetchers(true, true);
    }
}

void Partition::retire() {
    m_role = Role::Offline;
    m_log->onSyncedEndOffset({});
    failWaiters(ReplicaError::NotLeaderOrFollower);
    wakeFetchers(true, true);
    while (m_fetchers.next)
        m_fetchers.next->unlink();
}

void Partition::setSettings(IsrCore::Settings settings) {
    m_isr.setSettings(settings);
    if (isLeader())
        advance();
}

void Partition::eligibilityChanged() {
    if (isLeader()) {
        m_isr.setSelfEpoch(m_seams.selfEpoch());
        advance();
        send(m_isr.nextExpansion(m_highWatermark, m_seams.scheduler.now())); // a follower's fetch may be older than the news that it is unfenced
        settleDeletions();
    }
}

// --- leader: appends -----------------------------------------------------------------------------------------------------

std::expected<storage::AppendInfo, AppendOutcome> Partition::appendAsLeader(const Slice& records, const storage::AppendOptions& options, bool all) {
    if (!isLeader())
        return std::unexpected(AppendOutcome{.error = ReplicaError::NotLeaderOrFollower, .message = {}, .batchIndexes = {}, .info = {}});
    if (all && m_isr.underMinIsr())
        return std::unexpected(AppendOutcome{
            .error = ReplicaError::NotEnoughReplicas,
            .message = fmt::format("The size of the current ISR : {} is insufficient to satisfy the min.isr requirement of {} for partition {}-{}",
                                   m_isr.inSyncCount(), m_isr.effectiveMinIsr(), m_tp.topic, m_tp.partition),
            .batchIndexes = {},
            .info = {}});
    auto appended = m_log->appendAsLeader(records, m_isr.facts().leaderEpoch, options);
    if (!appended)
        return std::unexpected(AppendOutcome{.error = fromRefusal(appended.error().kind),
                                             .message = std::move(appended.error().message),
                                             .batchIndexes = std::move(appended.error().batchIndexes),
                                             .info = {}});
    m_isr.setLocalEnd(m_log->syncedEndOffset(), m_log->logEndOffset());
    if (!appended->duplicate)
        wakeFetchers(true, false); // followers may have it before it is on our disk
    return *appended;
}

void Partition::enqueue(std::deque<Waiter>& queue, Waiter waiter) {
    auto at = queue.end();
    while (at != queue.begin() && std::prev(at)->end > waiter.end)
        --at;
    queue.insert(at, std::move(waiter));
}

void Partition::awaitAppend(std::shared_ptr<PendingAppend> append, std::size_t index, Offset end, bool all) {
    enqueue(all ? m_waitCommitted : m_waitSynced, Waiter{end, std::move(append), index});
    all ? settleCommitted() : settleSynced();
}

void Partition::forgetAppend(const PendingAppend& append) {
    const auto same = [&](const Waiter& waiter) { return waiter.append.get() == &append; };
    std::erase_if(m_waitCommitted, same);
    std::erase_if(m_waitSynced, same);
}

bool Partition::awaits(const PendingAppend& append, std::size_t index) const {
    const auto same = [&](const Waiter& waiter) { return waiter.append.get() == &append && waiter.index == index; };
    return std::ranges::any_of(m_waitCommitted, same) || std::ranges::any_of(m_waitSynced, same);
}

void Partition::settleCommitted() {
    while (!m_waitCommitted.empty() && m_waitCommitted.front().end <= m_highWatermark) {
        const Waiter waiter = std::move(m_waitCommitted.front());
        m_waitCommitted.pop_front();
        waiter.append->settle(waiter.index, m_isr.underMinIsr() ? ReplicaError::NotEnoughReplicasAfterAppend : ReplicaError::None);
    }
}

void Partition::settleSynced() {
    while (!m_waitSynced.empty() && m_waitSynced.front().end <= m_log->syncedEndOffset()) {
        const Waiter waiter = std::move(m_waitSynced.front());
        m_waitSynced.pop_front();
        waiter.append->settle(waiter.index, ReplicaError::None);
    }
}

void Partition::failWaiters(ReplicaError error) {
    auto committed = std::exchange(m_waitCommitted, {});
    auto synced = std::exchange(m_waitSynced, {});
    auto deletions = std::exchange(m_deletions, {});
    if (committed.empty() && synced.empty() && deletions.empty())
        return;
    // In a turn of its own: the caller is in the middle of applying metadata that the answers will name.
    m_seams.scheduler.post([committed = std::move(committed), synced = std::move(synced), deletions = std::move(deletions), error,
                            &scheduler = m_seams.scheduler]() mutable {
        for (auto* queue : {&committed, &synced})
            for (auto& waiter : *queue)
                if (waiter.append->done)
                    waiter.append->settle(waiter.index, error);
        for (auto& deletion : deletions) {
            scheduler.cancel(deletion.timer);
            deletion.done(error, kNoOffset);
        }
    });
}

// --- leader: high watermark and in-sync set ------------------------------------------------------------------------------

void Partition::onSynced(Offset end) {
    if (isLeader()) {
        m_isr.setLocalEnd(end, m_log->logEndOffset());
        settleSynced();
        advance();
    } else if (m_role == Role::Follower) {
        m_seams.onFollowerSynced(*this, end);
    }
}

void Partition::advance() {
    const Offset next = std::min(m_isr.highWatermarkFrom(m_highWatermark, m_seams.scheduler.now()), m_log->logEndOffset());
    if (next > m_highWatermark) {
        setHighWatermark(next);
        wakeFetchers(false, true);
    }
    settleCommitted(); // also when only the in-sync set changed
}

void Partition::setHighWatermark(Offset offset) {
    m_highWatermark = offset;
    m_log->setHighWatermark(offset);
}

void Partition::send(const std::optional<IsrProposal>& proposal) {
    if (proposal)
        m_seams.propose(*this, *proposal);
}

void Partition::isrAnswered(IsrAnswer answer, const IsrProposal& proposal, const PartitionFacts& facts) {
    if (!isLeader())
        return;
    m_isr.answered(answer, proposal, facts);
    advance();
    if (answer == IsrAnswer::Accepted) // where somebody was refused, the next news of brokers or the next fetch asks again
        send(m_isr.nextExpansion(m_highWatermark, m_seams.scheduler.now()));
}

void Partition::shrinkIsr() {
    if (!isLeader())
        return;
    const auto proposal = m_isr.shrinking(m_seams.scheduler.now());
    if (proposal)
        log::info(kLog, "{}-{}: shrinking the in-sync set from {} to {}: replicas lag", m_tp.topic, m_tp.partition, m_isr.inSyncCount(),
                  proposal->isr.size());
    send(proposal);
}

ReplicaError Partition::followerFetched(const FetchParams& params, const FetchEntry& entry) {
    if (!m_isr.fetched(params.replica, params.replicaEpoch, entry.offset, entry.logStartOffset, m_seams.scheduler.now()))
        return ReplicaError::NotLeaderOrFollower;
    advance();
    send(m_isr.expansion(params.replica, m_highWatermark));
    if (!m_deletions.empty())
        settleDeletions();
    return ReplicaError::None;
}

// --- leader: reads -------------------------------------------------------------------------------------------------------

Offset Partition::lastStableOffset() const {
    return std::min(m_highWatermark, m_log->firstUnstableOffset());
}

ReplicaError Partition::check(LeaderEpoch currentEpoch, const Uuid& topicId, bool leaderOnly) const {
    if (m_role == Role::Offline)
        return ReplicaError::NotLeaderOrFollower;
    if (!topicId.isZero() && topicId != m_topicId)
        return ReplicaError::InconsistentTopicId;
    if (currentEpoch >= 0 && currentEpoch < leaderEpoch())
        return ReplicaError::FencedLeaderEpoch;
    if (currentEpoch > leaderEpoch())
        return ReplicaError::UnknownLeaderEpoch;
    if (leaderOnly && !isLeader())
        return ReplicaError::NotLeaderOrFollower;
    return ReplicaError::None;
}

void Partition::refresh(FetchOutcome& outcome) const {
    outcome.highWatermark = m_highWatermark;
    outcome.lastStableOffset = lastStableOffset();
    outcome.logStartOffset = m_log->logStartOffset();
}

FetchOutcome Partition::read(const FetchParams& params, const FetchEntry& entry, std::uint64_t maxBytes, bool minOneBatch) {
    FetchOutcome outcome;
    outcome.error = check(entry.currentLeaderEpoch, entry.topicId);
    if (outcome.error != ReplicaError::None)
        return outcome;
    if (entry.lastFetchedEpoch >= 0) {
        // KIP-320: the reader's last record must lie on our history, else we say where the two part.
        const auto ours = m_log->endOffsetForEpoch(entry.lastFetchedEpoch);
        if (ours.endOffset < 0 || ours.epoch < 0) {
            outcome.error = ReplicaError::OffsetOutOfRange;
            if (params.fromFollower())
                refresh(outcome);
            return outcome;
        }
        if (ours.epoch < entry.lastFetchedEpoch || ours.endOffset < entry.offset) {
            refresh(outcome);
            outcome.diverging = ours;
            return outcome;
        }
    }
    refresh(outcome);
    const bool wholeLog = params.fromFollower() || params.replica == -2;
    const Offset end = m_log->logEndOffset();
    if (entry.offset < m_log->logStartOffset() || entry.offset > end) {
        outcome.error = ReplicaError::OffsetOutOfRange;
        if (!params.fromFollower())
            outcome.highWatermark = outcome.lastStableOffset = outcome.logStartOffset = kNoOffset;
        return outcome;
    }
    const Offset upTo = wholeLog ? end : params.isolation == Isolation::ReadCommitted ? outcome.lastStableOffset : m_highWatermark;
    if (entry.offset >= upTo || maxBytes == 0)
        return outcome;
    auto read = m_log->read(entry.offset, maxBytes, upTo, minOneBatch);
    if (!read) {
        log::warning(kLog, "{}-{}: cannot read at {}: {}", m_tp.topic, m_tp.partition, entry.offset, read.error().message);
        outcome.error = read.error().code == ErrorCode::OutOfRange ? ReplicaError::OffsetOutOfRange
                        : read.error().code == ErrorCode::Corrupt  ? ReplicaError::CorruptMessage
                                                                   : ReplicaError::StorageError;
        return outcome;
    }
    outcome.bytes = read->bytes;
    outcome.records = std::move(read->records);
    if (params.isolation == Isolation::ReadCommitted && outcome.bytes > 0)
        outcome.aborted = m_log->abortedTransactions(entry.offset, upTo);
    return outcome;
}

void Partition::wakeFetchers(bool followers, bool consumers) {
    for (FetchLink* link = m_fetchers.next; link; link = link->next) {
        const bool wholeLog = link->fetch->params.replica != kNoNode;
        if (wholeLog ? followers : consumers)
            link->fetch->wake(*link);
    }
}

// --- DeleteRecords ---------------------------------------------------------------------------------------------------------

void Partition::deleteRecords(Offset before, std::function<void(ReplicaError, Offset)> done, Duration timeout) {
    if (!isLeader())
        return done(ReplicaError::NotLeaderOrFollower, kNoOffset);
    const Offset target = before == -1 ? m_highWatermark : before;
    if (target < 0 || target > m_highWatermark)
        return done(ReplicaError::OffsetOutOfRange, kNoOffset);
    if (target > m_log->logStartOffset())
        if (const auto deleted = m_log->deleteRecordsBefore(target); !deleted)
            return done(ReplicaError::StorageError, kNoOffset);
    Deletion deletion{target, std::move(done), 0};
    if (m_isr.lowWatermark(m_log->logStartOffset()) >= target)
        return deletion.done(ReplicaError::None, m_isr.lowWatermark(m_log->logStartOffset()));
    deletion.timer = m_seams.scheduler.after(timeout, [weak = weak_from_this(), target] {
        const auto self = weak.lock();
        if (!self)
            return;
        const auto it = std::ranges::find(self->m_deletions, target, &Deletion::before);
        if (it == self->m_deletions.end())
            return;
        auto expired = std::move(*it);
        self->m_deletions.erase(it);
        expired.done(ReplicaError::RequestTimedOut, kNoOffset);
    });
    m_deletions.push_back(std::move(deletion));
    wakeFetchers(true, false); // the answer tells followers the new start
}

void Partition::settleDeletions() {
    const Offset low = m_isr.lowWatermark(m_log->logStartOffset());
    std::vector<Deletion> ready;
    std::erase_if(m_deletions, [&](Deletion& deletion) {
        if (deletion.before > low)
            return false;
        ready.push_back(std::move(deletion));
        return true;
    });
    for (auto& deletion : ready) {
        m_seams.scheduler.cancel(deletion.timer);
        deletion.done(ReplicaError::None, low);
    }
}

// --- follower ------------------------------------------------------------------------------------------------------------

void Partition::takeLeaderOffsets(Offset highWatermark, Offset logStart) {
    const Offset next = std::min(highWatermark, m_log->logEndOffset());
    if (next > m_highWatermark)
        setHighWatermark(next);
    if (logStart > m_log->logStartOffset() && logStart <= m_log->logEndOffset())
        if (const auto moved = m_log->deleteRecordsBefore(logStart); !moved)
            log::warning(kLog, "{}-{}: cannot move the log's start to {}: {}", m_tp.topic, m_tp.partition, logStart, moved.error().message);
}

Result<void> Partition::truncate(Offset offset) {
    if (offset < m_highWatermark)
        log::warning(kLog, "{}-{}: truncating to {}, below the high watermark {}", m_tp.topic, m_tp.partition, offset, m_highWatermark);
    auto cut = m_log->truncateTo(offset);
    if (cut && offset < m_highWatermark)
        setHighWatermark(offset);
    return cut;
}

Result<void> Partition::restartAt(Offset offset) {
    auto cut = m_log->truncateFullyAndStartAt(offset);
    if (cut)
        setHighWatermark(offset);
    return cut;
}

} // namespace broker::replication
