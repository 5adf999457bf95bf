#include "models/replay/replay_run.h"

#include "models/base/format.h"
#include "models/client/bulk_producer.h"
#include "models/client/cluster_handle.h"
#include "models/replay/replay_position.h"
#include "models/replay/source.h"

#include <QCoreApplication>
#include <QLockFile>
#include <algorithm>

namespace models::replay {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Replay)
};

constexpr auto kPortionTime = 1s;
constexpr auto kSlowPortionTime = 4s; ///< more, for a batch that the rate holds up
constexpr auto kCommitPatience = 60s;
constexpr auto kStartPatience = 60s;
constexpr auto kStartSlice = 2s; ///< of it, between two looks at whether it is still wished
constexpr auto kReadPatience = 120s; ///< without a message although there are some
constexpr qint64 kJumpOffsets = 5'000; ///< a gap between ranges that is not read through
constexpr int kAttemptsMax = 5;

/// A run: everything that one call of run() holds.
class Run {
public:
    Run(Prepared prepared, ReplayStore& store, ReplayControl& control) : m_prepared(std::move(prepared)), m_store(store), m_control(control), m_order(m_prepared.order) {}

    Result<Report> operator()(const client::ApprovedPlan& plan) {
        auto outcome = carryOut(plan);
        if (m_begun) {
            if (!outcome)
                (void)m_store.setState(m_order.id, ReplayState::Failed, outcome.error().toString());
            m_progress.phase = Progress::Phase::Over;
            tell();
        }
        return outcome;
    }

private:
    Result<Report> carryOut(const client::ApprovedPlan& plan) {
        m_started = Clock::now();
        m_control.setRate(m_order.messagesPerSecond);
        QLockFile lock(m_store.lockPath(m_order.id));
        lock.setStaleLockTime(0); // held as long as its process lives
        if (!lock.tryLock(0))
            return fail(ErrorCode::Busy, Text::tr("replay %1").arg(m_order.id), Text::tr("another program works at it"));
        if (m_prepared.earlier) {
            // Between the plan and the lock another program may have gone on with it.
            auto now = m_store.find(m_order.id);
            if (!now)
                return std::unexpected(now.error());
            if (!*now || (*now)->state == ReplayState::Done)
                return fail(ErrorCode::ChangedMeanwhile, Text::tr("replay %1").arg(m_order.id), Text::tr("another program has finished it meanwhile"));
            m_prepared.earlier = *now;
            m_prepared.positions = (*now)->positions;
        }
        // What failed may have left half a portion, as a crash does.
        const bool crashed = m_prepared.earlier && m_prepared.earlier->state != ReplayState::Stopped;
        m_positions = m_prepared.positions;
        for (const auto& range : m_order.ranges)
            m_rangesOf[range.partition].append(range);
        if (m_prepared.earlier) {
            m_tally = m_prepared.earlier->tally;
            if (auto set = m_store.setState(m_order.id, ReplayState::Running); !set)
                return std::unexpected(set.error());
            m_begun = true;
        }
        m_committed = {m_positions, m_tally};
        m_progress.replayId = m_order.id;
        m_progress.offsetsTotal = m_order.offsetCount();
        tell();

        if (auto opened = openTarget(plan); !opened)
            return std::unexpected(opened.error());
        // How it was begun decides how it goes on, so it is begun when its target is open: one that has no transactions can still be asked to do without.
        if (!m_begun)
            if (auto begun = m_store.begin(m_order, m_order.request, m_prepared.transactional); !begun)
                return std::unexpected(begun.error());
        m_begun = true;
        if (m_prepared.transactional) {
            if (auto found = positionFromTarget(crashed); !found)
                return std::unexpected(found.error());
        } else if (crashed) {
            m_tally.repeatedMax += std::min<qint64>(kPlainPortionMessages, offsetsLeft(m_positions));
            m_notes.append(Text::tr("It was interrupted before: up to %1 messages may have arrived twice.").arg(format::count(m_tally.repeatedMax)));
        }
        m_sentBefore = m_tally.sent;
        m_committed = {m_positions, m_tally};

        auto reader = m_order.file.isEmpty() ? TopicSource::open(m_order.source, m_order.sourceTopic) : FileSource::open(m_order.file, m_prepared.source.file);
        if (!reader)
            return std::unexpected(reader.error());
        m_reader = std::move(*reader);
        if (auto sent = sendAll(plan); !sent)
            return std::unexpected(sent.error());
        return finish(plan);
    }

