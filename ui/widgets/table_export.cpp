// Copying and exporting the rows of a TableView.
#include "models/base/csv.h"
#include "models/base/snapshot_table_model.h"
#include "ui/widgets/column_menu.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMessageBox>
#include <QSaveFile>
#include <QSet>

namespace ui::widgets {

namespace {

QString oneLine(QString text, QChar instead) {
    for (auto& c : text)
        if (c == u'\t' || c == u'\n' || c == u'\r')
            c = instead;
    return text;
}

} // namespace

QString TableView::textOf(Format format, bool selectedOnly) const {
    const auto* rows = model();
    QList<int> columns = shownColumns();
    columns.removeIf([rows](int column) { return rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::PictureRole).toBool(); });
    QList<int> which;
    if (selectedOnly) {
        for (const auto& index : selectionModel()->selectedRows())
            which.append(index.row());
        std::sort(which.begin(), which.end());
    } else {
        for (int row = 0; row < rows->rowCount(); ++row)
            which.append(row);
    }
    QStringList titles;
    for (const int column : columns)
        titles.append(rows->headerData(column, Qt::Horizontal).toString());
    const auto cell = [rows](int row, int column) { return rows->index(row, column).data(Qt::DisplayRole).toString(); };

    if (format == Format::Json) {
        QJsonArray all;
        for (const int row : which) {
            QJsonObject one;
            for (const int column : columns) {
                const QVariant number = rows->index(row, column).data(models::NumberRole);
                one.insert(columnId(column), number.isValid() ? QJsonValue::fromVariant(number) : QJsonValue(cell(row, column)));
            }
            all.append(one);
        }
        return QString::fromUtf8(QJsonDocument(all).toJson());
    }
    QStringList lines;
    const auto line = [&](auto&& text) {
        QStringList cells;
        for (qsizetype i = 0; i < columns.size(); ++i) {
            QString value = text(i);
            if (format == Format::Csv)
                cells.append(models::csvCell(value));
            else if (format == Format::Markdown)
                cells.append(oneLine(value, u' ').replace(u'|', QStringLiteral("\\|")));
            else
                cells.append(oneLine(value, u' '));
        }
        if (format == Format::Markdown)
            lines.append(QStringLiteral("| ") + cells.join(QStringLiteral(" | ")) + QStringLiteral(" |"));
        else
            lines.append(cells.join(format == Format::Csv ? u',' : u'\t'));
    };
    line([&](qsizetype i) { return titles[i]; });
    if (format == Format::Markdown) {
        QStringList rule;
        for (const int column : columns)
            rule.append(rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::NumericRole).toBool() ? QStringLiteral("---:") : QStringLiteral("---"));
        lines.append(QStringLiteral("|") + rule.join(u'|') + QStringLiteral("|"));
    }
    for (const int row : which)
        line([&](qsizetype i) { return cell(row, columns[i]); });
    return lines.join(u'\n') + u'\n';
}

void TableView::copy(Format format) {
    if (!selectionModel()->hasSelection())
        return;
    // One row by Ctrl+C is for pasting somewhere: no header then.
    QString text = textOf(format, true);
    if (format == Format::Tsv && selectionModel()->selectedRows().size() == 1)
        text = text.section(u'\n', 1).chopped(1);
    QApplication::clipboard()->setText(text);
}

void TableView::exportRows() {
    const QList<FileKind> kinds{{tr("CSV"), QStringLiteral("csv")}, {tr("JSON"), QStringLiteral("json")}, {tr("Markdown"), QStringLiteral("md")}};
    const auto where = askExportFile(this, tr("Export all rows"), {}, kinds);
    if (!where)
        return;
    const auto& [path, kind] = *where;
    const Format format = kind == 1 ? Format::Json : kind == 2 ? Format::Markdown : Format::Csv;
    QSaveFile file(path);
    const QByteArray bytes = textOf(format, false).toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        QMessageBox::warning(this, tr("Not exported"), tr("The rows could not be written to %1: %2. Choose another folder.").arg(path, file.errorString()));
}

} // namespace ui::widgets
