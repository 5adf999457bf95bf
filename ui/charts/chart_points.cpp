#include "ui/charts/chart_points.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <array>
#include <cmath>

namespace ui::charts {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Charts)
};

bool isBytes(Unit unit) { return unit == Unit::Bytes || unit == Unit::BytesPerSecond; }

} // namespace

QVector<ChartPoint> pointsOf(const QList<models::metrics::Bucket>& buckets) {
    QVector<ChartPoint> points;
    points.reserve(buckets.size() * 2);
    double last = models::metrics::kGap;
    for (const auto& bucket : buckets) {
        const double start = static_cast<double>(bucket.startMs) / 1000.0;
        if (bucket.isGap()) {
            points.append({start, models::metrics::kGap});
            last = models::metrics::kGap;
            continue;
        }
        if (bucket.min == bucket.max) {
            points.append({start, bucket.min});
            last = bucket.min;
            continue;
        }
        const double half = static_cast<double>(bucket.endMs - bucket.startMs) / 2000.0;
        // The extreme nearer to where the line comes from stands first.
        const bool minFirst = std::isnan(last) || std::abs(last - bucket.min) <= std::abs(last - bucket.max);
        points.append({start, minFirst ? bucket.min : bucket.max});
        last = minFirst ? bucket.max : bucket.min;
        points.append({start + half, last});
    }
    return points;
}

Cut alignedCut(qint64 fromMs, qint64 toMs, int columns) {
    if (columns <= 0 || toMs <= fromMs)
        return {};
    const qint64 width = std::max<qint64>(1, (toMs - fromMs + columns - 1) / columns);
    Cut cut;
    cut.fromMs = fromMs - fromMs % width;
    cut.columns = static_cast<int>((toMs - cut.fromMs + width - 1) / width);
    cut.toMs = cut.fromMs + cut.columns * width;
    return cut;
}

ValueScale scaleFor(double highest, Unit unit, const ValueScale& before) {
    static constexpr std::array<double, 9> kSteps{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    const double wanted = std::isnan(highest) || highest <= 0 ? 0 : highest * 1.04;
    // Messages are whole, and so is a byte; rates may be small.
    const double floor = unit == Unit::MessagesPerSecond && wanted > 0 ? 0.25 : isBytes(unit) ? 250 : 1;
    const double raw = std::max(wanted / 4, floor);
    if (before.top >= wanted && before.top > 0 && before.top <= std::max(2 * wanted, floor * 4))
        return before;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : kSteps) {
        const bool whole = unit != Unit::Messages || power >= 10 || factor == std::floor(factor);
        if (whole && factor * power * (1 + 1e-9) >= raw)
            return {factor * power * 4, factor * power};
    }
    return {power * 40, power * 10};
}

QString axisLabel(double value, const ValueScale& scale, Unit unit, const QLocale& locale) {
    static const std::array<const char*, 6> kCounts{"", "k", "M", "G", "T", "P"};
    static const std::array<const char*, 6> kBytes{"B", "kB", "MB", "GB", "TB", "PB"};
    if (value < scale.step / 2)
        return locale.toString(0);
    std::size_t power = 0;
    double factor = 1;
    while (power + 1 < kCounts.size() && scale.top >= factor * 1000) {
        factor *= 1000;
        ++power;
    }
    const double step = scale.step / factor;
    int decimals = 0;
    for (double scaled = step; decimals < 3 && std::abs(scaled - std::round(scaled)) > 1e-6; scaled *= 10)
        ++decimals;
    const QString number = locale.toString(value / factor, 'f', decimals);
    const QString suffix = QString::fromLatin1(isBytes(unit) ? kBytes[power] : kCounts[power]);
    const QString text = suffix.isEmpty() ? number : number + u' ' + suffix;
    return unit == Unit::BytesPerSecond ? Text::tr("%1/s").arg(text) : text;
}

QString valueText(double value, Unit unit, const QLocale& locale) {
    if (std::isnan(value))
        return QStringLiteral("\u2013");
    switch (unit) {
    case Unit::Messages: return models::format::count(static_cast<qint64>(std::llround(value)), locale);
    case Unit::MessagesPerSecond: return models::format::rate(value, locale);
    case Unit::Bytes: return models::format::bytes(static_cast<qint64>(std::llround(value)), locale);
    case Unit::BytesPerSecond: return models::format::byteRate(value, locale);
    }
    return {};
}

TimeTicks timeTicks(qint64 fromMs, qint64 toMs, int widthPx, int minDistancePx, qint64 offsetFromUtcMs) {
    static constexpr std::array<qint64, 22> kStepsSeconds{
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000};
    TimeTicks ticks;
    if (toMs <= fromMs || widthPx <= 0)
        return ticks;
    const double wanted = static_cast<double>(toMs - fromMs) * minDistancePx / widthPx;
    ticks.stepMs = kStepsSeconds.back() * 1000;
    for (const auto seconds : kStepsSeconds) {
        if (static_cast<double>(seconds * 1000) >= wanted) {
            ticks.stepMs = seconds * 1000;
            break;
        }
    }
    const qint64 local = fromMs + offsetFromUtcMs;
    qint64 at = local - local % ticks.stepMs;
    if (at < local)
        at += ticks.stepMs;
    for (; at - offsetFromUtcMs <= toMs; at += ticks.stepMs)
        ticks.timesMs.append(at - offsetFromUtcMs);
    return ticks;
}

QString timeLabel(qint64 timeMs, qint64 stepMs, const QLocale& locale) {
    const auto time = QDateTime::fromMSecsSinceEpoch(timeMs);
    if (stepMs >= 86'400'000)
        return locale.toString(time.date(), QStringLiteral("d MMM"));
    return time.toString(stepMs >= 60'000 ? QStringLiteral("HH:mm") : QStringLiteral("HH:mm:ss"));
}

QString momentLabel(qint64 timeMs, qint64 nowMs, const QLocale& locale) {
    const auto moment = QDateTime::fromMSecsSinceEpoch(timeMs);
    const auto today = QDateTime::fromMSecsSinceEpoch(nowMs).date();
    if (moment.date() == today)
        return models::format::clock(timeMs, false);
    return locale.toString(moment, moment.date().year() == today.year() ? QStringLiteral("d MMM HH:mm:ss") : QStringLiteral("d MMM yyyy HH:mm"));
}

} // namespace ui::charts
