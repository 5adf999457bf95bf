#include "embedded-broker/storage/clean_run.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace broker::storage {

using protocol::RecordBatchView;

namespace {

constexpr std::uint64_t kReadBytes = 1U << 20;
constexpr std::size_t kWriteBytes = 512U << 10;
/// Segments that become one: their files are held open while the new one takes their place.
constexpr std::size_t kGroupPartsMax = 256;
constexpr std::string_view kCleaned = ".cleaned";

std::unexpected<Error> cancelledError() { return fail(ErrorCode::Cancelled, "The compaction was called off."); }

} // namespace

/// Whole batches of a segment's file, one after another, each with its checksum checked.
class CleanRun::Stream {
public:
    Stream(std::shared_ptr<File> file, std::uint64_t bytes) : m_file(std::move(file)), m_bytes(bytes) {}

    /// Nothing at the end.
    Result<std::optional<RecordBatchView>> next() {
        if (m_position >= m_bytes)
            return std::optional<RecordBatchView>();
        if (auto filled = fill(std::min<std::uint64_t>(kBatchHeaderBytes, m_bytes - m_position)); !filled)
            return std::unexpected(filled.error());
        const auto header = parseBatchHeader(rest());
        if (!header || header->size() > m_bytes - m_position)
            return bad();
        if (auto filled = fill(header->size()); !filled)
            return std::unexpected(filled.error());
        const auto batch = RecordBatchView::parse(rest().first(header->size()));
        if (!batch || !batch->crcValid())
            return bad();
        m_position += header->size();
        return std::optional(*batch);
    }

private:
    [[nodiscard]] Bytes rest() const { return Bytes(m_chunk).subspan(m_position - m_chunkAt); }
    std::unexpected<Error> bad() const {
        return fail(ErrorCode::Corrupt, fmt::format("{}: no whole batch at byte {}", m_file->path(), m_position));
    }
    Result<void> fill(std::uint64_t bytes) {
        if (m_position >= m_chunkAt && m_position + bytes <= m_chunkAt + m_chunk.size())
            return {};
        m_chunk.resize(std::min(std::max(bytes, kReadBytes), m_bytes - m_position));
        m_chunkAt = m_position;
        const auto read = m_file->readAt(m_position, m_chunk);
        if (!read)
            return std::unexpected(read.error());
        if (*read != m_chunk.size())
            return fail(ErrorCode::Corrupt, fmt::format("{} ends early", m_file->path()));
        return {};
    }

    std::shared_ptr<File> m_file;
    std::uint64_t m_bytes;
    std::uint64_t m_position = 0;
    std::vector<std::byte> m_chunk;
    std::uint64_t m_chunkAt = 0;
};

CleanRun::CleanRun(Disk& disk, CleanInput input, std::shared_ptr<std::atomic<bool>> cancelled)
    : m_disk(disk)
    , m_input(std::move(input))
    , m_cancelled(std::move(cancelled))
    , m_map(m_input.mapBytesMax, m_input.mapLoadFactor, m_input.hashKey) {
    // Aborted transactions that touch the dirty part: their records are nobody's newest.
    for (const auto& transaction : m_input.aborted) {
        if (transaction.lastOffset >= m_input.firstDirty && transaction.firstOffset < m_input.upperBound)
            m_mapTransactions.add({&transaction, 1});
    }
    m_transactions.add(m_input.aborted);
    while (m_part < m_input.parts.size() && m_input.parts[m_part].end <= m_input.firstDirty)
        ++m_part;
}

CleanRun::~CleanRun() = default;

std::string CleanRun::pathOf(Offset base, std::string_view suffix) const {
    return fmt::format("{}/{}{}", m_input.directory, offsetFileName(base), suffix);
}

Result<std::unique_ptr<CleanRun::Stream>> CleanRun::openPart(std::size_t part) {
    const auto& from = m_input.parts[part];
    auto file = m_disk.open(pathOf(from.base, ".log"), OpenMode::Read);
    if (!file)
        return std::unexpected(file.error());
    return std::make_unique<Stream>(std::move(*file), from.bytes);
}

// --- the map --------------------------------------------------------------------------------------------------------

/// True when the map is full.
Result<bool> CleanRun::mapBatch(const RecordBatchView& batch) {
    if (batch.isControl()) {
        (void)m_mapTransactions.onControl(batch, nullptr);
    } else if (!m_mapTransactions.onBatch(batch)) {
        bool full = false;
        const auto read = protocol::forEachRecord(batch, [&](const protocol::RecordView& record) {
            full = record.key && record.offset >= m_input.firstDirty && !m_map.put(*record.key, record.offset);
            return !full;
        });
        if (!read)
            return std::unexpected(read.error());
        if (full)
            return true;
    }
    if (batch.lastOffset() >= m_input.firstDirty)
        m_map.raiseLatest(batch.lastOffset());
    return false;
}

