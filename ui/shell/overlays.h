#pragma once
// The list of keys (`?`) and of what runs in the background.

#include "ui/shell/action_registry.h"
#include "ui/widgets/dialog.h"

namespace models {
class JobRunner;
class Job;
}

namespace ui::shell {

/// Every key that works on this page, by where it applies.
class KeysDialog : public widgets::Dialog {
    Q_OBJECT
public:
    KeysDialog(const ActionRegistry& actions, const QString& context, QWidget* near);
};

/// Each job: what, how far, how it ended, cancel.
class JobsDialog : public widgets::Dialog {
    Q_OBJECT
public:
    JobsDialog(models::JobRunner* jobs, QWidget* near); ///< `jobs` may be null

private:
    void addRow(models::Job* job);
    QVBoxLayout* m_rows = nullptr;
};

} // namespace ui::shell
