#include "ui/widgets/table_view.h"

#include "models/base/arranged_rows.h"
#include "models/base/snapshot_table_model.h"
#include "ui/theme/style.h"
#include "ui/widgets/column_menu.h"
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
#include <numeric>

namespace ui::widgets {

TableView::TableView(QWidget* parent) : QTableView(parent), m_rows(new models::ArrangedRows(this)) {
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
    connect(header, &QHeaderView::sectionResized, this, [this](int, int before, int after) {
        // From or to nothing: it comes or goes, and nobody gave it a width. Giving it one just then would leave the table wider than its columns.
        if (m_restoring || m_fitting || before == 0 || after == 0)
            return;
        m_sized = true;
        fitColumns();
        emit stateChanged();
    });
    connect(header, &QHeaderView::sortIndicatorChanged, this, [this] { if (!m_restoring) emit stateChanged(); });
    connect(this, &QAbstractItemView::activated, this, [this](const QModelIndex& index) { emit rowActivated(index.data(models::KeyRole).toString()); });
    connect(m_rows, &models::ArrangedRows::aboutToChange, this, &TableView::rememberPlace);
    connect(m_rows, &models::ArrangedRows::changed, this, &TableView::keepPlace);
    connect(m_rows, &models::ArrangedRows::arranged, this, [this] {
        if (!m_wantedKey.isEmpty())
            selectKey(std::exchange(m_wantedKey, {}));
        viewport()->update();
    });
    connect(m_rows, &QAbstractItemModel::modelReset, this, &TableView::countShown);
    applyTheme();
}

QStringList TableView::keysInSight() const {
    QStringList keys;
    const int rows = m_rows->rowCount();
    if (rows == 0 || viewport()->height() <= 0)
        return keys;
    const int first = std::max(0, rowAt(0));
    const int last = rowAt(viewport()->height() - 1);
    const int end = last < 0 ? rows : last + 1, page = std::max(1, end - first);
    for (int row = std::max(0, first - page); row < std::min(rows, end + page); ++row)
        keys.append(m_rows->index(row, 0).data(models::KeyRole).toString());
    return keys;
}

void TableView::setSource(QAbstractItemModel* source) {
    m_restoring = true;
    m_away.clear();
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
    int row = -1;
    if (const auto* snapshots = qobject_cast<models::SnapshotTableModelBase*>(source())) {
        const int there = snapshots->rowOfKey(key);
        row = there < 0 ? -1 : m_rows->mapFromSource(snapshots->index(there, 0)).row();
    } else {
        for (int i = 0; row < 0 && i < m_rows->rowCount(); ++i)
            row = m_rows->index(i, 0).data(models::KeyRole).toString() == key ? i : -1;
    }
    m_wantedKey = row < 0 ? key : QString();
    if (row < 0)
        return false;
    if (currentIndex().row() != row) {
        const QModelIndex index = m_rows->index(row, 0);
        // Alone, whatever key is down: Ctrl+Enter sent the form that made this row.
        selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        scrollTo(index);
    }
    return true;
}

void TableView::setFilterText(const QString& text) {
    m_words = text;
    m_rows->setWords(text, shownColumns());
    viewport()->update();
}
void TableView::setRowFilter(std::function<bool(int)> accepts) { m_rows->setAccepts(std::move(accepts)); }
int TableView::shownCount() const { return m_rows->rowCount(); }

/// The row that `row` is followed by once those that go are gone; the one before it at the end, -1 when all go.
int TableView::nextThatStays(const models::RowPlan& plan, int row) {
    int after = -1, before = -1;
    for (int i = 0; i < plan.kept; ++i) {
        const int one = plan.gather.isEmpty() ? i : plan.gather[i];
        if (one >= row)
            after = after < 0 ? one : std::min(after, one);
        else
            before = std::max(before, one);
    }
    return after >= 0 ? after : before;
}

void TableView::rememberPlace(const models::RowPlan& plan) {
    const QModelIndex current = currentIndex();
    m_anchor = {};
    if (plan.strokes && current.isValid()) {
        m_anchor.current = current;
        m_anchor.next = m_rows->index(nextThatStays(plan, current.row()), current.column());
    }
    // Who sorts, or looks at the top of a list that sorts itself, wants to see what is there then.
    const int value = verticalScrollBar()->value();
    if (plan.reorders || (value == 0 && !isBusy()))
        return;
    const bool currentSeen = current.isValid() && viewport()->rect().intersects(visualRect(current));
    const QModelIndex row = m_hovered.isValid() ? QModelIndex(m_hovered) : currentSeen ? current : indexAt(QPoint(1, 1));
    if (row.isValid() && (value > 0 || row.row() > 0))
        m_anchor.row = row, m_anchor.y = rowViewportPosition(row.row());
}

void TableView::keepPlace() {
    countShown();
    // The chosen row went among many: the one after it is next, as when it goes alone.
    if (m_anchor.next.isValid() && !m_anchor.current.isValid())
        selectionModel()->setCurrentIndex(m_anchor.next, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (m_anchor.row.isValid()) {
        executeDelayedItemsLayout();
        updateGeometries();
        auto* bar = verticalScrollBar();
        bar->setValue(bar->value() + rowViewportPosition(m_anchor.row.row()) - m_anchor.y);
    }
    m_anchor = {};
    viewport()->update();
}

void TableView::countShown() {
    if (std::exchange(m_counted, shownCount()) != shownCount())
        emit shownCountChanged(shownCount());
}

void TableView::setCellLook(std::function<CellLook(const QModelIndex&)> look) { m_look = std::move(look); }
void TableView::setEmptyText(const QString& text) { m_emptyText = text; }
void TableView::setRowMenu(std::function<void(QMenu*, const QString&)> fill) { m_rowMenu = std::move(fill); }

void TableView::setInitialWidths(const QHash<QString, int>& widths, const QString& stretch) {
    m_initialWidths = widths;
    m_stretch = stretch;
    m_sized = false;
    fitColumns();
}

void TableView::setNarrow(const QHash<QString, int>& least, const QStringList& goFirst) {
    m_least = least;
    m_goFirst = goFirst;
    fitColumns();
}

void TableView::fitColumns() {
    if (m_fitting || !source())
        return;
    m_fitting = true;
    QList<int> columns = shownColumns();
    const double scale = std::max(1.0, theme::of(this).textScale);
    const QFontMetrics header(theme::of(this).font(theme::Face::SmallMedium));
    int total = 0;
    int spare = 0; ///< what columns could give in a narrow window
    QHash<int, int> wanted, least;
    int stretched = -1;
    for (const int column : columns) {
        const int title = header.horizontalAdvance(m_rows->headerData(column, Qt::Horizontal).toString()) + 34;
        const int width = m_sized ? columnWidth(column) : static_cast<int>(m_initialWidths.value(columnId(column), 96) * scale);
        const auto given = m_least.constFind(columnId(column));
        wanted[column] = m_sized ? width : std::max({width, title, given == m_least.cend() ? 0 : static_cast<int>(*given * scale)});
        least[column] = std::min(wanted[column], std::max(title, static_cast<int>((given == m_least.cend() ? 90 : *given) * scale)));
        if (columnId(column) == m_stretch) {
            stretched = column;
            wanted[column] = m_sized ? least[column] : wanted[column];
        }
    }
    if (!m_sized && isVisible()) {
        int needed = std::accumulate(least.cbegin(), least.cend(), 0);
        QSet<int> away;
        for (const auto& id : std::as_const(m_goFirst)) {
            if (needed <= viewport()->width())
                break;
            for (const int column : std::as_const(columns))
                if (columnId(column) == id) {
                    away.insert(column);
                    needed -= least[column];
                }
        }
        for (const int column : std::as_const(columns))
            if (isColumnHidden(column) != away.contains(column))
                setColumnHidden(column, away.contains(column));
        m_away = away;
    }
    columns.removeIf([this](int column) { return m_away.contains(column); });
    if (stretched >= 0 && !columns.contains(stretched)) // names have what is left, then
        stretched = columns.value(0, -1);
    for (const int column : std::as_const(columns)) {
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
        if (!isColumnHidden(logical) || m_away.contains(logical))
            columns.append(logical);
    }
    return columns;
}

void TableView::showColumnChooser(const QPoint& at) {
    QMenu menu(this);
    QList<ColumnChoice> choices;
    QList<int> columns;
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        columns.append(horizontalHeader()->logicalIndex(visual));
        choices.append({m_rows->headerData(columns.last(), Qt::Horizontal).toString(), !isColumnHidden(columns.last())});
    }
    fillColumnMenu(
        &menu, choices,
        [this, columns](int position, bool on) {
            // Who wants to see it sees it, in a narrow window too.
            m_away.remove(columns[position]);
            if (on)
                m_goFirst.removeAll(columnId(columns[position]));
            setColumnHidden(columns[position], !on);
            fitColumns();
            setFilterText(m_words);
            emit stateChanged();
        },
        [this] {
            m_restoring = true;
            m_away.clear();
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
        QJsonObject one{{QStringLiteral("id"), columnId(column)}, {QStringLiteral("hidden"), isColumnHidden(column) && !m_away.contains(column)}};
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
    m_away.clear();
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

void TableView::hold() { m_rows->setHeld(isBusy()); }
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
    // A row is one thing here: Home and End lead to the first and the last, not along its cells.
    if ((event->matches(QKeySequence::MoveToStartOfLine) || event->matches(QKeySequence::MoveToEndOfLine)) && m_rows->rowCount() > 0) {
        const bool start = event->matches(QKeySequence::MoveToStartOfLine);
        const QModelIndex index = m_rows->index(start ? 0 : m_rows->rowCount() - 1, currentIndex().isValid() ? currentIndex().column() : shownColumns().value(0));
        setCurrentIndex(index);
        scrollTo(index);
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
    // What a click on a title does, for who has no mouse.
    auto* sortMenu = menu.addMenu(tr("Sort by"));
    const int sorted = horizontalHeader()->sortIndicatorSection();
    for (const int column : shownColumns()) {
        QString title = m_rows->headerData(column, Qt::Horizontal).toString();
        auto* item = sortMenu->addAction(title.replace(u'&', QStringLiteral("&&")));
        item->setCheckable(true);
        item->setChecked(column == sorted);
        connect(item, &QAction::triggered, this, [this, column, sorted] {
            const bool turn = column == sorted && horizontalHeader()->sortIndicatorOrder() == Qt::AscendingOrder;
            sortByColumn(column, turn ? Qt::DescendingOrder : Qt::AscendingOrder);
        });
    }
    menu.addAction(tr("Export all rows…"), this, [this] { exportRows(); })->setEnabled(shownCount() > 0);
    menu.addAction(tr("Columns…"), this, [this, at = event->globalPos()] { showColumnChooser(at); });
    menu.exec(byKey && index.isValid() ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

void TableView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTableView::currentChanged(current, previous);
    viewport()->update();
    if (current.isValid())
        m_wantedKey.clear();
    if (current.row() != previous.row() || !previous.isValid())
        emit currentKeyChanged(currentKey());
}

void TableView::mouseMoveEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->pos());
    if (!m_hovered.isValid() || m_hovered.row() != at.row()) {
        m_hovered = at;
        hold();
        viewport()->update();
    }
    QTableView::mouseMoveEvent(event);
}

void TableView::leaveEvent(QEvent* event) {
    m_hovered = QPersistentModelIndex();
    hold();
    viewport()->update();
    QTableView::leaveEvent(event);
}

void TableView::focusInEvent(QFocusEvent* event) {
    QTableView::focusInEvent(event);
    // Qt marks a row with the focus and leaves it unselected: who comes with the keyboard sees it chosen, and the first arrow does not skip it.
    if (event->reason() != Qt::MouseFocusReason && currentIndex().isValid() && !selectionModel()->hasSelection())
        selectionModel()->select(currentIndex(), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    hold();
    viewport()->update();
}

void TableView::focusOutEvent(QFocusEvent* event) {
    QTableView::focusOutEvent(event);
    hold();
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

void TableView::showEvent(QShowEvent* event) {
    QTableView::showEvent(event);
    fitColumns();
}

void TableView::paintEvent(QPaintEvent* event) {
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    const theme::Theme& t = theme::of(this);
    if (m_rows->rowCount() == 0 && !m_rows->isArranging() && !m_emptyText.isEmpty()) {
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
