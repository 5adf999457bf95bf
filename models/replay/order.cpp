#include "models/replay/order.h"

#include <QDateTime>
#include <QTimeZone>
#include <algorithm>

namespace models::replay {

Result<Bound> parseBound(const QString& text) {
    QString clean = text.trimmed();
    if (clean.isEmpty())
        return Bound{};
    bool number = false;
    if (const qint64 offset = clean.toLongLong(&number); number) {
        if (offset < 0)
            return fail(ErrorCode::Invalid, text, QStringLiteral("an offset is 0 or more"));
        return Bound{Bound::Kind::Offset, offset};
    }
    if (clean.size() > 10 && clean[10] == u' ')
        clean[10] = u'T';
    const auto time = QDateTime::fromString(clean, Qt::ISODateWithMs);
    if (!time.isValid())
        return fail(ErrorCode::Invalid, text, QStringLiteral("this is neither an offset nor a time like 2026-11-26T14:00"));
    return Bound{Bound::Kind::Time, time.toMSecsSinceEpoch()};
}

QString toText(const Bound& bound) {
    switch (bound.kind) {
    case Bound::Kind::Offset: return QString::number(bound.value);
    case Bound::Kind::Time: return QDateTime::fromMSecsSinceEpoch(bound.value, QTimeZone::utc()).toString(Qt::ISODateWithMs);
    case Bound::Kind::Edge: break;
    }
    return {};
}

qint64 Order::offsetCount() const {
    qint64 total = 0;
    for (const auto& range : ranges)
        total += range.until - range.first;
    return total;
}

QList<Range> joined(QList<Range> ranges) {
    std::sort(ranges.begin(), ranges.end());
    QList<Range> all;
    for (const auto& range : ranges) {
        if (range.until <= range.first)
            continue;
        if (!all.isEmpty() && all.last().partition == range.partition && range.first <= all.last().until)
            all.last().until = std::max(all.last().until, range.until);
        else
            all.append(range);
    }
    return all;
}

} // namespace models::replay
