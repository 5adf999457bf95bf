#include "ui/overview/chart_row.h"

#include "models/session/cluster_session.h"
#include "ui/charts/time_chart.h"
#include "ui/overview/sentences.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QActionGroup>
#include <QMenu>
#include <cmath>

namespace ui::overview {

using charts::TimeChart;
using charts::Unit;
using models::metrics::Quantity;
using models::metrics::Scope;

QStringList steadyTop(const QStringList& shown, const QStringList& ranked, int countMax) {
    // Who is shown stays while among the first eight or so: lines that come and go say nothing.
    const QStringList near = ranked.mid(0, countMax + 3);
    QStringList top;
    for (const auto& name : shown)
        if (near.contains(name))
            top.append(name);
    for (const auto& name : ranked) {
        if (top.size() >= countMax)
            break;
        if (!top.contains(name))
            top.append(name);
    }
    return top.mid(0, countMax);
}

ChartRow::ChartRow(shell::PageContext& context, models::session::ClusterSession* session, charts::TimeAxis* axis, shell::Page* page)
    : QWidget(page), m_session(session) {
    auto* row = widgets::cardRow();
    row->setContentsMargins(0, 0, 0, 0);
    setLayout(row);

    m_flowCard = new widgets::Card(QString(), {}, this);
    m_flow = new TimeChart({}, Unit::MessagesPerSecond, session->metrics(), axis, m_flowCard);
    m_flow->setEmptyText(tr("The first point comes after two readings."));
    auto& actions = context.actions();
    const QString here = QStringLiteral("overview");
    const auto add = [&](const QString& id, const QString& text, By by, bool bytes, bool setsBy) {
        auto* action = actions.add({.id = QStringLiteral("overview.chart.") + id, .text = text, .context = here, .explanation = tr("What the chart of the overview shows"),
                                       .run =
                                           [this, by, bytes, setsBy] {
                                               choose(setsBy ? by : m_by, setsBy ? m_bytes : bytes);
                                               emit chosen();
                                           }},
            page);
        action->setCheckable(true);
        m_choices.append(action);
    };
    add(QStringLiteral("topic"), tr("Chart by topic"), By::Topic, false, true);
    add(QStringLiteral("broker"), tr("Chart by broker"), By::Broker, false, true);
    add(QStringLiteral("cluster"), tr("Chart of the whole cluster"), By::Cluster, false, true);
    add(QStringLiteral("messages"), tr("Chart messages"), By::Topic, false, false);
    add(QStringLiteral("bytes"), tr("Chart bytes"), By::Topic, true, false);
    m_choice = widgets::localAction(this, tr("by topic"), [this] {
        QMenu menu(this);
        for (int i = 0; i < m_choices.size(); ++i) {
            if (i == 3)
                menu.addSeparator();
            menu.addAction(m_choices[i]);
        }
        auto* button = findChild<widgets::Button*>(QStringLiteral("chartChoice"));
        menu.exec(button ? button->mapToGlobal(QPoint(0, button->height() + 2)) : QCursor::pos());
    });
    auto* choice = (new widgets::Button(m_choice, theme::ButtonKind::Quiet, m_flowCard))->small();
    choice->setObjectName(QStringLiteral("chartChoice"));
    m_flowCard->head()->insertWidget(2, choice);
    m_flowCard->head()->addWidget(m_flow->legend(), 100);
    m_flowCard->head()->addWidget(m_flow->menuButton());
    m_flowCard->body()->addWidget(m_flow, 1);

    auto* lagCard = new widgets::Card(tr("Lag by group"), {}, this);
    m_lag = new TimeChart(tr("Lag by group"), Unit::Messages, session->metrics(), axis, lagCard);
    m_lag->setEmptyText(tr("No group reads from this cluster."));
    lagCard->head()->addWidget(m_lag->legend(), 100);
    lagCard->head()->addWidget(m_lag->menuButton());
    lagCard->body()->addWidget(m_lag, 1);
    auto* verdict = new QHBoxLayout;
    verdict->setSpacing(6);
    m_verdict = new widgets::PillLabel({}, theme::Tone::Neutral, lagCard);
    m_verdictRest = new widgets::PlainLabel({}, lagCard, theme::Face::Small, theme::Ink::Secondary);
    m_verdict->setMinimumWidth(64); // the name of a group may be of any length
    m_verdictRest->lines(2); // the name in the pill is of any length
    verdict->addWidget(m_verdict);
    verdict->addWidget(m_verdictRest, 1);
    lagCard->body()->addLayout(verdict);

    row->addWidget(m_flowCard, 58);
    row->addWidget(lagCard, 42);
    retitle();
}

void ChartRow::retitle() {
    static const char* const kMessages = QT_TR_NOOP("Messages per second");
    static const char* const kBytes = QT_TR_NOOP("Bytes per second");
    const QString title = tr(m_bytes ? kBytes : kMessages);
    m_flowCard->setTitle(title);
    m_flow->setTitle(title, m_bytes ? Unit::BytesPerSecond : Unit::MessagesPerSecond);
    const QString by = m_by == By::Topic ? tr("by topic") : m_by == By::Broker ? tr("by broker") : tr("whole cluster");
    m_choice->setText(by + QStringLiteral(" \u25be"));
    m_choice->setToolTip(tr("What the chart shows"));
    for (int i = 0; i < m_choices.size(); ++i)
        m_choices[i]->setChecked(i < 3 ? static_cast<int>(m_by) == i : m_bytes == (i == 4));
}

void ChartRow::choose(By by, bool bytes) {
    m_by = by;
    m_bytes = bytes;
    retitle();
    refresh(0);
}

void ChartRow::refresh(qint64 nowMs) {
    const auto* store = m_session->metrics();
    const auto lines = [store](const TimeChart* chart, Quantity quantity, Scope scope, const std::function<QString(const QString&)>& named) {
        QStringList ranked = store->entities(quantity, scope);
        // Kafka's own topics are no traffic of the user's.
        if (scope == Scope::Topic)
            ranked.removeIf([](const QString& name) { return name.startsWith(QLatin1String("__")); });
        QStringList shown;
        for (const auto& line : chart->lines())
            if (line.key.quantity == quantity && line.key.scope == scope)
                shown.append(line.key.entity);
        QStringList top = steadyTop(shown, ranked);
        if (scope == Scope::Broker)
            std::sort(top.begin(), top.end(), [](const QString& a, const QString& b) { return a.toInt() < b.toInt(); });
        QList<charts::ChartLine> all;
        for (const auto& name : top)
            all.append({named(name), {quantity, scope, name}});
        return all;
    };
    const auto same = [](const QString& name) { return name; };
    const Quantity quantity = m_bytes ? Quantity::BytesPerSecond : Quantity::MessagesPerSecond;
    switch (m_by) {
    case By::Topic: m_flow->setLines(lines(m_flow, quantity, Scope::Topic, same)); break;
    case By::Broker: m_flow->setLines(lines(m_flow, quantity, Scope::Broker, [](const QString& id) { return tr("broker %1").arg(id); })); break;
    case By::Cluster: m_flow->setLines({{tr("whole cluster"), {quantity, Scope::Cluster, {}}}}); break;
    }
    const auto* whole = store->series({quantity, Scope::Cluster, {}});
    const auto topics = m_session->topics();
    const bool empty = topics && topics->topics.isEmpty(); // there is nothing to be read, once or twice
    m_flow->setEmptyText(empty || (whole && !std::isnan(whole->last())) ? tr("Nothing goes through this cluster at the moment.") : tr("The first point comes after two readings."));
    m_lag->setLines(lines(m_lag, Quantity::Lag, Scope::Group, same));
    if (nowMs > 0) {
        const auto groups = m_session->groups();
        m_lag->setEmptyText(groups && !groups->groups.isEmpty() ? tr("The first point comes after two readings.") : tr("No group reads from this cluster."));
        const Sentence verdict = lagSentence(groups.data.get(), nowMs);
        m_verdict->set(verdict.pill, verdict.tone);
        m_verdict->setVisible(!verdict.pill.isEmpty());
        if (m_verdictRest->text() != verdict.rest)
            m_verdictRest->setText(verdict.rest);
    }
}

} // namespace ui::overview
