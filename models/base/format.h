#pragma once
// Numbers, sizes and times as people read them. Pure functions of their arguments and a QLocale (the user's by default).
// Units are decimal (1 kB = 1,000 bytes). Negative counts and NaN mean "not known" and give an en dash.

#include <QLocale>
#include <QString>

namespace models::format {

/// 48812975 -> "48,812,975"
QString count(qint64 value, const QLocale& locale = QLocale());
/// 48812975 -> "48.8 M"; 812 -> "812"; 12400 -> "12.4 k"
QString countShort(double value, const QLocale& locale = QLocale());
/// 1 -> "1 B"; 4100000 -> "4.1 MB"; 21300000000 -> "21.3 GB"
QString bytes(qint64 value, const QLocale& locale = QLocale());
/// 2431.7 -> "2,432/s"; 0.25 -> "0.25/s"; 0 -> "0/s"
QString rate(double perSecond, const QLocale& locale = QLocale());
/// 3100000 -> "3.1 MB/s"
QString byteRate(double perSecond, const QLocale& locale = QLocale());
/// 23 -> "23 ms"; 1200 -> "1.2 s"; 8040000 -> "2 h 14 min"; 604800000 -> "7 days"
QString duration(qint64 ms, const QLocale& locale = QLocale());
/// The age of something: "now" below one second, then "14 s ago", "3 min ago", "2 h ago", "5 days ago"
QString age(qint64 ms, const QLocale& locale = QLocale());
/// Wall clock: "14:03:41.208"
QString clock(qint64 wallMs, bool withMilliseconds = true);
/// "14:03:41.208"; of another day than that of `nowMs` "21 Nov 14:03:41"
QString clockOrDay(qint64 wallMs, qint64 nowMs, const QLocale& locale = QLocale());
/// "2026-11-21 14:03:41.208", local time
QString dateTime(qint64 wallMs);
/// Characters that turn the order of what comes after them are shown by their number: "a\u{202E}b". A name cannot look like another one then.
QString inOrder(const QString& text);
/// Where the first of them stands; -1 = there is none.
qsizetype firstTurn(const QString& text);
/// 0.034 -> "3 %"
QString percent(double fraction, const QLocale& locale = QLocale());

} // namespace models::format
