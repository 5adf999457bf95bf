#include "models/messages/window_core.h"

#include <algorithm>
#include <tuple>

namespace models::messages {

using client::Record;

namespace {

qint64 weightOf(const Record& record) { return record.sizeBytes() + 120; }
auto mergeKey(const Record& record) { return std::tuple(record.timestampMs, record.partition, record.offset); }

} // namespace

void WindowCore::reset(const QMap<int, OffsetSpan>& spans, const Position& position, Order order) {
    m_lanes.clear();
    m_rows.clear();
    m_bytes = 0;
    m_order = order;
    m_currentLane = -1;
    // By partition the reader stands in one partition: the first that the position leaves inside, else the first or last one.
    int anchor = -1;
    if (order == Order::ByPartition && !spans.isEmpty()) {
        for (auto it = spans.cbegin(); it != spans.cend() && anchor < 0; ++it)
            if (position.value(it.key(), it->end) < it->end)
                anchor = it.key();
        if (anchor < 0)
            anchor = spans.lastKey();
        m_currentLane = anchor;
    }
    for (auto it = spans.cbegin(); it != spans.cend(); ++it) {
        Lane lane;
        lane.begin = it->begin;
        lane.end = std::max(it->begin, it->end);
        qint64 at = std::clamp(position.value(it.key(), lane.end), lane.begin, lane.end);
        if (anchor >= 0 && it.key() != anchor)
            at = it.key() < anchor ? lane.end : lane.begin;
        lane.lo = lane.hi = lane.behindFirst = lane.aheadNext = at;
        m_lanes.emplace(it.key(), std::move(lane));
    }
}

void WindowCore::setSpans(const QMap<int, OffsetSpan>& spans) {
    for (auto it = spans.cbegin(); it != spans.cend(); ++it) {
        const auto found = m_lanes.find(it.key());
        if (found == m_lanes.end()) {
            Lane lane; // a partition that was added: all of it comes after what is shown
            lane.begin = lane.lo = lane.hi = lane.behindFirst = lane.aheadNext = it->begin;
            lane.end = it->end;
            m_lanes.emplace(it.key(), std::move(lane));
            continue;
        }
        auto& lane = found->second;
        lane.begin = it->begin;
        lane.end = std::max(lane.aheadNext, it->end);
        lane.behindFirst = std::max(lane.behindFirst, std::min(lane.begin, lane.lo));
    }
}

QMap<int, OffsetSpan> WindowCore::spans() const {
    QMap<int, OffsetSpan> all;
    for (const auto& [partition, lane] : m_lanes)
        all.insert(partition, {lane.begin, lane.end});
    return all;
}

int WindowCore::perLane(int rows) const {
    if (m_order == Order::ByPartition)
        return rows;
    return std::max(50, rows / std::max<int>(1, static_cast<int>(m_lanes.size())) * 3 / 2);
}

QList<Range> WindowCore::wantForward(int rows) const {
    QList<Range> ranges;
    const int count = perLane(rows);
    for (const auto& [partition, lane] : m_lanes) {
        if (m_order == Order::ByPartition && partition < m_currentLane)
            continue;
        if (lane.moreAhead() && static_cast<int>(lane.ahead.size()) < count / 2 + 1)
            ranges.append({partition, lane.aheadNext, std::min(lane.end, lane.aheadNext + count)});
        // By partition, the next lane matters once this one is read to its end.
        if (m_order == Order::ByPartition && (lane.moreAhead() || static_cast<int>(lane.ahead.size()) >= rows))
            break;
    }
    return ranges;
}

QList<Range> WindowCore::wantBackward(int rows) const {
    QList<Range> ranges;
    const int count = perLane(rows);
    for (auto it = m_lanes.rbegin(); it != m_lanes.rend(); ++it) {
        const auto& [partition, lane] = *it;
        if (lane.moreBehind() && static_cast<int>(lane.behind.size()) < count / 2 + 1)
            ranges.append({partition, std::max(lane.begin, lane.behindFirst - std::min<qint64>(count, lane.backMax)), lane.behindFirst});
        if (m_order == Order::ByPartition && (lane.moreBehind() || static_cast<int>(lane.behind.size()) >= rows))
            break;
    }
    return ranges;
}

void WindowCore::giveForward(const QList<Piece>& pieces) {
    for (const auto& piece : pieces) {
        const auto it = m_lanes.find(piece.range.partition);
        if (it == m_lanes.end() || it->second.aheadNext != piece.range.from)
            continue; // the window went elsewhere meanwhile
        auto& lane = it->second;
        for (const auto& record : piece.records)
            if (record.offset >= lane.aheadNext && record.offset < piece.covered)
                lane.ahead.push_back(record);
        lane.aheadNext = std::max(lane.aheadNext, piece.covered);
        lane.failed = lane.failed || piece.error.has_value();
    }
}

void WindowCore::giveBackward(const QList<Piece>& pieces) {
    for (const auto& piece : pieces) {
        const auto it = m_lanes.find(piece.range.partition);
        if (it == m_lanes.end() || it->second.behindFirst != piece.range.to)
            continue;
        auto& lane = it->second;
        if (piece.error) {
            lane.failed = true;
            continue;
        }
        if (piece.covered < piece.range.to) {
            // Only a whole range joins what is already here: fewer offsets next time, and none that cannot be read at all.
            const qint64 size = piece.range.to - piece.range.from;
            lane.failed = lane.failed || size <= 1;
            lane.backMax = std::max<qint64>(1, size / 4);
            continue;
        }
        for (auto record = piece.records.crbegin(); record != piece.records.crend(); ++record)
            if (record->offset < lane.behindFirst && record->offset >= piece.range.from)
                lane.behind.push_front(*record);
        lane.behindFirst = piece.range.from;
    }
}

WindowCore::Lane* WindowCore::nextForward() {
    Lane* best = nullptr;
    for (auto& [partition, lane] : m_lanes) {
        if (m_order == Order::ByPartition && partition < m_currentLane)
            continue;
        if (lane.ahead.empty()) {
            if (lane.moreAhead())
                return nullptr;
            continue;
        }
        if (m_order == Order::ByPartition) {
            m_currentLane = partition;
            return &lane;
        }
        if (best == nullptr || mergeKey(lane.ahead.front()) < mergeKey(best->ahead.front()))
            best = &lane;
    }
    return best;
}

WindowCore::Lane* WindowCore::nextBackward() {
    Lane* best = nullptr;
    for (auto it = m_lanes.rbegin(); it != m_lanes.rend(); ++it) {
        auto& lane = it->second;
        if (lane.behind.empty()) {
            if (lane.moreBehind())
                return nullptr;
            continue;
        }
        if (m_order == Order::ByPartition)
            return &lane;
        if (best == nullptr || mergeKey(lane.behind.back()) > mergeKey(best->behind.back()))
            best = &lane;
    }
    return best;
}

int WindowCore::emitForward(int count) {
    int emitted = 0;
    for (; emitted < count; ++emitted) {
        auto* lane = nextForward();
        if (lane == nullptr)
            break;
        m_bytes += weightOf(lane->ahead.front());
        m_rows.push_back(std::move(lane->ahead.front()));
        lane->ahead.pop_front();
        lane->hi = m_rows.back().offset + 1;
    }
    return emitted;
}

int WindowCore::emitBackward(int count) {
    int emitted = 0;
    for (; emitted < count; ++emitted) {
        auto* lane = nextBackward();
        if (lane == nullptr)
            break;
        m_bytes += weightOf(lane->behind.back());
        m_rows.push_front(std::move(lane->behind.back()));
        lane->behind.pop_back();
        lane->lo = m_rows.front().offset;
    }
    return emitted;
}

void WindowCore::dropFront(int count) {
    for (; count > 0 && !m_rows.empty(); --count) {
        const auto& row = m_rows.front();
        auto& lane = m_lanes[row.partition];
        lane.lo = row.offset + 1;
        lane.behindFirst = lane.lo;
        lane.behind.clear();
        m_bytes -= weightOf(row);
        m_rows.pop_front();
    }
}

void WindowCore::dropBack(int count) {
    for (; count > 0 && !m_rows.empty(); --count) {
        const auto& row = m_rows.back();
        auto& lane = m_lanes[row.partition];
        lane.hi = row.offset;
        lane.aheadNext = lane.hi;
        lane.ahead.clear();
        if (m_order == Order::ByPartition)
            m_currentLane = row.partition;
        m_bytes -= weightOf(row);
        m_rows.pop_back();
    }
}

bool WindowCore::atBeginning() const {
    return std::all_of(m_lanes.begin(), m_lanes.end(), [](const auto& each) { return !each.second.moreBehind() && each.second.behind.empty(); });
}

bool WindowCore::atEnd() const {
    return std::all_of(m_lanes.begin(), m_lanes.end(), [this](const auto& each) {
        return (m_order == Order::ByPartition && each.first < m_currentLane) || (!each.second.moreAhead() && each.second.ahead.empty());
    });
}

qint64 WindowCore::remaining() const {
    qint64 total = 0;
    for (const auto& [partition, lane] : m_lanes)
        total += static_cast<qint64>(lane.ahead.size()) + (lane.failed ? 0 : lane.end - lane.aheadNext);
    return total;
}

Position WindowCore::positionAt(int index) const {
    Position position;
    for (const auto& [partition, lane] : m_lanes)
        position.insert(partition, lane.hi);
    QHash<int, bool> seen;
    for (auto i = static_cast<std::size_t>(std::max(0, index)); i < m_rows.size() && seen.size() < static_cast<qsizetype>(m_lanes.size()); ++i) {
        if (seen.contains(m_rows[i].partition))
            continue;
        seen.insert(m_rows[i].partition, true);
        position[m_rows[i].partition] = m_rows[i].offset;
    }
    return position;
}

double WindowCore::fractionAt(int index) const {
    const auto position = positionAt(index);
    double before = 0;
    double total = 0;
    for (const auto& [partition, lane] : m_lanes) {
        before += static_cast<double>(std::clamp(position.value(partition), lane.begin, lane.end) - lane.begin);
        total += static_cast<double>(lane.end - lane.begin);
    }
    return total > 0 ? before / total : 0;
}

int WindowCore::indexOf(int partition, qint64 offset) const {
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        if (m_rows[i].partition == partition && m_rows[i].offset == offset)
            return static_cast<int>(i);
    return -1;
}

} // namespace models::messages
