#pragma once
// The page in a window of its own, with what it needs around it.

#include "models/access/access_service.h"
#include "models/changes/change_service.h"
#include "models/session/cluster_session.h"
#include "models/store/database.h"
#include "ui/access/access_page.h"
#include "ui/widgets/button.h"
#include "ui/widgets/dialog.h"

#include <QPointer>
#include <QTemporaryDir>
#include <QTest>
#include <QVBoxLayout>

namespace tests {

class AccessContext : public ui::shell::PageContext {
public:
    void go(const ui::shell::Location& place) override { went = place; }
    ui::shell::ActionRegistry& actions() override { return registry; }
    void notify(const ui::shell::Notice& notice) override { notices.append(notice); }
    void copy(const QString&, const QString&) override {}
    QVariant state(const ui::shell::Location&, const QString&) const override { return {}; }
    void setState(const ui::shell::Location&, const QString&, const QVariant&) override {}
    QObject* tickSource() override { return nullptr; }
    void onTick(QWidget*, std::function<void()>) override {}
    ui::shell::ActionRegistry registry;
    ui::shell::Location went;
    QList<ui::shell::Notice> notices;
};

/// The dialog that is open over `window`; null = none. A dismissed one that is not deleted yet does not count.
inline ui::widgets::Dialog* dialogOver(QWidget& window) {
    for (auto* dialog : window.findChildren<ui::widgets::Dialog*>())
        if (dialog->isVisible())
            return dialog;
    return nullptr;
}

template <class Field>
Field* fieldNamed(QWidget& in, const QString& accessibleName) {
    for (auto* field : in.findChildren<Field*>())
        if (field->accessibleName() == accessibleName)
            return field;
    return nullptr;
}

/// False when there is none of that text, or it is greyed.
inline bool press(QWidget& in, const QString& text) {
    for (auto* button : in.findChildren<ui::widgets::Button*>()) {
        if (button->text() == text && button->isVisible() && button->isEnabled()) {
            button->click();
            return true;
        }
    }
    return false;
}

inline bool trigger(AccessContext& context, const char* id) {
    auto* action = context.registry.find(QLatin1String(id));
    if (!action || !action->isEnabled())
        return false;
    action->trigger();
    return true;
}

} // namespace tests
