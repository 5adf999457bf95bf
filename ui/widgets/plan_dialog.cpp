#include "ui/widgets/plan_dialog.h"

#include "ui/widgets/command_box.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QGridLayout>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>

namespace ui::widgets {

namespace {

constexpr qsizetype kLinesMax = 100; ///< the dialog scrolls; more of them nobody reads

} // namespace

PlanDialog::PlanDialog(const PlanText& plan, QWidget* near)
    : Dialog(plan.title, tr("On %1. Nothing has been changed yet.").arg(plan.target), near), m_type(plan.typeToConfirm) {
    auto wrapped = [this](const QString& text, theme::Ink ink) {
        auto* label = new PlainLabel(text, this, theme::Face::Text, ink);
        label->setWordWrap(true);
        return label;
    };
    if (!plan.lines.isEmpty()) {
        auto* grid = new QGridLayout;
        grid->setHorizontalSpacing(20);
        grid->setVerticalSpacing(4);
        // What is made has no state before: a column of "not there" says nothing.
        const bool made = std::all_of(plan.lines.begin(), plan.lines.end(), [](const auto& line) { return line.before.isEmpty(); });
        int column = 0;
        for (const auto& head : made ? QStringList{tr("What"), QString(), tr("New")} : QStringList{tr("What"), tr("Now"), tr("After")}) {
            if (!head.isEmpty())
                grid->addWidget(new PlainLabel(head, this, theme::Face::SmallMedium, theme::Ink::Tertiary), 0, column);
            ++column;
        }
        int row = 1;
        for (const auto& line : plan.lines.first(std::min<qsizetype>(plan.lines.size(), kLinesMax))) {
            grid->addWidget(new PlainLabel(line.what, this, theme::Face::Mono), row, 0);
            if (!made)
                grid->addWidget(new PlainLabel(line.before.isEmpty() ? tr("not there") : line.before, this, theme::Face::Mono, theme::Ink::Secondary), row, 1);
            grid->addWidget(new PlainLabel(line.after.isEmpty() ? tr("gone") : line.after, this, theme::Face::Mono, line.after.isEmpty() ? theme::Ink::Bad : theme::Ink::Good), row, 2);
            if (!line.note.isEmpty())
                grid->addWidget(new PlainLabel(line.note, this, theme::Face::Text, theme::Ink::Secondary), row, 3);
            ++row;
        }
        if (plan.lines.size() > kLinesMax)
            grid->addWidget(new PlainLabel(tr("and %n more", nullptr, static_cast<int>(plan.lines.size() - kLinesMax)), this, theme::Face::Small, theme::Ink::Secondary), row, 0);
        grid->setColumnStretch(3, 1);
        body()->addLayout(grid);
    }
    for (const auto& text : plan.consequences)
        body()->addWidget(wrapped(text, theme::Ink::Primary));
    for (const auto& text : plan.warnings)
        body()->addWidget(wrapped(text, theme::Ink::Warn));
    if (!plan.undo.isEmpty())
        body()->addWidget(wrapped(plan.undo, theme::Ink::Secondary));
    if (!plan.command.isEmpty()) {
        body()->addWidget(new PlainLabel(tr("The same on a command line"), this, theme::Face::Small, theme::Ink::Secondary));
        body()->addWidget(new CommandBox(plan.command, this));
    }
    if (!m_type.isEmpty()) {
        body()->addWidget(wrapped(tr("Type \u201c%1\u201d to confirm.").arg(m_type), theme::Ink::Primary));
        m_name = new QLineEdit(this);
        m_name->setAccessibleName(tr("Type \u201c%1\u201d to confirm.").arg(m_type));
        setMono(m_name);
        connect(m_name, &QLineEdit::textChanged, this, [this] { m_do->setEnabled(confirmed()); });
        body()->addWidget(m_name);
    }
    m_problem = wrapped({}, theme::Ink::Bad);
    m_problem->hide();
    body()->addWidget(m_problem);
    body()->addStretch(1);
    setFootText(tr("Kept in the audit trail with what stood before."));
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(plan.doText, plan.destructive ? theme::ButtonKind::Danger : theme::ButtonKind::Primary, [this] {
        if (confirmed())
            emit approved();
    });
    m_do->setEnabled(confirmed());
}

bool PlanDialog::confirmed() const { return m_type.isEmpty() || (m_name && m_name->text() == m_type); }

void PlanDialog::setBusy(const QString& text) {
    m_problem->hide();
    m_do->setEnabled(false);
    setFootText(text);
}

void PlanDialog::setFailed(const QString& reason) {
    m_problem->setText(reason);
    m_problem->show();
    m_do->setEnabled(confirmed());
    setFootText(tr("Nothing was changed."));
}

} // namespace ui::widgets
