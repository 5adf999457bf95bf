// What is selected in the list of messages, which columns it has, and its menu.
#include "ui/messages/message_view.h"
#include "ui/widgets/column_menu.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QJsonArray>
#include <QMenu>
#include <algorithm>

namespace ui::messages {

using models::client::Record;

namespace {
const QStringList& columnIds() {
    static const QStringList ids{QStringLiteral("offset"), QStringLiteral("partition"), QStringLiteral("time"), QStringLiteral("key"), QStringLiteral("value"), QStringLiteral("size"),
        QStringLiteral("date"), QStringLiteral("headers")};
    return ids;
}
} // namespace

bool MessageView::isSelected(int row) const {
    if (row < 0 || row >= m_window->rowCount())
        return false;
    const Record& record = m_window->row(row);
    return m_selected.contains({record.partition, record.offset});
}

QList<MessageView::Id> MessageView::selectedIds() const {
    QList<Id> ids(m_selected.begin(), m_selected.end());
    std::sort(ids.begin(), ids.end());
    return ids;
}

QList<Record> MessageView::selectedRecords() const {
    QList<Record> records;
    for (int row = 0; row < m_window->rowCount(); ++row)
        if (isSelected(row))
            records.append(m_window->row(row));
    return records;
}

QList<Record> MessageView::loadedRecords() const {
    QList<Record> records;
    records.reserve(m_window->rowCount());
    for (int row = 0; row < m_window->rowCount(); ++row)
        records.append(m_window->row(row));
    return records;
}

void MessageView::selectAll() {
    for (int row = 0; row < m_window->rowCount(); ++row)
        m_selected.insert({m_window->row(row).partition, m_window->row(row).offset});
    viewport()->update();
    emit selectionChanged();
}

void MessageView::clearSelection() {
    m_selected.clear();
    m_anchor = {-1, -1};
    viewport()->update();
    emit selectionChanged();
}

void MessageView::take(int row, Take how) {
    if (row < 0 || row >= m_window->rowCount())
        return;
    const Id id(m_window->row(row).partition, m_window->row(row).offset);
    const int anchor = m_anchor.first < 0 ? -1 : m_window->indexOf(m_anchor.first, m_anchor.second);
    if (how == Take::Toggle) {
        if (!m_selected.remove(id))
            m_selected.insert(id);
        m_anchor = id;
    } else if (how == Take::Range && anchor >= 0) {
        m_selected.clear();
        for (int at = std::min(anchor, row); at <= std::max(anchor, row); ++at)
            m_selected.insert({m_window->row(at).partition, m_window->row(at).offset});
    } else {
        m_selected = {id};
        m_anchor = id;
    }
    setCurrentRow(row);
    viewport()->update();
    emit selectionChanged();
}

void MessageView::copySelected() {
    QStringList lines;
    for (const auto& record : selectedRecords())
        lines.append(textOf(record));
    QGuiApplication::clipboard()->setText(m_selected.size() > 1 ? lines.join(u'\n') + u'\n' : textOfCurrent());
}

void MessageView::setColumnShown(int column, bool shown) {
    if (!shown && std::count(m_shown.begin(), m_shown.end(), true) <= 1)
        return;
    m_shown[static_cast<std::size_t>(column)] = shown;
    viewport()->update();
    emit stateChanged();
}

void MessageView::showColumnChooser(const QPoint& at) {
    QMenu menu(this);
    QList<widgets::ColumnChoice> choices;
    const QStringList names = titles();
    for (const int column : kColumnOrder)
        choices.append({names[column], isColumnShown(column)});
    widgets::fillColumnMenu(
        &menu, choices, [this](int position, bool on) { setColumnShown(kColumnOrder[position], on); },
        [this] {
            for (int column = 0; column < ColumnCount; ++column)
                m_shown[static_cast<std::size_t>(column)] = column < DateColumn;
            viewport()->update();
            emit stateChanged();
        });
    menu.exec(at);
}

QJsonObject MessageView::saveState() const {
    QJsonArray columns;
    for (int column = 0; column < ColumnCount; ++column)
        columns.append(QJsonObject{{QStringLiteral("id"), columnIds()[column]}, {QStringLiteral("hidden"), !isColumnShown(column)}});
    return {{QStringLiteral("version"), 1}, {QStringLiteral("columns"), columns}};
}

void MessageView::restoreState(const QJsonObject& state) {
    if (state.value(QStringLiteral("version")).toInt() != 1)
        return;
    auto shown = m_shown;
    for (const auto& value : state.value(QStringLiteral("columns")).toArray())
        if (const auto column = columnIds().indexOf(value.toObject().value(QStringLiteral("id")).toString()); column >= 0)
            shown[static_cast<std::size_t>(column)] = !value.toObject().value(QStringLiteral("hidden")).toBool();
    if (std::count(shown.begin(), shown.end(), true) > 0)
        m_shown = shown;
    viewport()->update();
}

void MessageView::contextMenuEvent(QContextMenuEvent* event) {
    if (event->reason() == QContextMenuEvent::Mouse && event->pos().y() < headHeight())
        return showColumnChooser(event->globalPos());
    QMenu menu(this);
    if (m_rowMenu)
        m_rowMenu(&menu);
    menu.addSeparator();
    menu.addAction(tr("Copy"), this, [this] { copySelected(); })->setEnabled(!m_selected.isEmpty());
    menu.addAction(tr("Select all that are loaded"), this, [this] { selectAll(); })->setEnabled(m_window->rowCount() > 0);
    menu.addAction(tr("Columns…"), this, [this, at = event->globalPos()] { showColumnChooser(at); });
    const QPoint at = event->reason() == QContextMenuEvent::Keyboard && currentRow() >= 0 ? viewport()->mapToGlobal(cellRect(currentRow(), ValueColumn).bottomLeft()) : event->globalPos();
    menu.exec(at);
}

} // namespace ui::messages
