#include "ui/widgets/button.h"

#include "ui/widgets/dialog.h"

#include <QKeyEvent>

namespace ui::widgets {

namespace {
constexpr char kWaits[] = "samsaWaits"; ///< the keyboard comes back when it can be pressed again
}

Button::Button(QAction* action, theme::ButtonKind kind, QWidget* parent) : Button(action, QString(), kind, parent) {}

Button::Button(QAction* action, const QString& text, theme::ButtonKind kind, QWidget* parent) : QPushButton(parent), m_action(action), m_text(text) {
    setAutoDefault(false);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    theme::setButtonKind(this, kind);
    follow();
    connect(action, &QAction::changed, this, &Button::follow);
    connect(action, &QAction::visibleChanged, this, [this] { setVisible(m_action && m_action->isVisible()); });
    connect(this, &QPushButton::clicked, this, [this] {
        if (m_action)
            m_action->trigger();
    });
}

void Button::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        click();
        return;
    }
    QPushButton::keyPressEvent(event);
}

void Button::follow() {
    if (!m_action)
        return;
    setCheckable(m_action->isCheckable());
    setChecked(m_action->isChecked());
    setText(m_text.isEmpty() ? m_action->text() : m_text);
    setAccessibleName(m_action->text());
    setAccessibleDescription(m_action->isEnabled() ? QString() : m_action->toolTip());
    setToolTip(m_action->toolTip());
    const bool enabled = m_action->isEnabled();
    if (!enabled && hasFocus()) {
        // While what it does runs the keyboard waits here; Qt would hand it to whatever stands next, and Enter would press that.
        Dialog* dialog = nullptr;
        for (QWidget* w = parentWidget(); w && !dialog; w = w->parentWidget())
            dialog = qobject_cast<Dialog*>(w);
        dialog ? dialog->setFocus(Qt::OtherFocusReason) : clearFocus();
        setProperty(kWaits, true);
    }
    setEnabled(enabled);
    if (enabled && property(kWaits).toBool()) {
        setProperty(kWaits, false);
        QWidget* const focus = window()->focusWidget();
        if (isVisible() && (!focus || focus == window() || qobject_cast<Dialog*>(focus)))
            setFocus(Qt::OtherFocusReason);
    }
}

QAction* localAction(QObject* owner, const QString& text, std::function<void()> run) {
    auto* action = new QAction(text, owner);
    QObject::connect(action, &QAction::triggered, owner, [run = std::move(run)] { run(); });
    return action;
}

} // namespace ui::widgets
