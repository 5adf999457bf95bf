#pragma once
// The two charts: what goes through the cluster, and how far its readers are behind.

#include "models/metrics/metrics_store.h"
#include "ui/charts/time_axis.h"
#include "ui/shell/page.h"

#include <QWidget>

namespace models::session {
class ClusterSession;
}
namespace ui::charts {
class TimeChart;
}
namespace ui::widgets {
class Button;
class Card;
class PillLabel;
class PlainLabel;
} // namespace ui::widgets

namespace ui::overview {

class ChartRow : public QWidget {
    Q_OBJECT
public:
    /// Registers what the chart can show as actions of `page`.
    ChartRow(shell::PageContext& context, models::session::ClusterSession* session, charts::TimeAxis* axis, shell::Page* page);

    enum class By { Topic, Broker, Cluster };
    void choose(By by, bool bytes);
    [[nodiscard]] By by() const { return m_by; }
    [[nodiscard]] bool bytes() const { return m_bytes; }
    /// Which lines there are, and the verdict; once a second is enough.
    void refresh(qint64 nowMs);

signals:
    void chosen(); ///< by the user: to be remembered

private:
    void retitle();
    models::session::ClusterSession* m_session;
    charts::TimeChart* m_flow;
    charts::TimeChart* m_lag;
    widgets::Card* m_flowCard;
    widgets::PillLabel* m_verdict;
    widgets::PlainLabel* m_verdictRest;
    QAction* m_choice;
    QList<shell::Action*> m_choices;
    By m_by = By::Topic;
    bool m_bytes = false;
};

/// The five largest, in an order that does not change while they stay large: `shown` before, all `ranked` by value.
QStringList steadyTop(const QStringList& shown, const QStringList& ranked, int countMax = 5);

} // namespace ui::overview
