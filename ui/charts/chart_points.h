#pragma once
// The pure part of charts: what is drawn where, and how a value reads. No widgets.

#include "models/metrics/series.h"

#include <QList>
#include <QLocale>
#include <QString>
#include <QVector>

namespace ui::charts {

enum class Unit { Messages, MessagesPerSecond, Bytes, BytesPerSecond };

/// A point of a line: seconds since 1970, value; NaN = the line ends here and begins again after.
struct ChartPoint {
    double key = 0;
    double value = 0;
};

/// At most two points for each bucket: its extremes, in the order that keeps the line short. A gap gives one NaN.
QVector<ChartPoint> pointsOf(const QList<models::metrics::Bucket>& buckets);

/// The span of a cut so that columns stand still while the window moves: `from` and `to` lie on multiples of a column's width, and
/// together they cover [fromMs, toMs) in at most `columns` + 2 columns.
struct Cut {
    qint64 fromMs = 0;
    qint64 toMs = 0;
    int columns = 0;
};
Cut alignedCut(qint64 fromMs, qint64 toMs, int columns);

/// A value axis from 0 to `top` with a line every `step`; four steps.
struct ValueScale {
    double top = 4;
    double step = 1;
    bool operator==(const ValueScale&) const = default;
};
/// The smallest round scale that holds `highest`. `before` stays while it is not more than twice too large, so that the axis does not jump.
ValueScale scaleFor(double highest, Unit unit, const ValueScale& before = {0, 0});

/// "2.4 k", "1.2 MB/s", "0": every label of one axis in the same power of a thousand, that of `scale.top`.
QString axisLabel(double value, const ValueScale& scale, Unit unit, const QLocale& locale = QLocale());
/// "2,431/s", "3.1 MB/s", "48,204"; an en dash for NaN.
QString valueText(double value, Unit unit, const QLocale& locale = QLocale());

/// Round moments of local time in [fromMs, toMs], at least `minDistancePx` apart on `widthPx`.
struct TimeTicks {
    QVector<qint64> timesMs;
    qint64 stepMs = 0;
};
TimeTicks timeTicks(qint64 fromMs, qint64 toMs, int widthPx, int minDistancePx, qint64 offsetFromUtcMs);
/// "14:03:30" for steps below a minute, "14:03" above, "21 Nov" from a day on.
QString timeLabel(qint64 timeMs, qint64 stepMs, const QLocale& locale = QLocale());
/// "14:03:30"; with the day in front where that is not the day of `nowMs`.
QString momentLabel(qint64 timeMs, qint64 nowMs, const QLocale& locale = QLocale());

} // namespace ui::charts
