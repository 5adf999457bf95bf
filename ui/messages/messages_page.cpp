#include "ui/messages/messages_page.h"

#include "models/base/format.h"
#include "models/messages/message_window.h"
#include "models/session/cluster_session.h"
#include "ui/shell/error_text.h"
#include "ui/messages/message_view.h"
#include "ui/messages/record_panes.h"
#include "ui/messages/search_panel.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"

#include <QComboBox>
#include <QDateTime>
#include <QJsonDocument>
#include <QLineEdit>
#include <QSplitter>
#include <QStackedWidget>

namespace ui::messages {

using models::messages::MessageWindow;
using models::messages::OpenAt;
using models::messages::Order;
using models::session::SessionState;
namespace format = models::format;

namespace {
const QString kCommittedKey = QStringLiteral("committed");
enum From { FromEnd, FromBeginning, FromHour, FromOffset, FromTime };
} // namespace

MessagesPage::MessagesPage(shell::PageContext& context, models::session::ClusterSession* session, MessagesTools tools, QWidget* parent)
    : Page(context, parent), m_session(session), m_tools(tools), m_window(new MessageWindow(this)) {
    auto* page = widgets::pageLayout(this);
    auto* bar = new widgets::FlowLayout(theme::kGap);
    m_topics = new widgets::ChoiceBox(this);
    m_topics->setAccessibleName(tr("Topic"));
    m_topics->setMinimumWidth(200);
    bar->addWidget(m_topics);
    m_from = new QComboBox(this);
    m_from->setAccessibleName(tr("Start from"));
    m_from->addItems({tr("From the newest"), tr("From the beginning"), tr("From an hour ago"), tr("From offset"), tr("From time")});
    bar->addWidget(m_from);
    m_where = new QLineEdit(this);
    m_where->setMaximumWidth(190);
    widgets::setMono(m_where);
    m_where->hide();
    bar->addWidget(m_where);
    m_partitions = new QComboBox(this);
    m_partitions->setAccessibleName(tr("Partitions"));
    m_partitions->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    bar->addWidget(m_partitions);
    m_order = new QComboBox(this);
    m_order->setAccessibleName(tr("Order"));
    m_order->addItems({tr("Merged by time"), tr("Partition by partition")});
    bar->addWidget(m_order);
    m_isolation = new QComboBox(this);
    m_isolation->setAccessibleName(tr("Transactions"));
    m_isolation->setToolTip(tr("Everything written has messages of transactions that are open or were aborted among it. Committed only is what a consumer with "
                               "isolation.level=read_committed sees: it ends before the first transaction that is open. A search looks at the same."));
    m_isolation->addItems({tr("Everything written"), tr("Committed only")});
    bar->addWidget(m_isolation);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    m_problem->hide();
    page->addLayout(bar);
    page->addWidget(m_problem);
    m_search = new SearchPanel(context, session, this);
    page->addWidget(m_search);

    auto* split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(theme::kCardGap);
    m_lists = new QStackedWidget(split);
    m_card = new widgets::Card(m_lists);
    m_lists->addWidget(m_card);
    m_view = new MessageView(m_window, m_card);
    m_stack = new widgets::StateStack(m_view, m_card);
    m_card->fill(m_stack);
    split->addWidget(m_lists);
    m_panes = new RecordPanes(split);
    split->addWidget(m_panes);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    page->addWidget(split, 1);
    makeSearch();
    makeActions();
    makeSelectionActions();
    followSelection(m_view);
    followSelection(m_found);
    auto* live = new widgets::Button(m_live, tr("Live"), theme::ButtonKind::Normal, this);
    bar->addWidget(live);
    auto* newest = new widgets::Button(m_newest, theme::ButtonKind::Normal, this);
    bar->addWidget(newest);

    connect(m_topics, &QComboBox::activated, this, [this] {
        this->context().go({m_place.cluster, QStringLiteral("messages"), m_topics->currentText(), {}});
    });
    connect(m_from, &QComboBox::activated, this, [this](int index) {
        const bool asks = index == FromOffset || index == FromTime;
        m_where->setVisible(asks);
        m_where->setAccessibleName(index == FromTime ? tr("Time") : tr("Offset"));
        m_where->setPlaceholderText(index == FromTime ? QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) : tr("0"));
        if (asks)
            m_where->setFocus();
        else
            read();
    });
    connect(m_where, &QLineEdit::returnPressed, this, [this] { read(); });
    connect(m_partitions, &QComboBox::activated, this, [this](int index) {
        m_window->setPartitions(index <= 0 ? QSet<int>() : QSet<int>{index - 1});
        m_search->setPartitions(index <= 0 ? QSet<int>() : QSet<int>{index - 1});
        emit locationChanged();
    });
    connect(m_order, &QComboBox::activated, this, [this](int index) { m_window->setOrder(index == 0 ? Order::Merged : Order::ByPartition); });
    connect(m_isolation, &QComboBox::activated, this, [this](int index) {
        setCommitted(index == 1);
        this->context().setState({m_place.cluster, m_place.kind, {}, {}}, kCommittedKey, index == 1);
    });
    connect(m_window, &MessageWindow::stateChanged, this, [this] { refresh(); });
    connect(m_window, &MessageWindow::reset, this, [this] {
        learnNames();
        refresh();
    });
    connect(m_window, &MessageWindow::rowsInserted, this, [this] {
        if (!m_stack->showsContent())
            refresh();
    });
    connect(m_window, &MessageWindow::newCountChanged, this, [this] { refresh(); });
    connect(m_view, &MessageView::currentChanged, this, [this] {
        if (shownView() != m_view)
            return;
        m_panes->show(m_view->current());
        refreshSelection();
        m_edit->setRefusal(m_view->current() == nullptr ? tr("Choose a message first") : QString());
        m_copy->setRefusal(m_view->current() == nullptr ? tr("Choose a message first") : QString());
        emit locationChanged();
    });
    connect(session, &models::session::ClusterSession::topicsChanged, this, [this] {
        fillTopics();
        fillPartitions();
        emit headerChanged();
    });
    connect(session, &models::session::ClusterSession::stateChanged, this, [this] {
        if (m_session->state() == SessionState::Connected && m_window->state() == MessageWindow::State::Idle && !m_place.name.isEmpty())
            read();
        refresh();
    });
}

