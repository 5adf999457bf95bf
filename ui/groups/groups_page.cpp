#include "ui/groups/groups_page.h"

#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/groups/alert_service.h"
#include "models/groups/group_table_model.h"
#include "models/groups/verdict_text.h"
#include "models/metrics/metrics_store.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/charts/chart_commands.h"
#include "ui/charts/time_axis.h"
#include "ui/charts/time_chart.h"
#include "ui/groups/alert_dialog.h"
#include "ui/groups/reset_dialog.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>

namespace ui::groups {

using models::groups::GroupMemberTableModel;
using models::groups::GroupPartitionTableModel;
using models::groups::GroupTableModel;
using models::session::GroupStanding;
using models::session::SessionState;
namespace format = models::format;

namespace {

theme::Tone toneOf(const QString& state) {
    if (state == u"error")
        return theme::Tone::Bad;
    return state == u"warning" ? theme::Tone::Warn : theme::Tone::Neutral;
}

theme::Tone toneOf(GroupStanding standing) {
    switch (standing) {
    case GroupStanding::Fine: return theme::Tone::Good;
    case GroupStanding::CatchesUp: return theme::Tone::Info;
    default: return toneOf(models::groups::standingState(standing));
    }
}

qint64 nowMs() { return QDateTime::currentMSecsSinceEpoch(); }

/// A pill for what needs attention, plain grey words for the rest.
widgets::CellLook standingLook(GroupStanding standing) {
    widgets::CellLook look;
    const QString state = models::groups::standingState(standing);
    if (state == u"error" || state == u"warning")
        look.pill = toneOf(state);
    else
        look.ink = theme::Ink::Secondary;
    return look;
}

} // namespace

GroupsPage::GroupsPage(
    shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, models::groups::AlertService* alerts, QWidget* parent)
    : Page(context, parent)
    , m_session(session)
    , m_changes(changes)
    , m_alerts(alerts)
    , m_flow(new changes::ChangeFlow(changes, context, this))
    , m_model(new GroupTableModel(session, this))
    , m_partitions(new GroupPartitionTableModel(session, this))
    , m_members(new GroupMemberTableModel(session, this))
    , m_axis(new charts::TimeAxis(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_views = new QStackedWidget(this);
    layout->addWidget(m_views);
    m_search = new widgets::SearchField(tr("Filter groups"), this);
    m_search->hide(); // the header line shows it
    m_views->addWidget(makeList());
    m_views->addWidget(makeGroup());
    makeActions();
    charts::addChartCommands(context, this, QStringLiteral("groups"));
    connect(session, &models::session::ClusterSession::groupsChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::stateChanged, this, [this] { refresh(); });
    connect(alerts, &models::groups::AlertService::changed, this, [this] { refresh(); });
    connect(alerts, &models::groups::AlertService::failed, this, [this](const models::Error& error) {
        this->context().notify({tr("The lag alert could not be kept: %1").arg(error.why), theme::Tone::Bad});
    });
    connect(session, &models::session::ClusterSession::readOnlyChanged, this, [this] { refresh(); });
}

QWidget* GroupsPage::makeList() {
    auto* view = new QWidget(m_views);
    auto* page = widgets::pageLayout(view);
    auto* card = new widgets::Card(view);
    m_table = new widgets::TableView(card);
    m_table->setSource(m_model);
    m_table->setAccessibleName(tr("Consumer groups"));
    m_table->setInitialWidths({{QStringLiteral("id"), 160}, {QStringLiteral("state"), 104}, {QStringLiteral("members"), 84},
                                  {QStringLiteral("partitions"), 84}, {QStringLiteral("lag"), 96}, {QStringLiteral("behind"), 130}, {QStringLiteral("trend"), 84},
                                  {QStringLiteral("verdict"), 112}, {QStringLiteral("assignor"), 130}, {QStringLiteral("coordinator"), 110}},
        QStringLiteral("reason"));
    m_table->setNarrow({{QStringLiteral("id"), 150}, {QStringLiteral("state"), 100}, {QStringLiteral("behind"), 126}, {QStringLiteral("verdict"), 112}, {QStringLiteral("reason"), 180}},
        {QStringLiteral("partitions"), QStringLiteral("members"), QStringLiteral("reason"), QStringLiteral("state")});
    m_table->setCellLook([](const QModelIndex& index) {
        if (index.column() == GroupTableModel::VerdictColumn)
            return standingLook(static_cast<GroupStanding>(index.data(GroupTableModel::StandingRole).toInt()));
        widgets::CellLook look;
        if (index.column() == GroupTableModel::ReasonColumn)
            look.ink = theme::Ink::Secondary;
        if (index.column() == GroupTableModel::IdColumn)
            look.face = theme::Face::Medium;
        return look;
    });
    m_table->setEmptyText(tr("No group matches the filter."));
    m_table->setRowMenu([this](QMenu* menu, const QString&) {
        menu->addAction(m_alert);
        menu->addAction(m_access);
        menu->addAction(m_reset);
        menu->addSeparator();
        menu->addAction(m_delete);
    });
    connect(m_table, &widgets::TableView::rowActivated, this, [this](const QString& id) {
        context().go({m_place.cluster, QStringLiteral("groups"), id, {}});
    });
    connect(m_table, &widgets::TableView::currentKeyChanged, this, [this] { refresh(); });
    connect(m_table, &widgets::TableView::stateChanged, this, [this] {
        context().setState(m_place, QStringLiteral("columns"), QJsonDocument(m_table->saveState()).toJson(QJsonDocument::Compact));
    });
    connect(m_search, &widgets::SearchField::searched, this, [this](const QString& text) {
        m_table->setFilterText(text);
        m_place.view[QStringLiteral("filter")] = text;
        emit locationChanged();
    });
    connect(m_search, &widgets::SearchField::leftDown, m_table, [this] { m_table->setFocus(); });
    m_list = new widgets::StateStack(m_table, card);
    card->fill(m_list);
    page->addWidget(card, 1);
    return view;
}

QWidget* GroupsPage::makeGroup() {
    auto* view = new QWidget(m_views);
    auto* page = widgets::pageLayout(view);
    auto* split = new QSplitter(Qt::Vertical, view);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(theme::kCardGap);

    split->addWidget(makeLag(split));
    m_partitionCard = new widgets::Card(tr("Lag by partition"), {}, split);
    m_partitionTable = new widgets::TableView(m_partitionCard);
    m_partitionTable->setSource(m_partitions);
    m_partitionTable->setAccessibleName(tr("Lag by partition"));
    m_partitionTable->setInitialWidths({{QStringLiteral("topic"), 200}, {QStringLiteral("partition"), 76}, {QStringLiteral("committed"), 128},
                                           {QStringLiteral("end"), 128}, {QStringLiteral("lag"), 110}, {QStringLiteral("behind"), 130}, {QStringLiteral("verdict"), 116},
                                           {QStringLiteral("host"), 140}},
        QStringLiteral("member"));
    // Offsets name a place: they are shown whole, or not at all.
    m_partitionTable->setNarrow({{QStringLiteral("topic"), 130}, {QStringLiteral("committed"), 126}, {QStringLiteral("end"), 126}, {QStringLiteral("lag"), 104}, {QStringLiteral("behind"), 126},
                                    {QStringLiteral("verdict"), 112}},
        {QStringLiteral("end"), QStringLiteral("member"), QStringLiteral("committed")});
    m_partitionTable->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        const QString state = index.data(models::StateRole).toString();
        if (index.column() == GroupPartitionTableModel::VerdictColumn) {
            if (state == u"error" || state == u"warning")
                look.pill = toneOf(state);
            else
                look.ink = theme::Ink::Secondary;
        }
        if (index.column() == GroupPartitionTableModel::MemberColumn) {
            look.face = theme::Face::Mono;
            look.ink = theme::Ink::Secondary;
        }
        if (index.column() == GroupPartitionTableModel::TopicColumn)
            look.face = theme::Face::Medium;
        return look;
    });
    m_partitionTable->setRowMenu([this](QMenu* menu, const QString&) {
        menu->addAction(m_openTopic);
        menu->addAction(m_reset);
    });
    m_partitionStack = new widgets::StateStack(m_partitionTable, m_partitionCard);
    m_partitionCard->body()->addWidget(m_partitionStack, 1);
    split->addWidget(m_partitionCard);

