// Cleaned segments come into a log: in memory only when they are on disk, and never against a cut.

#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/flusher.h"
#include "embedded-broker/storage/log_core.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace broker::storage {

void LogCore::beginSwap(SegmentSwap next) {
    // Until memory follows, reads go on in the files that stood under these names.
    SwapOp op;
    op.ticket = next.ticket;
    op.tp = tp;
    op.recoveryPoint = checkpointable;
    op.gone = gone;
    op.stem = fmt::format("{}/{}", directory, offsetFileName(next.bases.front()));
    op.txnIndex = !next.aborted.empty();
    for (const auto base : next.bases) {
        auto& segment = *segments.at(base);
        const auto pinned = segment.file->pin();
        const auto loaded = pinned ? loadIndex(segment) : pinned;
        if (!loaded) {
            log::warning("storage", "{}: not compacted: {}", directory, loaded.error().message);
            next.done(false);
            return;
        }
        if (base == next.bases.front())
            continue;
        for (const auto* suffix : {".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".producers"})
            op.removed.push_back(segment.path(directory, suffix));
    }
    swap = std::move(next);
    pending.emplace_back(std::move(op));
    context.flusher.changed(*this);
}

void LogCore::finishSwap() {
    if (!swap || !swap->ticket->done())
        return;
    auto done = std::exchange(swap, std::nullopt);
    while (!hot.empty() && hot.front().base < done->end) {
        hotBytes -= hot.front().size();
        context.hotBytesAll -= hot.front().size();
        hot.pop_front();
    }
    const auto first = done->bases.front();
    for (const auto base : done->bases) {
        segments.erase(base);
        if (base != first)
            snapshots.erase(base);
    }
    done->segment->file = std::make_shared<SegmentFile>(context.disk, done->segment->path(directory, ".log"), false);
    done->segment->file->relax();
    segments[first] = std::move(done->segment);
    producers.replaceAborted(first, done->end, std::move(done->aborted));
    dropSegmentsBelowStart();
    done->done(true);
}

Result<void> LogCore::settleSwapAbove(Offset from) {
    if (!swap || swap->end <= from)
        return {};
    if (swap->ticket->cancel()) {
        const auto cancelled = std::exchange(swap, std::nullopt);
        cancelled->done(false);
        return {};
    }
    context.flusher.completeSwap(*this);
    return swap ? fail(ErrorCode::IoError, fmt::format("{}: a compacted segment is on its way in, and the disk fails or is full", directory))
                : Result<void>{};
}

void LogCore::dropSegmentsBelowStart() {
    while (segments.size() > 1 && std::next(segments.begin())->first <= logStart) {
        const auto base = segments.begin()->first;
        if (swap && base >= swap->bases.front() && base < swap->end) {
            if (!swap->ticket->cancel())
                return; // finishSwap() comes back here
            const auto cancelled = std::exchange(swap, std::nullopt);
            cancelled->done(false);
        }
        removeSegment(base);
    }
}

} // namespace broker::storage
