#pragma once
// Buttons are faces of actions: text, tooltip with its key, enabled or the reason why not all come from the QAction.

#include "ui/theme/theme.h"

#include <QAction>
#include <QPointer>
#include <QPushButton>

namespace ui::widgets {

class Button : public QPushButton {
    Q_OBJECT
public:
    /// Follows `action` while it lives.
    explicit Button(QAction* action, theme::ButtonKind kind = theme::ButtonKind::Normal, QWidget* parent = nullptr);
    /// `text` instead of the action's, where the place says the rest: "Kill" on the card of broker 2.
    Button(QAction* action, const QString& text, theme::ButtonKind kind, QWidget* parent = nullptr);
    void setKind(theme::ButtonKind kind) { theme::setButtonKind(this, kind); }
    Button* small() {
        theme::setSmall(this);
        return this;
    }
    [[nodiscard]] QAction* action() const { return m_action; }

protected:
    void keyPressEvent(QKeyEvent* event) override; ///< Enter presses it, as Space does: not what stands beside it

private:
    void follow();
    QPointer<QAction> m_action;
    QString m_text;
};

/// A small action that only one widget offers (the choices of a dialog, "Show as table"): still an action, so that it has a name
/// and can be found by tests, but not a command of the program.
QAction* localAction(QObject* owner, const QString& text, std::function<void()> run);

} // namespace ui::widgets
