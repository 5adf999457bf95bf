#include "embedded-broker/storage/log_loader.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <set>
#include <utility>

namespace broker::storage {
namespace {

constexpr std::size_t kOffsetNameDigits = 20;
constexpr std::uint64_t kRecoveryChunkBytes = 1U << 20;
constexpr std::uint64_t kBatchBytesMax = 1ULL << 31;

struct Found {
    std::vector<Offset> logs;
    std::set<Offset> snapshots;
    std::set<Offset> txnIndexes;
    std::vector<std::string> leftovers; ///< temporary files and indexes without a log
};

std::optional<Offset> offsetOf(std::string_view name, std::string_view suffix) {
    if (name.size() != kOffsetNameDigits + suffix.size() || !name.ends_with(suffix))
        return std::nullopt;
    return parseInt(name.substr(0, kOffsetNameDigits));
}

Result<Found> look(LogCore& core) {
    Found found;
    auto entries = core.context.disk.list(core.directory);
    if (!entries)
        return std::unexpected(entries.error());
    std::vector<std::pair<Offset, std::string>> indexes;
    for (const auto& entry : *entries) {
        const std::string_view name = entry.name;
        if (const auto log = offsetOf(name, ".log"))
            found.logs.push_back(*log);
        else if (const auto snapshot = offsetOf(name, ".snapshot"))
            found.snapshots.insert(*snapshot);
        else if (name.ends_with(".tmp") || name.ends_with(".deleted"))
            found.leftovers.push_back(core.directory + "/" + entry.name);
        else if (const auto txn = offsetOf(name, ".txnindex")) {
            found.txnIndexes.insert(*txn);
            indexes.emplace_back(*txn, entry.name);
        } else if (const auto index = offsetOf(name, ".index"))
            indexes.emplace_back(*index, entry.name);
        else if (const auto time = offsetOf(name, ".timeindex"))
            indexes.emplace_back(*time, entry.name);
    }
    std::ranges::sort(found.logs);
    for (const auto& [base, name] : indexes) {
        if (!std::ranges::binary_search(found.logs, base))
            found.leftovers.push_back(core.directory + "/" + name);
    }
    return found;
}

constexpr std::array<std::string_view, 4> kIndexesThenLog{".txnindex", ".timeindex", ".index", ".log"};

struct SwapFiles {
    std::vector<Offset> logs;                       ///< bases of .log.swap
    std::vector<std::pair<Offset, std::string>> indexes; ///< base and suffix of the others
};

/// What a compaction had in hand when the process died. A .cleaned is half made and goes, with every .swap behind it (a split of Kafka's that
/// had not begun to count); a .log.swap is whole, and what it was made from goes.
Result<SwapFiles> sortOutSwaps(LogCore& core) {
    SwapFiles swaps;
    auto entries = core.context.disk.list(core.directory);
    if (!entries)
        return std::unexpected(entries.error());
    struct Name {
        Offset base;
        std::string_view suffix;
        std::string path;
    };
    std::vector<Name> cleaned;
    std::vector<Name> swapped;
    for (const auto& entry : *entries) {
        for (const auto suffix : kIndexesThenLog) {
            if (const auto base = offsetOf(entry.name, fmt::format("{}.cleaned", suffix)))
                cleaned.push_back({*base, suffix, core.directory + "/" + entry.name});
            else if (const auto swap = offsetOf(entry.name, fmt::format("{}.swap", suffix)))
                swapped.push_back({*swap, suffix, core.directory + "/" + entry.name});
        }
    }
    auto firstCleaned = std::numeric_limits<Offset>::max();
    for (const auto& each : cleaned)
        firstCleaned = std::min(firstCleaned, each.base);
    std::vector<std::string> leftovers;
    for (const auto& each : swapped) {
        if (each.base >= firstCleaned)
            leftovers.push_back(each.path);
        else if (each.suffix == ".log")
            swaps.logs.push_back(each.base);
        else
            swaps.indexes.emplace_back(each.base, each.suffix);
    }
    if (!leftovers.empty() || !cleaned.empty()) {
        // The .swap first: with a .cleaned gone they would count.
        for (const auto& path : leftovers)
            if (auto removed = core.context.disk.remove(path); !removed)
                return std::unexpected(removed.error());
        if (auto synced = core.context.disk.syncDirectory(core.directory); !synced)
            return std::unexpected(synced.error());
        for (const auto& each : cleaned)
            if (auto removed = core.context.disk.remove(each.path); !removed)
                return std::unexpected(removed.error());
        if (auto synced = core.context.disk.syncDirectory(core.directory); !synced)
            return std::unexpected(synced.error());
    }
    return swaps;
}

/// Offset behind the last batch of a swapped segment.
Result<Offset> endOfSwap(LogCore& core, Offset base) {
    Segment segment;
    segment.base = base;
    segment.file = std::make_shared<SegmentFile>(core.context.disk, segment.path(core.directory, ".log.swap"), false);
    const auto file = segment.file->open();
    const auto size = file ? (*file)->size() : Result<std::uint64_t>(std::unexpected(file.error()));
    if (!size)
        return std::unexpected(size.error());
    segment.size = *size;
    auto end = base;
    if (auto scanned = core.scan(segment, 0, [&](const BatchHeader& header, std::uint64_t) {
            end = header.nextOffset();
            return true;
        });
        !scanned)
        log::warning("storage", "{}: {}", core.directory, scanned.error().message);
    return end;
}

/// Brings in compacted segments that were complete when the process died.
Result<void> completeSwaps(LogCore& core) {
    const auto swaps = sortOutSwaps(core);
    if (!swaps)
        return std::unexpected(swaps.error());
    if (swaps->logs.empty() && swaps->indexes.empty())
        return {};
    auto& disk = core.context.disk;
    const auto nameOf = [&](Offset base, std::string_view suffix) { return fmt::format("{}/{}{}", core.directory, offsetFileName(base), suffix); };
    const auto entries = disk.list(core.directory);
    if (!entries)
        return std::unexpected(entries.error());
    for (const auto base : swaps->logs) {
        const auto end = endOfSwap(core, base);
        if (!end)
            return std::unexpected(end.error());
        log::info("storage", "{}: a compaction of [{}, {}) is completed", core.directory, base, *end);
        for (const auto& entry : *entries) {
            for (const auto* suffix : {".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".producers"}) {
                const auto other = offsetOf(entry.name, suffix);
                const bool ownLog = other == base && std::string_view(suffix) == ".log"; // the rename takes its place
                const bool ownState = other == base && (std::string_view(suffix) == ".snapshot" || std::string_view(suffix) == ".producers");
                if (!other || *other < base || *other >= std::max(*end, base + 1) || ownLog || ownState)
                    continue;
                if (auto removed = disk.remove(core.directory + "/" + entry.name); !removed && removed.error().code != ErrorCode::NotFound)
                    return removed;
            }
        }
    }
    if (auto synced = disk.syncDirectory(core.directory); !synced)
        return synced;
    // In this order: as long as the .log is a .swap its indexes are.
    for (const auto base : swaps->logs)
        if (auto renamed = disk.rename(nameOf(base, ".log.swap"), nameOf(base, ".log")); !renamed)
            return renamed;
    for (const auto& [base, suffix] : swaps->indexes)
        if (auto renamed = disk.rename(nameOf(base, suffix) + ".swap", nameOf(base, suffix)); !renamed)
            return renamed;
    return disk.syncDirectory(core.directory);
}

Result<Segment*> adopt(LogCore& core, Offset base) {
    auto segment = std::make_unique<Segment>();
    segment->base = base;
    segment->indexLoaded = false;
    segment->indexWritten = true; // or made again, and then dirty
    segment->createdMs = core.context.scheduler.wallNow();
    segment->file = std::make_shared<SegmentFile>(core.context.disk, segment->path(core.directory, ".log"), false);
    auto file = segment->file->open();
    if (!file)
        return std::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size)
        return std::unexpected(size.error());
    segment->size = *size;
    auto& placed = core.segments[base];
    placed = std::move(segment);
    return placed.get();
}

/// One segment is read from `from` on. Returns where the last whole, right batch ends.
class SegmentCheck {
public:
    SegmentCheck(LogCore& core, Segment& segment) : m_core(core), m_segment(segment) {}