Result<CleanRun::Step> CleanRun::mapSome(std::uint64_t bytesMax) {
    Step step;
    while (step.bytes < bytesMax) {
        if (*m_cancelled)
            return cancelledError();
        if (m_part == m_input.parts.size()) {
            makeGroups();
            step.finished = true;
            return step;
        }
        if (!m_stream) {
            auto opened = openPart(m_part);
            if (!opened)
                return std::unexpected(opened.error());
            m_stream = std::move(*opened);
        }
        const auto batch = m_stream->next();
        if (!batch)
            return std::unexpected(batch.error());
        if (!*batch) {
            // Compaction may have taken the end of the segment: nothing comes before the next one.
            m_map.raiseLatest(std::min(m_input.parts[m_part].end, m_input.upperBound) - 1);
            m_stream.reset();
            ++m_part;
            continue;
        }
        step.bytes += (*batch)->sizeInBytes();
        const auto full = mapBatch(**batch);
        if (!full)
            return std::unexpected(full.error());
        if (*full) {
            m_stream.reset();
            makeGroups();
            step.finished = true;
            return step;
        }
    }
    return step;
}

void CleanRun::makeGroups() {
    const auto segmentBytes = static_cast<std::uint64_t>(m_input.config.segmentBytes);
    // What an index of so many bytes of log takes at most.
    const auto indexBytes = [&](std::uint64_t bytes) {
        return (bytes / static_cast<std::uint64_t>(std::max<std::int64_t>(m_input.config.indexIntervalBytes, 61)) + 1) * 12;
    };
    const auto& parts = m_input.parts;
    for (std::size_t at = 0; at < parts.size() && parts[at].base < cleanEnd();) {
        Group group{at, at + 1};
        auto bytes = parts[at].bytes;
        while (group.last < parts.size() && parts[group.last].base < cleanEnd() && group.last - group.first < kGroupPartsMax) {
            const auto& next = parts[group.last];
            if (bytes + next.bytes > segmentBytes || indexBytes(bytes + next.bytes) > static_cast<std::uint64_t>(m_input.config.segmentIndexBytes))
                break;
            // Offsets are kept relative to the first one's base.
            if (next.bytes > 0 && next.end - 1 - parts[at].base > std::numeric_limits<std::int32_t>::max())
                break;
            bytes += next.bytes;
            ++group.last;
        }
        m_groups.push_back(group);
        at = group.last;
    }
}

// --- groups ---------------------------------------------------------------------------------------------------------

void CleanRun::beginGroup(std::size_t group, LastOfProducers producers) {
    m_group = m_groups[group];
    m_producers = std::move(producers);
    m_part = m_group.first;
    m_stream.reset();
    m_segment = std::make_unique<Segment>();
    m_segment->base = m_input.parts[m_part].base;
    m_segment->createdMs = m_input.now;
    m_output.reset();
    m_written = 0;
    m_buffer.clear();
    m_keptAborted.clear();
    m_changed = m_group.last - m_group.first > 1;
    m_recordsKept = 0;
}

Result<void> CleanRun::openOutput() {
    auto file = m_disk.open(pathOf(m_segment->base, ".log") + std::string(kCleaned), OpenMode::Truncate);
    if (!file)
        return std::unexpected(file.error());
    m_output = std::move(*file);
    return {};
}

Result<void> CleanRun::flushOutput() {
    if (m_buffer.empty())
        return {};
    auto written = m_output->writeAt(m_written, Bytes(m_buffer));
    m_written += m_buffer.size();
    m_buffer.clear();
    return written;
}

Result<void> CleanRun::put(Bytes batch) {
    const auto header = parseBatchHeader(batch);
    if (!header)
        return fail(ErrorCode::Internal, "A cleaned batch is not one.");
    m_segment->note(*header, m_segment->size, m_input.config.indexIntervalBytes);
    m_segment->size += batch.size();
    m_buffer.insert(m_buffer.end(), batch.begin(), batch.end());
    return m_buffer.size() >= kWriteBytes ? flushOutput() : Result<void>{};
}

Result<CleanRun::Step> CleanRun::cleanSome(std::uint64_t bytesMax) {
    auto step = cleanSteps(bytesMax);
    if (!step)
        discardGroup();
    return step;
}

