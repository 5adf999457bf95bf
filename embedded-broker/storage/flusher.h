#pragma once
// Moves what logs collected in memory to disk, off the loop: group commit. Loop thread.
//
// Per turn, the logs that have something to make durable are divided:
//   direct   one lane job each: write the segment, fdatasync it. For few logs, for much data, for the metadata log, after a cut.
//   journal  one job for all others: their batches into the journal, one fdatasync; the segments get them by write-back.
// One job of a log's lane runs at a time, and one journal job; what arrives meanwhile goes into the next.
//   write-back  every writeBackInterval: pending operations of all logs, without sync
//   lazy sync   when a journal file is full, and before a checkpoint: write-back and fdatasync, a few logs at a time

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/storage/log_core.h"

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace broker::storage {

struct FlusherOptions {
    Duration writeBackInterval = milliseconds(50);
    std::size_t directLogsMax = 2;                  ///< up to so many logs a turn are synced in their own files
    std::uint64_t directBytes = 256U << 10;         ///< from so many bytes on a log is always synced in its own file
    std::uint64_t writeBackBytes = 2U << 20;        ///< pending bytes of a log that do not wait for the interval
    std::size_t lazySyncsAtOnce = 2;
    /// From the start of one journal job to the start of the next when several batches wait for each: what comes meanwhile shares a sync. A busy
    /// broker would otherwise sync as often as its disk can, and the syncs would take the processor from the appends. Who sends one batch after
    /// the other does not wait.
    Duration journalGap{0};
};

class Flusher {
public:
    Flusher(Scheduler& scheduler, DiskPool& pool, Journal& journal, FlusherOptions options);
    ~Flusher();
    void setContext(LogContext& context) { m_context = &context; }
    void onFatal(std::function<void(const Error&)> handler) { m_onFatal = std::move(handler); }

    /// `log` has batches above its durable end, or operations pending that nothing waits for.
    void changed(LogCore& log);
    /// When there is time: write and sync what the log has now; its recovery point follows. With `state`, also what lets a start
    /// trust that point: epochs, indexes, producer snapshot.
    void wantSync(LogCore& log, bool state);
    [[nodiscard]] bool lazySyncsPending() const { return !m_lazy.empty() || m_lazyRunning > 0; }
    void onLazySyncsDone(std::function<void()> handler) { m_onLazyDone = std::move(handler); }
    /// A crash now would replay entries of `log`, needed or not: a cut must make the journal forget them first.
    [[nodiscard]] bool replayable(const LogCore& log) const;
    /// A job of `log`'s lane that must run though nobody waits for it (delete, stray). The log stays alive until it is done.
    void retire(LogCore& log);
    /// Blocking: the same, now; for a log that comes back under the same name.
    Result<void> completeRetirement(LogCore& log);
    /// Blocking: until the swap of `log` that has begun is over.
    void completeSwap(LogCore& log);
    /// Runs `work` in the pool and `done` on the loop; drain() waits for it.
    void runAside(std::uint64_t key, Task work, Task done);

    /// Blocking: finishes all jobs, then writes and syncs every log of `logs`. Fails when one cannot be.
    Result<void> drain(const std::vector<std::shared_ptr<LogCore>>& logs);
    /// Nothing queued runs any more; for a manager that is destroyed without a clean stop.
    void abandon();

private:
    /// A pool job that a blocking stop can run or finish by itself.
    struct Job {
        std::mutex mutex; ///< guards `ran`; held while work runs
        bool ran = false;
        bool finished = false; ///< loop thread only
        Task work;
        Task done;
    };
    void submit(std::uint64_t key, Task work, Task done);
    void runNow(const std::shared_ptr<Job>& job);
    void finish(const std::shared_ptr<Job>& job);

    void scheduleTurn();
    void turn();
    void startLane(LogCore& log, bool sync, bool lazy = false);
    [[nodiscard]] static bool laneMayRun(const LogCore& log);
    [[nodiscard]] bool journalWaits();
    void startJournalFill();
    void startJournal(std::vector<std::shared_ptr<LogCore>> logs);
    void startWriteBack();
    void startLazySyncs();
    void laneDone(LogCore& log, Lane::Outcome outcome, std::vector<DiskOp> ops);
    void journalDone(const std::vector<std::shared_ptr<LogCore>>& logs, const Result<Journal::Place>& place);
    void enqueue(LogCore& log);
    void retryFull();
    void releaseJournalFiles();
    void armWriteBack();
    void fatal(const Error& error);

    Scheduler& m_scheduler;
    DiskPool& m_pool;
    Journal& m_journal;
    FlusherOptions m_options;
    LogContext* m_context = nullptr;
    std::function<void(const Error&)> m_onFatal;
    std::function<void()> m_onLazyDone;

    std::vector<std::shared_ptr<LogCore>> m_queue;      ///< have something that is not durable
    std::vector<std::shared_ptr<LogCore>> m_writeBacks; ///< have operations pending
    std::list<std::shared_ptr<LogCore>> m_lazy;         ///< want a sync
    std::vector<std::weak_ptr<LogCore>> m_journaled;    ///< have entries in a journal file
    std::size_t m_lazyRunning = 0;
    bool m_turnPosted = false;
    bool m_journalBusy = false;
    int m_journalFile = 0;
    std::array<std::uint64_t, 2> m_journalGenerations{0, 0};
    bool m_draining = false;
    TimerId m_writeBackTimer = 0;
    TimerId m_journalTimer = 0;
    Instant m_journalNext{};           ///< the next job does not start before
    bool m_journalFillRunning = false;
    TimerId m_retryTimer = 0;
    std::list<std::shared_ptr<Job>> m_jobs;
    std::shared_ptr<Flusher*> m_self; ///< emptied at destruction: late callbacks find nothing
};

} // namespace broker::storage