MessagesPage::~MessagesPage() {
    delete m_foundCard; // before the rows that it shows
    m_window->close();
}

void MessagesPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("messages");
    m_live = actions.add({.id = QStringLiteral("messages.live"), .text = tr("Follow live"), .key = QKeySequence(tr("Ctrl+L")), .context = here,
                             .explanation = tr("Follow what is written now"),
                             .run =
                                 [this] {
                                     m_window->setLive(m_live->isChecked());
                                     if (m_live->isChecked())
                                         m_window->goToEnd();
                                     refresh();
                                 }},
        this);
    m_live->setCheckable(true);
    m_newest = actions.add({.id = QStringLiteral("messages.newest"), .text = tr("Newest message"), .key = QKeySequence(tr("Ctrl+End")), .context = here,
                               .explanation = tr("Go to the newest message"),
                               .run =
                                   [this] {
                                       m_window->goToEnd();
                                       m_view->goToEnd();
                                   }},
        this);
    m_again = actions.add({.id = QStringLiteral("messages.again"), .text = tr("Read again"), .key = QKeySequence(tr("F5")), .context = here,
                              .explanation = tr("Read anew from the chosen start"), .run = [this] { read(); }},
        this);
    m_copy = actions.add({.id = QStringLiteral("messages.copy"), .text = tr("Copy message"), .key = QKeySequence(tr("Ctrl+Shift+C")), .context = here,
                             .explanation = tr("Key and value of the chosen message"),
                             .run = [this] { context().copy(shownView()->textOfCurrent(), tr("the message")); }},
        this);
    m_copy->setRefusal(tr("Choose a message first"));
    m_edit = actions.add({.id = QStringLiteral("messages.edit"), .text = tr("Edit and send again"), .key = QKeySequence(tr("Ctrl+E")), .context = here,
                             .explanation = tr("The chosen message in a form, to be written once more"),
                             .run =
                                 [this] {
                                     if (const auto* record = shownView()->current(); record != nullptr)
                                         context().go({m_place.cluster, QStringLiteral("send"), m_place.name,
                                             {{QStringLiteral("partition"), QString::number(record->partition)}, {QStringLiteral("offset"), QString::number(record->offset)}}});
                                 }},
        this);
    m_edit->setRefusal(tr("Choose a message first"));
    actions.add({.id = QStringLiteral("messages.send"), .text = tr("Send or replay"), .context = here, .explanation = tr("A new message to this topic, or its messages again to another one"),
                    .run = [this] { context().go({m_place.cluster, QStringLiteral("send"), m_place.name, {}}); }},
        this);
}

