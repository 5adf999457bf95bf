#include "app/desktop/state_door.h"

#include "app/desktop/window.h"
#include "ui/theme/theme.h"
#include "ui/widgets/dialog.h"

#include <QAccessible>
#include <QApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalServer>
#include <QLocalSocket>
#include <QMenu>
#include <QTableView>

namespace app::desktop {
namespace {

using namespace Qt::StringLiterals;

constexpr int kRowsMax = 60; ///< told of one table

QString roleName(QAccessible::Role role) {
    switch (role) {
    case QAccessible::StaticText: return u"text"_s;
    case QAccessible::Button:
    case QAccessible::ButtonMenu: return u"button"_s;
    case QAccessible::CheckBox: return u"check"_s;
    case QAccessible::RadioButton: return u"radio"_s;
    case QAccessible::EditableText: return u"field"_s;
    case QAccessible::ComboBox: return u"choice"_s;
    case QAccessible::SpinBox: return u"number"_s;
    case QAccessible::Table: return u"table"_s;
    case QAccessible::List: return u"list"_s;
    case QAccessible::Tree: return u"tree"_s;
    case QAccessible::Dialog: return u"dialog"_s;
    case QAccessible::Chart: return u"chart"_s;
    case QAccessible::Grouping: return u"group"_s;
    default: return QString::number(role);
    }
}

QJsonObject describe(const QAccessibleInterface& face) {
    QJsonObject one{{u"role"_s, roleName(face.role())}, {u"name"_s, face.text(QAccessible::Name)}};
    if (const QString value = face.text(QAccessible::Value); !value.isEmpty())
        one.insert(u"value"_s, value.left(4000));
    if (const QString more = face.text(QAccessible::Description); !more.isEmpty())
        one.insert(u"description"_s, more);
    const auto state = face.state();
    if (state.disabled)
        one.insert(u"enabled"_s, false);
    if (state.focused)
        one.insert(u"focused"_s, true);
    if (state.checked)
        one.insert(u"checked"_s, true);
    return one;
}

void addRows(QJsonObject& one, QAccessibleInterface& face) {
    auto* table = face.tableInterface();
    int first = 0, last = table->rowCount() - 1;
    const auto* view = qobject_cast<const QTableView*>(face.object());
    if (view != nullptr) {
        first = std::max(0, view->rowAt(0));
        const int below = view->rowAt(view->viewport()->height() - 1);
        last = below < 0 ? last : below;
    }
    one.insert(u"count"_s, table->rowCount());
    QJsonArray rows;
    for (int row = first; row <= std::min(last, first + kRowsMax - 1); ++row) {
        QJsonArray cells;
        bool selected = false;
        for (int column = 0; column < table->columnCount(); ++column) {
            if (view != nullptr) { // Qt 6.4 keeps a cell of its own for a row that has moved on since
                const QModelIndex index = view->model()->index(row, column);
                const QString spoken = index.data(Qt::AccessibleTextRole).toString();
                cells.append(spoken.isEmpty() ? index.data(Qt::DisplayRole).toString() : spoken);
                selected = selected || view->selectionModel()->isSelected(index);
                continue;
            }
            const auto* cell = table->cellAt(row, column);
            cells.append(cell ? cell->text(QAccessible::Name) : QString());
            selected = selected || (cell && cell->state().selected);
        }
        QJsonObject told{{u"cells"_s, cells}};
        if (selected)
            told.insert(u"selected"_s, true);
        rows.append(told);
    }
    one.insert(u"rows"_s, rows);
}

/// Qt 6.4 keeps the entry of an action with the first menu that showed it, which may be gone.
void addEntries(QJsonArray& nodes, const QMenu& menu) {
    for (const auto* action : menu.actions()) {
        if (action->isSeparator() || !action->isVisible())
            continue;
        QJsonObject one{{u"role"_s, u"item"_s}, {u"name"_s, action->text().remove(u'&')}};
        if (!action->isEnabled())
            one.insert(u"enabled"_s, false);
        if (action == menu.activeAction())
            one.insert(u"focused"_s, true);
        if (action->isChecked())
            one.insert(u"checked"_s, true);
        nodes.append(one);
    }
}

void addNodes(QJsonArray& nodes, QAccessibleInterface* face) {
    if (!face || !face->isValid() || face->state().invisible)
        return;
    const auto* widget = qobject_cast<const QWidget*>(face->object());
    if (widget && !widget->isVisible())
        return;
    if (const auto* menu = qobject_cast<const QMenu*>(widget)) {
        addEntries(nodes, *menu);
        return;
    }
    QJsonObject one = describe(*face);
    const bool table = face->tableInterface() != nullptr;
    if (table)
        addRows(one, *face);
    if (table || !one[u"name"_s].toString().isEmpty() || one.contains(u"value"_s))
        nodes.append(one);
    if (table)
        return;
    for (int i = 0; i < face->childCount(); ++i)
        addNodes(nodes, face->child(i));
}

} // namespace

StateDoor::StateDoor(Window& window) : m_window(window), m_server(new QLocalServer(this)) {}
StateDoor::~StateDoor() = default;

std::unique_ptr<StateDoor> StateDoor::open(Window& window) {
    const QString name = qEnvironmentVariable("SAMSA_STATE_DOOR");
    if (name.isEmpty())
        return nullptr;
    // As with a screen reader: tables tell of their changes, else what is known of their cells grows stale.
    QAccessible::setActive(true);
    auto door = std::unique_ptr<StateDoor>(new StateDoor(window));
    door->m_server->setSocketOptions(QLocalServer::UserAccessOption);
    QLocalServer::removeServer(name);
    if (!door->m_server->listen(name))
        return nullptr;
    connect(door->m_server, &QLocalServer::newConnection, door.get(), [self = door.get()] {
        while (auto* asker = self->m_server->nextPendingConnection()) {
            connect(asker, &QLocalSocket::disconnected, asker, &QObject::deleteLater);
            connect(asker, &QLocalSocket::readyRead, self, [self, asker] {
                while (asker->canReadLine()) {
                    asker->readLine();
                    asker->write(self->state() + '\n');
                }
            });
        }
    });
    return door;
}

QByteArray StateDoor::state() const {
    auto& main = m_window.main();
    QJsonObject all{{u"window"_s, main.windowTitle()}, {u"active"_s, main.isActiveWindow()}, {u"dark"_s, ui::theme::of(&main).dark()},
                    {u"place"_s, main.place().toText()}};
    const QRect frame = main.frameGeometry();
    all.insert(u"frame"_s, QJsonArray{frame.x(), frame.y(), frame.width(), frame.height()});
    QWidget* root = &main;
    for (auto* dialog : main.findChildren<ui::widgets::Dialog*>(Qt::FindDirectChildrenOnly))
        if (dialog->isVisible())
            root = dialog;
    if (main.palette().isVisible())
        root = &main.palette();
    if (auto* popup = QApplication::activePopupWidget())
        root = popup;
    if (root != &main)
        all.insert(u"over"_s, QAccessible::queryAccessibleInterface(root)->text(QAccessible::Name));
    if (auto* focus = QApplication::focusWidget())
        if (auto* face = QAccessible::queryAccessibleInterface(focus))
            all.insert(u"focus"_s, describe(*face));
    QJsonArray nodes;
    addNodes(nodes, QAccessible::queryAccessibleInterface(root));
    all.insert(u"nodes"_s, nodes);
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

} // namespace app::desktop
