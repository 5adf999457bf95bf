#pragma once
// Where a group shall go on reading: which partitions, and to where. The plan comes next and says what it costs; while somebody reads in the group the form
// says who, and waits.

#include "models/changes/change.h"
#include "ui/widgets/dialog.h"

class QComboBox;
class QLineEdit;

namespace models::session {
class ClusterSession;
struct Group;
} // namespace models::session
namespace ui::changes {
class ChangeFlow;
}
namespace ui::widgets {
class PlainLabel;
}

namespace ui::groups {

class ResetDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `chosen`: the partitions selected in the table, offered as a choice of their own. `flow` shows the plan.
    ResetDialog(models::session::ClusterSession* session, const QString& group, const QList<models::client::TopicPartition>& chosen, changes::ChangeFlow* flow, QWidget* near);

private:
    void fillScopes(const models::session::Group* group);
    void check();
    [[nodiscard]] models::Result<models::changes::ResetOffsets> wanted() const;

    models::session::ClusterSession* m_session;
    QString m_group;
    QList<models::client::TopicPartition> m_chosen;
    QComboBox* m_scope;
    QComboBox* m_to;
    QLineEdit* m_value;
    widgets::PlainLabel* m_valueLabel;
    widgets::PlainLabel* m_judged;
    widgets::PlainLabel* m_members;
    QAction* m_plan;
};

} // namespace ui::groups
