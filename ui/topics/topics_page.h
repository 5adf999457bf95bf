#pragma once
// The topics of one cluster: a list with a filter; a name in the Location opens that topic beside its partitions and settings.

#include "ui/shell/page.h"

class QStackedWidget;

namespace models::changes {
class ChangeService;
}
namespace models::session {
class ClusterSession;
}
namespace models::topics {
class TopicTableModel;
}

namespace ui::changes {
class ChangeFlow;
}
namespace ui::widgets {
class SearchField;
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::topics {

class TopicView;

class TopicsPage : public shell::Page {
    Q_OBJECT
public:
    TopicsPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override;
    [[nodiscard]] QWidget* firstFocus() override;

private:
    void makeActions();
    void refresh();
    void askKeeps();
    void createTopic();
    [[nodiscard]] QList<double> recent(const QString& topic) const; ///< what was written of late, 0..1
    [[nodiscard]] QString target() const; ///< the topic that an action is about: the one shown, or the current row

    models::session::ClusterSession* m_session;
    models::changes::ChangeService* m_changes;
    changes::ChangeFlow* m_flow;
    models::topics::TopicTableModel* m_model;
    QStackedWidget* m_views;
    widgets::StateStack* m_list;
    widgets::SearchField* m_search;
    widgets::TableView* m_table;
    TopicView* m_topic;
    shell::Action* m_create;
    shell::Action* m_delete;
    shell::Action* m_messages;
    shell::Action* m_compaction = nullptr;
    shell::Action* m_partitions;
    shell::Action* m_access = nullptr;
    shell::Action* m_again = nullptr;
    shell::Action* m_internal;
    shell::Location m_place;
};

} // namespace ui::topics
