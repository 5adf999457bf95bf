#include "ui/charts/chart_table.h"

#include "models/base/format.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/table_view.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QVBoxLayout>
#include <cmath>

namespace ui::charts {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Charts)
};

QList<models::Column> columnsFor(const QStringList& names) {
    QList<models::Column> columns{{QStringLiteral("time"), Text::tr("Time")}};
    for (qsizetype i = 0; i < names.size(); ++i)
        columns.append({QStringLiteral("line%1").arg(i), names[i], true});
    return columns;
}

} // namespace

bool ChartTableRow::operator==(const ChartTableRow& other) const {
    const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
    return timeMs == other.timeMs && std::equal(values.begin(), values.end(), other.values.begin(), other.values.end(), same);
}

ChartTableModel::ChartTableModel(const QStringList& names, Unit unit, QObject* parent) : SnapshotTableModel(columnsFor(names), parent), m_unit(unit) {}

QString ChartTableModel::keyOf(const ChartTableRow& row) const { return QString::number(row.timeMs); }

QVariant ChartTableModel::cell(const ChartTableRow& row, int column, int role) const {
    if (role == Qt::DisplayRole)
        return column == 0 ? momentLabel(row.timeMs, QDateTime::currentMSecsSinceEpoch()) : valueText(row.values.value(column - 1, models::metrics::kGap), m_unit);
    if (role == models::SortRole)
        return column == 0 ? QVariant(row.timeMs) : QVariant(row.values.value(column - 1, models::metrics::kGap));
    if (role == models::NumberRole && column > 0)
        return row.values.value(column - 1, models::metrics::kGap);
    return {};
}

void showChartTable(const QString& title, const QString& summary, const QStringList& names, Unit unit, const QList<ChartTableRow>& rows, QWidget* near) {
    auto* dialog = new widgets::Dialog(title, summary, near);
    auto* model = new ChartTableModel(names, unit, dialog);
    model->setRows(rows);
    auto* table = new widgets::TableView(dialog);
    table->setSource(model);
    table->setAccessibleName(title);
    table->setEmptyText(Text::tr("Nothing was measured in this time."));
    table->setInitialWidths({{QStringLiteral("time"), 110}}, QString());
    dialog->setBodyMargins(false);
    dialog->body()->addWidget(table, 1);
    dialog->setPanelSize({720, 560});
    dialog->addChoice(Text::tr("Copy"), theme::ButtonKind::Normal, [table] { table->copy(); });
    dialog->addChoice(Text::tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
    dialog->open();
}

} // namespace ui::charts
