#pragma once
// One change from wish to outcome: plan, the dialog that shows it, apply, the notice that says what came of it (with Undo where
// there is one). Pages call `start` and need nothing else.

#include "models/changes/change.h"
#include "ui/shell/page.h"

#include <QPointer>
#include <functional>

namespace models::changes {
class ChangeService;
}

namespace ui::changes {

class ChangeFlow : public QObject {
    Q_OBJECT
public:
    /// `service` and `near` must outlive the flow; it goes with `near`.
    ChangeFlow(models::changes::ChangeService* service, shell::PageContext& context, QWidget* near);

    /// Shows the plan of `change` and carries it out when the user agrees. `done` runs after it was applied.
    /// A change that is safe and asked for on a form of its own may skip the dialog: `askIfSafe` false.
    void start(const models::changes::Change& change, bool askIfSafe = true, std::function<void()> done = {});

    /// The last change that was made here and can be undone; empty = none. For a command of the page: the notice that offers it may be gone.
    [[nodiscard]] QString undoTitle() const { return m_undo ? m_undoTitle : QString(); }
    void undoLast();

signals:
    void undoChanged();

private:
    void show(const models::changes::Plan& plan, std::function<void()> done);
    void apply(const models::changes::Plan& plan, QPointer<QObject> dialog, std::function<void()> done);
    void tellFailure(const models::Error& error);

    models::changes::ChangeService* m_service;
    shell::PageContext& m_context;
    QWidget* m_near;
    std::shared_ptr<const models::changes::Change> m_undo;
    QString m_undoTitle;
};

} // namespace ui::changes