    Result<void> openTarget(const client::ApprovedPlan& plan) {
        bool known = false;
        const qint64 largest = m_prepared.target.configs.value(QStringLiteral("max.message.bytes")).toLongLong(&known);
        client::BulkProducer::Options options;
        options.topic = m_order.targetTopic;
        options.messageBytesMax = known ? std::max<qint64>(largest, 1000) : std::max<qint64>(1'000'000, m_prepared.source.messageBytesMax);
        if (m_prepared.transactional)
            options.transactionalId = groupOf(m_order.id);
        m_producer.reset();
        auto producer = client::BulkProducer::open(plan, m_order.target, options);
        if (!producer)
            return std::unexpected(producer.error());
        m_producer = std::move(*producer);
        if (!m_prepared.transactional)
            return {};
        const auto until = Clock::now() + kStartPatience;
        for (;;) {
            auto ready = m_producer->initTransactions(kStartSlice);
            if (ready) {
                m_progress.noTransactions = false;
                m_progress.waitingFor.clear();
                return {};
            }
            m_progress.noTransactions = !m_begun;
            m_progress.phase = Progress::Phase::Waiting;
            m_progress.waitingFor = Text::tr("the target begins no transaction (%1)").arg(ready.error().why);
            tell();
            if (m_control.stopping())
                return fail(ErrorCode::Cancelled, ready.error().what, Text::tr("it was stopped before anything was sent"));
            if (ready.error().code != ErrorCode::TimedOut || Clock::now() >= until)
                return fail(ready.error().code, ready.error().what, Text::tr("%1. If the target has no transactions, replay without them.").arg(ready.error().why), ready.error().kafkaCode);
        }
    }

    /// After initTransactions nothing of ours is open any more, so what is committed is final.
    Result<void> positionFromTarget(bool crashed) {
        auto handle = client::ClusterHandle::open(m_order.target);
        if (!handle)
            return std::unexpected(handle.error());
        // A cluster that begins its first transaction still makes what its groups are kept in.
        const auto until = Clock::now() + kStartPatience;
        auto offsets = (*handle)->committedOffsets(groupOf(m_order.id)).result();
        while (!offsets && offsets.error().code == ErrorCode::Busy && Clock::now() < until && !m_control.stopping()) {
            m_progress.phase = Progress::Phase::Waiting;
            m_progress.waitingFor = Text::tr("the target does not say yet how far it was (%1)").arg(offsets.error().why);
            tell();
            offsets = (*handle)->committedOffsets(groupOf(m_order.id)).result();
        }
        m_progress.waitingFor.clear();
        if (!offsets)
            return std::unexpected(offsets.error());
        auto found = fromCommitted(*offsets, m_order.targetTopic);
        if (!found)
            return std::unexpected(found.error());
        if (*found) {
            for (auto it = (*found)->positions.cbegin(); it != (*found)->positions.cend(); ++it)
                m_positions[it.key()] = it.value();
            m_tally.sent = (*found)->tally.sent;
            m_tally.bytes = (*found)->tally.bytes;
        } else if (m_tally.sent > 0) {
            // Offsets of a group go after offsets.retention.minutes. What this machine remembers is at most one portion behind.
            if (crashed)
                m_tally.repeatedMax += kPortionMessages;
            m_notes.append(crashed ? Text::tr("The target has forgotten how far it was; it goes on from what this machine remembers: the last portion may have arrived twice.")
                                   : Text::tr("The target has forgotten how far it was; it goes on from what this machine remembers."));
        }
        return {};
    }