Result<CleanRun::Step> CleanRun::cleanSteps(std::uint64_t bytesMax) {
    Step step;
    BatchFilter filter(m_map, m_transactions, {m_input.upperBound, m_input.now, m_input.config.deleteRetentionMs});
    if (!m_output) {
        if (auto opened = openOutput(); !opened)
            return std::unexpected(opened.error());
    }
    while (step.bytes < bytesMax) {
        if (*m_cancelled)
            return cancelledError();
        if (m_part == m_group.last) {
            if (auto finished = finishGroup(); !finished)
                return std::unexpected(finished.error());
            step.finished = true;
            return step;
        }
        if (!m_stream) {
            auto opened = openPart(m_part);
            if (!opened)
                return std::unexpected(opened.error());
            m_stream = std::move(*opened);
        }
        const auto batch = m_stream->next();
        if (!batch)
            return std::unexpected(batch.error());
        if (!*batch) {
            m_stream.reset();
            ++m_part;
            continue;
        }
        const auto outcome = filter.apply(**batch, m_producers, m_keptAborted);
        if (!outcome)
            return std::unexpected(outcome.error());
        step.bytes += (*batch)->sizeInBytes();
        m_recordsKept += outcome->recordsKept;
        m_changed = m_changed || outcome->fate != BatchFilter::Fate::Kept;
        if (outcome->fate == BatchFilter::Fate::Dropped)
            continue;
        const auto bytes = outcome->fate == BatchFilter::Fate::Kept ? (*batch)->bytes() : outcome->bytes.bytes();
        step.bytes += bytes.size();
        if (auto written = put(bytes); !written)
            return std::unexpected(written.error());
    }
    return step;
}

Result<void> CleanRun::finishGroup() {
    if (auto flushed = flushOutput(); !flushed)
        return flushed;
    const auto first = m_input.parts[m_group.first].base;
    const auto end = m_input.parts[m_group.last - 1].end;
    std::size_t abortedBefore = 0;
    for (const auto& transaction : m_input.aborted)
        abortedBefore += transaction.lastOffset >= first && transaction.lastOffset < end ? 1 : 0;
    if (!m_changed && abortedBefore == m_keptAborted.size()) {
        m_segment.reset();
        discardGroup();
        return {};
    }
    auto& segment = *m_segment;
    if (segment.maxTimestamp >= 0)
        segment.times.append(segment.maxTimestamp, static_cast<std::uint32_t>(segment.maxTimestampOffset - segment.base));
    segment.indexDirty = false;
    segment.indexWritten = true;
    const auto putFile = [&](std::string_view suffix, std::string_view content) -> Result<void> {
        auto file = m_disk.open(pathOf(segment.base, suffix) + std::string(kCleaned), OpenMode::Truncate);
        if (!file)
            return std::unexpected(file.error());
        if (auto written = (*file)->writeAt(0, asBytes(content)); !written)
            return written;
        return (*file)->sync();
    };
    std::string aborted;
    for (const auto& transaction : m_keptAborted)
        aborted += encodeAborted(transaction);
    if (auto put = putFile(".index", segment.offsets.encode()); !put)
        return put;
    if (auto put = putFile(".timeindex", segment.times.encode()); !put)
        return put;
    if (!aborted.empty()) {
        if (auto put = putFile(".txnindex", aborted); !put)
            return put;
    }
    auto synced = m_output->sync();
    m_output.reset();
    return synced;
}

CleanRun::Cleaned CleanRun::takeGroup() {
    Cleaned cleaned;
    for (auto at = m_group.first; at < m_group.last; ++at)
        cleaned.bytesBefore += m_input.parts[at].bytes;
    cleaned.bytesAfter = m_segment ? m_segment->size : cleaned.bytesBefore;
    cleaned.recordsKept = m_recordsKept;
    cleaned.segment = std::move(m_segment);
    cleaned.aborted = std::exchange(m_keptAborted, {});
    return cleaned;
}

void CleanRun::discardGroup() {
    if (m_groups.empty() || m_group.last == 0)
        return;
    m_output.reset();
    for (const auto* suffix : {".log", ".index", ".timeindex", ".txnindex"}) {
        const auto path = pathOf(m_input.parts[m_group.first].base, suffix) + std::string(kCleaned);
        if (auto removed = m_disk.remove(path); !removed && removed.error().code != ErrorCode::NotFound)
            log::warning("storage", "{} stays until the next start: {}", path, removed.error().message);
    }
}

} // namespace broker::storage
