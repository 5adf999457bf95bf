#pragma once
// The partitions of a forecast as rows.

#include "models/base/snapshot_table_model.h"
#include "models/compaction/forecast.h"

namespace models::compaction {

struct ForecastRow {
    PartitionForecast forecast;
    double largestBytes = 0; ///< of all partitions: what a whole bar stands for
    qint64 nowMs = 0;
    bool operator==(const ForecastRow& other) const;
};

/// Columns: partition, parts (a stacked bar; its text says the same in words), dirty, goes, when, and, at first hidden: size, records, tombstones, deadline, clean (offset),
/// uncleanable (offset), basis. ShareRole + i: of part i of the bar, 0..1: clean, dirty, goes, waiting, active. StateRole: "now" when it would be cleaned at once, else "ok".
class ForecastTableModel : public SnapshotTableModel<ForecastRow> {
    Q_OBJECT
public:
    enum Role { ShareRole = FirstModelRole };
    enum ColumnIndex { PartitionColumn, PartsColumn, DirtyColumn, GoesColumn, WhenColumn, SizeColumn, RecordsColumn, TombstonesColumn, DeadlineColumn, CleanColumn, UncleanableColumn, BasisColumn };
    explicit ForecastTableModel(QObject* parent = nullptr);
    void show(const TopicForecast& forecast, qint64 nowMs);

protected:
    QString keyOf(const ForecastRow& row) const override { return QString::number(row.forecast.partition); }
    QVariant cell(const ForecastRow& row, int column, int role) const override;
};

/// "now", "in 4 min", "not within a year", "when something is written", "never".
QString whenText(When when, qint64 inMs);

} // namespace models::compaction
