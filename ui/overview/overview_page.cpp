#include "ui/overview/overview_page.h"

#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/localcluster/local_cluster_service.h"
#include "models/metrics/metrics_store.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/shell/error_text.h"
#include "ui/charts/chart_commands.h"
#include "ui/charts/time_axis.h"
#include "ui/overview/card_rows.h"
#include "ui/overview/chart_row.h"
#include "ui/overview/log_dialog.h"
#include "ui/overview/sentences.h"
#include "ui/overview/what_happened.h"
#include "ui/widgets/card.h"
#include "ui/widgets/state_view.h"

#include <QDateTime>
#include <QScrollArea>
#include <QTimer>

namespace ui::overview {

using models::changes::BrokerAction;
using models::session::SessionState;
using Wish = BrokerCard::Wish;

namespace {

constexpr int kCardWidthMin = 270;

BrokerAction::Kind kindOf(Wish wish) {
    switch (wish) {
    case Wish::Kill: return BrokerAction::Kind::Kill;
    case Wish::Pause: return BrokerAction::Kind::Pause;
    case Wish::Resume: return BrokerAction::Kind::Resume;
    case Wish::Restart: return BrokerAction::Kind::Restart;
    default: return BrokerAction::Kind::Start;
    }
}

bool sameHeader(const shell::PageHeader& a, const shell::PageHeader& b) { return a.title == b.title && a.pills == b.pills && a.actions == b.actions && a.primary == b.primary; }

} // namespace

OverviewPage::OverviewPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes,
    models::localcluster::LocalClusterService* local, const QString& localName, QWidget* parent)
    : Page(context, parent)
    , m_session(session)
    , m_changes(changes)
    , m_local(localName.isEmpty() ? nullptr : local)
    , m_localName(localName)
    , m_flow(new changes::ChangeFlow(changes, context, this))
    , m_axis(new charts::TimeAxis(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* scroll = widgets::pageScroll(this);
    auto* content = scroll->widget();
    auto* page = widgets::pageLayout(content);
    m_rows = new CardRows(kCardWidthMin, theme::kCardGap, content);
    page->addWidget(m_rows);
    m_charts = new ChartRow(context, session, m_axis, this);
    m_charts->setMinimumHeight(224);
    page->addWidget(m_charts, 48);
    m_happened = new WhatHappened(context, session, &m_history, m_axis, this);
    page->addWidget(m_happened, 52);
    m_stack = new widgets::StateStack(scroll, this);
    m_stack->state()->asCard();
    layout->addWidget(m_stack);

    makeActions();
    connect(m_charts, &ChartRow::chosen, this, [this] {
        m_place.view[QStringLiteral("by")] = QString::number(static_cast<int>(m_charts->by()));
        m_place.view[QStringLiteral("bytes")] = m_charts->bytes() ? QStringLiteral("1") : QStringLiteral("0");
        this->context().setState(m_place, QStringLiteral("chart"), m_place.view.value(QStringLiteral("by")) + m_place.view.value(QStringLiteral("bytes")));
        emit locationChanged();
    });
    connect(m_happened, &WhatHappened::filterChanged, this, [this] {
        m_place.view[QStringLiteral("events")] = m_happened->filter();
        emit locationChanged();
    });
    connect(m_happened, &WhatHappened::topicWanted, this, [this](const QString& topic) { this->context().go({m_place.cluster, QStringLiteral("topics"), topic, {}}); });

    // Several snapshots a second may come; one look at them is enough.
    const auto later = [this] {
        if (m_refreshPending)
            return;
        m_refreshPending = true;
        QTimer::singleShot(30, this, [this] {
            m_refreshPending = false;
            refresh();
        });
    };
    using models::session::ClusterSession;
    connect(session, &ClusterSession::brokersChanged, this, later);
    connect(session, &ClusterSession::topicsChanged, this, later);
    connect(session, &ClusterSession::groupsChanged, this, later);
    connect(session, &ClusterSession::stateChanged, this, later);
    connect(session, &ClusterSession::readOnlyChanged, this, later);
    if (m_local) {
        using models::localcluster::LocalClusterService;
        connect(m_local, &LocalClusterService::clustersChanged, this, later);
        connect(m_local, &LocalClusterService::clusterChanged, this, [this, later](const QString& name) {
            if (name == m_localName)
                later();
        });
    }
    charts::addChartCommands(context, this, QStringLiteral("overview"));
    context.onTick(this, [this] { tick(); });
    refresh();
}

void OverviewPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("overview");
    m_copyAddress = actions.add({.id = QStringLiteral("overview.copyAddress"), .text = tr("Copy address"), .key = QKeySequence(tr("Ctrl+Shift+C")), .context = here,
                                    .explanation = tr("The addresses that a client connects to"),
                                    .run = [this] { context().copy(m_session->config().client.bootstrapServers, tr("the address")); }},
        this);
    m_tryAgain = actions.add({.id = QStringLiteral("overview.tryAgain"), .text = tr("Ask again"), .key = QKeySequence(tr("F5")), .context = here,
                                 .explanation = tr("Ask the cluster for everything now"),
                                 .run =
                                     [this] {
                                         if (m_session->state() == SessionState::Idle)
                                             m_session->connectToCluster();
                                         else
                                             m_session->refresh();
                                     }},
        this);
    if (!m_local)
        return;
    const auto told = [this](const models::localcluster::Outcome& problem) {
        if (problem)
            context().notify({*problem, theme::Tone::Bad});
    };
    m_start = actions.add({.id = QStringLiteral("overview.startCluster"), .text = tr("Start cluster"), .context = here, .safety = shell::Safety::Changes,
                              .explanation = tr("Start the brokers of this cluster with the data they have"),
                              .run =
                                  [this, told] {
                                      models::localcluster::StartOptions options;
                                      options.name = m_localName;
                                      m_local->start(options, told);
                                  }},
        this);
    m_stop = actions.add({.id = QStringLiteral("overview.stopCluster"), .text = tr("Stop cluster"), .context = here, .safety = shell::Safety::Changes,
                             .explanation = tr("Stop its brokers in good order; the data is kept"),
                             .run =
                                 [this, told] {
                                     m_local->stop(m_localName, [this, told](const models::localcluster::Outcome& problem) {
                                         told(problem);
                                         if (!problem)
                                             context().notify({tr("%1 is stopped; its data is kept").arg(m_localName), theme::Tone::Neutral, tr("Start again"), [this] { m_start->trigger(); }});
                                     });
                                 }},
        this);
    // The commands for the broker whose card is selected; each card has its own buttons besides.
    const auto add = [&](Wish wish, const QString& id, const QString& text, const QKeySequence& key, shell::Safety safety, const QString& explanation) {
        m_wishes.insert(static_cast<int>(wish), actions.add({.id = QStringLiteral("overview.") + id, .text = text, .key = key, .context = here, .safety = safety, .explanation = explanation,
                                                                .run = [this, wish] { carryOut(m_selected, wish); }},
                                                    this));
    };
    add(Wish::Kill, QStringLiteral("kill"), tr("Kill the broker"), QKeySequence(tr("Ctrl+Shift+K")), shell::Safety::Destructive, tr("Its process ends at once, as by kill -9"));
    add(Wish::Pause, QStringLiteral("pause"), tr("Pause the broker"), {}, shell::Safety::Changes, tr("Its process stands still until it is resumed"));
    add(Wish::Resume, QStringLiteral("resume"), tr("Resume the broker"), {}, shell::Safety::Changes, tr("Its process goes on"));
    add(Wish::Restart, QStringLiteral("restart"), tr("Restart the broker"), {}, shell::Safety::Changes, tr("It stops in good order and starts again"));
    add(Wish::Start, QStringLiteral("start"), tr("Start the broker again"), QKeySequence(tr("Ctrl+Shift+B")), shell::Safety::Changes, tr("Start a broker that is down"));
    add(Wish::Log, QStringLiteral("log"), tr("Log of the broker"), QKeySequence(tr("Ctrl+L")), shell::Safety::Harmless, tr("The last lines that it printed"));
}

