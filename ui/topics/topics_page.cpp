#include "ui/topics/topics_page.h"

#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/metrics/metrics_store.h"
#include "models/session/cluster_session.h"
#include "models/topics/topic_table_model.h"
#include "ui/changes/change_flow.h"
#include "ui/charts/chart_commands.h"
#include "ui/shell/error_text.h"
#include "ui/topics/create_topic_dialog.h"
#include "ui/topics/topic_view.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QHeaderView>
#include <QJsonDocument>
#include <QMenu>
#include <QStackedWidget>
#include <algorithm>

namespace ui::topics {

using models::session::SessionState;
using models::topics::TopicTableModel;
namespace format = models::format;

namespace {
constexpr qint64 kRecentMs = 15 * 60'000, kRecentLeastMs = 60'000;
constexpr int kRecentColumns = 30; ///< three pixels each, and never finer than the readings come
} // namespace

TopicsPage::TopicsPage(
    shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, QWidget* parent)
    : Page(context, parent)
    , m_session(session)
    , m_changes(changes)
    , m_flow(new changes::ChangeFlow(changes, context, this))
    , m_model(new TopicTableModel(session, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_views = new QStackedWidget(this);
    layout->addWidget(m_views);

    auto* listPage = new QWidget(m_views);
    auto* page = widgets::pageLayout(listPage);
    auto* card = new widgets::Card(listPage);
    m_table = new widgets::TableView(card);
    m_table->setSource(m_model);
    m_table->setInitialWidths({{QStringLiteral("name"), 280}, {QStringLiteral("partitions"), 90}, {QStringLiteral("replicas"), 80},
                                  {QStringLiteral("messages"), 130}, {QStringLiteral("bytes"), 100}, {QStringLiteral("rate"), 110},
                                  {QStringLiteral("byteRate"), 100}, {QStringLiteral("recent"), 110}, {QStringLiteral("keeps"), 110}, {QStringLiteral("state"), 200}},
        QStringLiteral("state"));
    m_table->setNarrow({{QStringLiteral("name"), 170}, {QStringLiteral("messages"), 110}, {QStringLiteral("state"), 196}},
        {QStringLiteral("byteRate"), QStringLiteral("recent"), QStringLiteral("keeps"), QStringLiteral("replicas"), QStringLiteral("partitions"), QStringLiteral("rate")});
    m_table->setAccessibleName(tr("Topics"));
    m_table->setCellLook([this](const QModelIndex& index) {
        widgets::CellLook look;
        if (index.column() == TopicTableModel::RecentColumn) {
            look.spark = recent(index.data(TopicTableModel::TopicNameRole).toString());
            return look;
        }
        const QString state = index.data(models::StateRole).toString();
        if (index.column() == TopicTableModel::NameColumn)
            look.face = theme::Face::Medium;
        if (index.column() == TopicTableModel::KeepsColumn)
            look.ink = theme::Ink::Secondary;
        if (index.column() == TopicTableModel::StateColumn) {
            if (state == u"error")
                look.pill = theme::Tone::Bad;
            else if (state == u"warning")
                look.pill = theme::Tone::Warn;
            else
                look.ink = theme::Ink::Secondary;
        }
        return look;
    });
    m_table->setEmptyText(tr("No topic matches the filter."));
    m_list = new widgets::StateStack(m_table, card);
    card->fill(m_list);
    page->addWidget(card, 1);
    m_views->addWidget(listPage);

    m_search = new widgets::SearchField(tr("Filter topics"), this);
    m_search->hide(); // the header line shows it
    connect(m_search, &widgets::SearchField::searched, this, [this](const QString& text) {
        m_table->setFilterText(text);
        m_place.view[QStringLiteral("filter")] = text;
        emit locationChanged();
        emit headerChanged();
    });
    connect(m_search, &widgets::SearchField::leftDown, m_table, [this] { m_table->setFocus(); });

    m_topic = new TopicView(context, session, m_flow, m_views);
    m_views->addWidget(m_topic);

    makeActions();
    charts::addChartCommands(context, this, QStringLiteral("topics"));
    m_table->setRowFilter([this](int row) { return m_internal->isChecked() || !m_model->index(row, 0).data(TopicTableModel::InternalRole).toBool(); });
    connect(m_table, &widgets::TableView::rowActivated, this, [this](const QString& name) {
        shell::Location place = m_place;
        place.name = name;
        place.view.clear();
        this->context().go(place);
    });
    connect(m_table, &widgets::TableView::currentKeyChanged, this, [this] { refresh(); });
    connect(m_table, &widgets::TableView::stateChanged, this, [this] {
        this->context().setState(m_place, QStringLiteral("columns"), QJsonDocument(m_table->saveState()).toJson(QJsonDocument::Compact));
    });
    m_table->setRowMenu([this](QMenu* menu, const QString&) {
        menu->addAction(m_messages);
        menu->addAction(m_compaction);
        menu->addAction(m_partitions);
        menu->addAction(m_access);
        menu->addSeparator();
        menu->addAction(m_delete);
    });
    context.onTick(m_table, [this] { askKeeps(); });
    connect(session, &models::session::ClusterSession::topicsChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::stateChanged, this, [this] { refresh(); });
    connect(session, &models::session::ClusterSession::readOnlyChanged, this, [this] { refresh(); });
}

void TopicsPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("topics");
    m_create = actions.add({.id = QStringLiteral("topics.create"), .text = tr("Create topic"), .key = QKeySequence(tr("Ctrl+N")), .context = here,
                               .safety = shell::Safety::Changes, .explanation = tr("Name, partitions, replicas and settings of a new topic"),
                               .run = [this] { createTopic(); }},
        this);
    m_messages = actions.add({.id = QStringLiteral("topics.messages"), .text = tr("Messages"), .key = QKeySequence(tr("Ctrl+M")), .context = here,
                                 .explanation = tr("Read the messages of this topic"),
                                 .run =
                                     [this] {
                                         if (!target().isEmpty())
                                             context().go({m_place.cluster, QStringLiteral("messages"), target(), {}});
                                     }},
        this);
    m_compaction = actions.add({.id = QStringLiteral("topics.compaction"), .text = tr("Compaction"), .key = QKeySequence(tr("Ctrl+Shift+O")), .context = here,
                                   .explanation = tr("What cleaning takes out of this topic and when, and what other settings would do"),
                                   .run =
                                       [this] {
                                           if (!target().isEmpty())
                                               context().go({m_place.cluster, QStringLiteral("compaction"), target(), {}});
                                       }},
        this);
    m_partitions = actions.add({.id = QStringLiteral("topics.partitions"), .text = tr("Add partitions"), .context = here, .safety = shell::Safety::Changes,
                                   .explanation = tr("Give this topic more partitions; keys may move to another one"),
                                   .run =
                                       [this] {
                                           const auto topics = m_session->topics();
                                           const auto* topic = topics ? topics->find(target()) : nullptr;
                                           if (topic != nullptr)
                                               askPartitions(topic->name, static_cast<int>(topic->partitions.size()), m_flow, this);
                                       }},
        this);
    m_again = actions.add({.id = QStringLiteral("topics.again"), .text = tr("Ask again"), .key = QKeySequence(tr("F5")), .context = here, .explanation = tr("Ask the cluster for its topics now"),
                              .run = [this] { m_session->refresh(); }},
        this);
    m_topic->setAgain(m_again);
    m_access = actions.add({.id = QStringLiteral("topics.access"), .text = tr("Who may use it"), .context = here, .explanation = tr("The rules about this topic"),
                               .run =
                                   [this] {
                                       context().go({m_place.cluster, QStringLiteral("access"), {},
                                           {{QStringLiteral("resource"), QStringLiteral("Topic")}, {QStringLiteral("of"), target()}, {QStringLiteral("about"), QStringLiteral("1")}}});
                                   }},
        this);
    m_delete = actions.add({.id = QStringLiteral("topics.delete"), .text = tr("Delete topic"), .key = QKeySequence(tr("Shift+Del")), .context = here,
                               .safety = shell::Safety::Destructive, .explanation = tr("Its messages go and cannot be brought back"),
                               .run =
                                   [this] {
                                       if (target().isEmpty())
                                           return;
                                       const bool shown = !m_place.name.isEmpty();
                                       m_flow->start(models::changes::DeleteTopic{target()}, true, [this, shown] {
                                           if (shown)
                                               context().go({m_place.cluster, QStringLiteral("topics"), {}, {}});
                                       });
                                   }},
        this);
    m_internal = actions.add({.id = QStringLiteral("topics.internal"), .text = tr("Internal topics"), .key = QKeySequence(tr("Ctrl+I")), .context = here,
                                 .explanation = tr("Show or hide the topics that Kafka keeps for itself"),
                                 .run =
                                     [this] {
                                         m_table->setRowFilter([this](int row) {
                                             return m_internal->isChecked() || !m_model->index(row, 0).data(TopicTableModel::InternalRole).toBool();
                                         });
                                         context().setState(m_place, QStringLiteral("internal"), m_internal->isChecked());
                                         refresh();
                                     }},
        this);
    m_internal->setCheckable(true);
}

void TopicsPage::open(const shell::Location& place) {
    const bool first = m_place.isEmpty();
    m_place = place;
    if (first) {
        m_table->restoreState(QJsonDocument::fromJson(context().state(place, QStringLiteral("columns")).toByteArray()).object());
        m_internal->setChecked(context().state(place, QStringLiteral("internal")).toBool());
    }
    if (place.name.isEmpty()) {
        const QString filter = place.view.value(QStringLiteral("filter"));
        if (m_search->text() != filter)
            m_search->setText(filter);
        m_table->setFilterText(filter);
        m_views->setCurrentIndex(0);
    } else {
        m_topic->open(place);
        m_views->setCurrentIndex(1);
    }
    refresh();
}

QList<double> TopicsPage::recent(const QString& topic) const {
    const auto* series = m_session->metrics()->series({models::metrics::Quantity::MessagesPerSecond, models::metrics::Scope::Topic, topic});
    if (series == nullptr || series->isEmpty())
        return {};
    // Of all topics the same time, so that rows can be compared; from zero, so that a steady one is a level line.
    const qint64 to = series->lastMs() + 1;
    const qint64 span = std::clamp(to - m_session->metrics()->liveSinceMs(), kRecentLeastMs, kRecentMs), from = to - span;
    QList<double> values(kRecentColumns, models::metrics::kGap);
    double most = 0;
    for (const auto& bucket : series->cut(from, to, kRecentColumns)) {
        if (bucket.isGap())
            continue;
        values[std::clamp<qint64>((bucket.startMs - from) * kRecentColumns / span, 0, kRecentColumns - 1)] = bucket.mean;
        most = std::max(most, bucket.mean);
    }
    for (auto& value : values)
        value = most > 0 ? value * 0.9 / most : value;
    return values;
}

/// Asked only of topics that are looked at; of all, many at a time, where they are to be sorted by it.
void TopicsPage::askKeeps() {
    if (m_table->isColumnHidden(TopicTableModel::KeepsColumn))
        return;
    const auto topics = m_session->topics();
    m_session->wantKeeps(m_table->horizontalHeader()->sortIndicatorSection() == TopicTableModel::KeepsColumn && topics ? topics->names(m_internal->isChecked()) : m_table->keysInSight());
}

QString TopicsPage::target() const { return m_place.name.isEmpty() ? m_table->currentKey() : m_place.name; }

void TopicsPage::refresh() {
    const auto refusal = m_changes->refusal();
    const QString reason = refusal ? shell::whatFailed(*refusal) : QString();
    const QString none = tr("Choose a topic first");
    m_create->setRefusal(reason);
    m_delete->setRefusal(!reason.isEmpty() ? reason : target().isEmpty() ? none : QString());
    m_partitions->setRefusal(!reason.isEmpty() ? reason : target().isEmpty() ? none : QString());
    m_messages->setRefusal(target().isEmpty() ? none : QString());
    m_compaction->setRefusal(target().isEmpty() ? none : QString());
    m_access->setRefusal(target().isEmpty() ? none : QString());
    m_again->setRefusal(m_session->state() == SessionState::Idle ? tr("The cluster is not connected") : QString());

    if (const auto topics = m_session->topics()) {
        // What there is, not what the table shows by now: a long list is sorted a moment later.
        const bool any = std::any_of(topics->topics.begin(), topics->topics.end(), [this](const auto& topic) { return !topic.internal || m_internal->isChecked(); });
        if (!any && m_search->text().isEmpty()) {
            m_list->state()->showEmpty(tr("No topics yet"), tr("Topics that are created here or by a client show up by themselves."), m_create);
            m_list->showState();
        } else {
            m_list->showContent();
        }
    } else if (m_session->state() == SessionState::Failed) {
        m_list->state()->showFailed(tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()),
            shell::nextStep(m_session->stateError()), m_again);
        m_list->showState();
    } else if (m_session->state() == SessionState::Idle) {
        m_list->state()->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview));
        m_list->showState();
    } else {
        m_list->state()->showLoading(tr("Asking %1 for its topics").arg(m_session->name()));
        m_list->showState();
    }
    emit headerChanged();
}

