#pragma once
// Where the end of one partition's log stood at what time, so that a lag in messages becomes one in seconds: what was committed as offset c has all messages
// that were there when the end was c. Bounded: the older, the sparser. Values; any one thread.

#include <QtGlobal>
#include <vector>

namespace models::session {

class OffsetTrail {
public:
    static constexpr std::size_t kPointsMax = 128;

    struct Point {
        qint64 fromMs = 0;  ///< the end was seen here first
        qint64 untilMs = 0; ///< and last
        qint64 end = 0;
        bool operator==(const Point&) const = default;
    };
    struct Moment {
        qint64 timeMs = 0;    ///< 0 = the end has not passed it
        bool atLeast = false; ///< it was before that time: the trail does not reach back so far
        bool operator==(const Moment&) const = default;
    };

    /// An end before the last one means that the topic was made anew: what is known of the old one goes. Times do not go back.
    void note(qint64 timeMs, qint64 end);
    /// When the message at `offset` was written.
    [[nodiscard]] Moment writtenAt(qint64 offset) const;
    [[nodiscard]] const std::vector<Point>& points() const { return m_points; }
    /// Puts what an earlier run saw before what this one did; drops it where they do not fit together.
    void prepend(const std::vector<Point>& past);

private:
    void thin();
    std::vector<Point> m_points;
};

} // namespace models::session
