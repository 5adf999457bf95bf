#include "ui/topics/setting_dialog.h"

#include "models/changes/change.h"
#include "models/topics/config_table_model.h"
#include "models/topics/setting_guide.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QComboBox>
#include <QCoreApplication>
#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::topics {

using models::client::ConfigChange;
using models::topics::SettingKind;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(SettingDialog)
};

/// "7 d (604800000)"; the number alone where no unit says it better.
QString both(const QString& name, const QString& value) {
    const QString typed = models::topics::settingTyped(name, value);
    return typed == value ? value : QStringLiteral("%1 (%2)").arg(typed, value);
}

} // namespace

void openSettingDialog(QWidget* near, changes::ChangeFlow* flow, const SettingFacts& facts) {
    const auto guide = models::topics::settingGuide(facts.name);
    auto* dialog = new widgets::Dialog(facts.name, guide.meaning.isEmpty() ? facts.of : facts.of + QLatin1Char(' ') + guide.meaning, near);
    auto* form = new QFormLayout; // the panel's body adopts it: a parent here would make it the whole window's
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(10);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    auto* now = new widgets::PlainLabel(both(facts.name, facts.value), dialog, theme::Face::Mono);
    now->setWordWrap(true);
    form->addRow(Text::tr("Now"), now);
    form->addRow(Text::tr("Comes from"), new widgets::PlainLabel(facts.source, dialog));
    if (!facts.fallback.isEmpty()) {
        auto* fallback = new widgets::PlainLabel(both(facts.name, facts.fallback), dialog, theme::Face::Mono, theme::Ink::Secondary);
        fallback->setWordWrap(true);
        form->addRow(Text::tr("Without it"), fallback);
    }
    const QString typed = models::topics::settingTyped(facts.name, facts.value);
    QWidget* field = nullptr;
    std::function<QString()> wanted;
    auto* judged = new widgets::PlainLabel({}, dialog, theme::Face::Small, theme::Ink::Secondary);
    judged->setWordWrap(true);
    judged->setAccessibleName(Text::tr("What will be set"));
    QLineEdit* line = nullptr;
    QComboBox* box = nullptr;
    if (guide.choices.isEmpty()) {
        line = new QLineEdit(typed, dialog);
        widgets::setMono(line);
        if (guide.kind == SettingKind::Duration)
            line->setPlaceholderText(Text::tr("7 d, 12 h, 30 min, 10 s"));
        else if (guide.kind == SettingKind::Size)
            line->setPlaceholderText(Text::tr("1 GiB, 512 MiB, 64 KiB"));
        wanted = [line] { return line->text(); };
        field = line;
    } else {
        box = new QComboBox(dialog);
        box->addItems(guide.choices);
        if (box->findText(facts.value) < 0)
            box->addItem(facts.value); // as it stands: "delete,compact"
        box->setCurrentText(facts.value);
        wanted = [box] { return box->currentText(); };
        field = box;
    }
    field->setAccessibleName(Text::tr("New value"));
    form->addRow(Text::tr("New value"), field);
    dialog->body()->addLayout(form);
    dialog->body()->addWidget(judged);

    dialog->addChoice(Text::tr("Cancel"), theme::ButtonKind::Quiet, [dialog] { dialog->dismiss(); });
    if (facts.isSet) {
        dialog->addChoice(Text::tr("Reset to default"), theme::ButtonKind::Normal, [flow, dialog, resource = facts.resource, name = facts.name] {
            dialog->dismiss();
            flow->start(models::changes::AlterConfig{resource, {{ConfigChange::Op::Reset, name, {}}}});
        });
    }
    auto* plan = dialog->addChoice(Text::tr("Show the plan"), theme::ButtonKind::Primary,
        [flow, dialog, wanted, resource = facts.resource, name = facts.name] {
            const auto value = models::topics::settingValue(name, wanted());
            if (!value)
                return;
            dialog->dismiss();
            flow->start(models::changes::AlterConfig{resource, {{ConfigChange::Op::Set, name, *value}}});
        });
    const auto judge = [judged, plan, wanted, line, name = facts.name, value = facts.value] {
        const auto next = models::topics::settingValue(name, wanted());
        const bool same = next && *next == value;
        plan->setEnabled(next && !same);
        if (line != nullptr)
            widgets::setFieldState(line, next ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
        if (!next)
            judged->setText(next.error());
        else if (same)
            judged->setText(Text::tr("As it is now."));
        else
            judged->setText(Text::tr("Becomes %1.").arg(both(name, *next)));
    };
    if (line != nullptr)
        QObject::connect(line, &QLineEdit::textChanged, dialog, judge);
    if (box != nullptr)
        QObject::connect(box, &QComboBox::currentTextChanged, dialog, judge);
    judge();
    dialog->open();
    field->setFocus();
    if (line != nullptr)
        line->selectAll();
}

} // namespace ui::topics