shell::PageHeader TopicsPage::header() const {
    shell::PageHeader header;
    if (!m_place.name.isEmpty()) {
        header = m_topic->header();
        header.crumb = tr("Topics");
        header.crumbPlace = {m_place.cluster, QStringLiteral("topics"), {}, {}};
        header.actions = {m_delete, m_partitions, m_compaction, m_messages};
        header.quiet = {m_delete};
        header.primary = m_messages;
        return header;
    }
    header.title = tr("Topics");
    const auto topics = m_session->topics();
    if (topics) {
        // Both of what the list shows: the fifty partitions that Kafka keeps for itself are nobody's beside three topics.
        int shown = 0, partitions = 0;
        for (const auto& topic : topics->topics) {
            if (topic.internal && !m_internal->isChecked())
                continue;
            ++shown;
            partitions += static_cast<int>(topic.partitions.size());
        }
        header.pills.append({tr("%Ln topic(s)", nullptr, shown)});
        header.pills.append({tr("%Ln partition(s)", nullptr, partitions)});
        if (topics->offline > 0)
            header.pills.append({tr("%Ln partition(s) without a leader", nullptr, topics->offline), theme::Tone::Bad});
        else if (topics->underReplicated > 0)
            header.pills.append({tr("%Ln partition(s) short of a replica", nullptr, topics->underReplicated), theme::Tone::Warn});
    }
    header.tools = m_search;
    header.actions = {m_internal, m_delete, m_create};
    header.quiet = {m_internal, m_delete};
    header.primary = m_list->showsContent() ? m_create : nullptr; // an empty list has the button in its middle
    return header;
}

