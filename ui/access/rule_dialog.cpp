#include "ui/access/rule_dialog.h"

#include "ui/access/pattern_field.h"
#include "ui/access/prefix_field.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QStringListModel>

namespace ui::access {

using models::access::Preset;
using models::client::AclOperation;
using models::client::AclPermission;
using models::client::AclResource;
using models::client::AclRule;

namespace {
constexpr int kByHand = -1; ///< data of the kind that is no preset
constexpr int kSummaryMax = 4;
} // namespace

RuleDialog::RuleDialog(const Facts& facts, const std::optional<AclRule>& edited, const AclRule& start, QWidget* near)
    : Dialog(edited ? tr("Change rule") : tr("Add rule"), edited ? models::access::sentenceOf(*edited) : tr("On %1.").arg(facts.cluster), near), m_facts(facts), m_edited(edited) {
    makeForm();
    m_summary = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_summary->setWordWrap(true);
    body()->addWidget(m_summary);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    body()->addWidget(m_problem);
    body()->addStretch(1);
    setPanelSize({620, 600});
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(tr("Show the plan"), theme::ButtonKind::Primary, [this] {
        const auto rules = wanted();
        if (!problem(rules).isEmpty())
            return;
        models::changes::AlterAcls change{rules, {}};
        if (m_edited && !rules.contains(*m_edited))
            change.remove.append(*m_edited);
        emit wished(change);
        dismiss();
    });
    fill(edited.value_or(start));
    kindChanged();
}

void RuleDialog::makeForm() {
    m_form = widgets::formLayout();
    m_kind = new QComboBox(this);
    m_kind->setAccessibleName(tr("What for"));
    m_kind->addItem(tr("Single rules"), kByHand);
    m_kind->addItem(tr("A producer: write to a topic"), static_cast<int>(Preset::Producer));
    m_kind->addItem(tr("A transactional producer"), static_cast<int>(Preset::TransactionalProducer));
    m_kind->addItem(tr("A consumer: read a topic in a group"), static_cast<int>(Preset::Consumer));
    m_kind->addItem(tr("An administrator: everything"), static_cast<int>(Preset::Admin));
    m_form->addRow(tr("What for"), m_kind);
    m_principal = new QLineEdit(this);
    m_principal->setAccessibleName(tr("Principal"));
    m_principal->setPlaceholderText(tr("User:name, or User:* for everybody"));
    widgets::setMono(m_principal);
    offerChoices(m_principal)->setStringList(m_facts.principals);
    m_form->addRow(tr("Principal"), m_principal);
    m_says = new widgets::SegmentedChoice({tr("Allow"), tr("Deny")}, this);
    m_says->setAccessibleName(tr("Allow or deny"));
    m_form->addRow(tr("Says"), m_says);
    m_resource = new QComboBox(this);
    m_resource->setAccessibleName(tr("Resource"));
    for (const auto resource : models::access::resourceTypes())
        m_resource->addItem(models::access::nameOf(resource), static_cast<int>(resource));
    m_form->addRow(tr("Resource"), m_resource);
    m_name = new PatternField(tr("Name of the resource"), tr("orders"), this);
    m_form->addRow(tr("Name"), m_name);
    m_operations = new QWidget(this);
    m_operations->setLayout(new widgets::FlowLayout(12));
    m_form->addRow(tr("Operations"), m_operations);
    m_group = new PatternField(tr("Group"), tr("billing"), this);
    m_group->setChoices(m_facts.known.groups);
    m_form->addRow(tr("Group"), m_group);
    m_transactionalId = new PatternField(tr("Transactional id"), tr("orders-writer"), this);
    m_form->addRow(tr("Transactional id"), m_transactionalId);
    m_host = new QLineEdit(this);
    m_host->setAccessibleName(tr("Host"));
    m_host->setPlaceholderText(tr("any; else an address like 10.1.2.3"));
    widgets::setMono(m_host);
    m_form->addRow(tr("From host"), m_host);
    body()->addLayout(m_form);
    if (m_edited)
        m_form->setRowVisible(m_kind, false);
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] { kindChanged(); });
    connect(m_resource, &QComboBox::currentIndexChanged, this, [this] {
        makeOperations();
        kindChanged();
    });
    for (auto* field : {m_principal, m_host})
        connect(field, &QLineEdit::textChanged, this, [this] { check(); });
    for (auto* field : {m_name, m_group, m_transactionalId})
        connect(field, &PatternField::changed, this, [this] { check(); });
    connect(m_says, &widgets::SegmentedChoice::chosen, this, [this] { check(); });
    makeOperations();
}

void RuleDialog::makeOperations() {
    for (const auto& [operation, box] : m_checks)
        delete box;
    m_checks.clear();
    auto operations = models::access::operationsOf(static_cast<AclResource>(m_resource->currentData().toInt()));
    operations.append(AclOperation::All);
    for (const auto operation : operations) {
        auto* box = new QCheckBox(models::access::nameOf(operation), m_operations);
        m_operations->layout()->addWidget(box);
        box->show();
        connect(box, &QCheckBox::toggled, this, [this] { check(); });
        m_checks.append({operation, box});
    }
    m_operations->updateGeometry();
}

