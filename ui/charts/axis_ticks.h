#pragma once
// Where an axis is marked. Pure.

#include <QList>
#include <QString>
#include <QtGlobal>

namespace ui::charts {

/// What the values count.
enum class Unit { Count, PerSecond, Bytes, BytesPerSecond, Milliseconds };

/// Top of an axis from 0 with four equal, round intervals that holds `largest`: 2710 -> 3200, 0 -> 4.
double axisTop(double largest);
/// "3.2 k", "8 MB/s": short, as beside an axis.
QString axisText(double value, Unit unit);
/// "2,431/s", "3.1 MB/s": as under the pointer.
QString valueText(double value, Unit unit);

struct TimeTick {
    qint64 ms;
    QString text;
};
/// Round local times in [fromMs, toMs], at most `most` of them: "14:00", or "14:00:30" when they are seconds apart.
QList<TimeTick> timeTicks(qint64 fromMs, qint64 toMs, int most);

} // namespace ui::charts
