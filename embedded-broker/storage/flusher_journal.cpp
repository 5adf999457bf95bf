// The journal's half of a flusher: one sync for small appends to many logs.

#include "embedded-broker/storage/flusher.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::storage {
namespace {

// Jobs of one key run one after another.
constexpr std::uint64_t kJournalKeyOfPool = 0x53544F5241474531;
constexpr std::uint64_t kJournalFillKeyOfPool = 0x53544F5241474533;

} // namespace

bool Flusher::journalWaits() {
    if (m_draining || m_scheduler.now() >= m_journalNext)
        return false;
    if (m_journalTimer == 0) {
        m_journalTimer = m_scheduler.at(m_journalNext, [self = m_self] {
            if (!*self)
                return;
            (*self)->m_journalTimer = 0;
            (*self)->turn();
        });
    }
    return true;
}

void Flusher::startJournalFill() {
    if (m_draining || std::exchange(m_journalFillRunning, true))
        return;
    submit(kJournalFillKeyOfPool, [&journal = m_journal] { journal.fillAhead(); }, [this] { m_journalFillRunning = false; });
}

void Flusher::startJournal(std::vector<std::shared_ptr<LogCore>> logs) {
    struct Work {
        std::vector<JournalEntry> entries;
        Result<Journal::Place> place = Journal::Place{};
    };
    auto work = std::make_shared<Work>();
    std::int64_t batches = 0;
    for (const auto& log : logs) {
        if (log->createPending)
            work->entries.push_back({JournalKind::Create, log->journalKey(), {Slice::copy(log->tp.topic)}});
        JournalEntry data{JournalKind::Data, log->journalKey(), {}};
        auto batch = std::ranges::lower_bound(log->hot, log->durable, {}, &HotBatch::base);
        for (; batch != log->hot.end(); ++batch, ++batches) {
            data.pieces.push_back(batch->head);
            if (!batch->rest.empty())
                data.pieces.push_back(batch->rest);
        }
        log->journalJob = LogCore::InFlight{log->logEnd, true, false, false, false};
        if (!log->journaled())
            m_journaled.push_back(log);
        work->entries.push_back(std::move(data));
    }
    m_journalBusy = true;
    m_journalNext = m_scheduler.now() + m_options.journalGap * std::min<std::int64_t>(batches - 1, 2) / 2;
    submit(
        kJournalKeyOfPool, [work, &journal = m_journal] { work->place = journal.append(work->entries); },
        [this, work, logs = std::move(logs)] { journalDone(logs, work->place); });
}

void Flusher::journalDone(const std::vector<std::shared_ptr<LogCore>>& logs, const Result<Journal::Place>& place) {
    m_journalBusy = false;
    const bool full = !place && (place.error().code == ErrorCode::NoSpace || place.error().code == ErrorCode::OutOfRange);
    if (!place && !full) {
        for (const auto& log : logs)
            log->journalJob.reset();
        fatal(place.error());
        return;
    }
    for (const auto& log : logs) {
        const auto job = *log->journalJob;
        log->journalJob.reset();
        if (full) {
            // The segments' own syncs do without the journal.
            if (!log->laneJob && !log->retired)
                startLane(*log, true);
            else
                enqueue(*log);
            continue;
        }
        const auto slot = static_cast<std::size_t>(place->file);
        log->journaledEnd[slot] = std::max(log->journaledEnd[slot], job.end);
        log->journalGeneration[slot] = place->generation;
        log->createPending = false;
        log->durable = std::max(log->durable, job.end);
        log->trimHot();
        log->announce();
        if (log->pendingBytes >= m_options.writeBackBytes && laneMayRun(*log) && !log->retired)
            startLane(*log, false);
        changed(*log);
    }
    if (place && place->fillWanted)
        startJournalFill();
    if (place)
        m_journalGenerations[static_cast<std::size_t>(place->file)] = place->generation;
    if (place && place->file != m_journalFile) {
        m_journalFile = place->file;
        for (const auto& weak : std::vector(m_journaled)) {
            if (const auto log = weak.lock(); log && log->journaledEnd[static_cast<std::size_t>(1 - m_journalFile)] >= 0)
                wantSync(*log, false);
        }
    }
    if (!m_queue.empty())
        scheduleTurn();
}

bool Flusher::replayable(const LogCore& log) const {
    for (std::size_t i = 0; i < 2; ++i) {
        if (log.journalGeneration[i] != 0 && log.journalGeneration[i] == m_journalGenerations[i])
            return true;
    }
    return log.journalJob.has_value();
}

void Flusher::releaseJournalFiles() {
    bool needed = false;
    const auto other = static_cast<std::size_t>(1 - m_journalFile);
    std::erase_if(m_journaled, [&](const auto& weak) {
        const auto log = weak.lock();
        if (!log)
            return true;
        needed = needed || log->journaledEnd[other] >= 0;
        return !log->journaled() && !log->journalJob;
    });
    if (!needed && !m_journalBusy)
        m_journal.release(static_cast<int>(other));
}

} // namespace broker::storage
