#include "models/compaction/forecast.h"

#include <algorithm>
#include <cmath>

namespace models::compaction {

namespace {

constexpr qint64 kYearMs = 365LL * 86'400'000;
constexpr int kRollsMax = 400;

/// Of a sum over slices, the part below `offset`; the slice that it lies in counts by its share of offsets.
template <class Number>
double below(const PartitionSurvey& survey, qint64 offset, Number Slice::* member) {
    double sum = 0;
    for (const auto& slice : survey.slices) {
        if (slice.first >= offset)
            break;
        const double share = slice.next <= offset ? 1 : static_cast<double>(offset - slice.first) / static_cast<double>(std::max<qint64>(1, slice.next - slice.first));
        sum += share * static_cast<double>(slice.*member);
    }
    return sum;
}

qint64 plus(qint64 time, qint64 span) { return span > kNoLimit - std::max<qint64>(time, 0) ? kNoLimit : time + span; }

/// One partition as the cleaner sees it at some time.
class View {
public:
    View(const PartitionSurvey& survey, const CompactionSettings& inForce, const CompactionSettings& wanted)
        : m_survey(survey), m_wanted(wanted), m_segments(segmentsOf(survey, inForce)) {
        m_clean = std::clamp(survey.cleanUpTo(), survey.begin, survey.end);
        m_sums.reserve(survey.slices.size() + 1);
        m_sums.append(0);
        for (const auto& slice : survey.slices)
            m_sums.append(m_sums.last() + slice.bytes);
        // Writes since the last cleaning, at their pace until now: what stands still counts, too.
        const qint64 since = oldestDirtyMs();
        m_bytesPerMs = since >= 0 && survey.takenMs > since ? (survey.bytes - bytesBelow(m_clean)) / static_cast<double>(survey.takenMs - since) : 0;
    }

    [[nodiscard]] qint64 clean() const { return m_clean; }
    [[nodiscard]] const QList<Segment>& segments() const { return m_segments; }
    [[nodiscard]] qint64 activeFirst() const { return m_segments.isEmpty() ? m_survey.end : m_segments.last().first; }

    /// First offset that is left alone by a compaction at `when`, of the segments that are closed by then.
    [[nodiscard]] qint64 uncleanable(qint64 when, bool activeClosed) const {
        const qint64 end = activeClosed ? m_survey.end : activeFirst();
        qint64 bound = m_clean;
        for (const auto& segment : m_segments) {
            if (segment.next <= m_clean)
                continue;
            if (segment.first >= end || (m_wanted.lagMinMs > 0 && segment.newestMs > when - m_wanted.lagMinMs))
                break;
            bound = std::max(bound, std::min(segment.next, end));
        }
        return bound;
    }

    /// When the active segment is closed at the pace of the last writes; -1 = never.
    [[nodiscard]] qint64 rollMs(qint64 nowMs) const {
        if (m_segments.isEmpty() || m_bytesPerMs <= 0)
            return -1;
        const auto& active = m_segments.last();
        if (active.first >= active.next)
            return -1;
        const qint64 byAge = active.oldestMs < 0 ? kNoLimit : plus(active.oldestMs, m_wanted.rollMs());
        const double left = std::max(0.0, static_cast<double>(m_wanted.segmentBytes) - active.bytes) / m_bytesPerMs;
        const qint64 bySize = left > static_cast<double>(10 * kYearMs) ? kNoLimit : nowMs + static_cast<qint64>(left);
        return std::max(nowMs, std::min(byAge, bySize));
    }
    /// Time between later closings.
    [[nodiscard]] qint64 rollEveryMs() const {
        const double bySize = static_cast<double>(m_wanted.segmentBytes) / m_bytesPerMs;
        return std::max<qint64>(1, std::min(m_wanted.rollMs(), bySize > static_cast<double>(kYearMs) ? kNoLimit : static_cast<qint64>(bySize)));
    }
    /// As below(), by the sums: asked for many times.
    [[nodiscard]] double bytesBelow(qint64 offset) const {
        const auto& slices = m_survey.slices;
        const auto at = std::partition_point(slices.begin(), slices.end(), [offset](const Slice& slice) { return slice.next <= offset; });
        const auto index = static_cast<qsizetype>(at - slices.begin());
        if (at == slices.end() || at->first >= offset)
            return m_sums[index];
        return m_sums[index] + at->bytes * static_cast<double>(offset - at->first) / static_cast<double>(std::max<qint64>(1, at->next - at->first));
    }