    /// `expected` = next offset (kNoOffset = any); on return the next one after the segment.
    Result<std::uint64_t> run(std::uint64_t from, Offset& expected, LeaderEpoch& epoch, LoadReport& report) {
        std::uint64_t position = from;
        while (position < m_segment.size) {
            auto whole = batchAt(position);
            if (!whole)
                return std::unexpected(whole.error());
            if (whole->empty())
                break;
            const auto header = *parseBatchHeader(whole->bytes());
            // After a cut old bytes may stand behind new ones; they are whole, but their epoch is older or their offset does not follow.
            if (header.baseOffset < expected || header.baseOffset < m_segment.base ||
                header.lastOffset() - m_segment.base > std::numeric_limits<std::int32_t>::max() ||
                (header.leaderEpoch >= 0 && header.leaderEpoch < epoch))
                break;
            epoch = std::max(epoch, header.leaderEpoch);
            if (header.leaderEpoch >= 0 && m_core.epochs.assign(header.leaderEpoch, header.baseOffset))
                m_core.epochsDirty = true;
            m_core.noteInIndex(m_segment, header, position);
            expected = header.nextOffset();
            position += header.size();
            report.checkedBytes += header.size();
        }
        return position;
    }

private:
    /// Empty when there is no whole batch with a right checksum.
    Result<Slice> batchAt(std::uint64_t position) {
        const auto left = m_segment.size - position;
        if (left < kBatchHeaderBytes)
            return Slice{};
        if (auto filled = fill(position, kBatchHeaderBytes); !filled)
            return std::unexpected(filled.error());
        const auto header = parseBatchHeader(m_chunk.bytes().subspan(position - m_chunkAt));
        if (!header || header->size() > left || header->size() > kBatchBytesMax)
            return Slice{};
        if (auto filled = fill(position, header->size()); !filled)
            return std::unexpected(filled.error());
        auto batch = m_chunk.sub(position - m_chunkAt, header->size());
        return batchChecksumHolds(batch.bytes(), *header) ? batch : Slice{};
    }

