#include "ui/replay/send_page.h"

#include "models/changes/change_service.h"
#include "models/replay/message_fetch.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/replay/message_form.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/state_view.h"

#include <QScrollArea>

namespace ui::replay {

using models::session::ClusterSession;

SendPage::SendPage(shell::PageContext& context, ClusterSession* session, models::changes::ChangeService* service, SendTools tools, QWidget* parent)
    : Page(context, parent), m_session(session), m_changes(service), m_flow(new changes::ChangeFlow(service, context, this)) {
    // A message with many headers is longer than a small window.
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins({});
    auto* scroll = widgets::pageScroll(this);
    auto* content = scroll->widget();
    auto* page = widgets::pageLayout(content);
    m_topics = new widgets::ChoiceBox(content);
    m_topics->setAccessibleName(tr("Topic"));
    m_topics->setMinimumWidth(240);
    page->addWidget(m_topics, 0, Qt::AlignLeft);
    auto* row = widgets::cardRow();
    auto* one = new widgets::Card(tr("One message"), tr("to this topic"), content);
    m_form = new MessageForm(one);
    one->body()->addWidget(m_form, 1);
    m_note = new widgets::PlainLabel({}, one, theme::Face::Small, theme::Ink::Secondary);
    m_note->setWordWrap(true);
    one->body()->addWidget(m_note);
    row->addWidget(one, 1);
    auto* range = new widgets::Card(tr("Many messages"), tr("again, or from a file; nothing in them changes"), content);
    m_selections = tools.selections;
    m_replay = new ReplayPanel(context, std::move(tools), range);
    range->body()->addWidget(m_replay);
    range->body()->addStretch(1);
    row->addWidget(range, 1);
    page->addLayout(row, 1);
    m_stack = new widgets::StateStack(scroll, this);
    m_stack->state()->asCard();
    whole->addWidget(m_stack);
    makeActions();
    auto* foot = new QHBoxLayout;
    foot->addStretch(1);
    foot->addWidget(new widgets::Button(m_clear, theme::ButtonKind::Quiet, one));
    foot->addWidget(new widgets::Button(m_send, theme::ButtonKind::Primary, one));
    one->body()->addLayout(foot);
    m_replay->makeActions(this);
    connect(m_form, &MessageForm::changed, this, [this] { check(); });
    connect(m_topics, &QComboBox::activated, this, [this] { this->context().go({m_place.cluster, QStringLiteral("send"), m_topics->currentText(), {}}); });
    connect(session, &ClusterSession::topicsChanged, this, [this] { fillTopics(); });
    connect(session, &ClusterSession::stateChanged, this, [this] {
        check();
        m_replay->refreshEndpoints();
    });
}

void SendPage::makeActions() {
    auto& actions = context().actions();
    m_send = actions.add({.id = QStringLiteral("send.message"), .text = tr("Send message"), .key = QKeySequence(tr("Ctrl+Return")), .context = QStringLiteral("send"),
                             .safety = shell::Safety::Changes, .explanation = tr("Write this message to the topic"),
                             .run = [this] { m_flow->start(m_form->message(m_place.name), false); }},
        this);
    m_again = actions.add({.id = QStringLiteral("send.again"), .text = tr("Ask again"), .key = QKeySequence(tr("F5")), .context = QStringLiteral("send"),
                              .explanation = tr("Ask the cluster for its topics now"), .run = [this] { m_session->refresh(); }},
        this);
    m_clear = actions.add({.id = QStringLiteral("send.clear"), .text = tr("Empty the form"), .context = QStringLiteral("send"), .explanation = tr("Begin a new message"),
                              .run =
                                  [this] {
                                      ++m_request;
                                      m_form->clear();
                                      m_note->setText({});
                                  }},
        this);
}

void SendPage::open(const shell::Location& place) {
    m_place = place;
    fillTopics();
    if (m_place.name.isEmpty() && m_topics->count() > 0)
        m_place.name = m_topics->itemText(0);
    m_topics->setCurrentText(m_place.name);
    m_replay->setSource(m_session->config().client, m_place.cluster, m_place.name);
    const QString chosen = place.view.value(QStringLiteral("selection"));
    const auto selection = chosen.isEmpty() || m_selections == nullptr ? std::nullopt : m_selections->find(chosen);
    m_replay->setSelection(selection && selection->topic == m_place.name ? selection : std::nullopt, !chosen.isEmpty() && !selection);
    bool partitionGiven = false, offsetGiven = false;
    const int partition = place.view.value(QStringLiteral("partition")).toInt(&partitionGiven);
    const qint64 offset = place.view.value(QStringLiteral("offset")).toLongLong(&offsetGiven);
    if (partitionGiven && offsetGiven && partition >= 0 && offset >= 0)
        load(partition, offset);
    check();
    emit headerChanged();
}

void SendPage::load(int partition, qint64 offset) {
    const quint64 number = ++m_request;
    m_note->setInk(theme::Ink::Secondary);
    m_note->setText(tr("Reading partition %1, offset %2…").arg(partition).arg(offset));
    models::replay::fetchMessage(m_session->config().client, m_place.name, partition, offset).then(this, [this, number, partition, offset](const models::Result<models::client::Record>& record) {
        if (number != m_request)
            return;
        if (!record) {
            m_note->setInk(theme::Ink::Bad);
            m_note->setText(shell::whatFailed(record.error()));
            return;
        }
        m_form->show(*record);
        m_note->setText(tr("As it stands in partition %1 at offset %2. Sending writes a new message; this one stays.").arg(partition).arg(offset));
    });
}

void SendPage::fillTopics() {
    const auto topics = m_session->topics();
    QStringList names = topics ? topics->names(false) : QStringList();
    if (!m_place.name.isEmpty() && !names.contains(m_place.name))
        names.prepend(m_place.name);
    m_topics->setChoices(names);
    m_topics->setCurrentText(m_place.name);
    const auto* topic = topics ? topics->find(m_place.name) : nullptr;
    m_form->setPartitions(topic != nullptr ? static_cast<int>(topic->partitions.size()) : 0);
    if (m_place.name.isEmpty() && !names.isEmpty() && isVisible())
        open({m_place.cluster, QStringLiteral("send"), names.first(), {}});
}

void SendPage::check() {
    QString refusal = m_form->problem();
    if (m_place.name.isEmpty())
        refusal = tr("Choose a topic first");
    else if (const auto refused = m_changes->refusal())
        refusal = shell::whatFailed(*refused);
    m_send->setRefusal(refusal);
    m_again->setRefusal(m_session->state() == models::session::SessionState::Idle ? tr("The cluster is not connected") : QString());
    showState();
}

/// A form that leads nowhere is not shown: there is a topic, or a word on why there is none.
void SendPage::showState() {
    using models::session::SessionState;
    auto* state = m_stack->state();
    const QString cluster = m_session->name();
    if (!m_place.name.isEmpty()) {
        m_stack->showContent();
        return;
    }
    if (m_session->topics())
        state->showEmpty(tr("No topic to send to yet"), tr("Topics show up here as soon as there is one."), nullptr, QStringLiteral("message"));
    else if (m_session->state() == SessionState::Failed)
        state->showFailed(tr("%1 does not answer").arg(cluster), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_again);
    else if (m_session->state() == SessionState::Idle)
        state->showEmpty(tr("%1 is not connected").arg(cluster), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview), QStringLiteral("message"));
    else
        state->showLoading(tr("Asking %1 for its topics").arg(cluster));
    m_stack->showState();
}

shell::PageHeader SendPage::header() const {
    shell::PageHeader header;
    header.title = m_place.name.isEmpty() ? tr("Send") : m_place.name;
    if (m_place.name.isEmpty())
        return header;
    header.crumb = tr("Send");
    header.crumbPlace = {m_place.cluster, QStringLiteral("topics"), {}, {}};
    return header;
}

shell::Location SendPage::location() const { return m_place; }

QWidget* SendPage::firstFocus() { return m_form; }

} // namespace ui::replay
