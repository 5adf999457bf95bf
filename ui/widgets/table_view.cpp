#include "ui/widgets/table_view.h"

#include "models/base/snapshot_table_model.h"
#include "ui/theme/style.h"
#include "ui/widgets/table_delegate.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QJsonArray>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QSortFilterProxyModel>

namespace ui::widgets {

/// Sorts by SortRole and filters by words.
class TableView::Rows : public QSortFilterProxyModel {
public:
    explicit Rows(TableView* view) : QSortFilterProxyModel(view), m_view(view) {
        setSortRole(models::SortRole);
        setSortCaseSensitivity(Qt::CaseInsensitive);
        setDynamicSortFilter(true);
    }
    void setWords(const QString& text) {
        m_words = text.simplified().split(u' ', Qt::SkipEmptyParts);
        invalidateFilter();
    }
    void setAccepts(std::function<bool(int)> accepts) {
        m_accepts = std::move(accepts);
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
        if (m_accepts && !m_accepts(row))
            return false;
        for (const auto& word : m_words) {
            bool found = false;
            for (int column = 0; column < sourceModel()->columnCount() && !found; ++column)
                found = !m_view->isColumnHidden(column) &&
                        sourceModel()->index(row, column, parent).data(Qt::DisplayRole).toString().contains(word, Qt::CaseInsensitive);
            if (!found)
                return false;
        }
        return true;
    }

private:
    TableView* m_view;
    QStringList m_words;
    std::function<bool(int)> m_accepts;
};

TableView::TableView(QWidget* parent) : QTableView(parent), m_rows(new Rows(this)) {
    setItemDelegate(new TableDelegate(this));
    setModel(m_rows);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setTabKeyNavigation(false); // Tab leaves the table
    setWordWrap(false);
    setSortingEnabled(true);
    setMouseTracking(true);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    auto* header = horizontalHeader();
    header->setSectionsMovable(true);
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);
    header->setMinimumSectionSize(40);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setAttribute(Qt::WA_Hover);
    connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& at) { showColumnChooser(header->mapToGlobal(at)); });
    connect(header, &QHeaderView::sectionMoved, this, [this] { if (!m_restoring) emit stateChanged(); });
    connect(header, &QHeaderView::sectionResized, this, [this] {
        if (m_restoring || m_fitting)
            return;
        m_sized = true;
        fitColumns();
        emit stateChanged();
    });
    connect(header, &QHeaderView::sortIndicatorChanged, this, [this] { if (!m_restoring) emit stateChanged(); });
    connect(this, &QAbstractItemView::activated, this, [this](const QModelIndex& index) { emit rowActivated(index.data(models::KeyRole).toString()); });
    const auto counted = [this] { emit shownCountChanged(shownCount()); };
    connect(m_rows, &QAbstractItemModel::rowsInserted, this, counted);
    connect(m_rows, &QAbstractItemModel::rowsRemoved, this, counted);
    connect(m_rows, &QAbstractItemModel::modelReset, this, counted);
    applyTheme();
}

void TableView::setSource(QAbstractItemModel* source) {
    m_restoring = true;
    m_rows->setSourceModel(source);
    for (int column = 0; column < source->columnCount(); ++column) {
        const QVariant shown = source->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::ShownAtFirstRole);
        setColumnHidden(column, shown.isValid() && !shown.toBool());
    }
    sortByColumn(0, Qt::AscendingOrder);
    m_restoring = false;
    setInitialWidths(m_initialWidths, m_stretch);
}

QAbstractItemModel* TableView::source() const { return m_rows->sourceModel(); }
QModelIndex TableView::sourceIndex(const QModelIndex& index) const { return m_rows->mapToSource(index); }
QString TableView::currentKey() const { return currentIndex().data(models::KeyRole).toString(); }

QStringList TableView::selectedKeys() const {
    QStringList keys;
    for (const auto& index : selectionModel()->selectedRows())
        keys.append(index.data(models::KeyRole).toString());
    return keys;
}

bool TableView::selectKey(const QString& key) {
    for (int row = 0; row < m_rows->rowCount(); ++row) {
        const QModelIndex index = m_rows->index(row, 0);
        if (index.data(models::KeyRole).toString() != key)
            continue;
        if (currentIndex().row() != row) {
            setCurrentIndex(index);
            scrollTo(index);
        }
        return true;
    }
    return false;
}

void TableView::setFilterText(const QString& text) {
    m_rows->setWords(text);
    emit shownCountChanged(shownCount());
    viewport()->update();
}
void TableView::setRowFilter(std::function<bool(int)> accepts) {
    m_rows->setAccepts(std::move(accepts));
    emit shownCountChanged(shownCount());
}
int TableView::shownCount() const { return m_rows->rowCount(); }
void TableView::setCellLook(std::function<CellLook(const QModelIndex&)> look) { m_look = std::move(look); }
void TableView::setEmptyText(const QString& text) { m_emptyText = text; }
void TableView::setRowMenu(std::function<void(QMenu*, const QString&)> fill) { m_rowMenu = std::move(fill); }