    Result<void> sendAll(const client::ApprovedPlan& plan) {
        if (auto started = restartReader(); !started)
            return started;
        int failures = 0;
        while (!leftOf(m_order.ranges, m_positions).isEmpty() && !m_control.stopping()) {
            if (m_control.paused()) {
                m_progress.phase = Progress::Phase::Paused;
                tell();
                m_control.waitWhilePaused();
                continue;
            }
            auto sent = portion();
            if (sent) {
                failures = 0;
                continue;
            }
            // Only a transaction can be done again without repeating anything; the rest is for whoever starts it again.
            const auto& error = sent.error();
            const bool again = m_inTransaction && (error.code == ErrorCode::TimedOut || error.code == ErrorCode::Unreachable || error.code == ErrorCode::Internal || error.code == ErrorCode::Refused);
            if (!again || ++failures >= kAttemptsMax || !m_prepared.transactional) {
                if (m_inTransaction)
                    (void)m_producer->abort(10s);
                return sent;
            }
            m_progress.phase = Progress::Phase::Waiting;
            m_progress.waitingFor = error.toString();
            tell();
            m_control.waitFor(500ms * failures);
            // A new producer fences the old one and ends its transaction, committed or not: the group says which.
            if (auto opened = openTarget(plan); !opened)
                return opened;
            m_positions = m_committed.positions;
            m_tally = m_committed.tally;
            if (auto found = positionFromTarget(false); !found)
                return found;
            m_committed = {m_positions, m_tally};
            m_inTransaction = false;
            m_progress.waitingFor.clear();
            if (auto started = restartReader(); !started)
                return started;
        }
        return {};
    }

    /// Starts each partition at its first message that is left.
    Result<void> restartReader() {
        QList<Source::Start> starts;
        QSet<int> seen;
        m_reading.clear();
        for (const auto& range : leftOf(m_order.ranges, m_positions)) {
            if (seen.contains(range.partition))
                continue;
            seen.insert(range.partition);
            starts.append({range.partition, range.first});
            m_reading.insert(range.partition);
        }
        m_lastRead = Clock::now();
        return starts.isEmpty() ? Result<void>() : m_reader->assign(starts);
    }

    /// One portion, from reading to the checkpoint.
    Result<void> portion() {
        m_progress.phase = Progress::Phase::Sending;
        qint64 messages = 0, bytes = 0;
        const qint64 messagesMax = m_prepared.transactional ? kPortionMessages : kPlainPortionMessages;
        const auto until = Clock::now() + kPortionTime;
        bool jump = false;
        while (messages < messagesMax && bytes < kPortionBytes && Clock::now() < until && !m_reading.isEmpty() && !jump && !m_control.stopping() && !m_control.paused()) {
            auto batch = m_reader->poll(static_cast<int>(std::min<qint64>(1000, messagesMax - messages)), 4 << 20, 100ms);
            if (!batch)
                return std::unexpected(batch.error());
            if (auto fine = judgeReading(*batch); !fine)
                return fine;
            bool cut = false;
            for (const auto& record : batch->records) {
                // At a slow rate a batch takes long: what is left of it is read again, if at all. A transaction must end long before its coordinator aborts it.
                cut = m_control.stopping() || m_control.paused() || (messages > 0 && Clock::now() >= until + kSlowPortionTime);
                if (cut)
                    break;
                if (!m_reading.contains(record.partition))
                    continue; // beyond what is wanted, or after a jump
                const auto place = placeOf(record);
                if (place == Place::Wanted) {
                    if (auto sent = sendOne(record); !sent)
                        return sent;
                    ++messages;
                    bytes += record.sizeBytes();
                }
                m_positions[record.partition] = std::max(m_positions.value(record.partition, record.offset), record.offset) + 1;
                if (!hasMore(record.partition, record.offset + 1, jump))
                    m_reading.remove(record.partition);
            }
            if (cut) {
                jump = true;
                break;
            }
            for (auto it = batch->endOffset.cbegin(); it != batch->endOffset.cend(); ++it) {
                // Only markers of transactions, or nothing after a compaction, between the last message and the end.
                if (m_reading.contains(it.key()) && it.value() >= lastUntil(it.key())) {
                    m_positions[it.key()] = lastUntil(it.key());
                    m_reading.remove(it.key());
                }
            }
        }
        if (messages > 0 || m_inTransaction) {
            m_tally.sent += messages;
            m_tally.bytes += bytes;
            if (auto done = commit(messages); !done)
                return done;
        } else {
            m_committed.positions = m_positions;
        }
        if (jump)
            return restartReader();
        return {};
    }

