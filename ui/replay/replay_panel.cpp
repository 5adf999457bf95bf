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
#include <QFileDialog>
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
    auto* form = m_form = widgets::formLayout();
    m_what = new QComboBox(this);
    m_what->setAccessibleName(tr("What is sent"));
    form->addRow(tr("What"), m_what);
    m_chosen = new widgets::PlainLabel({}, this, theme::Face::Text, theme::Ink::Secondary);
    m_chosen->asFormRow();
    form->addRow(tr("Chosen"), m_chosen);
    m_fileRow = new QWidget(this);
    auto* fileLine = new QHBoxLayout(m_fileRow);
    fileLine->setContentsMargins({});
    m_file = new QLineEdit(m_fileRow);
    m_file->setAccessibleName(tr("File"));
    m_file->setPlaceholderText(tr("messages.ndjson"));
    m_file->setToolTip(tr("One message a line: as samsa search prints it, or like {\"key\": \"a\", \"value\": {\"n\": 1}}"));
    widgets::setMono(m_file);
    fileLine->addWidget(m_file, 1);
    form->addRow(tr("File"), m_fileRow);
    connect(m_file, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_what, &QComboBox::activated, this, [this] { showWhat(); });
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
    connect(m_cluster, &QComboBox::activated, this, [this] {
        m_plainOffered = false; // that was another target
        check();
    });
    connect(m_target, &QLineEdit::textChanged, this, [this] {
        m_plainOffered = false;
        check();
    });
    context.onTick(this, [this] {
        if (m_running)
            showProgress();
        else if (m_planning && m_desk)
            if (const QString doing = m_desk->control.progress().waitingFor; !doing.isEmpty())
                m_progress->setText(doing);
    });
    setSelection({});
}

ReplayPanel::What ReplayPanel::what() const { return static_cast<What>(m_what->currentData().toInt()); }

void ReplayPanel::setSelection(const std::optional<models::replay::Selection>& selection, bool gone) {
    if (m_running || m_planning)
        return;
    const bool file = m_what->count() > 0 && what() == File; // chosen on this page: it stays
    m_selection = selection;
    m_what->clear();
    m_what->addItem(tr("a range of this topic"), Range);
    if (selection)
        m_what->addItem(tr("the chosen messages"), Chosen);
    m_what->addItem(tr("the messages of a file"), File);
    if (selection) {
        m_what->setCurrentIndex(m_what->findData(Chosen));
        QStringList partitions;
        for (const auto& range : selection->ranges)
            if (const QString name = QString::number(range.partition); !partitions.contains(name))
                partitions << name;
        m_chosen->setText(tr("%1, of partition %2").arg(selection->what, partitions.mid(0, 12).join(QStringLiteral(", ")) + (partitions.size() > 12 ? QStringLiteral("…") : QString())));
    } else if (file) {
        m_what->setCurrentIndex(m_what->findData(File));
    }
    showWhat();
    if (gone)
        m_problem->setText(tr("What was chosen is not known any more: choose the messages again in the list."));
}

void ReplayPanel::showWhat() {
    const auto show = [this](QWidget* field, bool shown) { m_form->setRowVisible(field, shown); };
    show(m_chosen, what() == Chosen);
    show(m_fileRow, what() == File);
    show(m_from, what() == Range);
    show(m_until, what() == Range);
    if (what() == File && m_target->text().isEmpty())
        m_target->setText(m_topic);
    check();
}

void ReplayPanel::chooseFile() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Messages to import"), m_file->text(), tr("JSON lines (*.ndjson *.jsonl *.json);;All files (*)"));
    if (!path.isEmpty())
        m_file->setText(path);
}

