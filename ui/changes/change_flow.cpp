#include "ui/changes/change_flow.h"

#include "models/changes/change_service.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/plan_dialog.h"

#include <QLineEdit>
#include <algorithm>

namespace ui::changes {

using models::changes::Applied;
using models::changes::Plan;
using models::changes::Safety;

ChangeFlow::ChangeFlow(models::changes::ChangeService* service, shell::PageContext& context, QWidget* near)
    : QObject(near), m_service(service), m_context(context), m_near(near) {}

void ChangeFlow::start(const models::changes::Change& change, bool askIfSafe, std::function<void()> done) {
    if (const auto refusal = m_service->refusal(change)) {
        tellFailure(*refusal);
        return;
    }
    m_service->plan(change, this, [this, askIfSafe, done = std::move(done)](models::Result<Plan> plan) {
        if (!plan) {
            tellFailure(plan.error());
            return;
        }
        if (plan->safety == Safety::Safe && !askIfSafe)
            apply(*plan, nullptr, done);
        else
            show(*plan, done);
    });
}

void ChangeFlow::show(const Plan& plan, std::function<void()> done) {
    widgets::PlanText text;
    text.title = plan.title;
    text.target = m_service->clusterName(); // where, not what: the title says what
    for (const auto& line : plan.lines)
        text.lines.append({line.what, line.before, line.after, line.note});
    text.consequences = plan.consequences;
    text.warnings = plan.warnings;
    text.command = plan.command;
    text.undo = plan.undoText;
    text.typeToConfirm = plan.typeToConfirm;
    text.doText = plan.title.section(QLatin1Char(' '), 0, 1);
    text.destructive = plan.safety == Safety::Destructive;
    auto* dialog = new widgets::PlanDialog(text, m_near);
    connect(dialog, &widgets::PlanDialog::approved, this, [this, plan, dialog, done] {
        dialog->setBusy(tr("Applying…"));
        apply(plan, dialog, done);
    });
    dialog->open();
    if (auto* name = dialog->findChild<QLineEdit*>()) // what is to be typed, before the command that may be copied
        name->setFocus(Qt::TabFocusReason);
}

namespace {

/// "Create topic orders: 6 partitions", "orders is gone", "Done: Kill broker 2". Nothing is said twice.
QString outcomeText(const Plan& plan, const QString& seen) {
    const bool oneWord = std::all_of(seen.begin(), seen.end(), [](QChar c) { return c.isLetter(); });
    if (oneWord) // nothing, or the word that the title has already: "Kill broker 2", "killed"
        return ChangeFlow::tr("Done: %1").arg(plan.title);
    if (!plan.target.isEmpty() && seen.startsWith(plan.target + QLatin1Char(' ')))
        return seen;
    const QString named = plan.target + QStringLiteral(": ");
    return ChangeFlow::tr("%1: %2").arg(plan.title, !plan.target.isEmpty() && seen.startsWith(named) ? seen.mid(named.size()) : seen);
}

} // namespace

void ChangeFlow::apply(const Plan& plan, QPointer<QObject> shown, std::function<void()> done) {
    m_service->apply(plan, this, [this, plan, shown, done](models::Result<Applied> outcome) {
        auto* dialog = qobject_cast<widgets::PlanDialog*>(shown.data());
        if (!outcome) {
            const QString sentence = shell::failureSentence(outcome.error());
            if (dialog != nullptr)
                dialog->setFailed(sentence);
            else
                m_context.notify({sentence, theme::Tone::Bad});
            return;
        }
        if (dialog != nullptr)
            dialog->dismiss();
        shell::Notice notice{outcomeText(plan, outcome->verified), theme::Tone::Good};
        for (const QWidget* up = m_near; up != nullptr && notice.cluster.isEmpty(); up = up->parentWidget())
            if (const auto* page = qobject_cast<const shell::Page*>(up))
                notice.cluster = page->location().cluster;
        m_undo = plan.undo;
        m_undoTitle = plan.title;
        emit undoChanged();
        if (plan.undo) {
            notice.actionText = tr("Undo");
            notice.action = [self = QPointer<ChangeFlow>(this), undo = plan.undo] {
                if (self)
                    self->start(*undo);
            };
        }
        m_context.notify(notice);
        if (done)
            done();
    });
}

void ChangeFlow::undoLast() {
    if (m_undo)
        start(*m_undo);
}

void ChangeFlow::tellFailure(const models::Error& error) {
    m_context.notify({shell::failureSentence(error), theme::Tone::Bad});
}

} // namespace ui::changes