    m_memberCard = new widgets::Card(tr("Members"), {}, split);
    m_memberTable = new widgets::TableView(m_memberCard);
    m_memberTable->setSource(m_members);
    m_memberTable->setAccessibleName(tr("Members"));
    m_memberTable->setInitialWidths({{QStringLiteral("client"), 160}, {QStringLiteral("member"), 384}, {QStringLiteral("instance"), 120},
                                        {QStringLiteral("host"), 130}, {QStringLiteral("partitions"), 90}},
        QStringLiteral("assignment"));
    m_memberTable->setNarrow({{QStringLiteral("client"), 120}, {QStringLiteral("member"), 200}, {QStringLiteral("host"), 120}}, {QStringLiteral("host")});
    m_memberTable->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        if (index.column() == GroupMemberTableModel::MemberColumn || index.column() == GroupMemberTableModel::InstanceColumn)
            look.face = theme::Face::Mono;
        if (index.column() == GroupMemberTableModel::AssignmentColumn)
            look.ink = theme::Ink::Secondary;
        return look;
    });
    m_memberStack = new widgets::StateStack(m_memberTable, m_memberCard);
    m_memberCard->body()->addWidget(m_memberStack, 1);
    split->addWidget(m_memberCard);
    m_partitionCard->setMinimumHeight(140);
    m_memberCard->setMinimumHeight(152);
    split->setSizes({230, 330, 200});
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    split->setStretchFactor(2, 2);
    page->addWidget(split, 1);
    return view;
}

