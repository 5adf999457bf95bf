#include "models/base/moment.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QRegularExpression>

namespace models {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Moment)
};

std::optional<qint64> unitMs(const QString& unit) {
    if (unit == u"s")
        return 1000;
    if (unit == u"min" || unit == u"m")
        return 60'000;
    if (unit == u"h")
        return 3'600'000;
    if (unit == u"d" || unit == u"day" || unit == u"days")
        return 86'400'000;
    return std::nullopt;
}

} // namespace

Result<qint64> parseMoment(const QString& text, qint64 nowMs) {
    using namespace Qt::StringLiterals;
    static const QRegularExpression ago(u"^(\\d{1,9}\\s*[a-z]+)(\\s+ago)?$"_qs);
    static const QRegularExpression clock(u"^\\d{1,2}:\\d{2}(:\\d{2})?$"_qs);
    QString clean = text.trimmed();
    if (const auto match = ago.match(clean.toLower()); match.hasMatch())
        if (const auto length = parseDuration(match.captured(1)))
            return nowMs - *length;
    if (clock.match(clean).hasMatch()) {
        const QTime time = QTime::fromString(clean, clean.count(u':') == 2 ? u"H:mm:ss"_qs : u"H:mm"_qs);
        if (time.isValid()) {
            const QDateTime today(QDateTime::fromMSecsSinceEpoch(nowMs).date(), time);
            return (today.toMSecsSinceEpoch() > nowMs ? today.addDays(-1) : today).toMSecsSinceEpoch();
        }
    }
    if (clean.size() == 10)
        clean += u"T00:00"_qs;
    if (clean.size() > 10 && clean[10] == u' ')
        clean[10] = u'T';
    const auto time = QDateTime::fromString(clean, Qt::ISODateWithMs);
    if (!time.isValid() || time.toMSecsSinceEpoch() < 0)
        return fail(ErrorCode::Invalid, text, Text::tr("A moment looks like 2026-11-26 14:00, 14:00 or 2 h ago."));
    return time.toMSecsSinceEpoch();
}

Result<qint64> parseDuration(const QString& text) {
    using namespace Qt::StringLiterals;
    static const QRegularExpression length(u"^(\\d{1,9})\\s*([a-z]*)$"_qs);
    if (const auto match = length.match(text.trimmed().toLower()); match.hasMatch()) {
        const qint64 count = match.captured(1).toLongLong();
        if (count == 0 && match.captured(2).isEmpty())
            return 0;
        if (const auto unit = unitMs(match.captured(2)))
            return count * *unit;
    }
    return fail(ErrorCode::Invalid, text, Text::tr("A time looks like 30 s, 5 min or 2 h."));
}

} // namespace models
