#include "ui/shell/overlays.h"

#include "models/base/job.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QGridLayout>
#include <QProgressBar>
#include <QVBoxLayout>

namespace ui::shell {

namespace {

/// Rows in the body of the dialog, which scrolls.
QVBoxLayout* rowsIn(widgets::Dialog* dialog) {
    auto* rows = new QVBoxLayout;
    dialog->body()->addLayout(rows, 1);
    return rows;
}

} // namespace

KeysDialog::KeysDialog(const ActionRegistry& actions, const QString& context, QWidget* near)
    : Dialog(tr("Every key"), tr("What works here. The palette (%1) finds each of these by name.").arg(QKeySequence(Qt::CTRL | Qt::Key_K).toString(QKeySequence::NativeText)), near) {
    auto* rows = rowsIn(this);
    rows->setSpacing(4);
    for (const bool here : {true, false}) {
        bool first = true;
        for (const Action* action : actions.actionsIn(context)) {
            if (action->spec().key.isEmpty() || action->spec().context.isEmpty() == here)
                continue;
            if (first) {
                auto* head = new widgets::PlainLabel(here ? tr("On this page") : tr("Everywhere"), this, theme::Face::SmallMedium, theme::Ink::Tertiary);
                head->setMinimumHeight(28);
                rows->addWidget(head);
                first = false;
            }
            auto* row = new QHBoxLayout;
            row->addWidget(new widgets::PlainLabel(action->text(), this), 1);
            row->addWidget(new widgets::KeyCap(action->spec().key.toString(QKeySequence::NativeText).replace(u'+', u' '), this));
            rows->addLayout(row);
        }
    }
    auto* head = new widgets::PlainLabel(tr("In tables and lists"), this, theme::Face::SmallMedium, theme::Ink::Tertiary);
    head->setMinimumHeight(28);
    rows->addWidget(head);
    for (const auto& [what, keys] : {std::pair(tr("Open the row"), tr("Enter")), std::pair(tr("Copy the rows"), tr("Ctrl C")),
                                     std::pair(tr("Menu of the row: copy as, sort, export, columns"), tr("Menu")), std::pair(tr("Next part of the window"), tr("Tab"))}) {
        auto* row = new QHBoxLayout;
        row->addWidget(new widgets::PlainLabel(what, this), 1);
        row->addWidget(new widgets::KeyCap(keys, this));
        rows->addLayout(row);
    }
    rows->addStretch(1);
    addChoice(tr("Close"), theme::ButtonKind::Normal, [this] { dismiss(); });
    setPanelSize({560, 620});
}

JobsDialog::JobsDialog(models::JobRunner* jobs, QWidget* near) : Dialog(tr("What runs"), tr("Long work in the background. It goes on while you use the window."), near) {
    m_rows = rowsIn(this);
    m_rows->setSpacing(12);
    if (jobs) {
        for (auto it = jobs->jobs().rbegin(); it != jobs->jobs().rend(); ++it)
            addRow(*it);
        connect(jobs, &models::JobRunner::jobAdded, this, &JobsDialog::addRow);
    }
    if (!jobs || jobs->jobs().isEmpty())
        m_rows->addWidget(new widgets::PlainLabel(tr("Nothing runs, and nothing ran since the start."), this, theme::Face::Text, theme::Ink::Secondary));
    m_rows->addStretch(1);
    addChoice(tr("Close"), theme::ButtonKind::Normal, [this] { dismiss(); });
    setPanelSize({560, 420});
}

void JobsDialog::addRow(models::Job* job) {
    auto* box = new QWidget(this);
    auto* down = new QVBoxLayout(box);
    down->setSpacing(4);
    auto* line = new QHBoxLayout;
    auto* state = new widgets::PillLabel({}, theme::Tone::Neutral, box);
    auto* cancel = widgets::localAction(box, tr("Cancel"), [job = QPointer<models::Job>(job)] {
        if (job)
            job->cancel();
    });
    line->addWidget(new widgets::PlainLabel(job->title(), box, theme::Face::Medium), 1);
    line->addWidget(state);
    auto* button = (new widgets::Button(cancel, theme::ButtonKind::Quiet, box))->small();
    line->addWidget(button);
    auto* progress = new QProgressBar(box);
    progress->setTextVisible(false);
    auto* detail = new widgets::PlainLabel({}, box, theme::Face::Small, theme::Ink::Secondary);
    down->addLayout(line);
    down->addWidget(progress);
    down->addWidget(detail);
    m_rows->insertWidget(0, box);
    const auto show = [job, state, button, progress, detail] {
        using State = models::Job::State;
        switch (job->state()) {
        case State::Queued: state->set(tr("waits"), theme::Tone::Neutral); break;
        case State::Running: state->set(tr("runs"), theme::Tone::Info); break;
        case State::Finished: state->set(tr("done"), theme::Tone::Good); break;
        case State::Failed: state->set(tr("failed"), theme::Tone::Bad); break;
        case State::Cancelled: state->set(tr("cancelled"), theme::Tone::Neutral); break;
        }
        button->setVisible(!job->isOver());
        progress->setVisible(!job->isOver());
        // QProgressBar counts in int; a share is enough.
        progress->setRange(0, job->total() > 0 ? 1000 : 0);
        if (job->total() > 0)
            progress->setValue(static_cast<int>(1000.0 * static_cast<double>(job->done()) / static_cast<double>(job->total())));
        detail->setText(job->state() == State::Failed ? errorText(job->error()).reason : job->detail());
        detail->setVisible(!detail->text().isEmpty());
    };
    show();
    connect(job, &models::Job::changed, box, show);
    connect(job, &QObject::destroyed, box, &QObject::deleteLater);
}

} // namespace ui::shell