void RuleDialog::fill(const AclRule& rule) {
    m_principal->setText(rule.principal);
    m_principal->setCursorPosition(0);
    m_says->setCurrent(rule.permission == AclPermission::Deny ? 1 : 0);
    m_resource->setCurrentIndex(std::max(0, m_resource->findData(static_cast<int>(rule.resource))));
    m_name->setPattern({rule.name, rule.pattern});
    m_host->setText(rule.host == models::access::kWildcard ? QString() : rule.host);
    for (const auto& [operation, box] : m_checks)
        box->setChecked(operation == rule.operation);
}

void RuleDialog::kindChanged() {
    const int kind = m_kind->currentData().toInt();
    const bool byHand = kind == kByHand;
    const auto preset = static_cast<Preset>(kind);
    const auto resource = static_cast<AclResource>(m_resource->currentData().toInt());
    m_form->setRowVisible(m_says, byHand);
    m_form->setRowVisible(m_resource, byHand);
    m_form->setRowVisible(m_operations, byHand);
    m_form->setRowVisible(m_name, byHand ? resource != AclResource::Cluster : preset != Preset::Admin);
    m_form->setRowVisible(m_group, !byHand && preset == Preset::Consumer);
    m_form->setRowVisible(m_transactionalId, !byHand && preset == Preset::TransactionalProducer);
    if (auto* label = qobject_cast<QLabel*>(m_form->labelForField(m_name)))
        label->setText(byHand ? tr("Name") : tr("Topic"));
    const bool topics = !byHand || resource == AclResource::Topic;
    m_name->setChoices(topics ? m_facts.known.topics : resource == AclResource::Group ? m_facts.known.groups : QStringList());
    check();
}

QString RuleDialog::host() const { return m_host->text().trimmed().isEmpty() ? models::access::kWildcard : m_host->text().trimmed(); }

QList<AclRule> RuleDialog::wanted() const {
    const QString principal = models::access::principalOf(m_principal->text());
    if (const int kind = m_kind->currentData().toInt(); kind != kByHand) {
        models::access::PresetWish wish;
        wish.preset = static_cast<Preset>(kind);
        wish.principal = principal;
        wish.host = host();
        wish.topic = m_name->pattern();
        wish.group = m_group->pattern();
        wish.transactionalId = m_transactionalId->pattern();
        return models::access::rulesOf(wish);
    }
    const auto resource = static_cast<AclResource>(m_resource->currentData().toInt());
    const auto pattern = resource == AclResource::Cluster ? models::access::Pattern{models::access::kClusterName, models::client::AclPattern::Literal} : m_name->pattern();
    QList<AclRule> rules;
    for (const auto& [operation, box] : m_checks)
        if (box->isChecked())
            rules.append({resource, pattern.name, pattern.kind, principal, host(), operation, m_says->current() == 1 ? AclPermission::Deny : AclPermission::Allow});
    return rules;
}

QString RuleDialog::problem(const QList<AclRule>& rules) const {
    if (models::access::principalOf(m_principal->text()).isEmpty())
        return tr("Whom is it about? User:* is everybody.");
    if (rules.isEmpty())
        return tr("Choose at least one operation.");
    int fresh = 0;
    for (const auto& rule : rules) {
        if (rule.name.isEmpty())
            return tr("A name is missing. “Every name” stands for all.");
        if (rule.pattern == models::client::AclPattern::Prefixed && rule.name == models::access::kWildcard)
            return tr("Names that begin with a star? For all names choose “every name”.");
        fresh += m_facts.rules.contains(rule) ? 0 : 1;
    }
    if (fresh == 0 && (!m_edited || rules.contains(*m_edited)))
        return m_edited ? tr("As it is now.") : tr("There is such a rule already.");
    return {};
}

void RuleDialog::check() {
    const auto rules = wanted();
    const QString wrong = problem(rules);
    QStringList sentences;
    for (const auto& rule : rules) {
        if (sentences.size() == kSummaryMax && rules.size() > kSummaryMax + 1) {
            sentences.append(tr("and %n more", nullptr, static_cast<int>(rules.size()) - kSummaryMax));
            break;
        }
        sentences.append(models::access::sentenceOf(rule));
    }
    m_summary->setText(wrong.isEmpty() ? sentences.join(u'\n') : QString());
    // Before anything was written it is a hint of what comes first, not a complaint.
    const bool atRest = m_principal->text().isEmpty() && !m_principal->isModified();
    m_problem->setInk(atRest ? theme::Ink::Secondary : theme::Ink::Bad);
    m_problem->setText(wrong);
    m_do->setEnabled(wrong.isEmpty());
}

} // namespace ui::access
