#pragma once
// The samples of a chart as rows, for eyes that do not read lines and for copying.

#include "models/base/snapshot_table_model.h"
#include "ui/charts/time_chart.h"

namespace ui::charts {

class ChartTable : public models::SnapshotTableModelBase {
    Q_OBJECT
public:
    static constexpr int kRowsMax = 300;
    /// What the series hold in the group's span now, at most kRowsMax rows.
    ChartTable(const QList<ChartSeries>& series, const ChartGroup& group, Unit unit, QObject* parent);
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Line {
        qint64 ms;
        QList<double> values; ///< NaN = no sample
    };
    QList<Line> m_lines;
    Unit m_unit;
};

} // namespace ui::charts
