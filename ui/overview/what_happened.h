#pragma once
// What happened in the cluster: who led when, and the events with their place in a story. Chips narrow the events.

#include "models/session/event_log.h"
#include "ui/overview/leadership_history.h"
#include "ui/shell/page.h"
#include "ui/widgets/card.h"

#include <QSet>

namespace models::session {
class ClusterSession;
}
namespace ui::charts {
class TimeAxis;
}
namespace ui::widgets {
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::overview {

class LeadershipStrip;

class WhatHappened : public widgets::Card {
    Q_OBJECT
public:
    WhatHappened(shell::PageContext& context, models::session::ClusterSession* session, const LeadershipHistory* history, charts::TimeAxis* axis, shell::Page* page);
    /// After the history has grown.
    void refresh();
    /// Chosen chips, as the Location keeps them: "brokers,quorum"; empty = everything.
    [[nodiscard]] QString filter() const;
    void setFilter(const QString& filter);

signals:
    void filterChanged();
    void topicWanted(const QString& topic); ///< an event of a topic was opened

private:
    void applyFilter();
    void retitle();
    charts::TimeAxis* m_axis;
    LeadershipStrip* m_strip;
    widgets::TableView* m_table;
    models::session::EventTableModel* m_model;
    QList<std::pair<QString, QAction*>> m_chips; ///< id, action
    QSet<int> m_areas;
};

} // namespace ui::overview
