#include "embedded-broker/storage/flusher.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::storage {
namespace {

constexpr std::uint64_t kWriteBackKeyOfPool = 0x53544F5241474532; // write-backs, one after another
constexpr Duration kFullRetry = milliseconds(500);
constexpr std::size_t kJournalLogBytesExtra = 256; // headers and a Create entry

} // namespace

Flusher::Flusher(Scheduler& scheduler, DiskPool& pool, Journal& journal, FlusherOptions options)
    : m_scheduler(scheduler), m_pool(pool), m_journal(journal), m_options(options), m_self(std::make_shared<Flusher*>(this)) {}

Flusher::~Flusher() {
    abandon();
    *m_self = nullptr;
}

// --- jobs -----------------------------------------------------------------------------------------------------------

void Flusher::submit(std::uint64_t key, Task work, Task done) {
    auto job = std::make_shared<Job>();
    job->work = std::move(work);
    job->done = std::move(done);
    m_jobs.push_back(job);
    m_pool.submit(
        key,
        [job] {
            const std::lock_guard lock(job->mutex);
            if (!std::exchange(job->ran, true))
                job->work();
        },
        [job, self = m_self] {
            if (*self)
                (*self)->finish(job);
        });
}

void Flusher::runNow(const std::shared_ptr<Job>& job) {
    const std::lock_guard lock(job->mutex); // waits while a thread of the pool is in it
    if (!std::exchange(job->ran, true))
        job->work();
}

void Flusher::finish(const std::shared_ptr<Job>& job) {
    if (std::exchange(job->finished, true))
        return;
    m_jobs.remove(job);
    auto done = std::move(job->done);
    job->work = nullptr;
    done();
}

void Flusher::runAside(std::uint64_t key, Task work, Task done) { submit(key, std::move(work), std::move(done)); }

void Flusher::abandon() {
    m_scheduler.cancel(std::exchange(m_writeBackTimer, 0));
    m_scheduler.cancel(std::exchange(m_retryTimer, 0));
    m_scheduler.cancel(std::exchange(m_journalTimer, 0));
    for (const auto& job : m_jobs) {
        const std::lock_guard lock(job->mutex);
        job->ran = true;
        job->finished = true;
        job->work = nullptr;
        job->done = nullptr;
    }
    m_jobs.clear();
    m_queue.clear();
    m_writeBacks.clear();
    m_lazy.clear();
}

void Flusher::fatal(const Error& error) {
    if (std::exchange(m_context->failed, true))
        return;
    log::error("storage", "a write that must not fail did: {}", error.message);
    if (m_onFatal)
        m_onFatal(error);
}

// --- what is to be done ---------------------------------------------------------------------------------------------

void Flusher::enqueue(LogCore& log) {
    if (!std::exchange(log.queued, true))
        m_queue.push_back(log.shared_from_this());
}

void Flusher::changed(LogCore& log) {
    if (m_context->failed)
        return;
    if (log.durable < log.logEnd || log.barrierNeeded) {
        enqueue(log);
        scheduleTurn();
    }
    if (!log.pending.empty() && !std::exchange(log.writeBackQueued, true)) {
        m_writeBacks.push_back(log.shared_from_this());
        armWriteBack();
    }
}

void Flusher::retire(LogCore& log) {
    enqueue(log);
    scheduleTurn();
}

void Flusher::wantSync(LogCore& log, bool state) {
    log.stateWanted = log.stateWanted || state;
    if (!std::exchange(log.syncWanted, true))
        m_lazy.push_back(log.shared_from_this());
    startLazySyncs();
}

void Flusher::scheduleTurn() {
    if (m_draining || std::exchange(m_turnPosted, true))
        return;
    m_scheduler.post([self = m_self] {
        if (*self)
            (*self)->turn();
    });
}

void Flusher::armWriteBack() {
    if (m_draining || m_writeBackTimer != 0)
        return;
    m_writeBackTimer = m_scheduler.after(m_options.writeBackInterval, [self = m_self] {
        if (!*self)
            return;
        (*self)->m_writeBackTimer = 0;
        (*self)->startWriteBack();
    });
}

bool Flusher::laneMayRun(const LogCore& log) {
    // A Fresh entry must come after the entries that are being written now.
    return !log.laneJob && !(log.journalJob && (log.barrierNeeded || log.retired));
}

