// Reads: hot batches as slices, older ones as regions of files that are written already; look-ups by offset and time.

#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/log_core.h"
#include "embedded-broker/storage/record_walk.h"

#include <algorithm>
#include <utility>
#include <cstring>
#include <fmt/format.h>

namespace broker::storage {
namespace {

constexpr std::uint64_t kScanChunkBytes = 16U << 10;
/// Smaller batches are joined: a fetch of a megabyte is a few parts, not thousands.
constexpr std::uint64_t kJoinBelowBytes = 2048;
constexpr std::uint64_t kIndexBytesMax = 1ULL << 30;
/// How far back a snapshot of Kafka's is searched for the four batches before each producer's last.
constexpr std::uint64_t kProducerScanBytes = 64U << 20;

} // namespace

Result<Slice> LogCore::readRange(Segment& segment, std::uint64_t position, std::uint64_t length) {
    if (position + length > segment.size)
        return fail(ErrorCode::OutOfRange, fmt::format("bytes [{}, {}) of a segment of {}", position, position + length, segment.size));
    std::vector<std::byte> bytes(length);
    std::uint64_t fromMemory = segment.size;
    auto batch = std::ranges::find_if(hot, [&](const auto& each) { return each.segment == &segment; });
    if (batch != hot.end())
        fromMemory = batch->position;
    if (position < fromMemory) {
        const auto part = std::min(length, fromMemory - position);
        auto file = segment.file->open();
        if (!file)
            return std::unexpected(file.error());
        const auto read = (*file)->readAt(position, std::span(bytes).first(part));
        if (!read)
            return std::unexpected(read.error());
        if (*read != part)
            return fail(ErrorCode::Corrupt, fmt::format("{} ends early", segment.file->path()));
    }
    const auto end = position + length;
    if (end > fromMemory) {
        batch = std::lower_bound(batch, hot.end(), position, [&](const auto& each, std::uint64_t at) {
            return each.segment == &segment && each.position + each.size() <= at;
        });
        for (; batch != hot.end() && batch->segment == &segment && batch->position < end; ++batch) {
            auto at = batch->position;
            for (const auto* piece : {&batch->head, &batch->rest}) {
                const auto first = std::max(at, position);
                const auto last = std::min(at + piece->size(), end);
                if (first < last)
                    std::memcpy(bytes.data() + (first - position), piece->data() + (first - at), last - first);
                at += piece->size();
            }
        }
    }
    return Slice::take(std::move(bytes));
}

Result<void> LogCore::scan(Segment& segment, std::uint64_t position,
                           const std::function<bool(const BatchHeader&, std::uint64_t)>& each) {
    Slice chunk;
    std::uint64_t chunkAt = 0;
    std::uint64_t wanted = kScanChunkBytes;
    while (position < segment.size) {
        if (position < chunkAt || position + kBatchHeaderBytes > chunkAt + chunk.size()) {
            const auto length = std::min(std::max<std::uint64_t>(wanted, kBatchHeaderBytes), segment.size - position);
            auto read = readRange(segment, position, length);
            if (!read)
                return std::unexpected(read.error());
            chunk = std::move(*read);
            chunkAt = position;
        }
        const auto header = parseBatchHeader(chunk.bytes().subspan(position - chunkAt));
        if (!header || header->size() > segment.size - position)
            return fail(ErrorCode::Corrupt, fmt::format("{}: no batch at byte {}", segment.file->path(), position));
        if (!each(*header, position))
            return {};
        position += header->size();
        wanted = header->size() > kScanChunkBytes ? kBatchHeaderBytes : kScanChunkBytes; // large batches: headers only
    }
    return {};
}

Result<void> LogCore::loadIndex(Segment& segment) {
    if (segment.indexLoaded)
        return {};
    const auto offsets = readWholeFile(context.disk, segment.path(directory, ".index"), kIndexBytesMax);
    const auto times = readWholeFile(context.disk, segment.path(directory, ".timeindex"), kIndexBytesMax);
    segment.indexLoaded = true;
    if (offsets && times) {
        segment.offsets = OffsetIndex::decode(asBytes(*offsets), segment.size);
        segment.times = TimeIndex::decode(asBytes(*times));
        // A look at the last entry tells an index of another file from ours.
        const auto& entries = segment.offsets.entries();
        bool holds = segment.size <= static_cast<std::uint64_t>(config.indexIntervalBytes) * 64 || !entries.empty();
        if (!entries.empty()) {
            const auto head = readRange(segment, entries.back().position, std::min<std::uint64_t>(kBatchHeaderBytes, segment.size - entries.back().position));
            const auto header = head ? parseBatchHeader(head->bytes()) : std::nullopt;
            holds = header && header->lastOffset() == segment.base + entries.back().relativeOffset;
        }
        if (holds && (segment.size == 0 || !segment.times.entries().empty()))
            return refreshMaxTimestamp(segment);
    }
    log::info("storage", "{}: its indexes are made again", segment.file->path());
    segment.offsets = {};
    segment.times = {};
    segment.bytesSinceEntry = 0;
    segment.maxTimestamp = -1;
    segment.maxTimestampOffset = kNoOffset;
    auto scanned = scan(segment, 0, [&](const BatchHeader& header, std::uint64_t position) {
        noteInIndex(segment, header, position);
        return true;
    });
    segment.indexDirty = true;
    return scanned;
}

Result<void> LogCore::refreshMaxTimestamp(Segment& segment) {
    segment.maxTimestamp = -1;
    segment.maxTimestampOffset = kNoOffset;
    std::uint64_t from = 0;
    if (!segment.times.entries().empty()) {
        const auto& last = segment.times.entries().back();
        segment.maxTimestamp = last.timestamp;
        segment.maxTimestampOffset = segment.base + last.relativeOffset;
        from = segment.offsets.positionFor(last.relativeOffset);
    }
    if (&segment != &active() && from > 0)
        return {}; // closed with a last entry that says it all
    return scan(segment, from, [&](const BatchHeader& header, std::uint64_t) {
        if (header.maxTimestamp > segment.maxTimestamp) {
            segment.maxTimestamp = header.maxTimestamp;
            segment.maxTimestampOffset = header.lastOffset();
        }
        return true;
    });
}

Result<std::optional<LogCore::Located>> LogCore::locate(Segment& segment, Offset offset) {
    if (!hot.empty() && hot.front().base <= offset && offset < logEnd) {
        const auto batch = std::ranges::upper_bound(hot, offset, {}, &HotBatch::next);
        if (batch != hot.end() && batch->segment == &segment) {
            const auto header = parseBatchHeader(batch->head.bytes());
            if (header)
                return Located{batch->position, *header};
        }
    }
    if (auto loaded = loadIndex(segment); !loaded)
        return std::unexpected(loaded.error());
    const auto relative = std::clamp<Offset>(offset - segment.base, 0, UINT32_MAX);
    std::optional<Located> found;
    auto scanned = scan(segment, segment.offsets.positionFor(static_cast<std::uint32_t>(relative)),
                        [&](const BatchHeader& header, std::uint64_t position) {
                            if (header.nextOffset() <= offset)
                                return true;
                            found = Located{position, header};
                            return false;
                        });
    if (!scanned)
        return std::unexpected(scanned.error());
    return found;
}

Result<void> LogCore::walk(Offset from, Offset to, const std::function<bool(const BatchHeader&, Segment&, std::uint64_t)>& each) {
    auto* first = segmentOf(from);
    auto at = segments.find(first ? first->base : segments.begin()->first);
    bool more = true;
    for (; at != segments.end() && more && at->first < to; ++at) {
        auto& segment = *at->second;
        std::uint64_t position = 0;
        if (from > segment.base) {
            const auto located = locate(segment, from);
            if (!located)
                return std::unexpected(located.error());
            if (!*located)
                continue;
            position = (*located)->position;
        }
        auto scanned = scan(segment, position, [&](const BatchHeader& header, std::uint64_t where) {
            more = header.baseOffset < to && each(header, segment, where);
            return more;
        });
        if (!scanned)
            return scanned;
    }
    return {};
}

Result<void> LogCore::applyBatches(ProducerStates& states, Offset from, Offset to) {
    Result<void> inner;
    auto walked = walk(from, to, [&](const BatchHeader& header, Segment& segment, std::uint64_t position) {
        if (!header.hasProducer())
            return true;
        std::optional<EndMarker> marker;
        if (header.control()) {
            const auto bytes = readRange(segment, position, header.size());
            if (!bytes) {
                inner = std::unexpected(bytes.error());
                return false;
            }
            marker = parseEndMarker(bytes->bytes(), header);
        }
        states.apply(header, marker);
        return true;
    });
    return walked ? inner : walked;
}

Result<void> LogCore::rebuildProducers(Offset end) {
    ProducerStates states;
    auto from = logStart;
    const auto snapshotAt = [this](Offset offset, ProducerStates& into) -> Result<bool> {
        const auto name = fmt::format("{}/{}", directory, offsetFileName(offset));
        const auto snapshot = readWholeFile(context.disk, name + ".snapshot");
        if (!snapshot)
            return std::unexpected(snapshot.error());
        const auto companion = readWholeFile(context.disk, name + ".producers");
        return into.decode(*snapshot, companion ? *companion : std::string_view());
    };
    // The newest snapshot that says everything; else the newest that can be read, with what the segments before it add.
    std::optional<Offset> partial;
    bool complete = false;
    for (auto at = snapshots.upper_bound(end); at != snapshots.begin() && !complete;) {
        --at;
        if (*at < logStart && partial)
            break;
        ProducerStates found;
        const auto decoded = snapshotAt(*at, found);
        if (!decoded)
            continue;
        if (*decoded) {
            complete = true;
            states = std::move(found);
            from = std::max(*at, logStart);
        } else if (!partial) {
            partial = *at;
        }
    }
    if (!complete && partial) {
        auto scanFrom = std::min(*partial, end);
        std::uint64_t bytes = 0;
        for (auto segment = segments.lower_bound(*partial); segment != segments.begin() && bytes < kProducerScanBytes;) {
            --segment;
            bytes += segment->second->size;
            scanFrom = std::max(segment->first, logStart);
        }
        ProducerStates older;
        if (auto applied = applyBatches(older, scanFrom, *partial); !applied)
            return applied;
        if (auto decoded = snapshotAt(*partial, states); !decoded)
            return std::unexpected(decoded.error());
        states.addOlderBatches(older);
        from = std::max(*partial, logStart);
    }
    for (const auto& transaction : producers.aborted()) {
        if (transaction.lastOffset < from)
            states.addAborted(transaction);
    }
    if (auto applied = applyBatches(states, from, end); !applied)
        return applied;
    states.onHighWatermark(highWatermark);
    producers = std::move(states);
    return {};
}

Result<ReadResult> Log::read(Offset offset, std::uint64_t maxBytes, Offset upTo, bool minOneBatch) {
    auto& core = *m_core;
    if (offset < core.logStart || offset > core.logEnd)
        return fail(ErrorCode::OutOfRange, fmt::format("{}-{}: offset {} is outside [{}, {}]", core.tp.topic, core.tp.partition, offset,
                                                       core.logStart, core.logEnd));
    ReadResult result;
    upTo = std::min(upTo, core.logEnd);
    if (offset >= upTo)
        return result;
    if (!core.hot.empty() && core.hot.front().base <= offset) {
        auto batch = std::ranges::upper_bound(core.hot, offset, {}, &HotBatch::next);
        std::vector<std::byte> joined;
        for (; batch != core.hot.end() && batch->next <= upTo; ++batch) {
            const auto size = batch->size();
            if (result.bytes + size > maxBytes && !(minOneBatch && result.bytes == 0))
                break;
            if (result.bytes == 0)
                result.firstOffset = batch->base;
            result.bytes += size;
            if (size < kJoinBelowBytes) {
                for (const auto* piece : {&batch->head, &batch->rest})
                    joined.insert(joined.end(), piece->bytes().begin(), piece->bytes().end());
                continue;
            }
            if (!joined.empty())
                result.records.append(Slice::take(std::exchange(joined, {})));
            result.records.append(batch->head);
            result.records.append(batch->rest);
        }
        if (!joined.empty())
            result.records.append(Slice::take(std::move(joined)));
        return result;
    }
    auto* first = core.segmentOf(offset);
    auto at = core.segments.find(first ? first->base : core.segments.begin()->first);
    for (; at != core.segments.end() && at->first < upTo; ++at) {
        auto& segment = *at->second;
        const auto start = core.locate(segment, offset);
        if (!start)
            return std::unexpected(start.error());
        if (!*start)
            continue; // compaction may leave the end of a segment empty
        // Where it, or a leader's compaction, left a gap before the young batches, the next one is among those.
        if (!core.hot.empty() && (*start)->header.baseOffset >= core.hot.front().base)
            return read((*start)->header.baseOffset, maxBytes, upTo, minOneBatch);
        if ((*start)->header.nextOffset() > upTo)
            return result;
        // What lies behind is in memory and may not be in the file yet.
        std::uint64_t end = !core.hot.empty() && core.hot.front().segment == &segment ? core.hot.front().position : segment.size;
        const auto next = std::next(at);
        if (upTo < (next == core.segments.end() ? core.logEnd : next->first)) {
            const auto limit = core.locate(segment, upTo);
            if (!limit)
                return std::unexpected(limit.error());
            if (*limit)
                end = std::min(end, (*limit)->position);
        }
        const auto position = (*start)->position;
        const auto one = (*start)->header.size();
        std::uint64_t length = std::min(end - position, maxBytes);
        if (length < one)
            length = minOneBatch ? one : 0;
        if (length == 0)
            return result;
        auto file = segment.file->open();
        if (!file)
            return std::unexpected(file.error());
        result.firstOffset = (*start)->header.baseOffset;
        result.bytes = length;
        result.records.append(FileRegion{*file, position, length});
        return result;
    }
    return result;
}

Result<Slice> Log::readBytes(Offset offset, std::uint64_t maxBytes, Offset upTo, bool minOneBatch) {
    auto result = read(offset, maxBytes, upTo, minOneBatch);
    if (!result)
        return std::unexpected(result.error());
    if (result->records.parts().size() == 1 && std::holds_alternative<Slice>(result->records.parts().front()))
        return std::get<Slice>(result->records.parts().front());
    std::vector<std::byte> bytes;
    bytes.reserve(result->bytes);
    for (const auto& part : result->records.parts()) {
        if (const auto* slice = std::get_if<Slice>(&part)) {
            bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
            continue;
        }
        const auto& region = std::get<FileRegion>(part);
        const auto at = bytes.size();
        bytes.resize(at + region.length);
        const auto read = region.file->readAt(region.position, std::span(bytes).subspan(at));
        if (!read)
            return std::unexpected(read.error());
        if (*read != region.length)
            return fail(ErrorCode::Corrupt, fmt::format("{} ends early", region.file->path()));
    }
    return Slice::take(std::move(bytes));
}

Result<std::optional<TimestampOffset>> Log::offsetForTimestamp(WallMs timestamp, Offset upTo) {
    auto& core = *m_core;
    upTo = std::min(upTo, core.logEnd);
    std::optional<TimestampOffset> found;
    for (auto& [base, segment] : core.segments) {
        if (base >= upTo)
            break;
        if (auto loaded = core.loadIndex(*segment); !loaded)
            return std::unexpected(loaded.error());
        if (segment->maxTimestamp < timestamp)
            continue;
        Result<void> inner;
        const auto from = segment->offsets.positionFor(segment->times.offsetBefore(timestamp));
        auto scanned = core.scan(*segment, from, [&](const BatchHeader& header, std::uint64_t position) {
            if (header.baseOffset >= upTo)
                return false;
            if (header.maxTimestamp < timestamp || header.nextOffset() <= core.logStart)
                return true;
            const auto bytes = core.readRange(*segment, position, header.size());
            if (!bytes) {
                inner = std::unexpected(bytes.error());
                return false;
            }
            inner = forEachRecord(bytes->bytes(), [&](const RecordFacts& record) {
                if (record.timestamp < timestamp || record.offset < core.logStart)
                    return true;
                if (record.offset < upTo)
                    found = TimestampOffset{record.timestamp, record.offset, header.leaderEpoch};
                return false;
            });
            return inner.has_value() && !found;
        });
        if (!scanned)
            return std::unexpected(scanned.error());
        if (!inner)
            return std::unexpected(inner.error());
        if (found)
            return found;
    }
    return found;
}

Result<std::optional<TimestampOffset>> Log::maxTimestampOffset() {
    auto& core = *m_core;
    Segment* best = nullptr;
    for (auto& [base, segment] : core.segments) {
        if (auto loaded = core.loadIndex(*segment); !loaded)
            return std::unexpected(loaded.error());
        if (segment->maxTimestamp >= 0 && (!best || segment->maxTimestamp > best->maxTimestamp))
            best = segment.get();
    }
    std::optional<TimestampOffset> found;
    if (!best)
        return found;
    const auto located = core.locate(*best, best->maxTimestampOffset);
    if (!located)
        return std::unexpected(located.error());
    if (!*located)
        return found;
    const auto& header = (*located)->header;
    const auto bytes = core.readRange(*best, (*located)->position, header.size());
    if (!bytes)
        return std::unexpected(bytes.error());
    auto walked = forEachRecord(bytes->bytes(), [&](const RecordFacts& record) {
        if (record.timestamp != header.maxTimestamp)
            return true;
        found = TimestampOffset{record.timestamp, record.offset, header.leaderEpoch};
        return false;
    });
    if (!walked)
        return std::unexpected(walked.error());
    return found;
}

} // namespace broker::storage
