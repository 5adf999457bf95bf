#include "ui/changes/setting_dialog.h"

#include "models/topics/setting_guide.h"
#include "models/topics/setting_table_model.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QComboBox>
#include <QCoreApplication>
#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::changes {

using models::topics::SettingKind;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(SettingDialog)
};

/// "7 days (604800000)"; the number alone where no unit says it better.
QString both(const QString& name, const QString& value) {
    const QString shown = models::topics::settingShown(name, value);
    return shown == value ? value : QStringLiteral("%1 (%2)").arg(shown, value);
}

/// Where the value comes from, and one line for each that stands behind it.
QString behind(const SettingFacts& facts) {
    QStringList lines;
    for (const auto& synonym : facts.synonyms)
        lines << Text::tr("%1 by %2, as %3").arg(facts.sensitive ? QStringLiteral("\u2022\u2022\u2022") : both(synonym.name, synonym.value), models::topics::sourceText(synonym.source), synonym.name);
    return lines.mid(0, 6).join(QLatin1Char('\n'));
}

} // namespace

void openSettingDialog(QWidget* near, const SettingFacts& facts, std::function<void(std::optional<QString> value)> done) {
    const auto guide = models::topics::settingGuide(facts.name);
    auto* dialog = new widgets::Dialog(facts.name, guide.meaning.isEmpty() ? facts.of : facts.of + QLatin1Char(' ') + guide.meaning, near);
    auto* form = new QFormLayout; // the panel's body adopts it: a parent here would make it the whole window's
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(10);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto row = [&](const QString& label, const QString& text, theme::Face face, theme::Ink ink) {
        auto* words = new widgets::PlainLabel(text, dialog, face, ink);
        words->setWordWrap(true);
        form->addRow(label, words);
    };
    row(Text::tr("Now"), facts.sensitive ? QStringLiteral("\u2022\u2022\u2022") : both(facts.name, facts.value), theme::Face::Mono, theme::Ink::Primary);
    row(Text::tr("Comes from"), facts.source, theme::Face::Text, theme::Ink::Primary);
    if (!facts.fallback.isEmpty() && !facts.sensitive)
        row(Text::tr("Without it"), both(facts.name, facts.fallback), theme::Face::Mono, theme::Ink::Secondary);
    if (!facts.synonyms.isEmpty())
        row(Text::tr("In order"), behind(facts), theme::Face::MonoSmall, theme::Ink::Secondary);
    if (facts.readOnly) {
        dialog->setFootText(Text::tr("The cluster says that it cannot be changed while brokers run."));
        dialog->addChoice(Text::tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
        dialog->body()->addLayout(form);
        dialog->open();
        return;
    }
    const QString shown = facts.sensitive ? QString() : facts.wished.isEmpty() ? facts.value : facts.wished;
    const QString typed = models::topics::settingTyped(facts.name, shown);
    QWidget* field = nullptr;
    std::function<QString()> wanted;
    auto* judged = new widgets::PlainLabel({}, dialog, theme::Face::Small, theme::Ink::Secondary);
    judged->setWordWrap(true);
    judged->setAccessibleName(Text::tr("What will be set"));
    QLineEdit* line = nullptr;
    QComboBox* box = nullptr;
    if (guide.choices.isEmpty()) {
        line = new QLineEdit(typed, dialog);
        if (facts.sensitive)
            line->setEchoMode(QLineEdit::Password);
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
        for (const auto& value : {facts.value, shown})
            if (box->findText(value) < 0)
                box->addItem(value); // as it stands: "delete,compact"
        box->setCurrentText(shown);
        wanted = [box] { return box->currentText(); };
        field = box;
    }
    field->setAccessibleName(Text::tr("New value"));
    form->addRow(Text::tr("New value"), field);
    dialog->body()->addLayout(form);
    dialog->body()->addWidget(judged);

    dialog->addChoice(Text::tr("Cancel"), theme::ButtonKind::Quiet, [dialog] { dialog->dismiss(); });
    if (facts.isSet) {
        dialog->addChoice(Text::tr("Reset to default"), theme::ButtonKind::Normal, [dialog, done] {
            dialog->dismiss();
            done(std::nullopt);
        });
    }
    auto* plan = dialog->addChoice(facts.doText.isEmpty() ? Text::tr("Show the plan") : facts.doText, theme::ButtonKind::Primary, [dialog, wanted, done, name = facts.name] {
        const auto value = models::topics::settingValue(name, wanted());
        if (!value)
            return;
        dialog->dismiss();
        done(*value);
    });
    const bool canBeSame = !facts.wished.isEmpty(); // the present value again drops what was chosen before
    const auto judge = [judged, plan, wanted, line, canBeSame, name = facts.name, value = facts.value, secret = facts.sensitive] {
        const auto next = models::topics::settingValue(name, wanted());
        const bool same = next && !secret && *next == value;
        plan->setEnabled(next && (!same || canBeSame));
        if (line != nullptr)
            widgets::setFieldState(line, next ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
        if (!next)
            judged->setText(next.error());
        else if (same)
            judged->setText(Text::tr("As it is now."));
        else
            judged->setText(secret ? QString() : Text::tr("Becomes %1.").arg(both(name, *next)));
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

} // namespace ui::changes