void Flusher::turn() {
    m_turnPosted = false;
    if (m_context->failed)
        return;
    std::vector<std::shared_ptr<LogCore>> soft;
    std::uint64_t softBytes = 0;
    for (auto& log : std::exchange(m_queue, {})) {
        log->queued = false;
        const bool waits = log->durable < log->logEnd || log->barrierNeeded;
        if (log->retired) {
            if (laneMayRun(*log))
                startLane(*log, false);
            else
                enqueue(*log);
        } else if (!waits) {
            continue;
        } else if (!m_context->synced && !log->metadataLog()) {
            log->barrierNeeded = false;
            log->durable = log->logEnd;
            log->announce();
        } else if (log->full || log->journalJob || (log->laneJob && log->laneJob->sync)) {
            enqueue(*log); // the end of that job brings the next turn
        } else if (log->metadataLog() || log->barrierNeeded || log->pendingBytes >= m_options.directBytes) {
            if (log->laneJob)
                enqueue(*log);
            else
                startLane(*log, true);
        } else {
            softBytes += log->undurableBytes() + kJournalLogBytesExtra;
            soft.push_back(std::move(log));
        }
    }
    if (soft.empty())
        return;
    const bool room = !m_journalBusy && m_journal.hasRoom(softBytes);
    if (!m_journalBusy && (soft.size() <= m_options.directLogsMax || !room)) {
        std::vector<std::shared_ptr<LogCore>> busy; // their segments are being written back
        for (auto& log : soft) {
            if (log->laneJob)
                busy.push_back(std::move(log));
            else
                startLane(*log, true);
        }
        soft = std::move(busy);
    }
    if (soft.empty())
        return;
    if (room && !journalWaits()) {
        startJournal(std::move(soft));
    } else {
        for (const auto& log : soft)
            enqueue(*log);
    }
}

// --- lanes ----------------------------------------------------------------------------------------------------------

void Flusher::startLane(LogCore& log, bool sync, bool lazy) {
    const bool state = lazy && std::exchange(log.stateWanted, false);
    if (state)
        log.putStateForSync();
    log.laneJob = LogCore::InFlight{log.logEnd, sync, log.barrierNeeded, lazy, state};
    log.pendingBytes = 0;
    struct Work {
        std::vector<DiskOp> ops;
        Lane::Outcome outcome;
    };
    auto work = std::make_shared<Work>();
    work->ops = std::exchange(log.pending, {});
    submit(
        log.laneKey, [work, lane = log.lane, sync] { work->outcome = lane->run(work->ops, sync); },
        [this, work, log = log.shared_from_this()] { laneDone(*log, std::move(work->outcome), std::move(work->ops)); });
}

void Flusher::laneDone(LogCore& log, Lane::Outcome outcome, std::vector<DiskOp> ops) {
    const auto job = *log.laneJob;
    log.laneJob.reset();
    if (job.lazy)
        --m_lazyRunning;
    if (!outcome.result) {
        if (outcome.syncFailed || outcome.result.error().code != ErrorCode::NoSpace) {
            fatal(outcome.result.error());
            return;
        }
        // Nothing of it was acknowledged or is lost: the operations stay, in order, and are tried again.
        if (!std::exchange(log.full, true))
            log::warning("storage", "{} takes no records until there is space: {}", log.directory, outcome.result.error().message);
        ops.erase(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(outcome.done));
        std::ranges::move(log.pending, std::back_inserter(ops));
        log.pending = std::move(ops);
        log.stateWanted = log.stateWanted || job.withState;
        if (m_retryTimer == 0 && !m_draining)
            m_retryTimer = m_scheduler.after(kFullRetry, [self = m_self] {
                if (*self)
                    (*self)->retryFull();
            });
        enqueue(log);
        return;
    }
    if (std::exchange(log.full, false))
        log::info("storage", "{} takes records again", log.directory);
    log.written = std::max(log.written, job.end);
    if (!log.retired)
        log.finishSwap();
    if (job.sync) {
        log.recoveryPoint = std::max(log.recoveryPoint, job.end);
        log.durable = std::max(log.durable, job.end);
        log.createPending = false;
        if (job.clearsBarrier)
            log.barrierNeeded = false;
        if (job.withState)
            log.checkpointable = std::max(log.checkpointable, job.end);
        log.relaxClosedSegments();
    }
    if (log.retired)
        log.journaledEnd = {-1, -1};
    for (auto& end : log.journaledEnd) {
        if (end >= 0 && end <= log.recoveryPoint)
            end = -1;
    }
    if (job.sync || log.retired)
        releaseJournalFiles();
    log.trimHot();
    log.announce();
    if (!log.retired)
        changed(log);
    if (!m_queue.empty())
        scheduleTurn();
    startLazySyncs();
    if (job.lazy && !lazySyncsPending() && m_onLazyDone)
        m_onLazyDone();
}