    [[nodiscard]] double goesBytes(qint64 bound) const {
        return below(m_survey, bound, &Slice::supersededBytes) + below(m_survey, bound, &Slice::expiredBytes) + below(m_survey, bound, &Slice::keylessBytes);
    }

    struct Next {
        When when = When::Never;
        qint64 atMs = -1;
        bool activeClosed = false;
    };
    [[nodiscard]] Next next(qint64 nowMs) const;

private:
    [[nodiscard]] qint64 oldestDirtyMs() const {
        for (const auto& slice : m_survey.slices)
            if (slice.next > m_clean && slice.oldestMs >= 0)
                return slice.oldestMs;
        return -1;
    }
    /// Whether it is cleaned at `when`, with so many bytes of segments that are not written yet behind what is there.
    [[nodiscard]] std::optional<When> cleanedAt(qint64 when, bool activeClosed, const QList<Segment>& later) const {
        const qint64 bound = uncleanable(when, activeClosed);
        double dirty = bytesBelow(bound) - bytesBelow(m_clean);
        bool overdue = false;
        const qint64 tooOld = m_wanted.lagMaxMs == kNoLimit ? -1 : when - m_wanted.lagMaxMs;
        for (const auto& segment : m_segments)
            if (segment.next > m_clean && segment.first < bound)
                overdue = overdue || (segment.oldestMs > 0 && segment.oldestMs < tooOld);
        if (bound >= m_survey.end) { // the rest follows in order
            for (const auto& segment : later) {
                if (segment.newestMs > when || (m_wanted.lagMinMs > 0 && segment.newestMs > when - m_wanted.lagMinMs))
                    break;
                dirty += segment.bytes;
                overdue = overdue || segment.oldestMs < tooOld;
            }
        }
        if (dirty <= 0)
            return std::nullopt;
        const double clean = bytesBelow(m_clean);
        if (overdue)
            return When::ByLag;
        return dirty / (clean + dirty) > m_wanted.dirtyRatioMin ? std::optional(When::ByRatio) : std::nullopt;
    }