void MessagesPage::open(const shell::Location& place) {
    const bool other = place.name != m_place.name || m_place.isEmpty();
    if (m_place.isEmpty()) {
        const shell::Location all{place.cluster, place.kind, {}, {}};
        for (auto* view : {m_view, m_found})
            view->restoreState(QJsonDocument::fromJson(this->context().state(all, QStringLiteral("columns")).toByteArray()).object());
        setCommitted(this->context().state(all, kCommittedKey).toBool());
    }
    m_place = place;
    if (other)
        m_view->clearSelection();
    fillTopics();
    if (m_place.name.isEmpty() && m_topics->count() > 0)
        m_place.name = m_topics->itemText(0);
    m_topics->setCurrentText(m_place.name);
    fillPartitions();
    const int partition = place.view.contains(QStringLiteral("partition")) ? place.view.value(QStringLiteral("partition")).toInt() : -1;
    if (partition >= 0 && partition + 1 < m_partitions->count())
        m_partitions->setCurrentIndex(partition + 1);
    if (place.view.contains(QStringLiteral("offset"))) {
        m_from->setCurrentIndex(FromOffset);
        m_where->setVisible(true);
        m_where->setText(place.view.value(QStringLiteral("offset")));
    }
    m_search->setPlace(m_place);
    m_search->setPartitions(m_partitions->currentIndex() <= 0 ? QSet<int>() : QSet<int>{m_partitions->currentIndex() - 1});
    if (other || m_reading != m_place.name)
        read();
    m_search->takeUp(place.view);
    refreshSelection(); // another page may have kept a message
    refresh();
}

void MessagesPage::fillTopics() {
    const auto topics = m_session->topics();
    QStringList names = topics ? topics->names(true) : QStringList();
    if (!m_place.name.isEmpty() && !names.contains(m_place.name))
        names.prepend(m_place.name);
    m_topics->setChoices(names);
    m_topics->setCurrentText(m_place.name);
    if (m_place.name.isEmpty() && !names.isEmpty() && isVisible())
        open({m_place.cluster, QStringLiteral("messages"), names.first(), {}});
}

void MessagesPage::fillPartitions() {
    const auto topics = m_session->topics();
    const auto* topic = topics ? topics->find(m_place.name) : nullptr;
    const int count = topic != nullptr ? static_cast<int>(topic->partitions.size()) : 0;
    if (m_partitions->count() == count + 1)
        return;
    const int before = m_partitions->currentIndex();
    m_partitions->clear();
    m_partitions->addItem(tr("All partitions"));
    for (int i = 0; i < count; ++i)
        m_partitions->addItem(tr("Partition %1").arg(i));
    if (before > 0 && before <= count)
        m_partitions->setCurrentIndex(before);
}

void MessagesPage::setCommitted(bool committed) {
    m_isolation->setCurrentIndex(committed ? 1 : 0);
    m_window->setCommitted(committed);
    m_search->setCommitted(committed);
    emit headerChanged();
}