    Result<void> commit(qint64 messages) {
        auto offsets = toCommitted({m_positions, m_tally}, m_order.targetTopic, m_prepared.target.partitions);
        if (!offsets)
            return std::unexpected(offsets.error());
        if (auto arrived = m_producer->commit(groupOf(m_order.id), *offsets, m_prepared.transactional ? kCommitPatience : std::chrono::seconds(320)); !arrived)
            return arrived;
        m_inTransaction = false;
        m_committed = {m_positions, m_tally};
        if (auto kept = m_store.checkpoint(m_order.id, m_positions, m_tally); !kept)
            return kept;
        const auto now = Clock::now();
        const double seconds = std::chrono::duration<double>(now - m_lastCommit).count();
        if (seconds > 0)
            m_progress.perSecond = m_progress.perSecond * 0.5 + 0.5 * static_cast<double>(messages) / seconds;
        m_lastCommit = now;
        tell();
        return {};
    }

    Result<void> sendOne(const client::Record& record) {
        if (!m_inTransaction) {
            if (auto begun = m_producer->begin(); !begun)
                return begun;
            m_inTransaction = true;
        }
        for (;;) {
            const auto wait = m_throttle.take(m_control.rate(), Clock::now());
            if (wait == Clock::duration::zero())
                break;
            if (!m_control.waitFor(std::chrono::ceil<std::chrono::milliseconds>(wait)))
                break; // stopping: this one still goes, so that the portion is whole
        }
        const auto deadline = Clock::now() + kCommitPatience;
        return m_producer->send(record, m_order.placement == Placement::Keep ? m_reader->placeOf(record) : -1, [deadline] { return Clock::now() < deadline; });
    }

    /// Errors of partitions: some end the replay at once, others only when they last.
    Result<void> judgeReading(const Source::Batch& batch) {
        if (!batch.records.isEmpty() || !batch.endReached.isEmpty())
            m_lastRead = batch.records.isEmpty() ? m_lastRead : Clock::now();
        for (auto it = batch.failed.cbegin(); it != batch.failed.cend(); ++it) {
            if (!m_reading.contains(it.key()) && it.key() >= 0)
                continue;
            m_lastError = it.value();
            switch (it.value().code) {
            case ErrorCode::Unreachable:
            case ErrorCode::TimedOut:
            case ErrorCode::Busy: break;
            default:
                return fail(it.value().code, Text::tr("read %1").arg(m_order.sourceTopic),
                    Text::tr("partition %1 at offset %2: %3. Messages that the source has deleted meanwhile cannot be sent.").arg(it.key()).arg(m_positions.value(it.key(), 0)).arg(it.value().why));
            }
        }
        if (m_lastRead + kReadPatience < Clock::now())
            return fail(m_lastError ? m_lastError->code : ErrorCode::TimedOut, Text::tr("read %1").arg(m_order.sourceTopic),
                m_lastError ? m_lastError->why : Text::tr("no message came for two minutes, although there should be some"));
        return {};
    }

