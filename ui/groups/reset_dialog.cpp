#include "ui/groups/reset_dialog.h"

#include "models/base/format.h"
#include "models/base/moment.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QDateTime>
#include <QFormLayout>
#include <QLineEdit>
#include <QMap>
#include <QVBoxLayout>

namespace ui::groups {

using models::changes::ResetOffsets;
using models::client::TopicPartition;
using To = ResetOffsets::To;
namespace format = models::format;

namespace {

constexpr int kTopicsMax = 500;


} // namespace

ResetDialog::ResetDialog(models::session::ClusterSession* session, const QString& group, const QList<TopicPartition>& chosen, changes::ChangeFlow* flow, QWidget* near)
    : Dialog(tr("Reset offsets"), tr("Where %1 goes on reading. Its messages are not touched.").arg(group), near), m_session(session), m_group(group), m_chosen(chosen) {
    auto* form = widgets::formLayout();
    m_scope = new QComboBox(this);
    m_scope->setAccessibleName(tr("Which partitions"));
    m_scope->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_scope->setMinimumContentsLength(24);
    form->addRow(tr("Which"), m_scope);
    m_to = new QComboBox(this);
    m_to->setAccessibleName(tr("To where"));
    m_to->addItem(tr("the beginning: read everything again"), static_cast<int>(To::Earliest));
    m_to->addItem(tr("the end: skip what is unread"), static_cast<int>(To::Latest));
    m_to->addItem(tr("a moment: the first message since then"), static_cast<int>(To::Time));
    m_to->addItem(tr("an offset, the same in each partition"), static_cast<int>(To::Offset));
    m_to->addItem(tr("so many messages back or ahead"), static_cast<int>(To::Shift));
    form->addRow(tr("To"), m_to);
    m_value = new QLineEdit(this);
    widgets::setMono(m_value);
    m_valueLabel = new widgets::PlainLabel({}, this);
    form->addRow(m_valueLabel, m_value);
    body()->addLayout(form);
    m_judged = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_judged->setWordWrap(true);
    m_members = new widgets::PlainLabel({}, this, theme::Face::Text, theme::Ink::Warn);
    m_members->setWordWrap(true);
    body()->addWidget(m_judged);
    body()->addWidget(m_members);
    setFootText(tr("Nothing is changed before you have seen the plan."));
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_plan = addChoice(tr("Show the plan"), theme::ButtonKind::Primary, [this, flow] {
        const auto change = wanted();
        if (!change)
            return;
        dismiss();
        flow->start(*change);
    });
    fillScopes(session->groups() ? session->groups()->find(group) : nullptr);
    connect(m_to, &QComboBox::currentIndexChanged, this, [this] {
        m_value->clear();
        check();
    });
    connect(m_value, &QLineEdit::textChanged, this, [this] { check(); });
    connect(session, &models::session::ClusterSession::groupsChanged, this, [this] { check(); });
    check();
}

void ResetDialog::fillScopes(const models::session::Group* group) {
    QMap<QString, int> topics;
    if (group != nullptr)
        for (const auto& partition : group->partitions)
            ++topics[partition.partition.topic];
    const int all = group == nullptr ? 0 : static_cast<int>(group->partitions.size());
    if (!m_chosen.isEmpty()) {
        QStringList names;
        for (const auto& one : m_chosen.first(std::min<qsizetype>(3, m_chosen.size())))
            names.append(QStringLiteral("%1-%2").arg(one.topic).arg(one.partition));
        if (m_chosen.size() > names.size())
            names.append(QStringLiteral("…"));
        m_scope->addItem(tr("the %n chosen partition(s): %1", nullptr, static_cast<int>(m_chosen.size())).arg(names.join(QStringLiteral(", "))), QVariant::fromValue(QStringList{{}, QStringLiteral("chosen")}));
    }
    if (all > 0)
        m_scope->addItem(tr("all that it has read, %n partition(s)", nullptr, all), QVariant::fromValue(QStringList{{}, {}}));
    if (topics.size() > 1 || all == 0) {
        QStringList names = topics.keys();
        if (all == 0 && m_session->topics()) // it has no offsets yet: any topic may get some
            for (const auto& topic : m_session->topics()->topics)
                if (!topic.internal)
                    names.append(topic.name);
        for (const auto& name : names.mid(0, kTopicsMax))
            m_scope->addItem(tr("the topic %1").arg(name), QVariant::fromValue(QStringList{name, {}}));
    }
    if (m_chosen.size() > 1)
        m_scope->setCurrentIndex(0);
    else if (m_scope->count() > 1 && !m_chosen.isEmpty())
        m_scope->setCurrentIndex(1); // one row is always current: that is no choice yet
}

models::Result<ResetOffsets> ResetDialog::wanted() const {
    ResetOffsets change;
    change.group = m_group;
    change.to = static_cast<To>(m_to->currentData().toInt());
    const auto scope = m_scope->currentData().toStringList();
    change.topic = scope.value(0);
    if (scope.value(1) == QLatin1String("chosen"))
        change.partitions = m_chosen;
    const QString text = m_value->text().trimmed();
    bool good = true;
    switch (change.to) {
    case To::Time: {
        const auto moment = models::parseMoment(text, QDateTime::currentMSecsSinceEpoch());
        if (!moment)
            return std::unexpected(moment.error());
        change.value = *moment;
        break;
    }
    case To::Offset:
        change.value = text.toLongLong(&good);
        if (!good || change.value < 0)
            return models::fail(models::ErrorCode::Invalid, text, tr("An offset is a number from 0 on."));
        break;
    case To::Shift:
        change.value = text.toLongLong(&good);
        if (!good || change.value == 0)
            return models::fail(models::ErrorCode::Invalid, text, tr("A number: -100 reads the last hundred of each partition again, 100 skips a hundred."));
        break;
    default: break;
    }
    return change;
}

void ResetDialog::check() {
    const auto to = static_cast<To>(m_to->currentData().toInt());
    const bool valued = to == To::Time || to == To::Offset || to == To::Shift;
    m_value->setVisible(valued);
    m_valueLabel->setVisible(valued);
    m_valueLabel->setText(to == To::Time ? tr("Moment") : to == To::Offset ? tr("Offset") : tr("Messages"));
    m_value->setAccessibleName(m_valueLabel->text());
    m_value->setPlaceholderText(to == To::Time ? tr("2026-11-26 14:00, 14:00 or 2 h ago") : to == To::Offset ? QStringLiteral("120345") : QStringLiteral("-100"));
    const auto change = wanted();
    const bool typed = !m_value->text().trimmed().isEmpty();
    widgets::setFieldState(m_value, change || !typed ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
    QString judged;
    if (!change)
        judged = change.error().why;
    else if (to == To::Time)
        judged = tr("From %1 on, %2.").arg(format::dateTime(change->value).chopped(4), format::age(QDateTime::currentMSecsSinceEpoch() - change->value));
    else if (to == To::Shift)
        judged = change->value < 0 ? tr("Each partition %1 messages back.").arg(format::count(-change->value)) : tr("Each partition %1 messages ahead.").arg(format::count(change->value));
    else if (to == To::Offset)
        judged = tr("Partitions that do not reach so far are set to their end.");
    m_judged->setText(judged);
    m_judged->setVisible(!judged.isEmpty());

    // The cluster would refuse: said here, and the form waits until they have gone.
    const auto* group = m_session->groups() ? m_session->groups()->find(m_group) : nullptr;
    const int members = group == nullptr ? 0 : static_cast<int>(group->members.size());
    QStringList names;
    for (int i = 0; i < std::min(members, 3); ++i)
        names.append(tr("%1 on %2").arg(group->members[i].clientId, QString(group->members[i].host).remove(u'/')));
    if (members > 3)
        names.append(tr("and %n more", nullptr, members - 3));
    m_members->setVisible(members > 0);
    if (members > 0)
        m_members->setText(tr("This group has %n member(s) now: %1. Kafka takes new offsets only while nobody reads, so stop them first; this form waits.", nullptr, members)
                               .arg(names.join(QStringLiteral(", "))));
    m_plan->setEnabled(change.has_value() && members == 0 && m_scope->count() > 0);
}

} // namespace ui::groups