void ReplayPanel::makeActions(QWidget* page) {
    auto& actions = m_context.actions();
    const QString here = QStringLiteral("send");
    m_plan = actions.add({.id = QStringLiteral("send.plan"), .text = tr("Show the plan"), .key = QKeySequence(tr("Ctrl+Shift+R")), .context = here, .safety = shell::Safety::Changes,
                             .explanation = tr("What would be sent, where to, and what stands in the way"), .run = [this] { askPlan(); }},
        page);
    m_pause = actions.add({.id = QStringLiteral("send.pause"), .text = tr("Pause the replay"), .context = here, .explanation = tr("Stand still after what is on its way; again to go on"),
                              .run =
                                  [this] {
                                      if (m_desk)
                                          m_desk->control.setPaused(m_pause->isChecked());
                                      showProgress();
                                  }},
        page);
    m_pause->setCheckable(true);
    m_stop = actions.add({.id = QStringLiteral("send.stop"), .text = tr("Stop the replay"), .context = here, .explanation = tr("Stop after what is on its way; the same plan goes on with it later"),
                             .run =
                                 [this] {
                                     if (m_desk)
                                         m_desk->control.stop();
                                 }},
        page);
    m_plain = actions.add({.id = QStringLiteral("send.plain"), .text = tr("Send without transactions"), .context = here, .safety = shell::Safety::Changes,
                              .explanation = tr("The same messages, planned without transactions: none is missing, and after a crash some may arrive twice"), .run = [this] { sendPlain(); }},
        page);
    m_browse = actions.add({.id = QStringLiteral("send.file"), .text = tr("Choose…"), .key = QKeySequence(tr("Ctrl+O")), .context = here,
                               .explanation = tr("Choose a file of messages, one line of JSON each"),
                               .run =
                                   [this] {
                                       m_what->setCurrentIndex(m_what->findData(File));
                                       showWhat();
                                       chooseFile();
                                   }},
        page);
    m_fileRow->layout()->addWidget((new widgets::Button(m_browse, theme::ButtonKind::Normal, m_fileRow))->small());
    auto* way = new QHBoxLayout; // on its own: beside the others it has no room in a narrow window
    way->addStretch(1);
    way->addWidget(new widgets::Button(m_plain, theme::ButtonKind::Normal, this));
    static_cast<QVBoxLayout*>(layout())->addLayout(way);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(new widgets::Button(m_stop, tr("Stop"), theme::ButtonKind::Quiet, this));
    row->addWidget(new widgets::Button(m_pause, tr("Pause"), theme::ButtonKind::Normal, this));
    row->addWidget(new widgets::Button(m_plan, theme::ButtonKind::Normal, this)); // the primary one of this page sends a message
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
        if (what() != Range)
            break;
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
    else if (what() == File && m_file->text().trimmed().isEmpty())
        refusal = tr("Choose the file whose messages are sent");
    else if (what() == Range && m_topic.isEmpty())
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
    m_stop->setRefusal(m_planning ? QString() : idle); // a long file can be left in the middle
    m_pause->setVisible(m_running); // what stops nothing is not on the page
    m_stop->setVisible(m_running || m_planning);
    m_plain->setVisible(m_plainOffered);
    m_plain->setRefusal(!m_plainOffered                ? tr("Only where the target begins no transaction")
                        : m_planning || m_plainWished ? tr("The plan is being made")
                        : m_running                   ? QString()
                                                      : refusal);
    m_browse->setRefusal(m_running || m_planning ? tr("One replay runs on this page already") : QString());
    for (QWidget* field : std::initializer_list<QWidget*>{m_what, m_file, m_cluster, m_target, m_from, m_until, m_keep})
        field->setEnabled(!m_running && !m_planning);
    emit changed();
}

/// Where the target begins no transaction: what waits is stopped, and the same is planned anew, without.
void ReplayPanel::sendPlain() {
    if (!m_running) {
        askPlan(true);
        return;
    }
    m_plainWished = true;
    m_desk->control.stop();
    check();
}

void ReplayPanel::offerPlain(bool offer) {
    if (std::exchange(m_plainOffered, offer) != offer)
        check();
}

