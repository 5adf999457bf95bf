#include "ui/access/question_panel.h"

#include "ui/access/prefix_field.h"
#include "ui/access/sentences.h"
#include "ui/access/verdict_strip.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QSignalBlocker>

namespace ui::access {

using models::access::Question;
using models::client::AclResource;

namespace {

QString article(AclResource resource) {
    switch (resource) {
    case AclResource::Topic: return QuestionPanel::tr("to a topic");
    case AclResource::Group: return QuestionPanel::tr("to a group");
    case AclResource::Cluster: return QuestionPanel::tr("to the cluster");
    case AclResource::TransactionalId: return QuestionPanel::tr("to a transactional id");
    case AclResource::DelegationToken: return QuestionPanel::tr("to a delegation token");
    case AclResource::User: return QuestionPanel::tr("to a user");
    case AclResource::Unknown:
    case AclResource::Any: break;
    }
    return {};
}

} // namespace

QuestionPanel::QuestionPanel(QWidget* parent) : Card(tr("Who can do what"), {}, parent) {
    auto* row = new QHBoxLayout;
    row->setSpacing(theme::kGap);
    m_principal = new PrefixField(tr("As"), tr("As which principal"), this);
    m_principal->setPlaceholderText(tr("User:name"));
    m_host = new PrefixField(tr("from"), tr("From which host"), this);
    m_host->setPlaceholderText(tr("any host"));
    m_resource = new QComboBox(this);
    m_resource->setAccessibleName(tr("To what kind of resource"));
    for (const auto resource : models::access::resourceTypes())
        m_resource->addItem(article(resource), static_cast<int>(resource));
    m_resource->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    m_name = new PrefixField(tr("named"), tr("Name of the resource"), this);
    row->addWidget(m_principal, 3);
    row->addWidget(m_host, 2);
    row->addWidget(m_resource);
    row->addWidget(m_name, 4);
    body()->addLayout(row);
    m_strip = new VerdictStrip(this);
    body()->addWidget(m_strip);
    m_sentence = new widgets::PlainLabel({}, this);
    m_sentence->setWordWrap(true);
    body()->addWidget(m_sentence);
    m_reservation = new widgets::PlainLabel(reservation(), this, theme::Face::Small, theme::Ink::Secondary);
    m_reservation->setWordWrap(true);
    body()->addWidget(m_reservation);
    const auto typed = [this] {
        answerAgain();
        emit asked();
    };
    for (auto* field : {m_principal, m_host, m_name})
        connect(field, &QLineEdit::textChanged, this, typed);
    connect(m_resource, &QComboBox::currentIndexChanged, this, [this, typed] {
        resourceChanged();
        typed();
    });
    connect(m_strip, &VerdictStrip::chosen, this, [this] {
        tell();
        emit looked();
    });
    answerAgain();
}

void QuestionPanel::setRules(const models::access::Evaluator& evaluator, const models::access::KnownNames& known) {
    m_evaluator = evaluator;
    m_known = known;
    QStringList principals = evaluator.principals() + known.principals;
    principals.removeAll(models::access::kAnyUser);
    principals.removeDuplicates();
    principals.sort();
    m_principal->setChoices(principals);
    QStringList hosts;
    for (const auto& rule : evaluator.rules())
        if (rule.host != models::access::kWildcard && !hosts.contains(rule.host) && hosts.size() < 200)
            hosts.append(rule.host);
    m_host->setChoices(hosts);
    resourceChanged();
    answerAgain();
}

void QuestionPanel::resourceChanged() {
    const auto resource = static_cast<AclResource>(m_resource->currentData().toInt());
    m_name->setChoices(resource == AclResource::Topic ? m_known.topics : resource == AclResource::Group ? m_known.groups : QStringList());
    m_name->setEnabled(resource != AclResource::Cluster);
}

void QuestionPanel::setQuestion(const Question& question) {
    const QSignalBlocker a(m_principal), b(m_host), c(m_resource), d(m_name);
    m_principal->setText(question.principal);
    m_host->setText(question.host);
    m_resource->setCurrentIndex(std::max(0, m_resource->findData(static_cast<int>(question.resource))));
    m_name->setText(question.resource == AclResource::Cluster ? QString() : question.name);
    for (auto* field : {m_principal, m_host, m_name})
        field->setCursorPosition(0); // a long name shows its beginning
    resourceChanged();
    answerAgain();
}

Question QuestionPanel::question() const {
    Question question;
    question.principal = models::access::principalOf(m_principal->text());
    question.host = m_host->text().trimmed();
    question.resource = static_cast<AclResource>(m_resource->currentData().toInt());
    question.name = question.resource == AclResource::Cluster ? models::access::kClusterName : m_name->text();
    return question;
}

bool QuestionPanel::isAsked() const { return !question().principal.isEmpty() && !question().name.isEmpty(); }

bool QuestionPanel::isBegun() const { return !question().principal.isEmpty() || !question().name.isEmpty(); }

models::client::AclOperation QuestionPanel::operation() const {
    const auto* decision = m_strip->current();
    return isAsked() && decision ? decision->operation : models::client::AclOperation::Unknown;
}

void QuestionPanel::setOperation(models::client::AclOperation operation) { m_strip->setCurrent(operation); }

QString QuestionPanel::answer() const { return m_sentence->text(); }

void QuestionPanel::focusQuestion() { m_principal->setFocus(Qt::ShortcutFocusReason); }

void QuestionPanel::answerAgain() {
    m_decisions = isAsked() ? m_evaluator.decideAll(question()) : QList<models::access::Decision>();
    m_strip->setVisible(!m_decisions.isEmpty());
    m_reservation->setVisible(!m_decisions.isEmpty());
    m_strip->show(m_decisions);
    tell();
}

void QuestionPanel::tell() {
    const auto* decision = m_strip->current();
    if (!isAsked() || decision == nullptr) {
        m_sentence->setInk(theme::Ink::Secondary);
        m_sentence->setText(tr("Name a principal and a resource to see what it may do there, and which rule says so."));
        return;
    }
    m_sentence->setInk(theme::Ink::Primary);
    m_sentence->setText(sentenceFor(m_evaluator, question(), *decision));
}

} // namespace ui::access