void Flusher::retryFull() {
    m_retryTimer = 0;
    for (const auto& log : std::vector(m_queue)) {
        if (log->full && laneMayRun(*log))
            startLane(*log, true);
    }
}

void Flusher::startWriteBack() {
    if (m_context->failed)
        return;
    struct Item {
        std::shared_ptr<LogCore> log;
        std::vector<DiskOp> ops;
        Lane::Outcome outcome;
    };
    auto items = std::make_shared<std::vector<Item>>();
    for (auto& log : std::exchange(m_writeBacks, {})) {
        log->writeBackQueued = false;
        if (log->pending.empty() || log->full || log->retired)
            continue;
        if (!laneMayRun(*log)) {
            log->writeBackQueued = true;
            m_writeBacks.push_back(std::move(log));
            continue;
        }
        log->laneJob = LogCore::InFlight{log->logEnd, false, false, false, false};
        log->pendingBytes = 0;
        auto ops = std::exchange(log->pending, {});
        items->push_back({std::move(log), std::move(ops), {}});
    }
    if (!m_writeBacks.empty())
        armWriteBack();
    if (items->empty())
        return;
    submit(
        kWriteBackKeyOfPool,
        [items] {
            for (auto& item : *items)
                item.outcome = item.log->lane->run(item.ops, false);
        },
        [this, items] {
            for (auto& item : *items)
                laneDone(*item.log, std::move(item.outcome), std::move(item.ops));
        });
}

void Flusher::startLazySyncs() {
    for (auto at = m_lazy.begin(); at != m_lazy.end() && m_lazyRunning < m_options.lazySyncsAtOnce && !m_context->failed;) {
        const auto log = *at;
        if (log->retired) {
            log->syncWanted = false;
            at = m_lazy.erase(at);
        } else if (log->full || !laneMayRun(*log)) {
            ++at;
        } else {
            log->syncWanted = false;
            at = m_lazy.erase(at);
            ++m_lazyRunning;
            startLane(*log, true, true);
        }
    }
}

Result<void> Flusher::completeRetirement(LogCore& log) {
    while (!log.pending.empty() || log.laneJob) {
        if (!log.laneJob && laneMayRun(log))
            startLane(log, false);
        while (!m_jobs.empty()) {
            const auto job = m_jobs.front();
            runNow(job);
            finish(job);
        }
        if (m_context->failed || log.full)
            return fail(ErrorCode::IoError, "the directory of the deleted partition could not be moved away");
    }
    return {};
}

void Flusher::completeSwap(LogCore& log) {
    while (log.swap && !log.retired && !m_context->failed && !log.full) {
        if (!log.laneJob && !log.pending.empty() && laneMayRun(log))
            startLane(log, false);
        if (m_jobs.empty())
            return;
        const auto job = m_jobs.front();
        runNow(job);
        finish(job);
    }
}

// --- stopping -------------------------------------------------------------------------------------------------------

Result<void> Flusher::drain(const std::vector<std::shared_ptr<LogCore>>& logs) {
    m_draining = true;
    m_scheduler.cancel(std::exchange(m_writeBackTimer, 0));
    m_scheduler.cancel(std::exchange(m_retryTimer, 0));
    m_scheduler.cancel(std::exchange(m_journalTimer, 0));
    m_lazy.clear();
    for (int round = 0;; ++round) {
        while (!m_jobs.empty()) {
            const auto job = m_jobs.front();
            runNow(job);
            finish(job);
        }
        if (m_context->failed)
            return fail(ErrorCode::IoError, "the disk failed: see the log");
        for (const auto& log : std::vector(m_queue)) {
            if (log->retired && !log->laneJob && !log->pending.empty())
                startLane(*log, false);
        }
        for (const auto& log : logs) {
            if (log->retired || log->laneJob || (log->pending.empty() && log->recoveryPoint >= log->logEnd && !log->barrierNeeded))
                continue;
            if (log->full && round > 1)
                return fail(ErrorCode::NoSpace, "the disk is full: not everything could be written");
            startLane(*log, true);
        }
        if (m_jobs.empty())
            return {};
    }
}

} // namespace broker::storage
