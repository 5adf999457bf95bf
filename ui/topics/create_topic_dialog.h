#pragma once
// The form of a new topic, checked while it is filled in.

#include "models/client/kafka_types.h"
#include "ui/widgets/dialog.h"

#include <QSet>

class QLineEdit;
class QSpinBox;
class QComboBox;

namespace ui::changes {
class ChangeFlow;
}
namespace ui::widgets {
class PlainLabel;
}

namespace ui::topics {

class CreateTopicDialog : public widgets::Dialog {
    Q_OBJECT
public:
    struct Facts {
        QString cluster;
        int brokers = 0;     ///< 0 = not known
        QSet<QString> taken; ///< names that exist
    };
    CreateTopicDialog(const Facts& facts, QWidget* near);

signals:
    void wished(const models::client::NewTopic& topic);

private:
    void check();
    Facts m_facts;
    QLineEdit* m_name;
    QSpinBox* m_partitions;
    QSpinBox* m_replicas;
    QComboBox* m_cleanup;
    QComboBox* m_retention;
    widgets::PlainLabel* m_problem;
    QAction* m_do;
};

/// What is wrong with a topic's name; empty = nothing. Kafka's rules: 1 to 249 of letters, digits, '.', '_' and '-', not "." or "..".
QString topicNameProblem(const QString& name);

/// Asks for a new number of partitions and starts the change.
void askPartitions(const QString& topic, int present, changes::ChangeFlow* flow, QWidget* near);

} // namespace ui::topics
