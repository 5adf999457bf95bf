#include "models/compaction/forecast_table_model.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace models::compaction {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Compaction)
};

qint64 whole(double number) { return static_cast<qint64>(std::llround(number)); }

QString reason(const PartitionForecast& one) {
    switch (one.when) {
    case When::Now: return Text::tr("More of it is dirty than the settings allow, or a record is due: the cleaner takes it in one of its next rounds.");
    case When::ByRatio: return Text::tr("By then enough closed segments are dirty, at the pace of the writes since the last cleaning.");
    case When::ByLag: return Text::tr("By then a record is older than max.compaction.lag.ms in a closed segment.");
    case When::ByAge: return Text::tr("By then its oldest segment is older than retention.ms.");
    case When::NotSoon: return Text::tr("At the pace of the writes since the last cleaning it takes more than a year.");
    case When::NoWrites: return Text::tr("The active segment is closed by a write that comes after segment.ms or over segment.bytes. Nothing is written.");
    case When::Never: return Text::tr("These settings clean nothing.");
    }
    return {};
}

/// A forecast is not known to the second: in steps of a minute, an hour, a day.
qint64 roughly(qint64 ms) {
    constexpr qint64 kSecond = 1000, kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;
    const qint64 step = ms >= 3 * kDay ? kDay : ms >= 6 * kHour ? kHour : ms >= 3 * kMinute ? kMinute : kSecond;
    return std::max(kSecond, (ms + step / 2) / step * step);
}

QString partsText(const PartitionForecast& one) {
    QStringList parts{Text::tr("%1 clean").arg(format::bytes(whole(one.cleanBytes))), Text::tr("%1 dirty, kept").arg(format::bytes(whole(one.dirtyBytes))),
        Text::tr("%1 would go").arg(format::bytes(whole(one.goesBytes)))};
    if (one.waitingBytes >= 1)
        parts << Text::tr("%1 too young").arg(format::bytes(whole(one.waitingBytes)));
    parts << Text::tr("%1 active, never cleaned").arg(format::bytes(whole(one.activeBytes)));
    return parts.join(QStringLiteral(", "));
}

QString basis(const PartitionForecast& one) {
    if (!one.segmentsEstimated && !one.cleanEstimated)
        return Text::tr("read from its files");
    return one.segmentsEstimated ? Text::tr("segments estimated") : Text::tr("clean part estimated");
}

} // namespace

bool ForecastRow::operator==(const ForecastRow& other) const {
    const auto &a = forecast, &b = other.forecast;
    return a.partition == b.partition && a.cleanBytes == b.cleanBytes && a.dirtyBytes == b.dirtyBytes && a.goesBytes == b.goesBytes && a.waitingBytes == b.waitingBytes
        && a.activeBytes == b.activeBytes && a.when == b.when && a.inMs == b.inMs && a.goesThenBytes == b.goesThenBytes && largestBytes == other.largestBytes
        && a.segmentsEstimated == b.segmentsEstimated && a.cleanEstimated == b.cleanEstimated && a.tombstones == b.tombstones && a.nextDeadlineMs == b.nextDeadlineMs;
}

QString whenText(When when, qint64 inMs) {
    switch (when) {
    case When::Now: return Text::tr("now");
    case When::ByRatio:
    case When::ByLag:
    case When::ByAge: return Text::tr("in %1").arg(format::duration(roughly(inMs)));
    case When::NotSoon: return Text::tr("not within a year");
    case When::NoWrites: return Text::tr("after a write");
    case When::Never: return Text::tr("never");
    }
    return {};
}

