#pragma once
// Inside models/messages: which records of which partitions are loaded, and in which order they stand. Pure: no threads, no clock; MessageWindow
// drives it.
//
// Each partition is a lane. Its offsets fall into [begin ... behindFirst | behind | lo <rows> hi | ahead | aheadNext ... end): the rows [lo, hi) are shown;
// `behind` and `ahead` are read but not shown yet, because another lane may still have something that stands between. Rows are only ever added at
// the two ends, by merging the lanes' next records; so nothing moves under the reader.

#include "models/client/kafka_types.h"
#include "models/messages/message_window.h"

#include <QHash>
#include <QList>
#include <QMap>
#include <deque>
#include <map>
#include <optional>

namespace models::messages {

/// Offsets [from, to) of a partition to be read.
struct Range {
    int partition = 0;
    qint64 from = 0;
    qint64 to = 0;
    bool operator==(const Range&) const = default;
};

/// What reading a range brought. `covered`: every record of [from, covered) is here.
struct Piece {
    Range range;
    qint64 covered = 0;
    QList<client::Record> records; ///< rising offsets
    std::optional<Error> error;    ///< the lane is given up until the next reset
};

class WindowCore {
public:
    void reset(const QMap<int, OffsetSpan>& spans, const Position& position, Order order);
    void setSpans(const QMap<int, OffsetSpan>& spans);

    [[nodiscard]] const std::deque<client::Record>& rows() const { return m_rows; }
    [[nodiscard]] qint64 bytes() const { return m_bytes; }
    [[nodiscard]] QMap<int, OffsetSpan> spans() const;
    /// What has to be read so that up to `rows` more can be shown; empty = nothing is missing.
    [[nodiscard]] QList<Range> wantForward(int rows) const;
    [[nodiscard]] QList<Range> wantBackward(int rows) const;
    void giveForward(const QList<Piece>& pieces);
    void giveBackward(const QList<Piece>& pieces);
    /// Shows up to `count` more rows at that end; answers how many. Stops where a lane has to be read first.
    int emitForward(int count);
    int emitBackward(int count);
    void dropFront(int count);
    void dropBack(int count);

    [[nodiscard]] bool atBeginning() const;
    [[nodiscard]] bool atEnd() const;
    /// Records known to stand after the last row.
    [[nodiscard]] qint64 remaining() const;
    [[nodiscard]] Position positionAt(int index) const;
    [[nodiscard]] double fractionAt(int index) const;
    [[nodiscard]] int indexOf(int partition, qint64 offset) const;

private:
    struct Lane {
        qint64 begin = 0, end = 0;
        qint64 lo = 0, hi = 0;
        qint64 behindFirst = 0, aheadNext = 0;
        std::deque<client::Record> behind, ahead;
        qint64 backMax = 1 << 20; ///< offsets to read backwards at a time; shrinks where messages are huge
        bool failed = false;
        [[nodiscard]] bool moreAhead() const { return !failed && aheadNext < end; }
        [[nodiscard]] bool moreBehind() const { return !failed && behindFirst > begin; }
    };
    /// The lane whose next record comes next; nullptr = a lane must be read first, or nothing is left.
    Lane* nextForward();
    Lane* nextBackward();
    [[nodiscard]] int perLane(int rows) const;

    std::map<int, Lane> m_lanes;
    std::deque<client::Record> m_rows;
    qint64 m_bytes = 0;
    Order m_order = Order::Merged;
    int m_currentLane = -1; ///< ByPartition: lanes before this one are behind for good
};

} // namespace models::messages
