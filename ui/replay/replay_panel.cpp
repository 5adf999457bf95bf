#include "ui/replay/replay_panel.h"

#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/plan_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QProgressBar>
#include <QSpinBox>
#include <QVBoxLayout>

namespace ui::replay {

using models::replay::Placement;
using models::replay::Progress;
namespace format = models::format;

namespace {
constexpr int kRateMax = 10'000'000;
constexpr int kBarMax = 1000;
} // namespace

ReplayPanel::ReplayPanel(shell::PageContext& context, SendTools tools, QWidget* parent) : QWidget(parent), m_context(context), m_tools(std::move(tools)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    auto* form = widgets::formLayout();
    m_cluster = new QComboBox(this);
    m_cluster->setAccessibleName(tr("To cluster"));
    form->addRow(tr("To cluster"), m_cluster);
    const auto line = [&](const QString& label, const QString& hint) {
        auto* field = new QLineEdit(this);
        field->setAccessibleName(label);
        field->setPlaceholderText(hint);
        widgets::setMono(field);
        form->addRow(label, field);
        connect(field, &QLineEdit::textChanged, this, [this] { check(); });
        return field;
    };
    m_target = line(tr("To topic"), tr("orders-again"));
    m_from = line(tr("From"), tr("the first"));
    m_from->setToolTip(tr("An offset, or a time like 2026-01-31T14:05; empty: the first message"));
    m_until = line(tr("Until"), tr("the newest"));
    m_until->setToolTip(tr("An offset, or a time like 2026-01-31T14:05, that is not sent any more; empty: all that is there now"));
    m_rate = new QSpinBox(this);
    m_rate->setRange(0, kRateMax);
    m_rate->setSpecialValueText(tr("no limit"));
    m_rate->setAccessibleName(tr("Messages a second"));
    m_rate->setSuffix(tr(" a second"));
    form->addRow(tr("At most"), m_rate);
    m_keep = new QCheckBox(tr("Keep each message's partition"), this);
    form->addRow(QString(), m_keep);
    column->addLayout(form);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    column->addWidget(m_problem);
    m_bar = new QProgressBar(this);
    m_bar->setRange(0, kBarMax);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress of the replay"));
    m_bar->hide();
    column->addWidget(m_bar);
    m_progress = new widgets::PlainLabel({}, this);
    m_progress->setWordWrap(true);
    column->addWidget(m_progress);
    connect(m_rate, &QSpinBox::valueChanged, this, [this](int value) {
        if (m_running)
            m_desk->control.setRate(value);
    });
    connect(m_cluster, &QComboBox::activated, this, [this] { check(); });
    context.onTick(this, [this] {
        if (m_running)
            showProgress();
    });
}

void ReplayPanel::makeActions(QWidget* page) {
    auto& actions = m_context.actions();
    const QString here = QStringLiteral("send");
    m_plan = actions.add({.id = QStringLiteral("send.plan"), .text = tr("Show the plan"), .key = QKeySequence(tr("Ctrl+Shift+R")), .context = here, .safety = shell::Safety::Changes,
                             .explanation = tr("What would be sent, where to, and what stands in the way"), .run = [this] { askPlan(); }},
        page);
    m_pause = actions.add({.id = QStringLiteral("send.pause"), .text = tr("Pause"), .context = here, .explanation = tr("Stand still after what is on its way; again to go on"),
                              .run =
                                  [this] {
                                      if (m_desk)
                                          m_desk->control.setPaused(m_pause->isChecked());
                                      showProgress();
                                  }},
        page);
    m_pause->setCheckable(true);
    m_stop = actions.add({.id = QStringLiteral("send.stop"), .text = tr("Stop"), .context = here, .explanation = tr("Stop after what is on its way; the same plan goes on with it later"),
                             .run =
                                 [this] {
                                     if (m_desk)
                                         m_desk->control.stop();
                                 }},
        page);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(new widgets::Button(m_stop, theme::ButtonKind::Quiet, this));
    row->addWidget(new widgets::Button(m_pause, theme::ButtonKind::Normal, this));
    row->addWidget(new widgets::Button(m_plan, theme::ButtonKind::Primary, this));
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    check();
}

void ReplayPanel::setSource(const models::client::ClientConfig& config, const QString& clusterKey, const QString& topic) {
    m_source = config;
    m_sourceKey = clusterKey;
    m_topic = topic;
    refreshEndpoints();
}

void ReplayPanel::refreshEndpoints() {
    const QString chosen = m_cluster->currentIndex() >= 0 ? m_cluster->currentData().toString() : m_sourceKey;
    m_endpoints = m_tools.endpoints();
    m_cluster->clear();
    for (const auto& endpoint : m_endpoints)
        m_cluster->addItem(endpoint.name, endpoint.key);
    m_cluster->setCurrentIndex(std::max(0, m_cluster->findData(chosen)));
    check();
}

std::optional<Endpoint> ReplayPanel::endpoint() const {
    const int index = m_cluster->currentIndex();
    return index >= 0 && index < m_endpoints.size() ? std::optional(m_endpoints[index]) : std::nullopt;
}

void ReplayPanel::check() {
    if (m_plan == nullptr)
        return;
    QString problem;
    for (auto* field : {m_from, m_until}) {
        const bool good = models::replay::parseBound(field->text()).has_value();
        widgets::setFieldState(field, good ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
        if (!good)
            problem = tr("Write an offset, or a time like 2026-01-31T14:05.");
    }
    m_problem->setText(problem);
    const auto to = endpoint();
    QString refusal = problem;
    if (!m_tools.database)
        refusal = tr("Without its database Samsa could not go on after a crash");
    else if (m_running || m_planning)
        refusal = m_running ? tr("One replay runs on this page already") : tr("The plan is being made");
    else if (m_topic.isEmpty())
        refusal = tr("Choose the topic whose messages are sent again");
    else if (!to)
        refusal = tr("No cluster is connected");
    else if (m_target->text().trimmed().isEmpty())
        refusal = tr("Name the topic they are sent to");
    else if (const auto refused = to->changes->refusal())
        refusal = shell::whatFailed(*refused);
    m_plan->setRefusal(refusal);
    const QString idle = m_running ? QString() : tr("No replay runs here");
    m_pause->setRefusal(idle);
    m_stop->setRefusal(idle);
    for (QWidget* field : std::initializer_list<QWidget*>{m_cluster, m_target, m_from, m_until, m_keep})
        field->setEnabled(!m_running && !m_planning);
    emit changed();
}

void ReplayPanel::askPlan() {
    const auto to = endpoint();
    if (!to)
        return;
    models::replay::Order order;
    order.source = m_source;
    order.sourceTopic = m_topic;
    order.target = to->config;
    order.targetTopic = m_target->text().trimmed();
    order.placement = m_keep->isChecked() ? Placement::Keep : Placement::ByKey;
    order.from = *models::replay::parseBound(m_from->text());
    order.until = *models::replay::parseBound(m_until->text());
    order.messagesPerSecond = m_rate->value();
    m_desk = std::make_shared<models::replay::ReplayDesk>(m_tools.database);
    m_planning = true;
    m_bar->hide();
    m_progress->setInk(theme::Ink::Secondary);
    m_progress->setText(tr("Asking both clusters…"));
    check();
    to->changes->plan(models::changes::ReplayMessages{order, m_desk}, this, [this, service = QPointer(to->changes)](models::Result<models::changes::Plan> plan) {
        m_planning = false;
        m_progress->setText({});
        check();
        if (!plan) {
            m_progress->setInk(theme::Ink::Bad);
            m_progress->setText(plan.error().code == models::ErrorCode::Refused ? plan.error().why : shell::whatFailed(plan.error()) + QLatin1Char(' ') + shell::nextStep(plan.error()));
            return;
        }
        widgets::PlanText text;
        text.title = plan->title;
        text.target = plan->target;
        for (const auto& line : plan->lines)
            text.lines.append({line.what, line.before, line.after});
        text.consequences = plan->consequences;
        text.warnings = plan->warnings;
        text.command = plan->command;
        text.undo = plan->undoText;
        text.typeToConfirm = plan->typeToConfirm;
        text.doText = tr("Replay");
        auto* dialog = new widgets::PlanDialog(text, this);
        connect(dialog, &widgets::PlanDialog::approved, this, [this, service, plan = *plan, dialog] {
            dialog->dismiss();
            if (service)
                begin(service, plan);
        });
        dialog->open();
    });
}

void ReplayPanel::begin(models::changes::ChangeService* service, const models::changes::Plan& plan) {
    m_running = true;
    m_pause->setChecked(false);
    m_bar->setValue(0);
    m_bar->show();
    check();
    showProgress();
    service->apply(plan, this, [this, plan](models::Result<models::changes::Applied> outcome) {
        m_running = false;
        m_pause->setChecked(false);
        showProgress();
        m_bar->hide();
        if (!outcome) {
            m_progress->setInk(theme::Ink::Bad);
            m_progress->setText(tr("%1 Nothing is lost: the same plan goes on where it was.").arg(shell::whatFailed(outcome.error())));
        } else {
            const auto& report = *m_desk->report;
            QStringList sentences{report.finished ? tr("%1 messages arrived, %2, in %3.").arg(format::count(report.tally.sent), format::bytes(report.tally.bytes), format::duration(report.elapsedMs))
                                                  : tr("Stopped after %1 messages; the same plan goes on where it was.").arg(format::count(report.tally.sent))};
            if (report.transactional)
                sentences << tr("Each arrived once.");
            else if (report.tally.repeatedMax > 0)
                sentences << tr("None is missing; up to %1 may have arrived twice.").arg(format::count(report.tally.repeatedMax));
            else
                sentences << tr("None is missing, none was sent twice.");
            m_progress->setInk(report.finished ? theme::Ink::Good : theme::Ink::Secondary);
            m_progress->setText((sentences + report.notes).join(QLatin1Char(' ')));
            m_context.notify({tr("%1: %2").arg(plan.title, outcome->verified), report.finished ? theme::Tone::Good : theme::Tone::Neutral});
        }
        check();
    });
}

void ReplayPanel::showProgress() {
    if (!m_running)
        return;
    const auto progress = m_desk->control.progress();
    m_bar->setValue(progress.offsetsTotal > 0 ? static_cast<int>(progress.offsetsDone * kBarMax / progress.offsetsTotal) : 0);
    QString text;
    switch (progress.phase) {
    case Progress::Phase::Starting: text = tr("Starting…"); break;
    case Progress::Phase::Waiting: text = tr("Waiting, then tried again: %1").arg(progress.waitingFor); break;
    case Progress::Phase::Paused: text = tr("Paused after %1 messages, %2.").arg(format::count(progress.tally.sent), format::bytes(progress.tally.bytes)); break;
    default:
        text = tr("%1 messages arrived, %2, %3, %4 of the range.")
                   .arg(format::count(progress.tally.sent), format::bytes(progress.tally.bytes), format::rate(progress.perSecond),
                       format::percent(progress.offsetsTotal > 0 ? double(progress.offsetsDone) / double(progress.offsetsTotal) : 0));
    }
    m_progress->setInk(theme::Ink::Secondary);
    m_progress->setText(text);
}

} // namespace ui::replay