    enum class Place { Wanted, Between };
    /// The first range of the partition that ends after `offset`.
    [[nodiscard]] const Range* rangeAt(int partition, qint64 offset) const {
        const auto found = m_rangesOf.constFind(partition);
        if (found == m_rangesOf.cend())
            return nullptr;
        const auto at = std::partition_point(found->begin(), found->end(), [offset](const Range& range) { return range.until <= offset; });
        return at == found->end() ? nullptr : &*at;
    }
    [[nodiscard]] Place placeOf(const client::Record& record) const {
        const auto* range = rangeAt(record.partition, record.offset);
        return range != nullptr && record.offset >= range->first && record.offset >= m_positions.value(record.partition, range->first) ? Place::Wanted : Place::Between;
    }
    [[nodiscard]] qint64 lastUntil(int partition) const {
        const auto found = m_rangesOf.constFind(partition);
        return found == m_rangesOf.cend() || found->isEmpty() ? 0 : found->last().until;
    }
    /// Whether a range of the partition reaches beyond `next`; `jump` when the next one is far.
    [[nodiscard]] bool hasMore(int partition, qint64 next, bool& jump) const {
        const auto* range = rangeAt(partition, next);
        if (range == nullptr)
            return false;
        jump = jump || range->first > next + kJumpOffsets;
        return true;
    }
    [[nodiscard]] qint64 offsetsLeft(const QMap<int, qint64>& positions) const {
        qint64 total = 0;
        for (const auto& range : leftOf(m_order.ranges, positions))
            total += range.until - range.first;
        return total;
    }

    Result<Report> finish(const client::ApprovedPlan& plan) {
        Report report;
        report.replayId = m_order.id;
        report.finished = leftOf(m_order.ranges, m_positions).isEmpty();
        report.tally = m_tally;
        report.sentNow = m_tally.sent - m_sentBefore;
        report.transactional = m_prepared.transactional;
        report.elapsedMs = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_started).count();
        report.notes = m_notes;
        m_progress.phase = Progress::Phase::Finishing;
        tell();
        m_committed = {m_positions, m_tally};
        if (auto kept = m_store.checkpoint(m_order.id, m_positions, m_tally); !kept)
            return std::unexpected(kept.error());
        if (auto set = m_store.setState(m_order.id, report.finished ? ReplayState::Done : ReplayState::Stopped); !set)
            return std::unexpected(set.error());
        if (report.finished && m_prepared.transactional) {
            // Its position is of no use any more.
            if (auto handle = client::ClusterHandle::open(m_order.target)) {
                const auto gone = (*handle)->deleteGroups(plan, {groupOf(m_order.id)}).result();
                if (!gone || (!gone->isEmpty() && gone->first().error && gone->first().error->code != ErrorCode::NotFound))
                    report.notes.append(Text::tr("The group %1, which kept its position, could not be deleted; it goes by itself when its offsets expire.").arg(groupOf(m_order.id)));
            }
        }
        return report;
    }

    void tell() {
        m_progress.tally = m_committed.tally;
        m_progress.offsetsDone = m_progress.offsetsTotal - offsetsLeft(m_committed.positions);
        m_progress.elapsedMs = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_started).count();
        m_control.tell(m_progress);
    }

    Prepared m_prepared;
    ReplayStore& m_store;
    ReplayControl& m_control;
    Order& m_order;
    bool m_begun = false;
    bool m_inTransaction = false; ///< a portion was begun and has not arrived
    std::unique_ptr<Source> m_reader;
    QHash<int, QList<Range>> m_rangesOf; ///< by partition, in order: a search may have found very many
    std::unique_ptr<client::BulkProducer> m_producer;
    QMap<int, qint64> m_positions; ///< of what was sent
    Tally m_tally;
    TargetPosition m_committed; ///< of what has arrived
    QSet<int> m_reading;           ///< partitions with something left to read
    Throttle m_throttle;
    Progress m_progress;
    QStringList m_notes;
    std::optional<Error> m_lastError;
    qint64 m_sentBefore = 0;
    Clock::time_point m_started, m_lastRead, m_lastCommit = Clock::now();
};

} // namespace

Result<Report> run(const client::ApprovedPlan& plan, Prepared prepared, ReplayStore& store, ReplayControl& control) { return Run(std::move(prepared), store, control)(plan); }

} // namespace models::replay
