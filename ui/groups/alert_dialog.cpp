#include "ui/groups/alert_dialog.h"

#include "models/base/format.h"
#include "models/base/moment.h"
#include "models/groups/alert_service.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::groups {

using models::groups::LagRule;
using Measure = LagRule::Measure;
namespace format = models::format;

namespace {

/// What would be typed for this length: "5 min".
QString typed(qint64 ms) {
    if (ms > 0 && ms % 3'600'000 == 0)
        return QStringLiteral("%1 h").arg(ms / 3'600'000);
    if (ms > 0 && ms % 60'000 == 0)
        return QStringLiteral("%1 min").arg(ms / 60'000);
    return QStringLiteral("%1 s").arg(ms / 1000);
}

} // namespace

AlertDialog::AlertDialog(models::groups::AlertService* alerts, const QString& group, const QString& now, QWidget* near)
    : Dialog(tr("Lag alert"), tr("Samsa tells on the desktop when %1 falls behind, once, and again when it has caught up. Samsa has to run for that.").arg(group), near), m_group(group) {
    const auto* known = alerts->find(group);
    const LagRule rule = known != nullptr ? known->rule() : LagRule{group, Measure::Messages, 10'000, 60'000};
    auto* form = widgets::formLayout();
    m_measure = new QComboBox(this);
    m_measure->setAccessibleName(tr("Measured in"));
    m_measure->addItem(tr("messages that it has not read"), static_cast<int>(Measure::Messages));
    m_measure->addItem(tr("time: the age of the oldest of them"), static_cast<int>(Measure::Seconds));
    m_measure->setCurrentIndex(rule.measure == Measure::Seconds ? 1 : 0);
    form->addRow(tr("Measured in"), m_measure);
    m_threshold = new QLineEdit(rule.measure == Measure::Seconds ? typed(rule.threshold * 1000) : QString::number(rule.threshold), this);
    m_threshold->setAccessibleName(tr("More than"));
    widgets::setMono(m_threshold);
    form->addRow(tr("More than"), m_threshold);
    m_length = new QLineEdit(typed(rule.forMs), this);
    m_length->setAccessibleName(tr("For at least"));
    m_length->setPlaceholderText(tr("5 min, 30 s, 0"));
    widgets::setMono(m_length);
    form->addRow(tr("For at least"), m_length);
    body()->addLayout(form);
    m_judged = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_judged->setWordWrap(true);
    body()->addWidget(m_judged);
    setFootText(now);
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    if (known != nullptr)
        addChoice(tr("Remove"), theme::ButtonKind::Normal, [this, alerts] {
            alerts->remove(m_group);
            dismiss();
        });
    m_save = addChoice(tr("Set the alert"), theme::ButtonKind::Primary, [this, alerts] {
        if (const auto wish = wanted()) {
            alerts->set(*wish);
            dismiss();
        }
    });
    connect(m_measure, &QComboBox::currentIndexChanged, this, [this] {
        m_threshold->setText(m_measure->currentIndex() == 0 ? QStringLiteral("10000") : QStringLiteral("5 min"));
        check();
    });
    connect(m_threshold, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_length, &QLineEdit::textChanged, this, [this] { check(); });
    check();
}

models::Result<LagRule> AlertDialog::wanted() const {
    LagRule rule{m_group, static_cast<Measure>(m_measure->currentData().toInt()), 0, 0};
    const QString text = m_threshold->text().trimmed();
    if (rule.measure == Measure::Seconds) {
        const auto length = models::parseDuration(text);
        if (!length)
            return std::unexpected(length.error());
        rule.threshold = *length / 1000;
    } else {
        bool good = false;
        rule.threshold = QString(text).remove(u',').remove(u' ').toLongLong(&good);
        if (!good || rule.threshold < 0)
            return models::fail(models::ErrorCode::Invalid, text, tr("A number of messages from 0 on."));
    }
    const auto length = models::parseDuration(m_length->text());
    if (!length)
        return std::unexpected(length.error());
    rule.forMs = *length;
    return rule;
}

void AlertDialog::check() {
    const auto wish = wanted();
    m_save->setEnabled(wish.has_value());
    if (!wish) {
        m_judged->setText(wish.error().why);
    } else {
        const QString limit = wish->measure == Measure::Seconds ? format::duration(wish->threshold * 1000) : tr("%1 messages").arg(format::count(wish->threshold));
        const QString calm = wish->measure == Measure::Seconds ? format::duration(wish->threshold * 800) : tr("%1 messages").arg(format::count(wish->threshold * 4 / 5));
        m_judged->setText(tr("Tells after %1 of more than %2. It has caught up when it stays at or below %3.").arg(format::duration(wish->forMs), limit, calm));
    }
    const bool lengthBad = !models::parseDuration(m_length->text());
    widgets::setFieldState(m_length, lengthBad ? widgets::FieldState::Invalid : widgets::FieldState::Neutral);
    widgets::setFieldState(m_threshold, !wish && !lengthBad ? widgets::FieldState::Invalid : widgets::FieldState::Neutral);
}

} // namespace ui::groups