void OverviewPage::open(const shell::Location& place) {
    const bool first = m_place.isEmpty();
    m_place = place;
    QString by = place.view.value(QStringLiteral("by"));
    QString bytes = place.view.value(QStringLiteral("bytes"));
    if (first && by.isEmpty()) {
        const QString kept = context().state(place, QStringLiteral("chart")).toString();
        by = kept.left(1);
        bytes = kept.mid(1, 1);
    }
    m_charts->choose(static_cast<ChartRow::By>(std::clamp(by.toInt(), 0, 2)), bytes == QLatin1String("1"));
    m_happened->setFilter(place.view.value(QStringLiteral("events")));
    refresh();
}

// ---------------------------------------------------------------------------------------------------------------------
// What is shown

void OverviewPage::tick() {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const qint64 since = m_session->metrics()->shownSinceMs(now, charts::TimeAxis::kSpanAtFirstMs);
    m_axis->setDataStart(since > 0 ? since : now);
    m_axis->tick(now);
    if (++m_ticks % 4 == 0) { // ages and the lines that there are: once a second
        refreshCards(now);
        m_charts->refresh(now);
    }
}

void OverviewPage::refresh() {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const auto brokers = m_session->brokers();
    const auto cluster = m_local ? m_local->cluster(m_localName) : std::nullopt;
    m_facts = factsOf(brokers.data.get(), cluster);
    for (const auto& facts : std::as_const(m_facts))
        if (facts.state != BrokerFacts::State::Unknown && brokers)
            m_history.note(now, facts.id, facts.standing(), facts.leaders);
    refreshCards(now);
    m_charts->refresh(now);
    m_happened->refresh();
    refreshActions();
    refreshState();
    // The header is made anew only when it says something else.
    const auto newHeader = header();
    const auto newStatus = status();
    if (!sameHeader(newHeader, m_lastHeader) || newStatus != m_lastStatus) {
        m_lastHeader = newHeader;
        m_lastStatus = newStatus;
        emit headerChanged();
    }
}