QWidget* GroupsPage::makeLag(QWidget* parent) {
    auto* card = new widgets::Card(tr("Lag"), {}, parent);
    card->setMinimumHeight(176);
    m_lagCard = card;
    m_lag = new charts::TimeChart(tr("Lag"), charts::Unit::Messages, m_session->metrics(), m_axis, card);
    m_lag->setEmptyText(tr("Nothing measured in this time."));
    card->head()->addWidget(m_lag->menuButton());
    card->body()->addWidget(m_lag, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    m_verdict = new widgets::PillLabel({}, theme::Tone::Neutral, card);
    m_reason = (new widgets::PlainLabel({}, card, theme::Face::Small, theme::Ink::Secondary))->lines(2);
    row->addWidget(m_verdict);
    row->addWidget(m_reason, 1);
    card->body()->addLayout(row);
    context().onTick(m_lag, [this] {
        const qint64 since = m_session->metrics()->shownSinceMs(nowMs(), charts::TimeAxis::kSpanAtFirstMs);
        m_axis->setDataStart(since > 0 ? since : nowMs());
        m_axis->tick(nowMs());
    });
    return card;
}

void GroupsPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("groups");
    m_delete = actions.add({.id = QStringLiteral("groups.delete"), .text = tr("Delete group"), .key = QKeySequence(tr("Shift+Del")), .context = here,
                               .safety = shell::Safety::Destructive, .explanation = tr("Forgets the offsets that this group committed"),
                               .run =
                                   [this] {
                                       if (target().isEmpty())
                                           return;
                                       const bool open = !m_place.name.isEmpty();
                                       m_flow->start(models::changes::DeleteGroup{target()}, true, [this, open] {
                                           if (open)
                                               context().go({m_place.cluster, QStringLiteral("groups"), {}, {}});
                                       });
                                   }},
        this);
    m_reset = actions.add({.id = QStringLiteral("groups.reset"), .text = tr("Reset offsets"), .key = QKeySequence(tr("Ctrl+Shift+R")), .context = here,
                              .safety = shell::Safety::Changes, .explanation = tr("Sets where this group goes on reading; the plan comes first"),
                              .run = [this] { resetOffsets(); }},
        this);
    m_undo = actions.add({.id = QStringLiteral("groups.undo"), .text = tr("Undo the last change"), .key = QKeySequence(tr("Ctrl+Z")), .context = here,
                             .safety = shell::Safety::Changes, .explanation = tr("Sets offsets back as they were before the last change made here; the plan comes first"),
                             .run = [this] { m_flow->undoLast(); }},
        this);
    connect(m_flow, &changes::ChangeFlow::undoChanged, this, [this] { refresh(); });
    m_access = actions.add({.id = QStringLiteral("groups.access"), .text = tr("Who may use it"), .context = here, .explanation = tr("The rules about this group"),
                               .run =
                                   [this] {
                                       context().go({m_place.cluster, QStringLiteral("access"), {},
                                           {{QStringLiteral("resource"), QStringLiteral("Group")}, {QStringLiteral("of"), target()}, {QStringLiteral("about"), QStringLiteral("1")}}});
                                   }},
        this);
    m_again = actions.add({.id = QStringLiteral("groups.again"), .text = tr("Ask again"), .key = QKeySequence(tr("F5")), .context = here, .explanation = tr("Ask the cluster for its groups now"),
                              .run = [this] { m_session->refresh(); }},
        this);
    m_alert = actions.add({.id = QStringLiteral("groups.alert"), .text = tr("Lag alert"), .key = QKeySequence(tr("Ctrl+Shift+A")), .context = here,
                              .explanation = tr("Tells on the desktop when this group falls behind"),
                              .run = [this] { askAlert(); }},
        this);
    m_openTopic = actions.add({.id = QStringLiteral("groups.topic"), .text = tr("Open topic"), .key = QKeySequence(tr("Ctrl+Return")), .context = here,
                                  .explanation = tr("The topic of the chosen partition"),
                                  .run =
                                      [this] {
                                          const QModelIndex current = m_partitionTable->sourceIndex(m_partitionTable->currentIndex());
                                          if (current.isValid())
                                              context().go({m_place.cluster, QStringLiteral("topics"),
                                                  current.siblingAtColumn(GroupPartitionTableModel::TopicColumn).data().toString(), {}});
                                      }},
        this);
}

