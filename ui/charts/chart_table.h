#pragma once
// The same numbers as a table: for those who cannot or do not want to read a curve.

#include "models/base/snapshot_table_model.h"
#include "ui/charts/chart_points.h"

#include <QWidget>

namespace ui::charts {

/// One moment and the value of each line then; NaN = nothing was measured.
struct ChartTableRow {
    qint64 timeMs = 0;
    QList<double> values;
    bool operator==(const ChartTableRow& other) const;
};

class ChartTableModel : public models::SnapshotTableModel<ChartTableRow> {
    Q_OBJECT
public:
    ChartTableModel(const QStringList& names, Unit unit, QObject* parent = nullptr);

protected:
    QString keyOf(const ChartTableRow& row) const override;
    QVariant cell(const ChartTableRow& row, int column, int role) const override;

private:
    Unit m_unit;
};

/// A dialog over the window of `near`; newest first.
void showChartTable(const QString& title, const QString& summary, const QStringList& names, Unit unit, const QList<ChartTableRow>& rows, QWidget* near);

} // namespace ui::charts