BrokerCard* OverviewPage::card(int broker) const {
    for (auto* one : m_cards)
        if (one->id() == broker)
            return one;
    return nullptr;
}

void OverviewPage::refreshCards(qint64 nowMs) {
    QList<int> ids;
    for (const auto& facts : std::as_const(m_facts))
        ids.append(facts.id);
    QList<int> shown;
    for (const auto* one : std::as_const(m_cards))
        shown.append(one->id());
    if (ids != shown) {
        // Cards that stay keep their widgets, so the keyboard stays where it is.
        QList<BrokerCard*> cards;
        for (const int id : ids) {
            auto* one = card(id);
            if (!one) {
                one = new BrokerCard(id, m_rows);
                connect(one, &BrokerCard::wished, this, [this, id](Wish wish) { carryOut(id, wish); });
                connect(one, &BrokerCard::selected, this, [this, id] { select(id); });
                connect(one, &BrokerCard::stepped, this, [this, one](int by) {
                    if (auto* next = m_cards.value(m_cards.indexOf(one) + by, nullptr))
                        next->setFocus(Qt::TabFocusReason);
                });
            }
            cards.append(one);
        }
        for (auto* one : std::as_const(m_cards)) {
            if (!cards.contains(one)) {
                one->hide();
                one->deleteLater();
            }
        }
        m_cards = cards;
        m_rows->setCards(QList<QWidget*>(cards.begin(), cards.end()));
        if (!card(m_selected))
            select(ids.value(0, -1));
    }
    for (const auto& facts : std::as_const(m_facts)) {
        if (auto* one = card(facts.id)) {
            const auto refusal = m_changes && m_local ? m_changes->refusal(BrokerAction{BrokerAction::Kind::Kill, m_localName, facts.id}) : std::nullopt;
            one->setRefusal(refusal ? shell::whatFailed(*refusal) : QString());
            one->show(facts, nowMs);
        }
    }
}