ForecastTableModel::ForecastTableModel(QObject* parent)
    : SnapshotTableModel({{QStringLiteral("partition"), tr("Partition")}, {QStringLiteral("parts"), tr("What it is made of")}, {QStringLiteral("dirty"), tr("Dirty"), true},
                             {QStringLiteral("goes"), tr("Would go"), true, tr("\u201cnow\u201d: if it was cleaned at this moment; \u201clater\u201d: nothing now, so much by its next cleaning")}, {QStringLiteral("when"), tr("Next cleaned"), true}, {QStringLiteral("size"), tr("Size"), true, {}, false},
                             {QStringLiteral("records"), tr("Messages that go"), true, {}, false}, {QStringLiteral("tombstones"), tr("Tombstones"), true, {}, false},
                             {QStringLiteral("deadline"), tr("Next deadline"), true, {}, false}, {QStringLiteral("clean"), tr("Clean up to offset"), true, {}, false},
                             {QStringLiteral("uncleanable"), tr("Left alone from offset"), true, {}, false}, {QStringLiteral("basis"), tr("How it is known"), false, {}, false}},
          parent) {}

void ForecastTableModel::show(const TopicForecast& forecast, qint64 nowMs) {
    double largest = 0;
    for (const auto& one : forecast.partitions)
        largest = std::max(largest, one.bytes());
    QList<ForecastRow> rows;
    for (const auto& one : forecast.partitions)
        rows.append({one, largest, nowMs});
    setRows(rows);
}

QVariant ForecastTableModel::cell(const ForecastRow& row, int column, int role) const {
    const auto& one = row.forecast;
    const bool later = one.goesBytes < 1 && one.goesThenBytes >= 1;
    const double goes = later ? one.goesThenBytes : one.goesBytes;
    if (role >= ShareRole && role < ShareRole + 5) {
        const double parts[] = {one.cleanBytes, one.dirtyBytes, one.goesBytes, one.waitingBytes, one.activeBytes};
        return row.largestBytes <= 0 ? 0.0 : parts[role - ShareRole] / row.largestBytes;
    }
    if (role == StateRole)
        return one.when == When::Now && one.goesBytes >= 1 ? QStringLiteral("now") : QStringLiteral("ok");
    if (role == Qt::ToolTipRole) {
        if (column == PartsColumn)
            return partsText(one);
        if (column == WhenColumn)
            return reason(one);
        if (column == GoesColumn && later)
            return Text::tr("Nothing now; so much of what is there by the next cleaning.");
        return {};
    }
    if (role == SortRole || role == NumberRole) {
        switch (column) {
        case PartitionColumn: return one.partition;
        case PartsColumn:
        case SizeColumn: return one.bytes();
        case DirtyColumn: return one.dirtyRatio;
        case GoesColumn: return goes;
        case WhenColumn: return one.inMs < 0 ? std::numeric_limits<qint64>::max() : one.inMs;
        case RecordsColumn: return one.goesRecords;
        case TombstonesColumn: return one.tombstones;
        case DeadlineColumn: return one.nextDeadlineMs;
        case CleanColumn: return one.cleanOffset;
        case UncleanableColumn: return one.uncleanable;
        case BasisColumn: return role == SortRole ? QVariant(basis(one)) : QVariant();
        default: return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case PartitionColumn: return tr("partition %1").arg(one.partition);
    case PartsColumn: return partsText(one);
    case DirtyColumn: return format::percent(one.dirtyRatio);
    case GoesColumn: return goes < 1 ? tr("nothing") : (later ? tr("%1 later") : tr("%1 now")).arg(format::bytes(whole(goes)));
    case WhenColumn: return whenText(one.when, one.inMs);
    case SizeColumn: return format::bytes(whole(one.bytes()));
    case RecordsColumn: return format::count(whole(one.goesRecords));
    case TombstonesColumn: return format::count(one.tombstones);
    case DeadlineColumn: return one.nextDeadlineMs < 0 ? QStringLiteral("\u2013") : tr("in %1").arg(format::duration(std::max<qint64>(1000, one.nextDeadlineMs - row.nowMs)));
    case CleanColumn: return format::count(one.cleanOffset);
    case UncleanableColumn: return format::count(one.uncleanable);
    case BasisColumn: return basis(one);
    default: return {};
    }
}

} // namespace models::compaction