void GroupsPage::resetOffsets() {
    if (target().isEmpty())
        return;
    QList<models::client::TopicPartition> chosen;
    if (!m_place.name.isEmpty()) {
        for (const auto& key : m_partitionTable->selectedKeys()) {
            const QModelIndex row = m_partitions->index(m_partitions->rowOfKey(key), 0);
            if (row.isValid())
                chosen.append({row.data(GroupPartitionTableModel::TopicRole).toString(), row.data(GroupPartitionTableModel::PartitionRole).toInt()});
        }
    }
    (new ResetDialog(m_session, target(), chosen, m_flow, this))->open();
}

void GroupsPage::askAlert() {
    const QString id = target();
    if (id.isEmpty())
        return;
    const auto* group = m_session->groups() ? m_session->groups()->find(id) : nullptr;
    QString now;
    if (group != nullptr && group->lag >= 0)
        now = tr("Now %1 messages behind.").arg(format::count(group->lag));
    (new AlertDialog(m_alerts, id, now, this))->open();
}

shell::Pill GroupsPage::alertPill() const {
    const auto* alert = m_alerts->find(m_place.name);
    if (alert == nullptr)
        return {};
    const auto& rule = alert->rule();
    const QString limit = rule.measure == models::groups::LagRule::Measure::Seconds ? format::duration(rule.threshold * 1000) : format::countShort(static_cast<double>(rule.threshold));
    const QString whole = tr("Tells on the desktop when it is more than %1 behind for %2.").arg(limit, format::duration(rule.forMs));
    if (alert->state() == models::groups::LagAlert::State::Firing)
        return {tr("over its alert of %1").arg(limit), theme::Tone::Bad, whole};
    return {tr("alert above %1").arg(limit), theme::Tone::Neutral, whole};
}

