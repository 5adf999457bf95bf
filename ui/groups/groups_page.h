#pragma once
// The consumer groups of one cluster: a list; a name in the Location opens that group with its partitions and members.

#include "ui/shell/page.h"

class QStackedWidget;

namespace models::changes {
class ChangeService;
}
namespace models::session {
class ClusterSession;
struct Group;
}
namespace models::groups {
class AlertService;
class GroupMemberTableModel;
class GroupPartitionTableModel;
class GroupTableModel;
} // namespace models::groups
namespace ui::changes {
class ChangeFlow;
}
namespace ui::charts {
class TimeAxis;
class TimeChart;
} // namespace ui::charts
namespace ui::widgets {
class Card;
class PillLabel;
class PlainLabel;
class SearchField;
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::groups {

class GroupsPage : public shell::Page {
    Q_OBJECT
public:
    GroupsPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, models::groups::AlertService* alerts,
        QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override { return m_place; }
    [[nodiscard]] QWidget* firstFocus() override;

private:
    QWidget* makeList();
    QWidget* makeGroup();
    QWidget* makeLag(QWidget* parent);
    void makeActions();
    void refresh();
    void showVerdict(const models::session::Group& group);
    void resetOffsets();
    void askAlert();
    [[nodiscard]] shell::Pill alertPill() const; ///< of the group that is open; empty = none
    [[nodiscard]] QString target() const;
    [[nodiscard]] const models::session::Group* shown() const;

    models::session::ClusterSession* m_session;
    models::changes::ChangeService* m_changes;
    models::groups::AlertService* m_alerts;
    changes::ChangeFlow* m_flow;
    models::groups::GroupTableModel* m_model;
    models::groups::GroupPartitionTableModel* m_partitions;
    models::groups::GroupMemberTableModel* m_members;
    charts::TimeAxis* m_axis;
    charts::TimeChart* m_lag = nullptr;
    widgets::Card* m_lagCard = nullptr;
    widgets::PillLabel* m_verdict = nullptr;
    widgets::PlainLabel* m_reason = nullptr;
    QStackedWidget* m_views;
    widgets::StateStack* m_list = nullptr;
    widgets::StateStack* m_partitionStack = nullptr;
    widgets::StateStack* m_memberStack = nullptr;
    widgets::SearchField* m_search;
    widgets::TableView* m_table = nullptr;
    widgets::TableView* m_partitionTable = nullptr;
    widgets::TableView* m_memberTable = nullptr;
    widgets::Card* m_partitionCard = nullptr;
    widgets::Card* m_memberCard = nullptr;
    shell::Action* m_delete = nullptr;
    shell::Action* m_reset = nullptr;
    shell::Action* m_undo = nullptr;
    shell::Action* m_alert = nullptr;
    shell::Action* m_openTopic = nullptr;
    shell::Action* m_access = nullptr;
    shell::Action* m_again = nullptr;
    shell::Location m_place;
};

} // namespace ui::groups