    const PartitionSurvey& m_survey;
    const CompactionSettings& m_wanted;
    QList<Segment> m_segments;
    qint64 m_clean = 0;
    QList<double> m_sums; ///< of bytes, before each slice
    double m_bytesPerMs = 0;
};

View::Next View::next(qint64 nowMs) const {
    if (const auto met = cleanedAt(nowMs, false, {}))
        return {When::Now, nowMs, false};
    // Each time at which something changes: a segment grows old enough, the oldest record too old, the active segment is closed, and so are those after it.
    const qint64 roll = rollMs(nowMs);
    QList<Segment> later;
    QList<qint64> times;
    const auto at = [&](qint64 time) {
        if (time > nowMs && time <= nowMs + kYearMs)
            times.append(time);
    };
    for (const auto& segment : m_segments) {
        if (segment.next <= m_clean)
            continue;
        at(plus(segment.newestMs, m_wanted.lagMinMs));
        if (segment.oldestMs > 0 && m_wanted.lagMaxMs != kNoLimit)
            at(plus(plus(segment.oldestMs, m_wanted.lagMaxMs), 1));
    }
    if (roll >= 0) {
        at(roll);
        qint64 end = roll;
        for (int i = 0; i < kRollsMax && end <= nowMs + kYearMs; ++i) {
            const qint64 begin = end;
            end = plus(end, rollEveryMs());
            later.append({0, 0, m_bytesPerMs * static_cast<double>(end - begin), begin, end});
            at(end);
            at(plus(end, m_wanted.lagMinMs));
            if (m_wanted.lagMaxMs != kNoLimit)
                at(plus(plus(begin, m_wanted.lagMaxMs), 1));
        }
    }
    std::sort(times.begin(), times.end());
    for (const qint64 time : times)
        if (const bool closed = roll >= 0 && roll <= time; const auto met = cleanedAt(time, closed, closed ? later : QList<Segment>()))
            return {*met, time, closed};
    // Nothing to clean and nothing that would ever be closed.
    return {roll < 0 ? When::NoWrites : When::NotSoon, -1, false};
}

/// Whole segments that are too old or too many; too old is also an active one whose last record is.
void addDeletion(const PartitionSurvey& survey, const View& view, const CompactionSettings& wanted, qint64 nowMs, PartitionForecast& picture) {
    const auto& segments = view.segments();
    double left = survey.bytes;
    qint64 until = survey.begin;
    qint64 nextAge = kNoLimit;
    for (qsizetype i = 0; i < segments.size(); ++i) {
        const auto& segment = segments[i];
        const bool active = i + 1 == segments.size();
        if (segment.first >= segment.next)
            break;
        const bool tooMany = !active && wanted.retentionBytes != kNoLimit && left - segment.bytes >= static_cast<double>(wanted.retentionBytes);
        const qint64 due = wanted.retentionMs == kNoLimit ? kNoLimit : plus(segment.newestMs, wanted.retentionMs);
        if (!tooMany && due > nowMs) {
            // What is written to grows younger until it is closed.
            const qint64 roll = active ? view.rollMs(nowMs) : -1;
            nextAge = roll < 0 || due == kNoLimit ? due : std::max(due, plus(roll, wanted.retentionMs));
            break;
        }
        left -= segment.bytes;
        until = segment.next;
    }
    const double gone = survey.bytes - left;
    if (gone > 0) {
        picture.goesBytes = std::max(picture.goesBytes, gone);
        picture.goesRecords = std::max(picture.goesRecords, below(survey, until, &Slice::records));
        picture.when = When::Now;
        picture.inMs = 0;
    } else if (nextAge != kNoLimit && (picture.inMs < 0 || nextAge - nowMs < picture.inMs)) {
        picture.when = When::ByAge;
        picture.inMs = nextAge - nowMs;
        if (picture.goesThenBytes <= 0 && !segments.isEmpty())
            picture.goesThenBytes = segments.first().bytes;
    } else if (!wanted.compacts) {
        picture.when = wanted.retentionMs == kNoLimit && wanted.retentionBytes == kNoLimit ? When::Never : When::NotSoon;
    }
}

} // namespace

QList<Segment> segmentsOf(const PartitionSurvey& survey, const CompactionSettings& inForce) {
    QList<Segment> segments;
    const bool known = !survey.segmentBases.isEmpty();
    // Where nothing is known a segment begins where the last compaction ended: it took whole ones.
    const qint64 clean = survey.cleanUpTo();
    qsizetype base = 0;
    for (const auto& slice : survey.slices) {
        bool cut = segments.isEmpty();
        if (known) {
            while (base < survey.segmentBases.size() && survey.segmentBases[base] <= slice.first) {
                cut = cut || survey.segmentBases[base] > segments.last().first;
                ++base;
            }
        } else if (!cut) {
            const auto& last = segments.last();
            cut = (last.first < clean && slice.first >= clean) || last.bytes + slice.bytes > static_cast<double>(inForce.segmentBytes)
                || (last.oldestMs >= 0 && slice.newestMs - last.oldestMs > inForce.rollMs());
        }
        if (cut)
            segments.append({slice.first, slice.next, 0, -1, -1});
        auto& segment = segments.last();
        segment.next = slice.next;
        segment.bytes += slice.bytes;
        if (segment.oldestMs < 0)
            segment.oldestMs = slice.oldestMs;
        segment.newestMs = std::max(segment.newestMs, slice.newestMs);
    }
    // The active segment may have been begun and hold nothing yet.
    if (known && !segments.isEmpty() && survey.segmentBases.last() >= segments.last().next)
        segments.append({survey.segmentBases.last(), survey.segmentBases.last(), 0, -1, -1});
    if (!segments.isEmpty() && !known)
        segments.last().next = std::max(segments.last().next, survey.end);
    return segments;
}

PartitionForecast forecast(const PartitionSurvey& survey, const CompactionSettings& inForce, const CompactionSettings& wanted, qint64 nowMs) {
    const View view(survey, inForce, wanted);
    PartitionForecast picture;
    picture.partition = survey.partition;
    picture.segmentsEstimated = survey.segmentBases.isEmpty();
    picture.cleanEstimated = !survey.cleanOffset.has_value();
    picture.tombstones = survey.tombstones;
    for (auto it = survey.deadlines.cbegin(); it != survey.deadlines.cend() && picture.nextDeadlineMs < 0; ++it)
        if (it.key() > nowMs)
            picture.nextDeadlineMs = it.key();
    const qint64 clean = view.clean();
    const qint64 bound = wanted.compacts ? view.uncleanable(nowMs, false) : std::max(clean, view.activeFirst());
    const double cleanAll = below(survey, clean, &Slice::bytes);
    const double dirtyAll = below(survey, bound, &Slice::bytes) - cleanAll;
    const double closedAll = below(survey, std::max(bound, view.activeFirst()), &Slice::bytes);
    picture.cleanOffset = clean;
    picture.uncleanable = bound;
    picture.dirtyRatio = cleanAll + dirtyAll <= 0 ? 0 : dirtyAll / (cleanAll + dirtyAll);
    picture.activeBytes = std::max(0.0, survey.bytes - closedAll);
    picture.waitingBytes = std::max(0.0, closedAll - cleanAll - dirtyAll);
    if (wanted.compacts) {
        const double goesFromClean = below(survey, bound, &Slice::supersededCleanBytes) + below(survey, clean, &Slice::expiredBytes) + below(survey, clean, &Slice::keylessBytes);
        picture.goesBytes = dirtyAll > 0 ? view.goesBytes(bound) : 0;
        picture.goesRecords = dirtyAll > 0 ? below(survey, bound, &Slice::supersededRecords) + below(survey, bound, &Slice::expired) + below(survey, bound, &Slice::keyless) : 0;
        picture.expiredTombstones = static_cast<qint64>(std::llround(below(survey, bound, &Slice::expired)));
        picture.cleanBytes = std::max(0.0, cleanAll - (dirtyAll > 0 ? goesFromClean : 0));
        picture.dirtyBytes = std::max(0.0, cleanAll + dirtyAll - picture.goesBytes - picture.cleanBytes);
        const auto next = view.next(nowMs);
        picture.when = next.when;
        picture.inMs = next.atMs < 0 ? -1 : next.atMs - nowMs;
        picture.goesThenBytes = next.atMs < 0 ? 0 : view.goesBytes(view.uncleanable(next.atMs, next.activeClosed));
    } else {
        picture.cleanBytes = cleanAll;
        picture.dirtyBytes = dirtyAll;
    }
    if (wanted.deletes) {
        const double before = picture.goesBytes;
        addDeletion(survey, view, wanted, nowMs, picture);
        double taken = picture.goesBytes - before;
        for (double* part : {&picture.cleanBytes, &picture.dirtyBytes, &picture.waitingBytes, &picture.activeBytes}) { // the oldest go
            const double from = std::min(*part, taken);
            *part -= from;
            taken -= from;
        }
    }
    return picture;
}

TopicForecast forecast(const QList<PartitionSurvey>& surveys, const CompactionSettings& inForce, const CompactionSettings& wanted, qint64 nowMs) {
    TopicForecast all;
    for (const auto& survey : surveys) {
        const auto one = forecast(survey, inForce, wanted, nowMs);
        all.bytes += survey.bytes;
        all.goesBytes += one.goesBytes;
        all.goesRecords += one.goesRecords;
        all.tombstones += one.tombstones;
        all.expiredTombstones += survey.expired;
        all.keys += survey.keys;
        all.repeatedKeys += survey.repeatedKeys;
        all.estimated = all.estimated || one.segmentsEstimated || one.cleanEstimated;
        all.sampled = all.sampled || survey.weight > 1;
        if (one.inMs >= 0 && (all.inMs < 0 || one.inMs < all.inMs)) {
            all.inMs = one.inMs;
            all.when = one.when;
        } else if (all.inMs < 0 && all.when == When::Never) {
            all.when = one.when;
        }
        all.partitions.append(one);
    }
    return all;
}

} // namespace models::compaction
