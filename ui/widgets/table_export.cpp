// Copying and exporting the rows of a TableView.
#include "models/base/background.h"
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
#include <QPointer>
#include <QSaveFile>
#include <QThreadPool>

namespace ui::widgets {

namespace {

QString oneLine(QString text, QChar instead) {
    for (auto& c : text)
        if (c == u'\t' || c == u'\n' || c == u'\r')
            c = instead;
    return text;
}

/// What some cells say, for models that do not hand out their rows.
struct CopiedCells : models::RowFacts {
    struct Cell {
        QVariant text, number;
    };
    QHash<std::pair<int, int>, Cell> cells;
    int rows = 0;
    [[nodiscard]] int count() const override { return rows; }
    [[nodiscard]] QVariant at(int row, int column, int role) const override {
        const auto found = cells.constFind({row, column});
        return found == cells.cend() ? QVariant() : role == models::NumberRole ? found->number : found->text;
    }
};

QByteArray problemOfWriting(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit() ? QByteArray() : file.errorString().toUtf8();
}

} // namespace

struct TableView::Excerpt {
    models::RowFactsPtr facts;
    QList<int> rows;    ///< of the source
    QList<int> columns; ///< as shown, from left to right
    QStringList ids, titles;
    QList<bool> numeric;
};

std::shared_ptr<const TableView::Excerpt> TableView::excerpt(bool selectedOnly) const {
    const auto* rows = model();
    auto excerpt = std::make_shared<Excerpt>();
    excerpt->columns = shownColumns();
    excerpt->columns.removeIf([rows](int column) { return rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::PictureRole).toBool(); });
    for (const int column : excerpt->columns) {
        excerpt->ids.append(columnId(column));
        excerpt->titles.append(rows->headerData(column, Qt::Horizontal).toString());
        excerpt->numeric.append(rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::NumericRole).toBool());
    }
    QList<int> which;
    if (selectedOnly) {
        for (const auto& index : selectionModel()->selectedRows())
            which.append(index.row());
        std::sort(which.begin(), which.end());
    } else {
        for (int row = 0; row < rows->rowCount(); ++row)
            which.append(row);
    }
    for (const int row : which)
        excerpt->rows.append(sourceIndex(rows->index(row, 0)).row());
    if (const auto* model = qobject_cast<const models::SnapshotTableModelBase*>(source()))
        excerpt->facts = model->facts();
    if (!excerpt->facts) {
        auto copied = std::make_shared<CopiedCells>();
        copied->rows = source()->rowCount();
        for (qsizetype i = 0; i < which.size(); ++i)
            for (const int column : excerpt->columns) {
                const auto index = rows->index(which[i], column);
                copied->cells.insert({excerpt->rows[i], column}, {index.data(Qt::DisplayRole), index.data(models::NumberRole)});
            }
        excerpt->facts = std::move(copied);
    }
    return excerpt;
}

QString TableView::textOf(const Excerpt& excerpt, Format format) {
    const auto cell = [&excerpt](int row, qsizetype i) { return excerpt.facts->at(row, excerpt.columns[i], Qt::DisplayRole).toString(); };
    if (format == Format::Json) {
        QJsonArray all;
        for (const int row : excerpt.rows) {
            QJsonObject one;
            for (qsizetype i = 0; i < excerpt.columns.size(); ++i) {
                const QVariant number = excerpt.facts->at(row, excerpt.columns[i], models::NumberRole);
                one.insert(excerpt.ids[i], number.isValid() ? QJsonValue::fromVariant(number) : QJsonValue(cell(row, i)));
            }
            all.append(one);
        }
        return QString::fromUtf8(QJsonDocument(all).toJson());
    }
    QStringList lines;
    const auto line = [&](auto&& text) {
        QStringList cells;
        for (qsizetype i = 0; i < excerpt.columns.size(); ++i) {
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
    line([&](qsizetype i) { return excerpt.titles[i]; });
    if (format == Format::Markdown) {
        QStringList rule;
        for (const bool numeric : excerpt.numeric)
            rule.append(numeric ? QStringLiteral("---:") : QStringLiteral("---"));
        lines.append(QStringLiteral("|") + rule.join(u'|') + QStringLiteral("|"));
    }
    for (const int row : excerpt.rows)
        line([&](qsizetype i) { return cell(row, i); });
    return lines.join(u'\n') + u'\n';
}

QString TableView::textOf(Format format, bool selectedOnly) const { return textOf(*excerpt(selectedOnly), format); }

void TableView::copy(Format format) {
    if (!selectionModel()->hasSelection())
        return;
    const auto rows = excerpt(true);
    const auto take = [](const QString& text) { QApplication::clipboard()->setText(text); };
    if (rows->rows.size() > models::SnapshotTableModelBase::kRowsAtOnceMax) {
        models::inBackground<QString>(this, [rows, format] { return textOf(*rows, format); }, take);
        return;
    }
    // One row by Ctrl+C is for pasting somewhere: no header then.
    QString text = textOf(*rows, format);
    if (format == Format::Tsv && rows->rows.size() == 1)
        text = text.section(u'\n', 1).chopped(1);
    take(text);
}

void TableView::exportRows() {
    const QList<FileKind> kinds{{tr("CSV"), QStringLiteral("csv")}, {tr("JSON"), QStringLiteral("json")}, {tr("Markdown"), QStringLiteral("md")}};
    const auto where = askExportFile(this, tr("Export all rows"), {}, kinds);
    if (!where)
        return;
    const auto& [path, kind] = *where;
    const Format format = kind == 1 ? Format::Json : kind == 2 ? Format::Markdown : Format::Csv;
    // Not among the tables' own work, which waits for no disk.
    QThreadPool::globalInstance()->start([self = QPointer<TableView>(this), rows = excerpt(false), format, path = path] {
        const QByteArray problem = problemOfWriting(path, textOf(*rows, format).toUtf8());
        if (problem.isEmpty())
            return;
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, path, problem] {
            if (self)
                QMessageBox::warning(self, tr("Not exported"), tr("The rows could not be written to %1: %2. Choose another folder.").arg(path, QString::fromUtf8(problem)));
        }, Qt::QueuedConnection);
    });
}

} // namespace ui::widgets
