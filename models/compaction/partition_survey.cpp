#include "models/compaction/partition_survey.h"

#include <QHashFunctions>
#include <QRandomGenerator>
#include <algorithm>

namespace models::compaction {

namespace {

/// Nobody outside can choose keys that share a hash.
size_t hashSeed() {
    static const size_t seed = static_cast<size_t>(QRandomGenerator::system()->generate64());
    return seed;
}

void join(Slice& into, const Slice& next) {
    into.next = next.next;
    into.records += next.records;
    into.bytes += next.bytes;
    if (into.oldestMs < 0)
        into.oldestMs = next.oldestMs;
    into.newestMs = std::max(into.newestMs, next.newestMs);
    into.supersededRecords += next.supersededRecords;
    into.supersededBytes += next.supersededBytes;
    into.supersededCleanBytes += next.supersededCleanBytes;
    into.tombstones += next.tombstones;
    into.expired += next.expired;
    into.expiredBytes += next.expiredBytes;
    into.keyless += next.keyless;
    into.keylessBytes += next.keylessBytes;
}

} // namespace

PartitionGatherer::PartitionGatherer(int partition, qint64 begin, qint64 end, std::size_t keysMax, qint64 nowMs) : m_keys(keysMax), m_expected(begin), m_nowMs(nowMs) {
    m_survey.partition = partition;
    m_survey.begin = begin;
    m_survey.end = end;
    m_survey.takenMs = nowMs;
    m_survey.cleanAtLeast = begin;
    m_survey.cleanAtMost = end;
}

void PartitionGatherer::skip(qint64 from, qint64 to) {
    if (from <= m_expected)
        m_expected = std::max(m_expected, to);
}

bool PartitionGatherer::take(const wire::ScanBatch& batch) {
    Slice slice;
    slice.first = std::max(batch.baseOffset, batch.first);
    slice.next = std::min(batch.lastOffset + 1, batch.next);
    // Cleaning keeps the offsets of what stays: what is missing between them was taken out.
    if (slice.first > m_expected)
        m_survey.cleanAtLeast = slice.first;
    if (batch.whole() && batch.recordCount < batch.lastOffset - batch.baseOffset + 1)
        m_survey.cleanAtLeast = slice.next;
    m_expected = std::max(m_expected, slice.next);
    const double share = batch.wire.empty() || batch.records.empty() ? 1 : static_cast<double>(batch.wire.size()) / static_cast<double>(batch.records.size());
    const std::optional<qint64> deadline = batch.deleteHorizonMs >= 0 ? std::optional(batch.deleteHorizonMs) : std::nullopt;
    wire::RecordCursor cursor(batch);
    wire::RawRecord record;
    while (cursor.next(record))
        see(record, static_cast<double>(record.body.size() + 1) * share, deadline, slice);
    add(slice);
    return !cursor.broken();
}

void PartitionGatherer::see(const wire::RawRecord& record, double bytes, std::optional<qint64> deadline, Slice& slice) {
    ++slice.records;
    slice.bytes += bytes;
    if (slice.oldestMs < 0)
        slice.oldestMs = record.timestampMs;
    slice.newestMs = std::max(slice.newestMs, record.timestampMs);
    quint32 flags = 0;
    if (!record.hasValue() && record.hasKey()) {
        flags |= KeyVersions::Tombstone;
        ++slice.tombstones;
        if (deadline) {
            auto& deadlines = m_survey.deadlines;
            if (deadlines.size() >= kDeadlinesMax && !deadlines.contains(*deadline)) // the nearest one stands for it
                ++(deadlines.lowerBound(*deadline) == deadlines.end() ? std::prev(deadlines.end()) : deadlines.lowerBound(*deadline)).value();
            else
                ++deadlines[*deadline];
        }
        if (deadline && *deadline <= m_nowMs) {
            flags |= KeyVersions::Expired;
            ++slice.expired;
            slice.expiredBytes += bytes;
        }
    }
    if (!record.hasKey()) {
        ++m_survey.keyless;
        ++slice.keyless;
        slice.keylessBytes += bytes;
        return;
    }
    const quint64 hash = qHashBits(record.key.data(), record.key.size(), hashSeed());
    if (!m_keys.follows(hash))
        return;
    const double weight = m_keys.weight();
    const auto before = m_keys.put(hash, {record.offset, static_cast<float>(bytes), flags});
    if (!before)
        return;
    m_survey.cleanAtMost = std::min(m_survey.cleanAtMost, record.offset);
    if ((before->flags & KeyVersions::Repeated) == 0)
        m_repeated += weight;
    if ((before->flags & KeyVersions::Expired) != 0)
        return; // goes for its own reason
    slice.supersededRecords += weight;
    slice.supersededBytes += weight * static_cast<double>(before->bytes);
    if (before->offset < m_survey.cleanUpTo())
        slice.supersededCleanBytes += weight * static_cast<double>(before->bytes);
}

void PartitionGatherer::add(const Slice& slice) {
    auto& slices = m_survey.slices;
    m_survey.records += slice.records;
    m_survey.bytes += slice.bytes;
    m_survey.tombstones += slice.tombstones;
    m_survey.expired += slice.expired;
    slices.append(slice);
    if (slices.size() <= kSlicesMax)
        return;
    QList<Slice> halved;
    halved.reserve(kSlicesMax);
    for (qsizetype i = 0; i < slices.size(); i += 2) {
        halved.append(slices[i]);
        if (i + 1 < slices.size())
            join(halved.last(), slices[i + 1]);
    }
    slices = halved;
}

PartitionSurvey PartitionGatherer::finish() {
    m_survey.weight = m_keys.weight();
    m_survey.keys = m_keys.weight() * static_cast<double>(m_keys.count());
    m_survey.repeatedKeys = m_repeated;
    m_survey.cleanAtLeast = std::min(m_survey.cleanAtLeast, m_survey.cleanAtMost);
    return m_survey;
}

} // namespace models::compaction