void MessagesPage::read() {
    if (m_place.name.isEmpty() || m_session->handle() == nullptr)
        return;
    OpenAt at;
    QString problem;
    switch (m_from->currentIndex()) {
    case FromBeginning: at.kind = OpenAt::Kind::Beginning; break;
    case FromHour:
        at.kind = OpenAt::Kind::Time;
        at.timestampMs = QDateTime::currentMSecsSinceEpoch() - 3600 * 1000;
        break;
    case FromOffset: {
        bool good = false;
        at.kind = OpenAt::Kind::Offset;
        at.offset = m_where->text().remove(QLatin1Char(',')).toLongLong(&good);
        at.partition = m_partitions->currentIndex() - 1;
        if (!good || at.offset < 0)
            problem = tr("An offset is a number from 0 on.");
        break;
    }
    case FromTime: {
        at.kind = OpenAt::Kind::Time;
        QDateTime when = QDateTime::fromString(m_where->text().trimmed(), QStringLiteral("yyyy-MM-dd HH:mm:ss"));
        if (!when.isValid())
            when = QDateTime::fromString(m_where->text().trimmed(), Qt::ISODate);
        at.timestampMs = when.toMSecsSinceEpoch();
        if (!when.isValid())
            problem = tr("Write the time like 2026-01-31 14:05:00.");
        break;
    }
    default: at.kind = OpenAt::Kind::End; break;
    }
    tellProblem(problem);
    widgets::setFieldState(m_where, problem.isEmpty() ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
    if (!problem.isEmpty())
        return;
    m_reading = m_place.name;
    m_window->open(m_session->config().client, m_place.name, at);
    m_window->setLive(m_live->isChecked());
    refresh();
}

void MessagesPage::tellProblem(const QString& problem) {
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void MessagesPage::refresh() {
    const auto fresh = m_window->newCount();
    // Opened before anything was written: what came since is what the reader came for.
    if (fresh > 0 && m_window->rowCount() == 0 && m_window->state() == MessageWindow::State::Ready && !m_window->isLoading())
        QMetaObject::invokeMethod(m_window, [window = m_window] { if (window->rowCount() == 0) window->goToEnd(); }, Qt::QueuedConnection);
    m_newest->setText(fresh > 0 && !m_search->isShown() ? tr("%1 new").arg(format::countShort(double(fresh))) : tr("Newest message"));
    auto* state = m_stack->state();
    if (m_place.name.isEmpty()) {
        if (m_session->topics())
            state->showEmpty(tr("No topic to read yet"), tr("Topics show up here as soon as there is one."), nullptr, QStringLiteral("message"));
        else if (m_session->state() == models::session::SessionState::Idle)
            state->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview), QStringLiteral("message"));
        else
            state->showLoading(tr("Asking %1 for its topics").arg(m_session->name()));
        m_stack->showState();
    } else if (m_window->state() == MessageWindow::State::Failed) {
        state->showFailed(tr("The messages could not be read"), shell::whatFailed(m_window->error()), shell::nextStep(m_window->error()), m_again);
        m_stack->showState();
    } else if (m_window->rowCount() > 0) {
        m_stack->showContent();
    } else if (m_window->state() == MessageWindow::State::Ready) {
        state->showEmpty(tr("Nothing here"),
            m_window->committed() ? tr("%1 holds no committed message in the chosen range. Messages of transactions that are open or were aborted are left out.").arg(m_place.name)
                                  : tr("%1 holds no message in the chosen range. What is written next shows up by itself when Live is on.").arg(m_place.name),
            nullptr, QStringLiteral("message"));
        m_stack->showState();
    } else if (m_stack->showsContent()) {
        state->showLoading(tr("Reading %1").arg(m_place.name));
        m_stack->showState();
    }
    fitPanes();
    const auto failures = m_window->partitionErrors();
    if (!failures.isEmpty())
        tellProblem(tr("Partition %1 could not be read: %2").arg(failures.firstKey()).arg(failures.first().why));
    emit headerChanged();
}

shell::PageHeader MessagesPage::header() const {
    shell::PageHeader header;
    header.title = m_place.name.isEmpty() ? tr("Messages") : m_place.name;
    if (!m_place.name.isEmpty()) {
        header.crumb = tr("Messages");
        header.crumbPlace = {m_place.cluster, QStringLiteral("topics"), {}, {}};
    }
    const auto topics = m_session->topics();
    if (const auto* topic = topics ? topics->find(m_place.name) : nullptr) {
        header.pills.append({tr("%n partitions", nullptr, static_cast<int>(topic->partitions.size()))});
        QString amount = tr("%1 messages").arg(format::countShort(double(topic->messages)));
        if (topic->bytes >= 0)
            amount += QStringLiteral(", ") + format::bytes(topic->bytes);
        header.pills.append({amount});
    }
    if (m_window->isLive() && !m_search->isShown()) // what was found does not move
        header.pills.append({tr("live"), theme::Tone::Good});
    header.actions = {m_export, m_replay, m_edit, m_copy, m_again};
    header.quiet = {m_export, m_replay, m_edit, m_copy};
    return header;
}

QStringList MessagesPage::status() const {
    QStringList parts;
    if (m_search->isShown()) {
        parts << tr("%1 listed, in the order found").arg(format::count(m_search->search()->results()->rowCount()));
        parts << tr("%1 read").arg(format::bytes(m_search->search()->progress().bytes));
    } else if (m_window->rowCount() > 0) {
        parts << tr("%Ln message(s) loaded around here", nullptr, m_window->rowCount());
        parts << (m_window->order() == Order::Merged ? tr("merged by time within what is loaded") : tr("partition by partition"));
    }
    if (m_window->isLoading())
        parts << tr("reading…");
    parts << ((m_search->isShown() ? m_search->search()->committed() : m_window->committed()) ? tr("read committed") : tr("read uncommitted"));
    return parts;
}

shell::Location MessagesPage::location() const {
    shell::Location place = m_place;
    place.view.clear();
    if (m_partitions->currentIndex() > 0)
        place.view[QStringLiteral("partition")] = QString::number(m_partitions->currentIndex() - 1);
    m_search->describe(place.view);
    if (const auto* record = m_view->current(); record != nullptr && m_partitions->currentIndex() > 0)
        place.view[QStringLiteral("offset")] = QString::number(record->offset);
    return place;
}

QWidget* MessagesPage::firstFocus() { return shownView(); }

} // namespace ui::messages