void GroupsPage::open(const shell::Location& place) {
    const bool first = m_place.isEmpty();
    m_place = place;
    if (first)
        m_table->restoreState(QJsonDocument::fromJson(context().state(place, QStringLiteral("columns")).toByteArray()).object());
    if (place.name.isEmpty()) {
        const QString filter = place.view.value(QStringLiteral("filter"));
        m_search->setText(filter);
        m_table->setFilterText(filter);
        m_views->setCurrentIndex(0);
    } else {
        m_partitions->setGroup(place.name);
        m_members->setGroup(place.name);
        m_lag->setTitle(tr("Lag of %1").arg(place.name), charts::Unit::Messages);
        m_lag->setLines({{place.name, {models::metrics::Quantity::Lag, models::metrics::Scope::Group, place.name}}});
        m_views->setCurrentIndex(1);
    }
    refresh();
}

QString GroupsPage::target() const { return m_place.name.isEmpty() ? m_table->currentKey() : m_place.name; }

const models::session::Group* GroupsPage::shown() const {
    const auto groups = m_session->groups();
    return groups && !m_place.name.isEmpty() ? groups->find(m_place.name) : nullptr;
}

void GroupsPage::refresh() {
    const auto refusal = m_changes->refusal();
    m_delete->setRefusal(refusal ? shell::whatFailed(*refusal) : target().isEmpty() ? tr("Choose a group first") : QString());
    m_reset->setRefusal(m_delete->refusal());
    m_undo->setRefusal(refusal ? shell::whatFailed(*refusal) : m_flow->undoTitle().isEmpty() ? tr("Nothing was changed here that can be undone") : QString());
    m_access->setRefusal(target().isEmpty() ? tr("Choose a group first") : QString());
    m_again->setRefusal(m_session->state() == SessionState::Idle ? tr("The cluster is not connected") : QString());
    m_alert->setRefusal(target().isEmpty() ? tr("Choose a group first") : QString());
    m_openTopic->setRefusal(m_place.name.isEmpty() ? tr("Open a group and choose a partition first") : QString());

    const auto groups = m_session->groups();
    if (groups && m_model->rowCount() == 0) {
        m_list->state()->showEmpty(tr("No consumer groups yet"), tr("A group shows up when its first consumer joins, or commits an offset."), nullptr, QStringLiteral("group"));
        m_list->showState();
    } else if (groups) {
        m_list->showContent();
    } else if (m_session->state() == SessionState::Failed) {
        m_list->state()->showFailed(tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()),
            shell::nextStep(m_session->stateError()), m_again);
        m_list->showState();
    } else if (m_session->state() == SessionState::Idle) {
        m_list->state()->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview), QStringLiteral("group"));
        m_list->showState();
    } else {
        m_list->state()->showLoading(tr("Asking %1 for its groups").arg(m_session->name()));
        m_list->showState();
    }
    if (!m_place.name.isEmpty()) {
        const auto* group = shown();
        // Of a group that is not known there is one thing to say, and it needs the room.
        m_lagCard->setVisible(group != nullptr);
        m_memberCard->setVisible(group != nullptr);
        if (!groups) { // nobody has said which groups there are
            auto* state = m_partitionStack->state();
            if (m_session->state() == SessionState::Failed)
                state->showFailed(tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_again);
            else if (m_session->state() == SessionState::Idle)
                state->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview), QStringLiteral("group"));
            else
                state->showLoading(tr("Asking %1 for this group").arg(m_session->name()));
            m_partitionStack->showState();
        } else if (group != nullptr && m_partitions->rowCount() > 0) {
            m_partitionStack->showContent();
        } else {
            m_partitionStack->state()->showEmpty(group != nullptr ? tr("No offsets committed yet") : tr("There is no group %1").arg(m_place.name),
                group != nullptr ? tr("They show up with the group's first commit.") : tr("It may have been deleted, or not have joined yet."), nullptr, QStringLiteral("group"));
            m_partitionStack->showState();
        }
        if (m_members->rowCount() > 0) {
            m_memberStack->showContent();
        } else {
            m_memberStack->state()->showEmpty(tr("Nobody is in this group now"), tr("Its offsets stay until they expire or it is deleted."), nullptr, QStringLiteral("group"));
            m_memberStack->showState();
        }
        if (group != nullptr) {
            showVerdict(*group);
            m_memberCard->setNote(tr("%Ln member(s)", nullptr, static_cast<int>(group->members.size())));
        }
    }
    for (auto* table : {m_table, m_partitionTable}) // ages go on without new rows
        table->viewport()->update();
    emit headerChanged();
}