void TableView::setInitialWidths(const QHash<QString, int>& widths, const QString& stretch) {
    m_initialWidths = widths;
    m_stretch = stretch;
    m_sized = false;
    fitColumns();
}

void TableView::fitColumns() {
    if (m_fitting || !source())
        return;
    m_fitting = true;
    const QList<int> columns = shownColumns();
    const double scale = std::max(1.0, theme::of(this).textScale);
    const QFontMetrics header(theme::of(this).font(theme::Face::SmallMedium));
    int total = 0;
    int spare = 0; ///< what columns could give in a narrow window
    QHash<int, int> wanted, least;
    int stretched = -1;
    for (const int column : columns) {
        const int title = header.horizontalAdvance(m_rows->headerData(column, Qt::Horizontal).toString()) + 34;
        const int width = m_sized ? columnWidth(column) : static_cast<int>(m_initialWidths.value(columnId(column), 96) * scale);
        wanted[column] = m_sized ? width : std::max(width, title);
        least[column] = std::min(wanted[column], std::max(title, static_cast<int>(90 * scale)));
        if (columnId(column) == m_stretch) {
            stretched = column;
            wanted[column] = m_sized ? least[column] : wanted[column];
        }
        total += wanted[column];
        spare += wanted[column] - least[column];
    }
    const int missing = total - viewport()->width();
    if (missing > 0 && !m_sized && spare > 0) {
        const double share = std::min(1.0, static_cast<double>(missing) / spare);
        for (const int column : columns)
            wanted[column] -= static_cast<int>((wanted[column] - least[column]) * share + 0.999);
    } else if (missing < 0 && stretched >= 0) {
        wanted[stretched] -= missing;
    }
    for (const int column : columns)
        if (columnWidth(column) != wanted[column])
            setColumnWidth(column, std::max(20, wanted[column]));
    m_fitting = false;
}

QString TableView::columnId(int column) const {
    const QString id = m_rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::ColumnIdRole).toString();
    return id.isEmpty() ? QString::number(column) : id;
}

QList<int> TableView::shownColumns() const {
    QList<int> columns;
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        const int logical = horizontalHeader()->logicalIndex(visual);
        if (!isColumnHidden(logical))
            columns.append(logical);
    }
    return columns;
}

void TableView::showColumnChooser(const QPoint& at) {
    QMenu menu(this);
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        const int column = horizontalHeader()->logicalIndex(visual);
        QAction* item = menu.addAction(m_rows->headerData(column, Qt::Horizontal).toString());
        item->setCheckable(true);
        item->setChecked(!isColumnHidden(column));
        item->setEnabled(isColumnHidden(column) || shownColumns().size() > 1);
        connect(item, &QAction::toggled, this, [this, column](bool on) {
            setColumnHidden(column, !on);
            fitColumns();
            emit stateChanged();
        });
    }
    menu.addSeparator();
    menu.addAction(tr("Columns as at first"), this, [this] {
        m_restoring = true;
        for (int column = 0; column < m_rows->columnCount(); ++column) {
            horizontalHeader()->moveSection(horizontalHeader()->visualIndex(column), column);
            const QVariant shown = m_rows->headerData(column, Qt::Horizontal, models::SnapshotTableModelBase::ShownAtFirstRole);
            setColumnHidden(column, shown.isValid() && !shown.toBool());
        }
        m_restoring = false;
        setInitialWidths(m_initialWidths, m_stretch);
        emit stateChanged();
    });
    menu.exec(at);
}

QJsonObject TableView::saveState() const {
    QJsonArray columns;
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        const int column = horizontalHeader()->logicalIndex(visual);
        QJsonObject one{{QStringLiteral("id"), columnId(column)}, {QStringLiteral("hidden"), isColumnHidden(column)}};
        if (m_sized && !isColumnHidden(column) && columnId(column) != m_stretch)
            one.insert(QStringLiteral("width"), columnWidth(column));
        columns.append(one);
    }
    return {{QStringLiteral("version"), 1},
            {QStringLiteral("columns"), columns},
            {QStringLiteral("sort"), columnId(std::max(0, horizontalHeader()->sortIndicatorSection()))},
            {QStringLiteral("descending"), horizontalHeader()->sortIndicatorOrder() == Qt::DescendingOrder}};
}

