#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <algorithm>
#include <array>
#include <cmath>

namespace models::format {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QString unknown() { return QStringLiteral("\u2013"); }

/// Three significant digits at most, none after the point from 100 on: 4.1, 48.8, 312.
QString threeDigits(double value, const QLocale& locale) {
    const int decimals = value >= 99.95 ? 0 : 1;
    QString text = locale.toString(value, 'f', decimals);
    if (decimals == 1 && text.endsWith(locale.zeroDigit()))
        text.chop(1 + locale.decimalPoint().size());
    return text;
}

template <std::size_t N>
QString scaled(double value, const std::array<QString, N>& units, const QLocale& locale) {
    std::size_t unit = 0;
    while (unit + 1 < N && value >= 999.5) {
        value /= 1000;
        ++unit;
    }
    const QString number = unit == 0 ? locale.toString(std::round(value), 'f', 0) : threeDigits(value, locale);
    return units[unit].isEmpty() ? number : number + u' ' + units[unit];
}

} // namespace

QString count(qint64 value, const QLocale& locale) { return value < 0 ? unknown() : locale.toString(value); }

QString countShort(double value, const QLocale& locale) {
    if (std::isnan(value) || value < 0)
        return unknown();
    static const std::array<QString, 5> units{QString(), QStringLiteral("k"), QStringLiteral("M"), QStringLiteral("G"), QStringLiteral("T")};
    if (value > 0 && value < 9.95 && value != std::floor(value))
        return locale.toString(value, 'f', value < 0.995 ? 2 : 1);
    return scaled(value, units, locale);
}

QString bytes(qint64 value, const QLocale& locale) {
    if (value < 0)
        return unknown();
    static const std::array<QString, 7> units{QStringLiteral("B"), QStringLiteral("kB"), QStringLiteral("MB"), QStringLiteral("GB"), QStringLiteral("TB"),
        QStringLiteral("PB"), QStringLiteral("EB")};
    return scaled(static_cast<double>(value), units, locale);
}

QString rate(double perSecond, const QLocale& locale) {
    if (std::isnan(perSecond) || perSecond < 0)
        return unknown();
    const int decimals = perSecond == 0 || perSecond >= 9.95 ? 0 : perSecond < 0.995 ? 2 : 1;
    return Text::tr("%1/s").arg(locale.toString(perSecond, 'f', decimals));
}

QString byteRate(double perSecond, const QLocale& locale) {
    if (std::isnan(perSecond) || perSecond < 0)
        return unknown();
    return Text::tr("%1/s").arg(bytes(static_cast<qint64>(std::llround(perSecond)), locale));
}

QString duration(qint64 ms, const QLocale& locale) {
    if (ms < 0)
        return unknown();
    if (ms < 1000)
        return Text::tr("%1 ms").arg(locale.toString(ms));
    if (ms < 60'000)
        return Text::tr("%1 s").arg(threeDigits(static_cast<double>(ms) / 1000, locale));
    const qint64 minutes = ms / 60'000;
    if (minutes < 60) {
        const qint64 seconds = ms / 1000 % 60;
        return seconds == 0 ? Text::tr("%1 min").arg(minutes) : Text::tr("%1 min %2 s").arg(minutes).arg(seconds);
    }
    const qint64 hours = minutes / 60;
    if (hours < 24)
        return minutes % 60 == 0 ? Text::tr("%1 h").arg(hours) : Text::tr("%1 h %2 min").arg(hours).arg(minutes % 60);
    const qint64 days = hours / 24;
    const QString dayText = days == 1 ? Text::tr("1 day") : Text::tr("%1 days").arg(locale.toString(days));
    return hours % 24 == 0 || days >= 7 ? dayText : Text::tr("%1 %2 h").arg(dayText).arg(hours % 24);
}

QString age(qint64 ms, const QLocale& locale) {
    if (ms < 1000)
        return Text::tr("now");
    if (ms < 60'000)
        return Text::tr("%1 s ago").arg(ms / 1000);
    if (ms < 3'600'000)
        return Text::tr("%1 min ago").arg(ms / 60'000);
    if (ms < 86'400'000)
        return Text::tr("%1 h ago").arg(ms / 3'600'000);
    const qint64 days = ms / 86'400'000;
    return days == 1 ? Text::tr("1 day ago") : Text::tr("%1 days ago").arg(locale.toString(days));
}

QString clock(qint64 wallMs, bool withMilliseconds) {
    return QDateTime::fromMSecsSinceEpoch(wallMs).toString(withMilliseconds ? QStringLiteral("HH:mm:ss.zzz") : QStringLiteral("HH:mm:ss"));
}

QString clockOrDay(qint64 wallMs, qint64 nowMs, const QLocale& locale) {
    const auto moment = QDateTime::fromMSecsSinceEpoch(wallMs);
    return moment.date() == QDateTime::fromMSecsSinceEpoch(nowMs).date() ? clock(wallMs) : locale.toString(moment, QStringLiteral("d MMM HH:mm:ss"));
}

QString dateTime(qint64 wallMs) { return QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz")); }

static bool turns(QChar c) { return (c >= QChar(0x202A) && c <= QChar(0x202E)) || (c >= QChar(0x2066) && c <= QChar(0x2069)); }

qsizetype firstTurn(const QString& text) {
    const auto found = std::find_if(text.begin(), text.end(), turns);
    return found == text.end() ? -1 : found - text.begin();
}

QString inOrder(const QString& text) {
    if (firstTurn(text) < 0)
        return text;
    QString shown;
    for (const QChar c : text)
        shown += turns(c) ? QStringLiteral("\\u{%1}").arg(QString::number(c.unicode(), 16).toUpper()) : QString(c);
    return shown;
}

QString percent(double fraction, const QLocale& locale) {
    if (std::isnan(fraction) || fraction < 0)
        return unknown();
    return Text::tr("%1 %").arg(locale.toString(std::round(fraction * 100), 'f', 0));
}

} // namespace models::format
