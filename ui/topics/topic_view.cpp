#include "ui/topics/topic_view.h"

#include "models/base/format.h"
#include "models/metrics/metrics_store.h"
#include "models/session/cluster_session.h"
#include "models/topics/config_table_model.h"
#include "models/topics/topic_table_model.h"
#include "models/client/config_scope.h"
#include "models/changes/change.h"
#include "ui/changes/change_flow.h"
#include "ui/changes/setting_dialog.h"
#include "ui/charts/time_axis.h"
#include "ui/charts/time_chart.h"
#include "ui/shell/error_text.h"
#include "ui/topics/read_by.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QSplitter>
#include <cmath>

namespace ui::topics {

using models::session::SessionState;
using models::topics::ConfigTableModel;
using models::topics::PartitionTableModel;
namespace format = models::format;

TopicView::TopicView(shell::PageContext& context, models::session::ClusterSession* session, changes::ChangeFlow* flow, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_session(session)
    , m_flow(flow)
    , m_partitions(new PartitionTableModel(session, this))
    , m_configs(new ConfigTableModel(session, this)) {
    auto* page = widgets::pageLayout(this);
    auto* split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(theme::kCardGap);

    m_axis = new charts::TimeAxis(this);
    m_flowCard = new widgets::Card(tr("Messages per second"), {}, split);
    m_chart = new charts::TimeChart(tr("Messages per second"), charts::Unit::MessagesPerSecond, session->metrics(), m_axis, m_flowCard);
    m_chart->setEmptyText(tr("Nothing was written in this time."));
    m_readBy = new ReadBy(context, m_flowCard);
    m_flowCard->head()->addWidget(m_readBy, 100);
    m_flowCard->head()->addWidget(m_chart->menuButton());
    m_flowCard->body()->addWidget(m_chart, 1);
    m_flowCard->setMinimumHeight(150);
    context.onTick(m_chart, [this] {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        const qint64 since = m_session->metrics()->shownSinceMs(now, charts::TimeAxis::kSpanAtFirstMs);
        m_axis->setDataStart(since > 0 ? since : now);
        m_axis->tick(now);
    });
    split->addWidget(m_flowCard);

    m_partitionCard = new widgets::Card(tr("Partitions"), {}, split);
    m_partitionTable = new widgets::TableView(m_partitionCard);
    m_partitionTable->setSource(m_partitions);
    m_partitionTable->setAccessibleName(tr("Partitions"));
    m_partitionTable->setInitialWidths({{QStringLiteral("partition"), 80}, {QStringLiteral("leader"), 90}, {QStringLiteral("replicas"), 110},
                                           {QStringLiteral("inSync"), 110}, {QStringLiteral("first"), 130}, {QStringLiteral("next"), 130},
                                           {QStringLiteral("messages"), 130}, {QStringLiteral("bytes"), 110}},
        QStringLiteral("state"));
    // Offsets name a place: they are shown whole, or not at all.
    m_partitionTable->setNarrow({{QStringLiteral("first"), 126}, {QStringLiteral("next"), 126}, {QStringLiteral("messages"), 126}, {QStringLiteral("state"), 120}},
        {QStringLiteral("bytes"), QStringLiteral("messages"), QStringLiteral("replicas"), QStringLiteral("first")});
    m_partitionTable->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        const QString state = index.data(models::StateRole).toString();
        if (index.column() == PartitionTableModel::StateColumn && state == u"error")
            look.pill = theme::Tone::Bad;
        else if (index.column() == PartitionTableModel::StateColumn && state == u"warning")
            look.pill = theme::Tone::Warn;
        else if (index.column() == PartitionTableModel::StateColumn)
            look.ink = theme::Ink::Secondary;
        return look;
    });
    connect(m_partitionTable, &widgets::TableView::rowActivated, this, [this](const QString& partition) {
        m_context.go({m_place.cluster, QStringLiteral("messages"), m_place.name, {{QStringLiteral("partition"), partition}}});
    });
    m_partitionStack = new widgets::StateStack(m_partitionTable, m_partitionCard);
    m_partitionCard->body()->addWidget(m_partitionStack, 1);
    split->addWidget(m_partitionCard);

    m_configCard = new widgets::Card(tr("Settings"), tr("Enter or a double click edits one"), split);
    auto* search = new widgets::SearchField(tr("Filter settings"), m_configCard);
    m_configCard->head()->addWidget(search);
    m_configTable = new widgets::TableView(m_configCard);
    m_configTable->setSource(m_configs);
    m_configTable->setAccessibleName(tr("Settings"));
    m_configTable->setInitialWidths({{QStringLiteral("name"), 280}, {QStringLiteral("value"), 200}, {QStringLiteral("default"), 180},
                                        {QStringLiteral("source"), 170}},
        QStringLiteral("meaning"));
    m_configTable->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        const bool set = index.data(ConfigTableModel::IsSetRole).toBool();
        if (index.column() == ConfigTableModel::NameColumn)
            look.face = theme::Face::Mono;
        if (index.column() == ConfigTableModel::ValueColumn) {
            look.face = theme::Face::Mono;
            look.ink = set ? theme::Ink::Accent : theme::Ink::Primary;
        }
        if (index.column() == ConfigTableModel::DefaultColumn) {
            look.face = theme::Face::Mono;
            look.ink = theme::Ink::Secondary;
        }
        if (index.column() == ConfigTableModel::SourceColumn && set)
            look.pill = theme::Tone::Accent;
        else if (index.column() >= ConfigTableModel::SourceColumn)
            look.ink = theme::Ink::Secondary;
        return look;
    });
    connect(search, &widgets::SearchField::searched, m_configTable, [this](const QString& text) { m_configTable->setFilterText(text); });
    connect(search, &widgets::SearchField::leftDown, m_configTable, [this] { m_configTable->setFocus(); });
    connect(m_configTable, &widgets::TableView::rowActivated, this, [this](const QString& key) { editConfig(key); });
    m_configStack = new widgets::StateStack(m_configTable, m_configCard);
    m_configCard->body()->addWidget(m_configStack, 1);
    split->addWidget(m_configCard);
    m_partitionCard->setMinimumHeight(140);
    m_configCard->setMinimumHeight(172);
    split->setSizes({200, 286, 286});
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    split->setStretchFactor(2, 3);
    page->addWidget(split, 1);

    connect(session, &models::session::ClusterSession::topicsChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::configChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::stateChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::groupsChanged, this, [this] { showReaders(); });
}

