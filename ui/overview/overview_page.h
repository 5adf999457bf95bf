#pragma once
// One cluster at a glance: its brokers, what goes through it, how far readers are behind, what happened. Brokers of a local cluster can
// be killed, paused and started here.

#include "ui/overview/broker_card.h"
#include "ui/overview/leadership_history.h"
#include "ui/shell/page.h"

namespace models::changes {
class ChangeService;
}
namespace models::localcluster {
class LocalClusterService;
}
namespace models::session {
class ClusterSession;
}
namespace ui::changes {
class ChangeFlow;
}
namespace ui::charts {
class TimeAxis;
}
namespace ui::widgets {
class StateStack;
}

namespace ui::overview {

class CardRows;
class ChartRow;
class WhatHappened;

class OverviewPage : public shell::Page {
    Q_OBJECT
public:
    /// `local` is null and `localName` empty for a remote cluster. All must outlive the page.
    OverviewPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes,
        models::localcluster::LocalClusterService* local, const QString& localName, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override;
    [[nodiscard]] QWidget* firstFocus() override;

private:
    void makeActions();
    void refresh();      ///< brokers, states, header; after any snapshot
    void refreshCards(qint64 nowMs);
    void refreshState();
    void refreshActions();
    void tick();
    void carryOut(int broker, BrokerCard::Wish wish);
    void showLogOf(int broker);
    void select(int broker);
    [[nodiscard]] BrokerCard* card(int broker) const;
    [[nodiscard]] bool clusterStopped() const; ///< a local one without a supervisor

    models::session::ClusterSession* m_session;
    models::changes::ChangeService* m_changes;
    models::localcluster::LocalClusterService* m_local;
    QString m_localName;
    changes::ChangeFlow* m_flow;
    charts::TimeAxis* m_axis;
    LeadershipHistory m_history;
    QList<BrokerFacts> m_facts;
    QList<BrokerCard*> m_cards;
    int m_selected = -1;
    int m_ticks = 0;
    bool m_refreshPending = false;

    widgets::StateStack* m_stack;
    CardRows* m_rows;
    ChartRow* m_charts;
    WhatHappened* m_happened;
    shell::Action* m_copyAddress;
    shell::Action* m_start = nullptr;
    shell::Action* m_stop = nullptr;
    shell::Action* m_tryAgain;
    QHash<int, shell::Action*> m_wishes; ///< BrokerCard::Wish -> the command for the selected broker
    shell::Location m_place;
    shell::PageHeader m_lastHeader;
    QStringList m_lastStatus;
};

} // namespace ui::overview