    Result<void> fill(std::uint64_t position, std::uint64_t length) {
        if (position >= m_chunkAt && position + length <= m_chunkAt + m_chunk.size())
            return {};
        auto read = m_core.readRange(m_segment, position, std::min(std::max(length, kRecoveryChunkBytes), m_segment.size - position));
        if (!read)
            return std::unexpected(read.error());
        m_chunk = std::move(*read);
        m_chunkAt = position;
        return {};
    }

    LogCore& m_core;
    Segment& m_segment;
    Slice m_chunk;
    std::uint64_t m_chunkAt = 0;
};

/// Offset behind the last batch of a segment that is known to be whole.
Result<Offset> endOf(LogCore& core, Segment& segment) {
    if (auto loaded = core.loadIndex(segment); !loaded)
        return std::unexpected(loaded.error());
    Offset end = segment.base;
    std::uint64_t from = 0;
    if (!segment.offsets.entries().empty())
        from = segment.offsets.entries().back().position;
    bool first = true;
    auto scanned = core.scan(segment, from, [&](const BatchHeader& header, std::uint64_t) {
        if (!std::exchange(first, false) || from == 0)
            segment.bytesSinceEntry += header.size();
        else
            segment.bytesSinceEntry = header.size();
        end = header.nextOffset();
        return true;
    });
    if (!scanned)
        return std::unexpected(scanned.error());
    if (segment.size > 0) {
        const auto head = core.readRange(segment, 0, kBatchHeaderBytes);
        if (const auto header = head ? parseBatchHeader(head->bytes()) : std::nullopt)
            segment.firstTimestamp = header->maxTimestamp;
    }
    return end;
}

/// True when the epochs could be read.
bool loadSmallFiles(LogCore& core, const Found& found) {
    bool epochsRead = false;
    const auto epochs = readWholeFile(core.context.disk, core.directory + "/leader-epoch-checkpoint");
    if (epochs) {
        auto cache = EpochCache::decode(*epochs);
        epochsRead = cache.has_value() && !epochs->empty();
        if (epochsRead)
            core.epochs = std::move(*cache);
        else if (!cache)
            log::warning("storage", "{}: leader-epoch-checkpoint is made again: {}", core.directory, cache.error().message);
    }
    core.snapshots = found.snapshots;
    for (const auto base : found.txnIndexes) {
        if (!core.segments.contains(base))
            continue;
        if (const auto text = readWholeFile(core.context.disk, fmt::format("{}/{}.txnindex", core.directory, offsetFileName(base)))) {
            for (const auto& transaction : decodeAborted(*text))
                core.producers.addAborted(transaction);
        }
    }
    return epochsRead;
}

/// Where the recovery point lies in `segment`, found through the index files: everything below was synced. 0 when they do not help.
std::uint64_t trustedPrefix(LogCore& core, Segment& segment, Offset recoveryPoint, Offset& expected) {
    const auto offsets = readWholeFile(core.context.disk, segment.path(core.directory, ".index"));
    const auto times = readWholeFile(core.context.disk, segment.path(core.directory, ".timeindex"));
    if (!offsets || !times)
        return 0;
    segment.offsets = OffsetIndex::decode(asBytes(*offsets), segment.size);
    segment.offsets.truncate(recoveryPoint - segment.base, segment.size);
    segment.times = TimeIndex::decode(asBytes(*times));
    segment.times.truncate(recoveryPoint - segment.base);
    std::uint64_t reached = 0;
    auto next = segment.base;
    // Stops at the batch that reaches the recovery point: what follows may be torn.
    const auto from = segment.offsets.entries().empty() ? 0 : segment.offsets.entries().back().position;
    const auto scanned = core.scan(segment, from, [&](const BatchHeader& header, std::uint64_t position) {
        reached = position + header.size();
        next = header.nextOffset();
        return next < recoveryPoint;
    });
    if (!scanned || next < recoveryPoint)
        return 0;
    const auto whole = std::exchange(segment.size, reached);
    segment.indexLoaded = true;
    const bool usable = endOf(core, segment) && core.refreshMaxTimestamp(segment);
    segment.size = whole;
    if (!usable)
        return 0;
    expected = next;
    return reached;
}

/// Checks what lies behind the recovery point; cuts at the first byte that is not right.
Result<void> recoverSegments(LogCore& core, Offset recoveryPoint, LoadReport& report) {
    auto at = core.segments.upper_bound(recoveryPoint);
    if (at != core.segments.begin())
        --at;
    std::optional<TruncateOp> cut;
    LeaderEpoch epoch = kNoEpoch;
    Offset expected = at->first;
    bool whole = true;
    for (; at != core.segments.end(); ++at) {
        auto& segment = *at->second;
        // Behind the recovery point a segment starts exactly where the one before ends: that one's tail did not reach the disk, else.
        if (!whole || segment.base < expected || (segment.base > expected && segment.base > recoveryPoint)) {
            whole = false;
            break;
        }
        const auto from = recoveryPoint > segment.base ? trustedPrefix(core, segment, recoveryPoint, expected) : 0;
        if (from == 0) {
            segment.offsets = {};
            segment.times = {};
            segment.maxTimestamp = -1;
            segment.maxTimestampOffset = kNoOffset;
            segment.bytesSinceEntry = 0;
            segment.firstTimestamp.reset();
            expected = segment.base;
        }
        core.epochs.truncateFromEnd(expected); // those behind it are read from the batches
        epoch = core.epochs.latest();
        segment.indexLoaded = true;
        segment.indexDirty = true;
        const auto end = SegmentCheck(core, segment).run(from, expected, epoch, report);
        if (!end)
            return std::unexpected(end.error());
        if (*end < segment.size) {
            log::warning("storage", "{}: {} bytes behind byte {} are not whole batches: cut", segment.file->path(), segment.size - *end, *end);
            report.cutBytes += segment.size - *end;
            segment.size = *end;
            cut = TruncateOp{segment.file, *end};
            whole = false;
        }
        core.logEnd = expected;
        if (!whole) {
            ++at;
            break;
        }
    }
    // Last first, and before the cut: a crash on the way leaves no hole.
    const auto kept = at == core.segments.end() ? std::numeric_limits<Offset>::max() : at->first;
    while (core.active().base >= kept) {
        log::warning("storage", "{}: segment {} does not continue the log: removed", core.directory, core.active().base);
        report.cutBytes += core.active().size;
        core.removeSegment(core.active().base, true);
    }
    if (cut)
        core.pending.emplace_back(std::move(*cut));
    return {};
}

Result<void> replay(LogCore& core, const JournaledPartition& journaled, LoadReport& report) {
    for (const auto& entry : journaled.batches) {
        for (std::size_t at = 0; at < entry.size();) {
            const auto header = parseBatchHeader(entry.bytes().subspan(at));
            if (!header || header->size() > entry.size() - at)
                return fail(ErrorCode::Corrupt, fmt::format("{}: a journal entry holds no batches", core.directory));
            const auto batch = entry.sub(at, header->size());
            at += header->size();
            if (header->nextOffset() <= core.logEnd)
                continue; // the segment has it
            if (header->baseOffset < core.logEnd || (header->leaderEpoch >= 0 && header->leaderEpoch < core.epochs.latest())) {
                log::warning("storage", "{}: the journal's batch at {} does not follow {}: left out", core.directory, header->baseOffset, core.logEnd);
                return {};
            }
            if (core.mustRoll(header->size(), header->lastOffset(), header->maxTimestamp, core.context.scheduler.wallNow()))
                core.rollSegment();
            core.store(*header, batch, {}, parseEndMarker(batch.bytes(), *header));
            ++report.replayed;
        }
    }
    return {};
}

/// Where a log without any segment goes on: where the journal does, else at its start.
Offset firstBase(const LoadInput& input) {
    const auto start = std::max<Offset>(input.logStart, 0);
    if (!input.journaled || input.journaled->batches.empty())
        return start;
    const auto first = parseBatchHeader(input.journaled->batches.front().bytes());
    Offset end = 0;
    const auto& last = input.journaled->batches.back();
    for (std::size_t at = 0; at < last.size();) {
        const auto header = parseBatchHeader(last.bytes().subspan(at));
        if (!header || header->size() > last.size() - at)
            break;
        end = header->nextOffset();
        at += header->size();
    }
    return first && end >= start ? first->baseOffset : start;
}

} // namespace

Result<LoadReport> loadLog(LogCore& core, const LoadInput& input) {
    LoadReport report;
    if (auto completed = completeSwaps(core); !completed)
        return std::unexpected(completed.error());
    auto found = look(core);
    if (!found)
        return std::unexpected(found.error());
    for (const auto& path : found->leftovers) {
        if (auto removed = core.context.disk.remove(path); !removed)
            return std::unexpected(removed.error());
    }
    for (const auto base : found->logs) {
        if (auto adopted = adopt(core, base); !adopted)
            return std::unexpected(adopted.error());
    }
    if (core.segments.empty())
        core.addSegment(firstBase(input));
    const bool epochsRead = loadSmallFiles(core, *found);

    core.logEnd = core.active().base;
    const auto trusted = std::clamp<Offset>(input.recoveryPoint, core.segments.begin()->first, std::numeric_limits<Offset>::max());
    bool whole = false;
    if (input.clean) {
        const auto end = endOf(core, core.active());
        whole = end.has_value();
        if (whole)
            core.logEnd = *end;
        else
            log::warning("storage", "{}: stopped cleanly, but {}", core.directory, end.error().message);
    }
    if (!whole) {
        if (auto recovered = recoverSegments(core, input.clean ? core.active().base : trusted, report); !recovered)
            return std::unexpected(recovered.error());
    }
    // Also when they start too late: a DeleteRecords whose log start did not reach the disk has come undone.
    if (!epochsRead || (!core.epochs.entries().empty() && core.epochs.entries().front().start > std::max(input.logStart, core.segments.begin()->first))) {
        core.epochs.clear();
        core.epochsDirty = true;
        auto walked = core.walk(core.segments.begin()->first, core.logEnd, [&](const BatchHeader& header, Segment&, std::uint64_t) {
            if (header.leaderEpoch >= 0 && core.epochs.assign(header.leaderEpoch, header.baseOffset))
                core.epochsDirty = true;
            return true;
        });
        if (!walked)
            return std::unexpected(walked.error());
    }
    core.logStart = core.segments.begin()->first;
    core.epochs.truncateFromEnd(core.logEnd);
    while (!core.snapshots.empty() && *core.snapshots.rbegin() > core.logEnd) {
        const auto name = fmt::format("{}/{}", core.directory, offsetFileName(*core.snapshots.rbegin()));
        core.pending.emplace_back(RemoveFilesOp{{name + ".snapshot", name + ".producers"}});
        core.snapshots.erase(std::prev(core.snapshots.end()));
    }
    if (auto rebuilt = core.rebuildProducers(core.logEnd); !rebuilt)
        return std::unexpected(rebuilt.error());
    core.written = core.logEnd;
    if (input.journaled) {
        if (auto replayed = replay(core, *input.journaled, report); !replayed)
            return std::unexpected(replayed.error());
    }
    core.logStart = std::clamp(input.logStart, core.logStart, core.logEnd);
    if (core.epochs.truncateFromStart(core.logStart))
        core.epochsDirty = true;
    core.producers.truncateFromStart(core.logStart);
    core.highWatermark = std::clamp(input.highWatermark, core.logStart, core.logEnd);
    core.producers.onHighWatermark(core.highWatermark);
    // What was read back may stand in the page cache only: it counts when it has been synced (the manager does that, then says so).
    core.recoveryPoint = input.clean ? core.logEnd : std::min(trusted, core.logEnd);
    core.relaxClosedSegments();
    core.checkpointable = core.recoveryPoint;
    core.durable = core.recoveryPoint;
    core.announced = core.durable;
    return report;
}

} // namespace broker::storage