void GroupsPage::showVerdict(const models::session::Group& group) {
    const QString age = models::groups::lagTimeText(group.unreadSinceMs, group.unreadAtLeast, nowMs());
    QString note;
    if (group.lag >= 0)
        note = age.isEmpty() || group.lag == 0 || models::groups::lagTimeMs(group.unreadSinceMs, nowMs()) < 1000 ? tr("%1 messages behind").arg(format::count(group.lag)) : tr("%1 messages behind, the oldest for %2").arg(format::count(group.lag), age);
    m_lagCard->setNote(note);
    const auto standing = standingOf(group);
    m_verdict->set(models::groups::standingText(standing), toneOf(standing));
    const QString reason = models::groups::standingReason(group, nowMs());
    if (m_reason->text() != reason)
        m_reason->setText(reason);
}

shell::PageHeader GroupsPage::header() const {
    shell::PageHeader header;
    header.actions = {m_delete, m_alert, m_reset};
    header.quiet = {m_delete};
    if (!m_place.name.isEmpty()) {
        header.title = m_place.name;
        header.crumb = tr("Groups");
        header.crumbPlace = {m_place.cluster, QStringLiteral("groups"), {}, {}};
        header.actions = {m_delete, m_access, m_openTopic, m_alert, m_reset};
        header.quiet = {m_delete, m_access};
        if (const auto* group = shown()) {
            header.pills.append({models::groups::stateText(group->state)});
            const auto standing = standingOf(*group);
            if (standing != GroupStanding::Unknown)
                header.pills.append({models::groups::standingText(standing), toneOf(standing), models::groups::standingReason(*group, nowMs())});
        }
        if (const auto pill = alertPill(); !pill.text.isEmpty())
            header.pills.append(pill);
        return header;
    }
    header.title = tr("Groups");
    header.tools = m_search;
    if (const auto groups = m_session->groups()) {
        header.pills.append({tr("%Ln group(s)", nullptr, static_cast<int>(groups->groups.size()))});
        int behind = 0;
        for (const auto& group : groups->groups)
            behind += isBehind(standingOf(group)) ? 1 : 0;
        if (behind > 0)
            header.pills.append({tr("%Ln behind", nullptr, behind), theme::Tone::Warn});
    }
    return header;
}

QStringList GroupsPage::status() const {
    const auto groups = m_session->groups();
    if (!groups || !m_place.name.isEmpty())
        return {}; // a group's own figure stands on its page; that of all groups beside it would be read as its own
    qint64 lag = 0;
    for (const auto& group : groups->groups)
        lag += qMax<qint64>(group.lag, 0);
    return {tr("%1 messages behind in all groups").arg(format::count(lag))};
}

QWidget* GroupsPage::firstFocus() { return m_place.name.isEmpty() ? m_table : m_partitionTable; }

} // namespace ui::groups
