#pragma once
// Roles of our own widgets for screen readers: Qt knows its own classes only and calls the others "client".

#include <QAccessible>

class QWidget;

namespace ui::widgets {

/// What `widget` is; its name and description are its accessibleName and accessibleDescription.
void setAccessibleRole(QWidget* widget, QAccessible::Role role);

} // namespace ui::widgets
