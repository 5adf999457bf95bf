#include "ui/messages/message_view_accessible.h"

#include "models/messages/message_window.h"
#include "ui/messages/message_view.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>

namespace ui::messages {

namespace {

class TableInterface;

/// One cell, or one title when `row` is -1. Lives in the cache of its table.
class Cell : public QAccessibleInterface, public QAccessibleTableCellInterface {
public:
    Cell(MessageView* view, int row, int column) : m_view(view), m_row(row), m_column(column) {}
    bool isValid() const override { return m_view != nullptr && m_row < m_view->window()->rowCount(); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    QAccessibleInterface* parent() const override { return m_view ? QAccessible::queryAccessibleInterface(m_view) : nullptr; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QString text(QAccessible::Text kind) const override {
        if (!isValid() || kind != QAccessible::Name)
            return {};
        return m_row < 0 ? MessageView::titles().value(m_column) : m_view->cellText(m_row, m_column);
    }
    void setText(QAccessible::Text, const QString&) override {}
    QRect rect() const override {
        if (!isValid())
            return {};
        const QRect box = m_view->cellRect(m_row < 0 ? 0 : m_row, m_column);
        return {m_view->viewport()->mapToGlobal(m_row < 0 ? QPoint(box.left(), 0) : box.topLeft()), box.size()};
    }
    QAccessible::Role role() const override { return m_row < 0 ? QAccessible::ColumnHeader : QAccessible::Cell; }
    QAccessible::State state() const override {
        QAccessible::State state;
        state.readOnly = state.selectable = state.focusable = true;
        state.active = isValid() && m_row >= 0 && m_view->currentRow() == m_row;
        state.selected = isSelected();
        state.focused = state.active && m_view->hasFocus();
        state.invisible = isValid() && !m_view->isColumnShown(m_column);
        return state;
    }
    void* interface_cast(QAccessible::InterfaceType type) override {
        return type == QAccessible::TableCellInterface && m_row >= 0 ? static_cast<QAccessibleTableCellInterface*>(this) : nullptr;
    }
    // The cell of a table.
    bool isSelected() const override { return isValid() && m_view->isSelected(m_row); }
    QList<QAccessibleInterface*> columnHeaderCells() const override;
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
    int columnIndex() const override { return m_column; }
    int rowIndex() const override { return m_row; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return parent(); }

private:
    QPointer<MessageView> m_view;
    int m_row, m_column;
};

class TableInterface : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    explicit TableInterface(MessageView* view) : QAccessibleWidget(view, QAccessible::Table), m_view(view) {
        // Rows are others now: interfaces of rows are made anew when somebody asks.
        const auto stale = [this] { forget(); };
        QObject::connect(view->window(), &models::messages::MessageWindow::reset, view, stale);
        QObject::connect(view->window(), &models::messages::MessageWindow::rowsInserted, view, stale);
        QObject::connect(view->window(), &models::messages::MessageWindow::rowsRemoved, view, stale);
    }
    ~TableInterface() override { forget(); }
    void* interface_cast(QAccessible::InterfaceType type) override {
        return type == QAccessible::TableInterface ? static_cast<QAccessibleTableInterface*>(this) : QAccessibleWidget::interface_cast(type);
    }
    int childCount() const override { return (rowCount() + 1) * columnCount(); }
    QAccessibleInterface* child(int index) const override { return index < 0 ? nullptr : at(index / columnCount() - 1, index % columnCount()); }
    int indexOfChild(const QAccessibleInterface* child) const override {
        for (auto it = m_cells.cbegin(); it != m_cells.cend(); ++it)
            if (QAccessible::accessibleInterface(it.value()) == child)
                return (it.key().first + 1) * columnCount() + it.key().second;
        return -1;
    }
    // The table.
    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override { return row < 0 ? nullptr : at(row, column); }
    int selectedCellCount() const override { return selectedRowCount() * columnCount(); }
    QList<QAccessibleInterface*> selectedCells() const override {
        QList<QAccessibleInterface*> all;
        for (const int row : selectedRows())
            for (int column = 0; column < columnCount(); ++column)
                all.append(at(row, column));
        return all;
    }
    QString columnDescription(int column) const override { return MessageView::titles().value(column); }
    QString rowDescription(int row) const override { return m_view->cellText(row, MessageView::OffsetColumn); }
    int selectedColumnCount() const override { return 0; }
    int selectedRowCount() const override { return static_cast<int>(selectedRows().size()); }
    int columnCount() const override { return MessageView::ColumnCount; }
    int rowCount() const override { return m_view->window()->rowCount(); }
    QList<int> selectedColumns() const override { return {}; }
    QList<int> selectedRows() const override {
        QList<int> rows;
        for (int row = 0; row < rowCount() && rows.size() < m_view->selectedCount(); ++row)
            if (m_view->isSelected(row))
                rows.append(row);
        return rows;
    }
    bool isColumnSelected(int) const override { return false; }
    bool isRowSelected(int row) const override { return m_view->isSelected(row); }
    bool selectRow(int row) override {
        if (row < 0 || row >= rowCount())
            return false;
        const auto& record = m_view->window()->row(row);
        return m_view->choose(record.partition, record.offset);
    }
    bool selectColumn(int) override { return false; }
    bool unselectRow(int) override { return false; }
    bool unselectColumn(int) override { return false; }
    void modelChange(QAccessibleTableModelChangeEvent*) override { forget(); }

    QAccessibleInterface* at(int row, int column) const {
        if (row >= rowCount() || column < 0 || column >= columnCount())
            return nullptr;
        const auto key = std::pair(row, column);
        if (const auto known = m_cells.constFind(key); known != m_cells.cend())
            return QAccessible::accessibleInterface(*known);
        auto* cell = new Cell(m_view, row, column);
        m_cells.insert(key, QAccessible::registerAccessibleInterface(cell));
        return cell;
    }

private:
    void forget() const {
        for (const auto id : std::as_const(m_cells))
            QAccessible::deleteAccessibleInterface(id);
        m_cells.clear();
    }
    MessageView* m_view;
    mutable QHash<std::pair<int, int>, QAccessible::Id> m_cells; ///< row and column -> the interface that was given out
};

QList<QAccessibleInterface*> Cell::columnHeaderCells() const {
    auto* table = dynamic_cast<TableInterface*>(parent());
    return table ? QList<QAccessibleInterface*>{table->at(-1, m_column)} : QList<QAccessibleInterface*>{};
}

QAccessibleInterface* make(const QString& name, QObject* object) {
    auto* view = name == QLatin1String("ui::messages::MessageView") ? qobject_cast<MessageView*>(object) : nullptr;
    return view ? new TableInterface(view) : nullptr;
}

} // namespace

void installMessageViewAccessible() {
    static const bool installed = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    Q_UNUSED(installed)
}

void tellCurrent(MessageView* view) {
    if (!QAccessible::isActive())
        return;
    QAccessibleEvent told(view, QAccessible::ActiveDescendantChanged);
    QAccessible::updateAccessibility(&told);
}

} // namespace ui::messages