void TopicView::open(const shell::Location& place) {
    m_place = place;
    m_partitions->setTopic(place.name);
    m_chart->setTitle(tr("Messages per second in %1").arg(place.name), charts::Unit::MessagesPerSecond);
    m_chart->setLines({{place.name, {models::metrics::Quantity::MessagesPerSecond, models::metrics::Scope::Topic, place.name}}});
    m_configs->setResource({models::client::ResourceKind::Topic, place.name});
    refresh();
}

void TopicView::refresh() {
    if (m_place.name.isEmpty())
        return;
    const auto topics = m_session->topics();
    const auto* topic = topics ? topics->find(m_place.name) : nullptr;
    showReaders();
    m_flowCard->setVisible(topic != nullptr); // what stands in for a topic that is not known needs the room
    if (topic != nullptr) {
        QStringList parts{tr("%Ln partition(s)", nullptr, static_cast<int>(topic->partitions.size()))};
        if (topic->messages >= 0)
            parts << tr("%1 messages").arg(format::count(topic->messages));
        if (topic->bytes >= 0)
            parts << format::bytes(topic->bytes);
        m_partitionCard->setNote(parts.join(QStringLiteral(", ")));
        m_partitionStack->showContent();
    } else if (topics) {
        m_partitionStack->state()->showEmpty(tr("There is no topic %1").arg(m_place.name), tr("It may have been deleted, or not be created yet."));
        m_partitionStack->showState();
    } else if (m_session->state() == SessionState::Failed) {
        m_partitionStack->state()->showFailed(
            tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_again);
        m_partitionStack->showState();
    } else if (m_session->state() == SessionState::Idle) {
        m_partitionStack->state()->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), m_context.actions().find(shell::kToOverview));
        m_partitionStack->showState();
    } else {
        m_partitionStack->state()->showLoading(tr("Asking %1 for this topic").arg(m_session->name()));
        m_partitionStack->showState();
    }
    const auto errors = m_configs->errors();
    if (m_configs->rowCount() > 0) {
        m_configStack->showContent();
    } else if (!errors.isEmpty()) {
        m_configStack->state()->showFailed(
            tr("The settings could not be read"), shell::whatFailed(errors.first().error), shell::nextStep(errors.first().error));
        m_configStack->showState();
    } else if (m_configStack->showsContent()) {
        m_configStack->state()->showLoading(tr("Asking for the settings"));
        m_configStack->showState();
    }
}

void TopicView::showReaders() {
    if (m_place.name.isEmpty() || !isVisible())
        return;
    const auto groups = m_session->groups();
    m_readBy->show(m_place.cluster, m_place.name, groups ? groups.data.get() : nullptr);
}

void TopicView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    showReaders();
}

shell::PageHeader TopicView::header() const {
    shell::PageHeader header;
    header.title = m_place.name;
    const auto topics = m_session->topics();
    const auto* topic = topics ? topics->find(m_place.name) : nullptr;
    if (topic == nullptr)
        return header;
    if (topic->offline > 0)
        header.pills.append({tr("%Ln partition(s) without a leader", nullptr, topic->offline), theme::Tone::Bad});
    else if (topic->underReplicated > 0)
        header.pills.append({tr("%Ln partition(s) short of a replica", nullptr, topic->underReplicated), theme::Tone::Warn});
    else
        header.pills.append({tr("every replica in sync"), theme::Tone::Good});
    if (topic->messagesPerSecond >= 0)
        header.pills.append({tr("%1 messages/s").arg(format::countShort(std::round(topic->messagesPerSecond)))});
    if (topic->internal)
        header.pills.append({tr("internal"), theme::Tone::Info});
    return header;
}

QWidget* TopicView::firstFocus() const { return m_partitionTable; }

void TopicView::editConfig(const QString& key) {
    const int row = m_configs->rowOfKey(key);
    if (row < 0)
        return;
    const auto& entry = m_configs->rowAt(row); // the key has the topic's name in it, too
    using models::client::ConfigChange;
    const models::client::ConfigResource resource{models::client::ResourceKind::Topic, m_place.name};
    changes::SettingFacts facts{tr("Of the topic %1.").arg(m_place.name), entry.name, entry.value.value_or(QString()), models::client::valueWithout(resource, entry).value_or(QString()),
        m_configs->index(row, ConfigTableModel::SourceColumn).data(Qt::DisplayRole).toString(), models::client::isSetOn(resource, entry), entry.readOnly, entry.sensitive, entry.synonyms};
    changes::openSettingDialog(this, facts, [flow = m_flow, resource, name = entry.name](const std::optional<QString>& value) {
        flow->start(models::changes::AlterConfig{resource, {value ? ConfigChange{ConfigChange::Op::Set, name, *value} : ConfigChange{ConfigChange::Op::Reset, name, {}}}});
    });
}

} // namespace ui::topics
