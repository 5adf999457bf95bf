#include "ui/widgets/accessible.h"

#include <QAccessibleWidget>
#include <QVariant>

namespace ui::widgets {

namespace {

constexpr char kRoleProperty[] = "samsaRole";

QAccessibleInterface* make(const QString&, QObject* object) {
    auto* widget = qobject_cast<QWidget*>(object);
    const QVariant role = widget ? widget->property(kRoleProperty) : QVariant();
    return role.isValid() ? new QAccessibleWidget(widget, static_cast<QAccessible::Role>(role.toInt())) : nullptr;
}

} // namespace

void setAccessibleRole(QWidget* widget, QAccessible::Role role) {
    static const bool installed = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    Q_UNUSED(installed)
    widget->setProperty(kRoleProperty, static_cast<int>(role));
}

} // namespace ui::widgets
