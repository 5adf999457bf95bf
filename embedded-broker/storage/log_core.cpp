#include "embedded-broker/storage/log_core.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/flusher.h"

#include <algorithm>
#include <utility>
#include <fmt/format.h>
#include <limits>

namespace broker::storage {

std::string offsetFileName(Offset offset) { return fmt::format("{:020}", offset); }

std::string Segment::path(const std::string& directory, std::string_view suffix) const {
    return fmt::format("{}/{:020}{}", directory, base, suffix);
}

LogCore::LogCore(LogContext& sharedContext, LogRoot& inRoot, TopicPartition id, Uuid topic, LogConfig settings)
    : context(sharedContext)
    , root(inRoot)
    , tp(std::move(id))
    , topicId(topic)
    , config(settings)
    , directory(fmt::format("{}/{}", inRoot.path, directoryName(tp)))
    , lane(std::make_shared<Lane>(sharedContext.disk, sharedContext.journal, inRoot, directory))
    , laneKey(0x4C414E4500000000U + ++sharedContext.lanes) {}

Segment* LogCore::segmentOf(Offset offset) {
    auto next = segments.upper_bound(offset);
    return next == segments.begin() ? nullptr : std::prev(next)->second.get();
}

Segment& LogCore::addSegment(Offset base) {
    auto segment = std::make_unique<Segment>();
    segment->base = base;
    segment->createdMs = context.scheduler.wallNow();
    segment->file = std::make_shared<SegmentFile>(context.disk, segment->path(directory, ".log"), true);
    // An empty write makes the file: a partition's directory always has its active segment.
    pending.emplace_back(WriteOp{segment->file, 0, {}, 0});
    auto& placed = segments[base];
    placed = std::move(segment);
    return *placed;
}

bool LogCore::mustRoll(std::uint64_t bytes, Offset last, WallMs maxTimestamp, WallMs now) {
    auto& segment = active();
    if (segment.size == 0)
        return last - segment.base > std::numeric_limits<std::int32_t>::max();
    if (segment.size + bytes > static_cast<std::uint64_t>(config.segmentBytes) ||
        last - segment.base > std::numeric_limits<std::int32_t>::max())
        return true;
    const bool byRecords = segment.firstTimestamp.value_or(-1) >= 0 && maxTimestamp >= 0;
    const auto waited = byRecords ? maxTimestamp - *segment.firstTimestamp : now - segment.createdMs;
    // With a limit on how long a record stays uncompacted, the segment that holds it must close in time.
    const auto segmentMs = config.compact && config.maxCompactionLagMs > 0 ? std::min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs;
    if (waited > segmentMs - config.segmentJitterMs)
        return true;
    return segment.offsets.entries().size() >= static_cast<std::size_t>(config.segmentIndexBytes / 8) ||
           segment.times.entries().size() + 1 >= static_cast<std::size_t>(config.segmentIndexBytes / 12);
}

void LogCore::rollSegment() {
    auto& old = active();
    if (old.base == logEnd)
        return; // empty
    if (old.maxTimestamp >= 0)
        old.times.append(old.maxTimestamp, static_cast<std::uint32_t>(old.maxTimestampOffset - old.base));
    putIndexFiles(old, true);
    putSnapshot();
    addSegment(logEnd);
    context.flusher.changed(*this);
}

void Segment::note(const BatchHeader& header, std::uint64_t position, std::int64_t indexIntervalBytes) {
    // The order is Kafka's: the entry is about this batch, the time index about those before it.
    if (bytesSinceEntry > static_cast<std::uint64_t>(indexIntervalBytes)) {
        offsets.append(static_cast<std::uint32_t>(header.lastOffset() - base), static_cast<std::uint32_t>(position));
        if (maxTimestamp >= 0)
            times.append(maxTimestamp, static_cast<std::uint32_t>(maxTimestampOffset - base));
        bytesSinceEntry = 0;
        indexDirty = true;
    }
    bytesSinceEntry += header.size();
    if (!firstTimestamp)
        firstTimestamp = header.maxTimestamp;
    if (header.maxTimestamp > maxTimestamp) {
        maxTimestamp = header.maxTimestamp;
        maxTimestampOffset = header.lastOffset();
    }
}

void LogCore::noteInIndex(Segment& segment, const BatchHeader& header, std::uint64_t position) {
    segment.note(header, position, config.indexIntervalBytes);
}

void LogCore::store(const BatchHeader& header, Slice head, Slice rest, const std::optional<EndMarker>& marker) {
    auto& segment = active();
    const auto position = segment.size;
    if (header.leaderEpoch >= 0 && epochs.assign(header.leaderEpoch, header.baseOffset))
        epochsDirty = true;
    noteInIndex(segment, header, position);
    producers.apply(header, marker);

    auto* write = pending.empty() ? nullptr : std::get_if<WriteOp>(&pending.back());
    if (!write || write->file != segment.file || write->position + write->bytes != position) {
        pending.emplace_back(WriteOp{segment.file, position, {}, 0});
        write = &std::get<WriteOp>(pending.back());
    }
    write->pieces.push_back(head);
    if (!rest.empty())
        write->pieces.push_back(rest);
    write->bytes += header.size();
    pendingBytes += header.size();

    segment.size += header.size();
    logEnd = header.nextOffset();
    hot.push_back({header.baseOffset, logEnd, &segment, position, std::move(head), std::move(rest)});
    hotBytes += header.size();
    context.hotBytesAll += header.size();
}

std::uint64_t LogCore::undurableBytes() const {
    std::uint64_t total = 0;
    for (auto batch = hot.rbegin(); batch != hot.rend() && batch->base >= durable; ++batch)
        total += batch->size();
    return total;
}

void LogCore::trimHot() { trimHotTo(context.hotBytesAll > context.hotBytesAllMax ? 0 : context.hotTailBytes); }

void LogCore::trimHotTo(std::uint64_t allowed) {
    while (!hot.empty() && hotBytes > allowed && hot.front().next <= std::min(written, durable)) {
        hotBytes -= hot.front().size();
        context.hotBytesAll -= hot.front().size();
        hot.pop_front();
    }
}

std::uint64_t LogCore::dropIdleHot() {
    if (std::exchange(endAtCheckpoint, logEnd) != logEnd)
        return 0;
    const auto before = hotBytes;
    trimHotTo(0);
    return before - hotBytes;
}

void LogCore::dropHot() {
    context.hotBytesAll -= hotBytes;
    hotBytes = 0;
    hot.clear();
}

void LogCore::removeSegment(Offset base, bool first) {
    const auto found = segments.find(base);
    const auto& segment = *found->second;
    while (!hot.empty() && hot.front().segment == &segment) {
        hotBytes -= hot.front().size();
        context.hotBytesAll -= hot.front().size();
        hot.pop_front();
    }
    std::vector<std::string> paths;
    for (const auto* suffix : {".log", ".index", ".timeindex", ".txnindex"})
        paths.push_back(segment.path(directory, suffix));
    // The snapshot at a segment's base describes what lies below it.
    paths.push_back(segment.path(directory, ".snapshot"));
    paths.push_back(segment.path(directory, ".producers"));
    snapshots.erase(base);
    pending.emplace_back(RemoveFilesOp{std::move(paths), first});
    segments.erase(found);
}

void LogCore::relaxClosedSegments() {
    for (auto at = std::prev(segments.end()); at != segments.begin();) {
        const auto end = at->first;
        --at;
        if (end <= recoveryPoint && !at->second->file->relax())
            return; // and so are those before it
    }
}

void LogCore::setLogStart(Offset offset) {
    if (offset <= logStart)
        return;
    logStart = offset;
    if (logStart == logEnd)
        rollSegment(); // everything goes: the log goes on in an empty segment
    dropSegmentsBelowStart();
    if (epochs.truncateFromStart(logStart))
        epochsDirty = true;
    producers.truncateFromStart(logStart);
    highWatermark = std::max(highWatermark, logStart);
    context.flusher.changed(*this);
}

void LogCore::putIndexFiles(Segment& segment, bool final) {
    if (!segment.indexLoaded || (!segment.indexDirty && !final))
        return;
    pending.emplace_back(PutFileOp{segment.path(directory, ".index"), segment.offsets.encode(), false});
    pending.emplace_back(PutFileOp{segment.path(directory, ".timeindex"), segment.times.encode(), false});
    std::string aborted;
    const auto next = segments.upper_bound(segment.base);
    const auto end = next == segments.end() ? logEnd : next->first;
    for (const auto& transaction : producers.aborted()) {
        if (transaction.lastOffset >= segment.base && transaction.lastOffset < end)
            aborted += encodeAborted(transaction);
    }
    if (!aborted.empty())
        pending.emplace_back(PutFileOp{segment.path(directory, ".txnindex"), std::move(aborted), false});
    segment.indexDirty = false;
    segment.indexWritten = true;
}

void LogCore::putEpochs() {
    // Durable always: a rename of bytes that are not synced could take the good file along with the new one.
    pending.emplace_back(PutFileOp{directory + "/leader-epoch-checkpoint", epochs.encode(), true});
    epochsDirty = false;
}

void LogCore::putSnapshot() {
    if (snapshots.contains(logEnd))
        return;
    for (auto at = snapshots.begin(); at != snapshots.end();) {
        if (segments.contains(*at)) {
            ++at;
            continue;
        }
        // Between segments only the newest is of use.
        const auto name = fmt::format("{}/{}", directory, offsetFileName(*at));
        pending.emplace_back(RemoveFilesOp{{name + ".snapshot", name + ".producers"}});
        at = snapshots.erase(at);
    }
    const auto name = fmt::format("{}/{}", directory, offsetFileName(logEnd));
    auto snapshot = producers.encodeSnapshot();
    pending.emplace_back(PutFileOp{name + ".producers", producers.encodeCompanion(snapshot), false});
    pending.emplace_back(PutFileOp{name + ".snapshot", std::move(snapshot), false});
    snapshots.insert(logEnd);
}

void LogCore::putStateForSync() {
    if (epochsDirty)
        putEpochs();
    putSnapshot();
    putIndexFiles(active(), false);
}

void LogCore::announce() {
    if (durable == announced)
        return;
    announced = durable;
    if (watcher)
        watcher(durable);
}

// --- Log: facts and forwarding --------------------------------------------------------------------------------------

Log::Log(std::shared_ptr<LogCore> core) : m_core(std::move(core)) {}
Log::~Log() = default;

const TopicPartition& Log::topicPartition() const { return m_core->tp; }
const Uuid& Log::topicId() const { return m_core->topicId; }
const std::string& Log::directory() const { return m_core->directory; }
const std::string& Log::rootDirectory() const { return m_core->root.path; }
const LogConfig& Log::config() const { return m_core->config; }
Offset Log::logStartOffset() const { return m_core->logStart; }
Offset Log::logEndOffset() const { return m_core->logEnd; }
Offset Log::syncedEndOffset() const { return m_core->durable; }
Offset Log::firstUnstableOffset() const {
    // Of an open transaction whose first records were deleted, the rest is what is left to be decided.
    return std::max(m_core->producers.firstUnstableOffset().value_or(m_core->logEnd), m_core->logStart);
}
LeaderEpoch Log::latestEpoch() const { return m_core->epochs.latest(); }
LeaderEpoch Log::epochAt(Offset offset) const { return m_core->epochs.epochAt(offset); }
Offset Log::highWatermark() const { return m_core->highWatermark; }
bool Log::storageFailed() const { return m_core->full || m_core->context.failed || m_core->retired; }

EpochEndOffset Log::endOffsetForEpoch(LeaderEpoch epoch) const {
    const auto [found, end] = m_core->epochs.endOffsetFor(epoch, m_core->logEnd);
    return {found, end};
}

void Log::assignEpochStart(LeaderEpoch epoch, Offset start) {
    if (m_core->epochs.assign(epoch, start))
        m_core->epochsDirty = true;
}

void Log::onSyncedEndOffset(std::function<void(Offset)> watcher) { m_core->watcher = std::move(watcher); }

void Log::setHighWatermark(Offset offset) {
    m_core->highWatermark = std::clamp(offset, m_core->logStart, m_core->logEnd);
    m_core->producers.onHighWatermark(m_core->highWatermark);
}

std::uint64_t Log::sizeBytes() const {
    std::uint64_t total = 0;
    for (const auto& [base, segment] : m_core->segments)
        total += segment->size;
    return total;
}

std::vector<ActiveProducer> Log::activeProducers(WallMs) const {
    std::vector<ActiveProducer> all;
    for (const auto& [id, entry] : m_core->producers.all())
        all.push_back({id, entry.epoch, entry.lastSequence(), entry.lastTimestamp, entry.coordinatorEpoch, entry.currentTxnFirstOffset});
    std::ranges::sort(all, {}, &ActiveProducer::producerId);
    return all;
}

bool Log::hasOpenTransaction(ProducerId producer, ProducerEpoch epoch) const {
    const auto* entry = m_core->producers.find(producer);
    return entry && entry->epoch == epoch && entry->currentTxnFirstOffset >= 0;
}

std::shared_ptr<const bool> Log::watchTransaction(ProducerId producer) { return m_core->producers.watch(producer); }

std::vector<AbortedTransaction> Log::abortedTransactions(Offset from, Offset to) const {
    std::vector<AbortedTransaction> touching;
    for (const auto& transaction : m_core->producers.aborted()) {
        if (transaction.lastOffset >= from && transaction.firstOffset < to)
            touching.push_back(transaction);
    }
    return touching;
}

Result<void> Log::roll() {
    if (storageFailed())
        return fail(ErrorCode::IoError, fmt::format("{} takes no changes", m_core->directory));
    m_core->rollSegment();
    return {};
}

} // namespace broker::storage
