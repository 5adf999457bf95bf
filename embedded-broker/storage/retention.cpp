#include "embedded-broker/storage/retention.h"

#include "embedded-broker/base/log.h"

namespace broker::storage {
namespace {

/// End of the segment at `at`: the next one's base.
Offset endOf(const LogCore& core, std::map<Offset, std::unique_ptr<Segment>>::const_iterator at) {
    const auto next = std::next(at);
    return next == core.segments.end() ? core.logEnd : next->first;
}

} // namespace

void applyRetention(LogCore& core, WallMs now, std::int64_t producerExpirationMs) {
    if (core.metadataLog() || core.retired || core.full || core.context.failed)
        return;
    core.producers.expire(now - producerExpirationMs);
    if (!core.config.deleteOld)
        return;
    const auto safe = std::min(core.highWatermark, core.durable);
    std::uint64_t total = 0;
    for (const auto& [base, segment] : core.segments)
        total += segment->size;
    auto start = core.logStart;
    std::string_view reason;
    for (auto at = core.segments.begin(); at != core.segments.end(); ++at) {
        auto& segment = *at->second;
        const bool emptyActive = segment.size == 0 && &segment == &core.active();
        if (emptyActive || endOf(core, at) > safe)
            break;
        const bool tooMuch = core.config.retentionBytes >= 0 &&
                             total >= static_cast<std::uint64_t>(core.config.retentionBytes) + segment.size;
        bool tooOld = false;
        if (!tooMuch && core.config.retentionMs >= 0) {
            if (!core.loadIndex(segment))
                break;
            tooOld = now - (segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs) > core.config.retentionMs;
        }
        if (!tooMuch && !tooOld)
            break;
        reason = tooMuch ? "size" : "time";
        total -= segment.size;
        start = endOf(core, at);
    }
    if (start > core.logStart) {
        log::info("storage", "{}: starts at {} now (retention by {})", core.directory, start, reason);
        core.setLogStart(start);
    }
}

} // namespace broker::storage
