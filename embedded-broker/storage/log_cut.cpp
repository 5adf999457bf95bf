// Truncation and DeleteRecords.

#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/flusher.h"
#include "embedded-broker/storage/log_core.h"

#include <fmt/format.h>

namespace broker::storage {
namespace {

/// What is at or above `offset` is neither durable nor written any more, also when a job in flight finishes later.
void lowerEnds(LogCore& core, Offset offset) {
    for (auto* end : {&core.logEnd, &core.written, &core.durable, &core.recoveryPoint, &core.checkpointable, &core.highWatermark})
        *end = std::min(*end, offset);
    for (auto& end : core.journaledEnd)
        end = std::min(end, offset);
    if (core.cleanOffset)
        core.cleanOffset = std::min(*core.cleanOffset, offset);
    for (auto* job : {&core.laneJob, &core.journalJob}) {
        if (job->has_value()) {
            (*job)->end = std::min((*job)->end, offset);
            (*job)->clearsBarrier = false;
            (*job)->withState = false;
        }
    }
}

void putBarrier(LogCore& core, Offset offset) {
    core.pending.emplace_back(BarrierOp{core.tp, offset, core.context.flusher.replayable(core), core.journalKey()});
    core.barrierNeeded = true;
}

void removeSnapshotsAbove(LogCore& core, Offset offset) {
    std::vector<std::string> paths;
    while (!core.snapshots.empty() && *core.snapshots.rbegin() > offset) {
        const auto name = fmt::format("{}/{}", core.directory, offsetFileName(*core.snapshots.rbegin()));
        paths.push_back(name + ".snapshot");
        paths.push_back(name + ".producers");
        core.snapshots.erase(std::prev(core.snapshots.end()));
    }
    if (!paths.empty())
        core.pending.emplace_back(RemoveFilesOp{std::move(paths), true}); // a snapshot of another branch must never come back
}

} // namespace

Result<void> Log::truncateTo(Offset offset) {
    auto& core = *m_core;
    if (offset >= core.logEnd) {
        // No record goes, but an epoch that was begun here and never written to does, else the replica would name it for ever
        // as its last one and never agree with its leader (KAFKA-10706).
        if (core.epochs.truncateFromEnd(core.logEnd)) {
            core.putEpochs();
            core.context.flusher.changed(core);
        }
        return {};
    }
    if (offset < core.logStart)
        return truncateFullyAndStartAt(offset);
    if (storageFailed())
        return fail(ErrorCode::IoError, fmt::format("{} takes no changes", core.directory));
    ++core.cuts;
    if (auto settled = core.settleSwapAbove(offset); !settled)
        return settled;
    auto* segment = core.segmentOf(offset);
    // The cut lies where the first batch that reaches `offset` begins; everything below stays byte for byte.
    const auto located = core.locate(*segment, offset);
    if (!located)
        return std::unexpected(located.error());
    const auto position = *located ? (*located)->position : segment->size;
    const auto cut = *located ? std::min((*located)->header.baseOffset, offset) : offset;
    const auto producers = core.rebuildProducers(cut); // reads what is still there
    if (!producers)
        return producers;
    putBarrier(core, cut);
    removeSnapshotsAbove(core, cut);
    while (core.active().base > segment->base)
        core.removeSegment(core.active().base, true); // last first: a crash leaves a log without a hole
    segment->file->keep();
    core.pending.emplace_back(TruncateOp{segment->file, position});
    while (!core.hot.empty() && core.hot.back().base >= cut) {
        core.hotBytes -= core.hot.back().size();
        core.context.hotBytesAll -= core.hot.back().size();
        core.hot.pop_back();
    }
    segment->size = position;
    if (auto loaded = core.loadIndex(*segment); !loaded)
        return loaded;
    segment->offsets.truncate(cut - segment->base, position);
    segment->times.truncate(cut - segment->base);
    segment->indexDirty = true;
    segment->bytesSinceEntry = position - (segment->offsets.entries().empty() ? 0 : segment->offsets.entries().back().position);
    lowerEnds(core, cut);
    if (position == 0)
        segment->firstTimestamp.reset();
    if (auto refreshed = core.refreshMaxTimestamp(*segment); !refreshed)
        return refreshed;
    core.epochs.truncateFromEnd(cut);
    core.putEpochs();
    core.putIndexFiles(*segment, true);
    log::info("storage", "{}: truncated to {}", core.directory, cut);
    core.announce();
    core.context.flusher.changed(core);
    return {};
}

Result<void> Log::truncateFullyAndStartAt(Offset offset) {
    auto& core = *m_core;
    if (storageFailed())
        return fail(ErrorCode::IoError, fmt::format("{} takes no changes", core.directory));
    ++core.cuts;
    if (auto settled = core.settleSwapAbove(kNoOffset); !settled)
        return settled;
    putBarrier(core, offset);
    removeSnapshotsAbove(core, kNoOffset);
    core.dropHot();
    while (!core.segments.empty())
        core.removeSegment(core.segments.begin()->first, true);
    core.addSegment(offset);
    core.epochs.clear();
    core.producers.clear();
    core.putEpochs();
    lowerEnds(core, 0);
    core.logStart = core.logEnd = core.written = core.durable = core.recoveryPoint = core.checkpointable = core.highWatermark = offset;
    core.journaledEnd = {-1, -1};
    core.cleanOffset.reset();
    for (auto* job : {&core.laneJob, &core.journalJob}) {
        if (job->has_value())
            (*job)->end = 0;
    }
    log::info("storage", "{}: emptied, starts at {}", core.directory, offset);
    core.announce();
    core.context.flusher.changed(core);
    return {};
}

Result<void> Log::deleteRecordsBefore(Offset offset, std::function<void()> done) {
    auto& core = *m_core;
    if (offset > core.logEnd)
        return fail(ErrorCode::OutOfRange, fmt::format("{} is above the log's end {}", offset, core.logEnd));
    if (storageFailed())
        return fail(ErrorCode::IoError, fmt::format("{} takes no changes", core.directory));
    if (offset <= core.logStart) {
        if (done)
            core.context.scheduler.post([done = std::move(done)] { done(); });
        return {};
    }
    core.setLogStart(offset);
    auto result = std::make_shared<Result<void>>();
    core.context.flusher.runAside(
        std::hash<std::string>{}(core.root.path),
        [result, &root = core.root, tp = core.tp, gone = core.gone, offset] { *result = root.logStarts.raise(tp, offset, *gone); },
        [result, done = std::move(done)] {
            if (!*result)
                log::warning("storage", "the log start is not on disk yet: {}", result->error().message);
            else if (done)
                done();
        });
    return {};
}

} // namespace broker::storage
