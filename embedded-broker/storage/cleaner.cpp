#include "embedded-broker/storage/cleaner.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/storage/retention.h"

#include <algorithm>
#include <utility>

namespace broker::storage {
namespace {

constexpr std::uint64_t kCleanerKeyOfPool = 0x53544F5241474533; // steps of compaction, one after another

constexpr std::int64_t kProducersStay = std::numeric_limits<std::int64_t>::max();

/// Of the first batch: what segment.ms counts from, too.
Result<WallMs> firstTimestamp(LogCore& core, Segment& segment) {
    if (!segment.firstTimestamp && segment.size >= kBatchHeaderBytes) {
        const auto head = core.readRange(segment, 0, kBatchHeaderBytes);
        if (!head)
            return std::unexpected(head.error());
        const auto header = parseBatchHeader(head->bytes());
        segment.firstTimestamp = header ? header->maxTimestamp : -1;
    }
    return segment.firstTimestamp.value_or(-1);
}

} // namespace

Result<CleanState> cleanState(LogCore& core, WallMs now) {
    CleanState state;
    state.firstDirty = core.cleanOffset.value_or(core.logStart);
    if (state.firstDirty < core.logStart || state.firstDirty > core.logEnd) {
        state.firstDirty = core.logStart;
        state.checkpointWrong = core.cleanOffset.has_value();
    }
    const auto stable = std::min(core.highWatermark, core.producers.firstUnstableOffset().value_or(core.logEnd));
    const auto active = std::prev(core.segments.end());
    auto bound = std::min(stable, active->first);
    // Dirty, closed segments; also the one that `firstDirty` lies in.
    auto dirty = core.segments.upper_bound(state.firstDirty);
    if (dirty != core.segments.begin())
        --dirty;
    if (core.config.minCompactionLagMs > 0) {
        for (auto at = dirty; at != active && at->first < bound; ++at) {
            if (auto loaded = core.loadIndex(*at->second); !loaded)
                return std::unexpected(loaded.error());
            if (at->second->maxTimestamp > now - core.config.minCompactionLagMs) {
                bound = at->first;
                break;
            }
        }
    }
    bound = std::max(bound, state.firstDirty);
    // Whole segments only: the one that the bound lies in stays.
    const auto end = std::prev(core.segments.upper_bound(bound));
    state.firstUncleanable = end->first;
    for (auto at = core.segments.begin(); at != active; ++at) {
        if (at->first < state.firstDirty)
            state.cleanBytes += at->second->size;
    }
    for (auto at = dirty; at != end && at->first < state.firstUncleanable; ++at)
        state.dirtyBytes += at->second->size;
    if (core.config.maxCompactionLagMs < std::numeric_limits<std::int64_t>::max()) {
        const auto until = now - std::max<std::int64_t>(core.config.maxCompactionLagMs, 0);
        for (auto at = dirty; at != active && !state.overdue; ++at) {
            const auto first = firstTimestamp(core, *at->second);
            if (!first)
                return std::unexpected(first.error());
            state.overdue = *first > 0 && *first < until;
        }
    }
    return state;
}

Cleaner::Cleaner(Disk& disk, Scheduler& scheduler, Flusher& flusher, CleanerOptions options, Logs logs)
    : m_disk(disk), m_scheduler(scheduler), m_flusher(flusher), m_options(options), m_logs(std::move(logs)), m_self(std::make_shared<Cleaner*>(this)) {
    const auto random = makeSystemRandom();
    m_hashKey = {random->next(), random->next()};
}

Cleaner::~Cleaner() {
    stop();
    *m_self = nullptr;
}

// --- when -----------------------------------------------------------------------------------------------------------

void Cleaner::start() {
    if (!m_options.enabled)
        return;
    m_stopped = false;
    arm(m_options.backoff);
}

void Cleaner::setOptions(const CleanerOptions& options) {
    const bool enabled = std::exchange(m_options, options).enabled;
    m_options.enabled = enabled;
    poke();
}

void Cleaner::stop() {
    m_stopped = true;
    m_scheduler.cancel(std::exchange(m_timer, 0));
    if (!m_work)
        return;
    *m_work->cancelled = true;
    if (!m_work->core->swap && !m_work->core->retired)
        m_flusher.runAside(kCleanerKeyOfPool, [work = m_work] { work->run->discardGroup(); }, [] {});
}

void Cleaner::arm(Duration delay) {
    if (m_stopped || m_work)
        return;
    m_scheduler.cancel(std::exchange(m_timer, 0));
    m_timer = m_scheduler.after(delay, [self = m_self] {
        if (!*self)
            return;
        (*self)->m_timer = 0;
        (*self)->look();
    });
}

void Cleaner::poke() {
    if (m_stopped || m_work || std::exchange(m_poked, true))
        return;
    m_scheduler.post([self = m_self] {
        if (!*self)
            return;
        (*self)->m_poked = false;
        (*self)->look();
    });
}

void Cleaner::look() {
    if (m_stopped || m_work)
        return;
    const auto now = m_scheduler.wallNow();
    std::shared_ptr<LogCore> dirtiest;
    CleanState best;
    for (const auto& core : m_logs()) {
        if (!core->config.compact || core->metadataLog() || core->retired || core->full || core->context.failed || core->uncleanable || core->swap)
            continue;
        if (core->config.deleteOld)
            applyRetention(*core, now, kProducersStay);
        const auto state = cleanState(*core, now);
        if (!state) {
            log::warning("storage", "{}: not compacted before the next start: {}", core->directory, state.error().message);
            core->uncleanable = true;
            continue;
        }
        if (state->checkpointWrong)
            setCleanOffset(*core, state->firstDirty);
        const bool due = (state->overdue && state->dirtyBytes > 0) || state->dirtyRatio() > core->config.minCleanableDirtyRatio;
        if (due && (!dirtiest || state->dirtyRatio() > best.dirtyRatio())) {
            // A start takes gaps in offsets for a torn log, unless all of it is known to be on disk.
            if (core->checkpointable < state->firstUncleanable) {
                m_flusher.wantSync(*core, true);
                continue;
            }
            dirtiest = core;
            best = *state;
        }
    }
    if (dirtiest)
        begin(dirtiest, best, now);
    else
        arm(m_options.backoff);
}

// --- one log --------------------------------------------------------------------------------------------------------

void Cleaner::begin(const std::shared_ptr<LogCore>& core, const CleanState& state, WallMs now) {
    CleanInput input;
    input.directory = core->directory;
    for (auto at = core->segments.begin(); at != core->segments.end() && at->first < state.firstUncleanable; ++at)
        input.parts.push_back({at->first, std::next(at)->first, at->second->size});
    input.firstDirty = state.firstDirty;
    input.upperBound = state.firstUncleanable;
    input.now = now;
    input.config = core->config;
    input.aborted = core->producers.aborted();
    input.mapBytesMax = m_options.mapBytesMax;
    input.mapLoadFactor = m_options.mapLoadFactor;
    input.hashKey = m_hashKey;
    auto work = std::make_shared<Work>();
    work->core = core;
    work->cuts = core->cuts;
    work->begun = m_scheduler.now();
    work->run = std::make_unique<CleanRun>(m_disk, std::move(input), work->cancelled);
    m_work = work;
    log::debug("storage", "{}: compacting [{}, {}), {} bytes dirty, {} clean", core->directory, state.firstDirty, state.firstUncleanable,
               state.dirtyBytes, state.cleanBytes);
    mapStep(work);
}

bool Cleaner::stillValid(const Work& work) const {
    const auto& core = *work.core;
    return !m_stopped && !core.retired && core.cuts == work.cuts && !core.context.failed && core.config.compact;
}

/// Spreads the bytes of a step over the time that the limit gives them.
void Cleaner::afterPause(Work& work, std::uint64_t bytes, std::function<void()> next) {
    work.bytesDone += bytes;
    if (m_options.bytesPerSecond <= 0) {
        next();
        return;
    }
    const auto due = work.begun + std::chrono::duration_cast<Duration>(
                                      std::chrono::duration<double>(static_cast<double>(work.bytesDone) / m_options.bytesPerSecond));
    m_scheduler.at(std::max(due, m_scheduler.now()), [self = m_self, next = std::move(next)] {
        if (*self)
            next();
    });
}

/// A portion of the work aside; then the next of the same, or what comes after it.
void Cleaner::runStep(std::shared_ptr<Work> work, Portion portion, Next again, Next over) {
    auto result = std::make_shared<Result<CleanRun::Step>>();
    m_flusher.runAside(
        kCleanerKeyOfPool, [work, result, portion, bytes = m_options.stepBytes] { *result = (*work->run.*portion)(bytes); },
        [self = m_self, work, result, again, over] {
            if (!*self)
                return;
            auto& cleaner = **self;
            if (!*result)
                return cleaner.giveUp(work, result->error());
            if (!cleaner.stillValid(*work))
                return cleaner.giveUp(work, Error{ErrorCode::Cancelled, {}});
            cleaner.afterPause(*work, (*result)->bytes, [&cleaner, work, next = (*result)->finished ? over : again] { (cleaner.*next)(work); });
        });
}

void Cleaner::mapStep(const std::shared_ptr<Work>& work) { runStep(work, &CleanRun::mapSome, &Cleaner::mapStep, &Cleaner::nextGroup); }

void Cleaner::nextGroup(const std::shared_ptr<Work>& work) {
    auto& core = *work->core;
    if (!stillValid(*work))
        return giveUp(work, Error{ErrorCode::Cancelled, {}});
    if (work->group == work->run->groups().size())
        return finished(work);
    LastOfProducers producers;
    for (const auto& [id, entry] : core.producers.all())
        producers[id] = {entry.batches.empty() ? kNoOffset : entry.batches.back().lastOffset, entry.epoch};
    work->run->beginGroup(work->group, std::move(producers));
    cleanStep(work);
}

void Cleaner::cleanStep(const std::shared_ptr<Work>& work) { runStep(work, &CleanRun::cleanSome, &Cleaner::cleanStep, &Cleaner::groupCleaned); }

void Cleaner::groupCleaned(const std::shared_ptr<Work>& work) {
    auto& core = *work->core;
    auto cleaned = work->run->takeGroup();
    const auto group = work->run->groups()[work->group++];
    work->bytesBefore += cleaned.bytesBefore;
    work->bytesAfter += cleaned.bytesAfter;
    if (!cleaned.segment)
        return nextGroup(work); // nothing to take away from it
    SegmentSwap swap;
    bool there = stillValid(*work);
    const auto& parts = work->run->input().parts;
    for (auto at = group.first; at < group.last && there; ++at) {
        const auto found = core.segments.find(parts[at].base);
        there = found != core.segments.end() && found->second->size == parts[at].bytes && found->second.get() != &core.active();
        swap.bases.push_back(parts[at].base);
    }
    there = there && core.checkpointable >= parts[group.last - 1].end && !core.full;
    if (!there)
        return giveUp(work, Error{ErrorCode::Cancelled, {}});
    swap.ticket = std::make_shared<SwapTicket>();
    swap.end = parts[group.last - 1].end;
    swap.segment = std::move(cleaned.segment);
    swap.aborted = std::move(cleaned.aborted);
    swap.done = [self = m_self, work](bool swapped) {
        if (!*self)
            return;
        if (swapped)
            (*self)->nextGroup(work);
        else
            (*self)->giveUp(work, Error{ErrorCode::Cancelled, {}});
    };
    core.beginSwap(std::move(swap));
}

void Cleaner::finished(const std::shared_ptr<Work>& work) {
    auto& core = *work->core;
    log::info("storage", "{}: compacted to {}, {} bytes are {} now", core.directory, work->run->cleanEnd(), work->bytesBefore, work->bytesAfter);
    setCleanOffset(core, work->run->cleanEnd());
    m_work.reset();
    poke();
}

void Cleaner::giveUp(const std::shared_ptr<Work>& work, const Error& why) {
    auto& core = *work->core;
    if (why.code == ErrorCode::Corrupt || why.code == ErrorCode::OutOfRange || why.code == ErrorCode::Unsupported) {
        core.uncleanable = true; // again and again would not help, and others want their turn
        log::warning("storage", "{}: not compacted before the next start: {}", core.directory, why.message);
    } else if (why.code != ErrorCode::Cancelled && why.code != ErrorCode::NotFound) {
        log::warning("storage", "{}: compaction is tried again later: {}", core.directory, why.message);
    }
    m_work.reset();
    if (!core.retired) // else its directory has gone, and another partition's may have its name
        m_flusher.runAside(kCleanerKeyOfPool, [work] { work->run->discardGroup(); }, [] {});
    arm(m_options.backoff);
}

void Cleaner::setCleanOffset(LogCore& core, Offset offset) {
    core.cleanOffset = offset;
    core.pending.emplace_back(CleanOffsetOp{core.tp, offset, core.gone});
    m_flusher.changed(core);
}

} // namespace broker::storage
