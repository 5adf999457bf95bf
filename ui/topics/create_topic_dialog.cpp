#include "ui/topics/create_topic_dialog.h"

#include "ui/changes/change_flow.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QFormLayout>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSpinBox>

namespace ui::topics {

namespace {
constexpr int kPartitionsMax = 10000;
constexpr int kNameMax = 249;
} // namespace

QString topicNameProblem(const QString& name) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("ui::topics::CreateTopicDialog", text); };
    static const QRegularExpression allowed(QStringLiteral("^[A-Za-z0-9._-]+$"));
    if (name.isEmpty())
        return tr("A topic needs a name.");
    if (name == u"." || name == u"..")
        return tr("A topic cannot be called “.” or “..”.");
    if (name.size() > kNameMax)
        return tr("A name has at most 249 characters.");
    if (!allowed.match(name).hasMatch())
        return tr("Letters, digits, “.”, “_” and “-” only.");
    return {};
}

CreateTopicDialog::CreateTopicDialog(const Facts& facts, QWidget* near)
    : Dialog(tr("Create topic"), tr("On %1.").arg(facts.cluster), near), m_facts(facts) {
    auto* form = widgets::formLayout();
    m_name = new QLineEdit(this);
    m_name->setAccessibleName(tr("Name"));
    m_name->setPlaceholderText(tr("orders"));
    widgets::setMono(m_name);
    form->addRow(tr("Name"), m_name);
    m_partitions = new QSpinBox(this);
    m_partitions->setRange(1, kPartitionsMax);
    m_partitions->setValue(6);
    m_partitions->setAccessibleName(tr("Partitions"));
    form->addRow(tr("Partitions"), m_partitions);
    m_replicas = new QSpinBox(this);
    m_replicas->setRange(1, m_facts.brokers > 0 ? m_facts.brokers : 9);
    m_replicas->setValue(m_facts.brokers > 0 ? qMin(3, m_facts.brokers) : 3);
    m_replicas->setAccessibleName(tr("Replicas"));
    form->addRow(tr("Replicas"), m_replicas);
    m_cleanup = new QComboBox(this);
    m_cleanup->setAccessibleName(tr("Old messages"));
    m_cleanup->addItem(tr("delete by age and size"), QStringLiteral("delete"));
    m_cleanup->addItem(tr("keep the last one of each key (compact)"), QStringLiteral("compact"));
    m_cleanup->addItem(tr("compact, and delete by age and size"), QStringLiteral("compact,delete"));
    form->addRow(tr("Old messages"), m_cleanup);
    m_retention = new QComboBox(this);
    m_retention->setAccessibleName(tr("Kept for"));
    m_retention->addItem(tr("the cluster's default"), QString());
    m_retention->addItem(tr("1 hour"), QStringLiteral("3600000"));
    m_retention->addItem(tr("1 day"), QStringLiteral("86400000"));
    m_retention->addItem(tr("7 days"), QStringLiteral("604800000"));
    m_retention->addItem(tr("30 days"), QStringLiteral("2592000000"));
    m_retention->addItem(tr("for ever"), QStringLiteral("-1"));
    form->addRow(tr("Kept for"), m_retention);
    body()->addLayout(form);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    body()->addWidget(m_problem);
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(tr("Create topic"), theme::ButtonKind::Primary, [this] {
        models::client::NewTopic topic;
        topic.name = m_name->text().trimmed();
        topic.partitions = m_partitions->value();
        topic.replicationFactor = m_replicas->value();
        if (m_cleanup->currentIndex() > 0)
            topic.configs[QStringLiteral("cleanup.policy")] = m_cleanup->currentData().toString();
        if (!m_retention->currentData().toString().isEmpty())
            topic.configs[QStringLiteral("retention.ms")] = m_retention->currentData().toString();
        emit wished(topic);
        dismiss();
    });
    connect(m_name, &QLineEdit::textChanged, this, [this] { check(); });
    m_do->setEnabled(false);
}

void CreateTopicDialog::check() {
    const QString name = m_name->text().trimmed();
    QString problem = name.isEmpty() ? QString() : topicNameProblem(name);
    if (problem.isEmpty() && m_facts.taken.contains(name))
        problem = tr("There is a topic of this name already.");
    m_problem->setText(problem);
    widgets::setFieldState(m_name, problem.isEmpty() ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
    m_do->setEnabled(!name.isEmpty() && problem.isEmpty());
}

void askPartitions(const QString& topic, int present, changes::ChangeFlow* flow, QWidget* near) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("ui::topics::CreateTopicDialog", text); };
    auto* dialog = new widgets::Dialog(tr("Add partitions"), tr("%1 has %2 partitions. Partitions can be added, never taken away.").arg(topic).arg(present), near);
    auto* form = widgets::formLayout();
    auto* count = new QSpinBox(dialog);
    count->setRange(present + 1, kPartitionsMax);
    count->setAccessibleName(tr("Partitions afterwards"));
    form->addRow(tr("Afterwards"), count);
    dialog->body()->addLayout(form);
    dialog->addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [dialog] { dialog->dismiss(); });
    dialog->addChoice(tr("Show the plan"), theme::ButtonKind::Primary, [dialog, flow, count, topic] {
        const models::changes::AddPartitions change{topic, count->value()};
        dialog->dismiss();
        flow->start(change);
    });
    dialog->open();
}

} // namespace ui::topics
