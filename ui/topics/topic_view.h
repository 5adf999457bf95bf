#pragma once
// One topic: figures in words, its partitions and its settings, side by side.

#include "ui/shell/page.h"

namespace models::session {
class ClusterSession;
}
namespace models::topics {
class ConfigTableModel;
class PartitionTableModel;
} // namespace models::topics
namespace ui::changes {
class ChangeFlow;
}
namespace ui::charts {
class TimeAxis;
class TimeChart;
} // namespace ui::charts
namespace ui::widgets {
class Card;
class SearchField;
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::topics {

class ReadBy;

class TopicView : public QWidget {
    Q_OBJECT
public:
    TopicView(shell::PageContext& context, models::session::ClusterSession* session, changes::ChangeFlow* flow, QWidget* parent = nullptr);

    void open(const shell::Location& place);
    [[nodiscard]] shell::PageHeader header() const;
    [[nodiscard]] QWidget* firstFocus() const;
    /// What asks a cluster again that did not answer.
    void setAgain(QAction* again) { m_again = again; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void showReaders();
    void editConfig(const QString& key);

    shell::PageContext& m_context;
    models::session::ClusterSession* m_session;
    changes::ChangeFlow* m_flow;
    charts::TimeAxis* m_axis = nullptr;
    charts::TimeChart* m_chart = nullptr;
    models::topics::PartitionTableModel* m_partitions;
    models::topics::ConfigTableModel* m_configs;
    ReadBy* m_readBy = nullptr;
    QAction* m_again = nullptr;
    widgets::Card* m_flowCard;
    widgets::Card* m_partitionCard;
    widgets::Card* m_configCard;
    widgets::TableView* m_partitionTable;
    widgets::TableView* m_configTable;
    widgets::StateStack* m_partitionStack;
    widgets::StateStack* m_configStack;
    shell::Location m_place;
};

} // namespace ui::topics