QStringList TopicsPage::status() const {
    QStringList parts;
    if (!m_place.name.isEmpty())
        return parts; // a topic's own figures stand on its page; those of all topics beside them would be read as its own
    const auto topics = m_session->topics();
    if (topics && topics->messages >= 0)
        parts << tr("%1 messages").arg(format::count(topics->messages));
    if (topics && topics->bytes >= 0)
        parts << tr("%1 on disk, one replica counted").arg(format::bytes(topics->bytes));
    return parts;
}

shell::Location TopicsPage::location() const { return m_place; }

QWidget* TopicsPage::firstFocus() { return m_place.name.isEmpty() ? static_cast<QWidget*>(m_table) : m_topic->firstFocus(); }

void TopicsPage::createTopic() {
    const auto topics = m_session->topics();
    const auto brokers = m_session->brokers();
    CreateTopicDialog::Facts facts;
    facts.cluster = m_session->name();
    // As many replicas as there are brokers to hold them: one that is down holds none.
    if (brokers)
        facts.brokers = static_cast<int>(std::count_if(brokers->brokers.begin(), brokers->brokers.end(), [](const auto& one) { return one.state == models::session::BrokerState::Up; }));
    if (topics)
        for (const auto& topic : topics->topics)
            facts.taken.insert(topic.name);
    auto* dialog = new CreateTopicDialog(facts, this);
    connect(dialog, &CreateTopicDialog::wished, this, [this](const models::client::NewTopic& topic) {
        m_flow->start(models::changes::CreateTopic{topic}, false, [this, name = topic.name] { m_table->selectKey(name); });
    });
    dialog->open();
}

} // namespace ui::topics