bool OverviewPage::clusterStopped() const {
    if (!m_local)
        return false;
    const auto cluster = m_local->cluster(m_localName);
    return !cluster || !cluster->up;
}

void OverviewPage::refreshState() {
    auto* state = m_stack->state();
    if (m_local && clusterStopped()) {
        const auto cluster = m_local->cluster(m_localName);
        if (cluster)
            state->showEmpty(tr("%1 is stopped").arg(m_localName), tr("Its data is kept in %1.").arg(cluster->dataDirectory), m_start, QStringLiteral("cluster"));
        else
            state->showEmpty(tr("%1 is gone").arg(m_localName), tr("There is no such cluster on this machine any more."), nullptr, QStringLiteral("cluster"));
        m_stack->showState();
    } else if (m_session->brokers() || (m_local && !m_facts.isEmpty() && m_session->state() != SessionState::Failed)) {
        m_stack->showContent();
    } else if (m_session->state() == SessionState::Failed) {
        state->showFailed(tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_tryAgain);
        m_stack->showState();
    } else if (m_session->state() == SessionState::Idle && !m_local) {
        state->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Its brokers, topics and groups show up when it is."), m_tryAgain, QStringLiteral("cluster"));
        m_stack->showState();
    } else {
        state->showLoading(tr("Connecting to %1").arg(m_session->name()));
        m_stack->showState();
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What can be done

void OverviewPage::select(int broker) {
    if (broker == m_selected)
        return;
    m_selected = broker;
    refreshActions();
}

void OverviewPage::refreshActions() {
    m_tryAgain->setText(m_session->state() == SessionState::Idle ? tr("Connect") : tr("Ask again"));
    if (!m_local)
        return;
    const auto* one = card(m_selected);
    const BrokerFacts facts = one ? one->facts() : BrokerFacts{};
    const bool dead = facts.isDead();
    const auto set = [this, one](Wish wish, const QString& text, const QString& refusal) {
        auto* action = m_wishes.value(static_cast<int>(wish));
        action->setText(one ? text.arg(m_selected) : text.arg(QString()).simplified());
        QString reason = !one ? tr("Choose a broker first") : refusal;
        if (reason.isEmpty() && wish != Wish::Log && m_changes)
            if (const auto refused = m_changes->refusal(BrokerAction{kindOf(wish), m_localName, m_selected}))
                reason = shell::whatFailed(*refused);
        action->setRefusal(reason);
    };
    const QString down = tr("It is down"), up = tr("It runs");
    const bool paused = facts.state == BrokerFacts::State::Paused;
    set(Wish::Kill, tr("Kill broker %1"), dead ? down : QString());
    set(Wish::Pause, tr("Pause broker %1"), dead ? down : paused ? tr("It is paused") : QString());
    set(Wish::Resume, tr("Resume broker %1"), paused ? QString() : tr("It is not paused"));
    set(Wish::Restart, tr("Restart broker %1"), dead ? down : paused ? tr("It is paused") : QString());
    set(Wish::Start, tr("Start broker %1 again"), dead ? QString() : up);
    set(Wish::Log, tr("Log of broker %1"), QString());
    m_start->setRefusal(clusterStopped() ? QString() : tr("It runs"));
    m_stop->setRefusal(clusterStopped() ? tr("It is stopped") : QString());
}

void OverviewPage::carryOut(int broker, Wish wish) {
    if (broker < 0 || !m_local)
        return;
    if (wish == Wish::Log)
        showLogOf(broker);
    else
        m_flow->start(BrokerAction{kindOf(wish), m_localName, broker}, false);
}

void OverviewPage::showLogOf(int broker) {
    QString file;
    if (const auto cluster = m_local->cluster(m_localName))
        for (const auto& node : cluster->nodes)
            if (node.id == broker)
                file = node.logFile;
    showLog(tr("Log of broker %1").arg(broker), file, [file] { return models::localcluster::LocalClusterService::tailOf(file, 400); }, this);
}

// ---------------------------------------------------------------------------------------------------------------------
// Header and status

shell::PageHeader OverviewPage::header() const {
    shell::PageHeader header;
    header.title = m_session->name();
    const bool stopped = clusterStopped();
    if (stopped) {
        header.pills.append({tr("stopped")});
    } else {
        switch (m_session->state()) {
        case SessionState::Idle: header.pills.append({m_local ? tr("starting") : tr("not connected"), m_local ? theme::Tone::Info : theme::Tone::Neutral}); break;
        case SessionState::Connecting: header.pills.append({tr("connecting"), theme::Tone::Info}); break;
        case SessionState::Failed: header.pills.append({tr("does not answer"), theme::Tone::Bad, shell::whatFailed(m_session->stateError())}); break;
        case SessionState::Stale:
            header.pills.append({tr("no answer since %1").arg(models::format::clock(m_session->lastAnswerMs(), false)), theme::Tone::Bad, shell::whatFailed(m_session->stateError())});
            [[fallthrough]];
        case SessionState::Connected:
            for (const auto& sentence : healthSentences(m_facts, m_session->topics().data.get()))
                header.pills.append({sentence.pill, sentence.tone});
            break;
        }
    }
    header.actions = {m_copyAddress};
    header.quiet = {m_copyAddress};
    if (!m_local)
        if (auto* edit = context().actions().find(QStringLiteral("connection.edit"))) // what mends a connection that fails
            header.actions.append(edit);
    if (m_local) {
        header.actions.append(stopped ? m_start : m_stop);
        if (stopped && m_stack->showsContent())
            header.primary = m_start;
    }
    return header;
}

QStringList OverviewPage::status() const {
    QStringList parts;
    const auto cluster = m_local ? m_local->cluster(m_localName) : std::nullopt;
    const QString servers = cluster && !cluster->bootstrapServers.isEmpty() ? cluster->bootstrapServers : m_session->config().client.bootstrapServers;
    // "localhost:19091, 19092, 19093": the same host is said once.
    QStringList addresses;
    QString host;
    for (const auto& server : servers.split(u',', Qt::SkipEmptyParts)) {
        const QString address = server.trimmed();
        const auto colon = address.lastIndexOf(u':');
        const bool same = colon > 0 && address.left(colon) == host;
        addresses.append(same ? address.mid(colon + 1) : address);
        host = address.left(colon);
    }
    if (addresses.size() > 4)
        addresses = addresses.mid(0, 3) + QStringList{tr("and %1 more").arg(addresses.size() - 3)};
    if (!addresses.isEmpty())
        parts.append(addresses.join(QStringLiteral(", ")));
    if (cluster) {
        parts.append(cluster->engine == QLatin1String("apache") ? tr("Apache Kafka") : tr("Samsa's own engine"));
        if (cluster->secure)
            parts.append(tr("TLS, users and ACLs"));
        if (cluster->up && cluster->leased)
            parts.append(tr("stops with this window"));
        parts.append(tr("data kept in %1").arg(cluster->dataDirectory)); // the longest, and the first to go where there is no room
    } else if (const auto brokers = m_session->brokers()) {
        parts.append(tr("%n broker(s)", nullptr, static_cast<int>(brokers->brokers.size())));
        if (!brokers->clusterId.isEmpty())
            parts.append(tr("cluster id %1").arg(brokers->clusterId));
    }
    return parts;
}

shell::Location OverviewPage::location() const { return m_place; }

QWidget* OverviewPage::firstFocus() { return m_cards.isEmpty() ? nullptr : static_cast<QWidget*>(card(m_selected) ? card(m_selected) : m_cards.first()); }

} // namespace ui::overview
