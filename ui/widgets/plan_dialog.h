#pragma once
// What a change will do, before it is done: before and after, the consequence in words, the equivalent command, and for what cannot
// be undone the name to type. It knows nothing about Kafka: the page fills it from a models/changes Plan.

#include "ui/widgets/dialog.h"

#include <QStringList>

class QLineEdit;

namespace ui::widgets {

struct PlanLine {
    QString what, before, after; ///< empty before = new, empty after = goes
    QString note = {};           ///< what it comes to
};
struct PlanText {
    QString title;       ///< "Delete topic orders"
    QString target;      ///< "orders-dev"
    QList<PlanLine> lines;
    QStringList consequences;
    QStringList warnings;
    QString command;     ///< empty = none
    QString undo;        ///< how, or why not
    QString typeToConfirm; ///< empty = one click
    QString doText;      ///< "Delete topic"
    bool destructive = false;
};

class PlanDialog : public Dialog {
    Q_OBJECT
public:
    PlanDialog(const PlanText& plan, QWidget* near);
    /// While the change is being made: choices off, `text` in the foot.
    void setBusy(const QString& text);
    /// It did not work: says why, choices on again.
    void setFailed(const QString& reason);

signals:
    void approved();

private:
    [[nodiscard]] bool confirmed() const;
    QString m_type;
    QLineEdit* m_name = nullptr;
    QAction* m_do;
    PlainLabel* m_problem;
};

} // namespace ui::widgets
