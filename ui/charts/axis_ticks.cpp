#include "ui/charts/axis_ticks.h"

#include "models/base/format.h"

#include <QDateTime>
#include <algorithm>
#include <cmath>

namespace ui::charts {

double axisTop(double largest) {
    if (!(largest > 0) || !std::isfinite(largest))
        return 4;
    const double raw = largest / 4;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double step : {1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0})
        if (step * power >= raw * 0.9999)
            return 4 * step * power;
    return 40 * power;
}

QString axisText(double value, Unit unit) {
    using namespace models::format;
    switch (unit) {
    case Unit::Count:
    case Unit::PerSecond: return value < 10 && value != std::floor(value) ? QLocale().toString(value, 'g', 2) : countShort(value);
    case Unit::Bytes: return bytes(static_cast<qint64>(value));
    case Unit::BytesPerSecond: return byteRate(value);
    case Unit::Milliseconds: return duration(static_cast<qint64>(value));
    }
    return {};
}

QString valueText(double value, Unit unit) {
    switch (unit) {
    case Unit::Count: return models::format::count(static_cast<qint64>(std::llround(value)));
    case Unit::PerSecond: return models::format::rate(value);
    default: return axisText(value, unit);
    }
}

QList<TimeTick> timeTicks(qint64 fromMs, qint64 toMs, int most) {
    static constexpr qint64 steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800};
    QList<TimeTick> ticks;
    if (toMs <= fromMs || most < 1)
        return ticks;
    qint64 step = steps[std::size(steps) - 1] * 1000;
    for (const qint64 candidate : steps) {
        if ((toMs - fromMs) / (candidate * 1000) < most) {
            step = candidate * 1000;
            break;
        }
    }
    const qint64 zone = QDateTime::fromMSecsSinceEpoch(fromMs).offsetFromUtc() * 1000LL;
    const QString form = step < 60000 ? QStringLiteral("HH:mm:ss") : (step < 86400000 ? QStringLiteral("HH:mm") : QStringLiteral("d MMM"));
    for (qint64 at = (fromMs + zone + step - 1) / step * step - zone; at <= toMs && ticks.size() < most; at += step)
        ticks.append({at, QDateTime::fromMSecsSinceEpoch(at).toString(form)});
    return ticks;
}

} // namespace ui::charts