void TableView::restoreState(const QJsonObject& state) {
    if (state.value(QStringLiteral("version")).toInt() != 1 || !source())
        return;
    m_restoring = true;
    QHash<QString, int> byId;
    for (int column = 0; column < m_rows->columnCount(); ++column)
        byId.insert(columnId(column), column);
    int visual = 0;
    for (const auto& value : state.value(QStringLiteral("columns")).toArray()) {
        const QJsonObject one = value.toObject();
        const int column = byId.value(one.value(QStringLiteral("id")).toString(), -1);
        if (column < 0)
            continue;
        horizontalHeader()->moveSection(horizontalHeader()->visualIndex(column), visual++);
        setColumnHidden(column, one.value(QStringLiteral("hidden")).toBool());
        const int width = one.value(QStringLiteral("width")).toInt();
        if (width >= 20 && width <= 4000) {
            setColumnWidth(column, width);
            m_sized = true;
        }
    }
    const int sorted = byId.value(state.value(QStringLiteral("sort")).toString(), 0);
    sortByColumn(sorted, state.value(QStringLiteral("descending")).toBool() ? Qt::DescendingOrder : Qt::AscendingOrder);
    m_restoring = false;
    fitColumns();
}

bool TableView::isBusy() const { return hasFocus() || m_hovered.isValid(); }

void TableView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        emit rowActivated(currentKey());
        return;
    }
    // Without a current row the first arrow takes the first row.
    if (!currentIndex().isValid() && m_rows->rowCount() > 0 && (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up)) {
        setCurrentIndex(m_rows->index(event->key() == Qt::Key_Down ? 0 : m_rows->rowCount() - 1, shownColumns().value(0)));
        return;
    }
    QTableView::keyPressEvent(event);
}

void TableView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    QMenu menu(this);
    if (index.isValid()) {
        if (m_rowMenu)
            m_rowMenu(&menu, index.data(models::KeyRole).toString());
        if (!menu.isEmpty())
            menu.addSeparator();
        const QString cell = index.data(Qt::DisplayRole).toString();
        menu.addAction(tr("Copy cell"), this, [cell] { QApplication::clipboard()->setText(cell); })->setEnabled(!cell.isEmpty());
        auto* copyMenu = menu.addMenu(tr("Copy rows as"));
        copyMenu->addAction(tr("Text with tabs"), this, [this] { copy(Format::Tsv); });
        copyMenu->addAction(tr("CSV"), this, [this] { copy(Format::Csv); });
        copyMenu->addAction(tr("JSON"), this, [this] { copy(Format::Json); });
        copyMenu->addAction(tr("Markdown"), this, [this] { copy(Format::Markdown); });
    }
    menu.addAction(tr("Export all rows…"), this, [this] { exportRows(); })->setEnabled(shownCount() > 0);
    menu.addAction(tr("Columns…"), this, [this, at = event->globalPos()] { showColumnChooser(at); });
    menu.exec(byKey && index.isValid() ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

void TableView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTableView::currentChanged(current, previous);
    viewport()->update();
    if (current.row() != previous.row() || !previous.isValid())
        emit currentKeyChanged(currentKey());
}

void TableView::mouseMoveEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->pos());
    if (!m_hovered.isValid() || m_hovered.row() != at.row()) {
        m_hovered = at;
        m_rows->setDynamicSortFilter(!isBusy());
        viewport()->update();
    }
    QTableView::mouseMoveEvent(event);
}

void TableView::leaveEvent(QEvent* event) {
    m_hovered = QPersistentModelIndex();
    m_rows->setDynamicSortFilter(!isBusy());
    viewport()->update();
    QTableView::leaveEvent(event);
}

void TableView::focusInEvent(QFocusEvent* event) {
    QTableView::focusInEvent(event);
    m_rows->setDynamicSortFilter(false);
    viewport()->update();
}

void TableView::focusOutEvent(QFocusEvent* event) {
    QTableView::focusOutEvent(event);
    m_rows->setDynamicSortFilter(!m_hovered.isValid());
    viewport()->update();
}

void TableView::changeEvent(QEvent* event) {
    QTableView::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        applyTheme();
}

void TableView::applyTheme() {
    const int row = theme::of(this).rowHeight();
    if (verticalHeader()->defaultSectionSize() != row) {
        verticalHeader()->setMinimumSectionSize(row);
        verticalHeader()->setDefaultSectionSize(row);
    }
    horizontalHeader()->setFixedHeight(row);
}

void TableView::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitColumns();
}

void TableView::paintEvent(QPaintEvent* event) {
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    const theme::Theme& t = theme::of(this);
    if (m_rows->rowCount() == 0 && !m_emptyText.isEmpty()) {
        painter.setFont(t.font(theme::Face::Text));
        painter.setPen(t.ink2);
        painter.drawText(viewport()->rect().adjusted(10, 12, -10, 0), Qt::AlignTop | Qt::AlignHCenter | Qt::TextWordWrap, m_emptyText);
    }
    if (!hasFocus())
        return;
    if (currentIndex().isValid()) {
        const QRect cell = visualRect(currentIndex());
        theme::drawFocusRing(&painter, QRect(1, cell.top(), viewport()->width() - 2, cell.height() - 1), t, 3);
    } else {
        theme::drawFocusRing(&painter, viewport()->rect().adjusted(1, 1, -1, -1), t, 4);
    }
}

} // namespace ui::widgets
