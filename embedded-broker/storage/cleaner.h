#pragma once
// Compaction: which log next, when, and how its cleaned segments come in. Loop thread; reading and writing are jobs of the disk pool, one at
// a time and a few MiB each, so that other work comes in between. Choices are Kafka's:
//
//   clean     [start, clean offset)                       written before
//   dirty     [clean offset, first uncleanable)           share of both above min.cleanable.dirty.ratio: cleaned, the dirtiest log first
//   not yet   [first uncleanable, end)                    above the last stable offset, younger than min.compaction.lag.ms, or active
//
// A log whose oldest dirty record is older than max.compaction.lag.ms is cleaned whatever its ratio.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/storage/clean_run.h"
#include "embedded-broker/storage/flusher.h"
#include "embedded-broker/storage/log_manager.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace broker::storage {

/// Of one log, now.
struct CleanState {
    Offset firstDirty = 0;
    Offset firstUncleanable = 0;    ///< base of a segment
    std::uint64_t cleanBytes = 0;
    std::uint64_t dirtyBytes = 0;   ///< that could be cleaned
    bool overdue = false;           ///< max.compaction.lag.ms
    bool checkpointWrong = false;   ///< the clean offset lies outside the log
    [[nodiscard]] double dirtyRatio() const {
        const auto all = cleanBytes + dirtyBytes;
        return all == 0 ? 0 : static_cast<double>(dirtyBytes) / static_cast<double>(all);
    }
};
/// May read the time index of segments of before this start, once each, where a compaction lag is set.
Result<CleanState> cleanState(LogCore& core, WallMs now);

class Cleaner {
public:
    using Logs = std::function<std::vector<std::shared_ptr<LogCore>>()>;
    Cleaner(Disk& disk, Scheduler& scheduler, Flusher& flusher, CleanerOptions options, Logs logs);
    ~Cleaner();

    void start();
    /// From the next run on; `enabled` only counts before start().
    void setOptions(const CleanerOptions& options);
    /// Looks for work in the next turn: a setting changed, a sync is through.
    void poke();
    /// Nothing new is begun; what runs stops at its next batch. Before Flusher::drain().
    void stop();
    [[nodiscard]] bool busy() const { return m_work != nullptr; }

private:
    struct Work {
        std::shared_ptr<LogCore> core;
        std::uint64_t cuts = 0;
        std::unique_ptr<CleanRun> run;
        std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
        std::size_t group = 0;
        Instant begun;
        std::uint64_t bytesDone = 0;
        std::uint64_t bytesBefore = 0;
        std::uint64_t bytesAfter = 0;
    };
    void arm(Duration delay);
    void look();
    void begin(const std::shared_ptr<LogCore>& core, const CleanState& state, WallMs now);
    [[nodiscard]] bool stillValid(const Work& work) const;
    using Portion = Result<CleanRun::Step> (CleanRun::*)(std::uint64_t bytes);
    using Next = void (Cleaner::*)(const std::shared_ptr<Work>&);
    void runStep(std::shared_ptr<Work> work, Portion portion, Next again, Next over);
    void mapStep(const std::shared_ptr<Work>& work);
    void nextGroup(const std::shared_ptr<Work>& work);
    void cleanStep(const std::shared_ptr<Work>& work);
    void groupCleaned(const std::shared_ptr<Work>& work);
    void finished(const std::shared_ptr<Work>& work);
    void giveUp(const std::shared_ptr<Work>& work, const Error& why);
    void afterPause(Work& work, std::uint64_t bytes, std::function<void()> next);
    void setCleanOffset(LogCore& core, Offset offset);

    Disk& m_disk;
    Scheduler& m_scheduler;
    Flusher& m_flusher;
    CleanerOptions m_options;
    Logs m_logs;
    std::array<std::uint64_t, 2> m_hashKey;
    std::shared_ptr<Work> m_work;
    TimerId m_timer = 0;
    bool m_poked = false;
    bool m_stopped = true;
    std::shared_ptr<Cleaner*> m_self; ///< emptied at destruction: late callbacks find nothing
};

} // namespace broker::storage
