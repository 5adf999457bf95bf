#include "ui/charts/chart_table.h"

#include "models/base/format.h"

#include <cmath>

namespace ui::charts {

namespace {
QList<models::Column> columnsOf(const QList<ChartSeries>& series) {
    QList<models::Column> columns{{QStringLiteral("time"), ChartTable::tr("Time")}};
    for (const auto& one : series)
        columns.append({one.name, one.name, true});
    return columns;
}
} // namespace

ChartTable::ChartTable(const QList<ChartSeries>& series, const ChartGroup& group, Unit unit, QObject* parent)
    : SnapshotTableModelBase(columnsOf(series), parent), m_unit(unit) {
    const qint64 step = std::max<qint64>(1000, group.spanMs() / kRowsMax);
    for (qint64 at = group.toMs() / step * step; at >= group.fromMs(); at -= step) {
        Line line{at, {}};
        for (const auto& one : series) {
            const auto* data = one.series ? one.series() : nullptr;
            line.values.append(data ? data->valueAt(at) : models::metrics::kGap);
        }
        m_keys.append(QString::number(at));
        m_lines.append(line);
    }
}

QVariant ChartTable::data(const QModelIndex& index, int role) const {
    const Line& line = m_lines[index.row()];
    if (role == models::KeyRole)
        return m_keys[index.row()];
    if (index.column() == 0) {
        if (role == Qt::DisplayRole)
            return models::format::clock(line.ms, false);
        return role == models::SortRole ? QVariant(line.ms) : QVariant();
    }
    const double value = line.values[index.column() - 1];
    if (role == Qt::DisplayRole)
        return std::isnan(value) ? tr("no sample") : valueText(value, m_unit);
    if ((role == models::SortRole || role == models::NumberRole) && !std::isnan(value))
        return value;
    return {};
}

} // namespace ui::charts