void ReplayPanel::askPlan(bool withoutTransactions) {
    const auto to = endpoint();
    if (!to)
        return;
    models::replay::Order order;
    order.source = m_source;
    order.sourceTopic = m_topic;
    order.target = to->config;
    order.targetTopic = m_target->text().trimmed();
    order.placement = m_keep->isChecked() ? Placement::Keep : Placement::ByKey;
    switch (what()) {
    case Range:
        order.from = *models::replay::parseBound(m_from->text());
        order.until = *models::replay::parseBound(m_until->text());
        break;
    case Chosen:
        order.sourceTopic = m_selection->topic;
        order.ranges = m_selection->ranges;
        order.chosen = true;
        break;
    case File: order.file = m_file->text().trimmed(); break;
    }
    order.messagesPerSecond = m_rate->value();
    order.withoutTransactions = withoutTransactions;
    m_desk = std::make_shared<models::replay::ReplayDesk>(m_tools.database);
    m_planning = true;
    m_plainOffered = false;
    m_bar->hide();
    m_progress->setInk(theme::Ink::Secondary);
    m_progress->setText(what() == File ? tr("Looking at every line of the file…") : tr("Asking both clusters…"));
    check();
    to->changes->plan(models::changes::ReplayMessages{order, m_desk}, this, [this, service = QPointer(to->changes)](models::Result<models::changes::Plan> plan) {
        m_planning = false;
        m_progress->setText({});
        check();
        if (m_desk->control.stopping()) {
            m_progress->setText(tr("Stopped; nothing was sent."));
            return;
        }
        if (!plan) {
            m_progress->setInk(theme::Ink::Bad);
            m_progress->setText(plan.error().code == models::ErrorCode::Refused ? plan.error().why : shell::whatFailed(plan.error()) + QLatin1Char(' ') + shell::nextStep(plan.error()));
            return;
        }
        offerPlain(m_desk->prepared && m_desk->prepared->transactional && !m_desk->prepared->earlier && m_desk->prepared->target.transactionsMustWait());
        widgets::PlanText text;
        text.title = plan->title;
        text.target = service ? service->clusterName() : plan->target; // where, not what: the title says what
        for (const auto& line : plan->lines)
            text.lines.append({line.what, line.before, line.after});
        text.consequences = plan->consequences;
        text.warnings = plan->warnings;
        text.command = plan->command;
        text.undo = plan->undoText;
        text.typeToConfirm = plan->typeToConfirm;
        text.doText = what() == File ? tr("Import") : tr("Replay");
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
        const auto last = m_desk->control.progress();
        offerPlain(!outcome && last.noTransactions);
        if (std::exchange(m_plainWished, false) && !outcome && last.noTransactions) {
            m_progress->setText({});
            askPlan(true);
            return;
        }
        if (!outcome && outcome.error().code == models::ErrorCode::Cancelled && last.noTransactions) {
            m_progress->setInk(theme::Ink::Secondary);
            m_progress->setText(tr("Stopped; nothing was sent."));
        } else if (!outcome && last.noTransactions) {
            m_progress->setInk(theme::Ink::Bad);
            m_progress->setText(tr("%1 Nothing was sent. Send without transactions: none is missing, and after a crash some may arrive twice.").arg(shell::whatFailed(outcome.error())));
        } else if (!outcome) {
            m_progress->setInk(theme::Ink::Bad);
            m_progress->setText(tr("%1 Nothing is lost: the same plan goes on where it was.").arg(shell::whatFailed(outcome.error())));
        } else {
            const auto& report = *m_desk->report;
            QStringList sentences{report.finished ? tr("%1 messages arrived, %2, in %3.").arg(format::count(report.tally.sent), format::bytes(report.tally.bytes), format::duration(report.elapsedMs))
                                                  : tr("Stopped after %1 messages; the same plan goes on where it was.").arg(format::count(report.tally.sent))};
            if (report.transactional && report.tally.repeatedMax == 0)
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
    offerPlain(progress.noTransactions);
    m_bar->setValue(progress.offsetsTotal > 0 ? static_cast<int>(progress.offsetsDone * kBarMax / progress.offsetsTotal) : 0);
    QString text;
    switch (progress.phase) {
    case Progress::Phase::Starting: text = tr("Starting…"); break;
    case Progress::Phase::Waiting:
        text = tr("Waiting, then tried again: %1").arg(progress.waitingFor);
        if (progress.noTransactions)
            text += QLatin1Char(' ') + tr("Nothing was sent yet.");
        break;
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
