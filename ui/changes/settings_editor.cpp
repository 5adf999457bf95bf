#include "ui/changes/settings_editor.h"

#include "models/changes/change_service.h"
#include "ui/changes/change_flow.h"
#include "ui/changes/setting_dialog.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/command_box.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QMenu>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

namespace ui::changes {

using models::topics::SettingTableModel;

namespace {
constexpr int kPlanDelayMs = 120;
constexpr int kLinesShown = 24;
constexpr int kSettingsShare = 5, kPlanShare = 3;
constexpr int kNameAtLeast = 230, kNameAtMost = 380, kWide = 1000;
constexpr int kMeaningFrom = 860; ///< in fewer pixels names and values come first
} // namespace

SettingsEditor::SettingsEditor(shell::PageContext& context, models::changes::ChangeService* service, ChangeFlow* flow, QWidget* parent)
    : QWidget(parent), m_context(context), m_service(service), m_flow(flow), m_model(new SettingTableModel(this)), m_planTimer(new QTimer(this)) {
    auto* row = widgets::cardRow();
    row->setContentsMargins({});
    m_card = new widgets::Card(tr("Settings"), {}, this);
    m_search = new widgets::SearchField(tr("Filter settings"), m_card);
    m_card->head()->addWidget(m_search);
    m_table = new widgets::TableView(m_card);
    m_table->setSource(m_model);
    m_table->setAccessibleName(tr("Settings"));
    m_table->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        const QString state = index.data(models::StateRole).toString();
        if (index.column() == SettingTableModel::NameColumn)
            look.face = theme::Face::Mono;
        if (index.column() == SettingTableModel::NewColumn && state == u"changed")
            look.pill = theme::Tone::Warn;
        if (index.column() == SettingTableModel::NowColumn && state == u"set")
            look.ink = theme::Ink::Accent;
        if (state == u"off" || index.column() >= SettingTableModel::SourceColumn)
            look.ink = theme::Ink::Secondary;
        return look;
    });
    m_table->setEmptyText(tr("No setting matches the filter."));
    m_table->setRowMenu([this](QMenu* menu, const QString& name) {
        menu->addAction(tr("Change…"), this, [this, name] { edit(name); });
        const auto* setting = m_model->find(name);
        menu->addAction(tr("Take back what is set here"), this, [this, name] { m_model->wishBack(name); })->setEnabled(setting != nullptr && setting->setHere && !setting->entry.readOnly);
        menu->addAction(tr("Leave it as it is"), this, [this, name] { m_model->drop(name); })->setEnabled(setting != nullptr && setting->changes);
    });
    connect(m_search, &widgets::SearchField::searched, m_table, [this](const QString& text) { m_table->setFilterText(text); });
    connect(m_search, &widgets::SearchField::leftDown, m_table, [this] { m_table->setFocus(); });
    connect(m_table, &widgets::TableView::rowActivated, this, [this](const QString& name) { edit(name); });
    m_stack = new widgets::StateStack(m_table, m_card);
    m_card->body()->addWidget(m_stack, 1);
    row->addWidget(m_card, kSettingsShare);

    m_planCard = new widgets::Card(tr("Plan"), {}, this);
    m_planPill = new widgets::PillLabel({}, theme::Tone::Neutral, m_planCard);
    m_planCard->head()->insertWidget(1, m_planPill);
    auto* scroll = new QScrollArea(m_planCard);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->viewport()->setAutoFillBackground(false);
    m_planBody = new QWidget(scroll);
    m_planBody->setAutoFillBackground(false);
    m_planLines = new QVBoxLayout(m_planBody);
    m_planLines->setContentsMargins({});
    m_planLines->setSpacing(6);
    scroll->setWidget(m_planBody);
    m_planBody->setAutoFillBackground(false); // the scroll area turned it on
    m_planCard->body()->addWidget(scroll, 1);
    row->addWidget(m_planCard, kPlanShare);
    setLayout(row);

    connect(service, &models::changes::ChangeService::applied, this, [this](const models::changes::Plan& plan) {
        if (std::holds_alternative<models::changes::AlterConfig>(plan.change))
            emit applied();
    });
    m_planTimer->setSingleShot(true);
    m_planTimer->setInterval(kPlanDelayMs);
    connect(m_planTimer, &QTimer::timeout, this, [this] { askPlan(); });
    connect(m_model, &SettingTableModel::wishesChanged, this, [this] {
        ++m_planNumber;
        m_plan.reset();
        m_planProblem.clear();
        showPlan();
        if (wishCount() > 0)
            m_planTimer->start();
        emit changed();
    });
    showPlan();
}

void SettingsEditor::fit() {
    const int room = m_planCard->isHidden() ? width() : width() * kSettingsShare / (kSettingsShare + kPlanShare);
    const bool meaning = room >= static_cast<int>(kMeaningFrom * std::max(1.0, theme::of(this).textScale));
    // Names in full where there is room for them: the beginnings of many are the same.
    int name = kNameAtLeast;
    const QFontMetrics mono(theme::of(this).font(theme::Face::Mono));
    for (int i = 0; meaning && i < m_model->rowCount(); ++i)
        name = std::max(name, static_cast<int>(mono.horizontalAdvance(m_model->index(i, SettingTableModel::NameColumn).data().toString()) / std::max(1.0, theme::of(this).textScale)) + 24);
    name = std::min(name, room >= kWide ? kNameAtMost : kNameAtLeast);
    if (m_fitted == name && m_table->isColumnHidden(SettingTableModel::MeaningColumn) != meaning)
        return; // widths that somebody gave stay
    m_fitted = name;
    m_table->setColumnHidden(SettingTableModel::MeaningColumn, !meaning);
    m_table->setInitialWidths({{QStringLiteral("name"), name}, {QStringLiteral("now"), room >= kWide ? 150 : 110}, {QStringLiteral("new"), 110}, {QStringLiteral("source"), 130}},
        meaning ? QStringLiteral("meaning") : QStringLiteral("name"));
}

void SettingsEditor::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fit();
}

void SettingsEditor::setResource(const models::client::ConfigResource& resource, const QString& of, const QStringList& names) {
    m_of = of;
    m_model->setResource(resource, names);
}

void SettingsEditor::setEntries(const QList<models::client::ConfigEntry>* entries, const models::Error* error) {
    if (entries != nullptr) {
        m_model->setEntries(*entries);
        fit();
        m_stack->showContent();
    } else if (error != nullptr) {
        m_stack->state()->showFailed(tr("The settings could not be read"), shell::whatFailed(*error), shell::nextStep(*error), m_again);
        m_stack->showState();
    } else if (m_stack->showsContent()) {
        m_model->setEntries({});
        m_stack->state()->showLoading(tr("Asking for the settings"));
        m_stack->showState();
    }
}

void SettingsEditor::setConsequences(const QStringList& sentences) {
    if (sentences == m_consequences)
        return;
    m_consequences = sentences;
    showPlan();
}

QString SettingsEditor::refusal() const {
    if (const auto refused = m_service->refusal())
        return shell::whatFailed(*refused);
    if (wishCount() == 0)
        return tr("No setting has a new value yet");
    return m_planProblem;
}

void SettingsEditor::edit(const QString& name) {
    const auto* row = m_model->find(name);
    if (row == nullptr)
        return;
    SettingFacts facts{m_of, name, row->entry.value.value_or(QString()), row->without.value_or(QString()), models::topics::sourceText(row->entry.source), row->setHere, row->entry.readOnly,
        row->entry.sensitive, row->entry.synonyms, row->changes && row->wanted ? *row->wanted : QString(), tr("Take it into the plan")};
    openSettingDialog(this, facts, [this, name](const std::optional<QString>& value) { value ? m_model->wish(name, *value) : m_model->wishBack(name); });
}

void SettingsEditor::apply() {
    const auto wishes = m_model->wishes();
    if (!wishes.isEmpty())
        m_flow->start(models::changes::AlterConfig{m_model->resource(), wishes}, true, [this] { m_model->dropAll(); });
}

void SettingsEditor::askPlan() {
    const auto wishes = m_model->wishes();
    if (wishes.isEmpty())
        return;
    const quint64 number = ++m_planNumber;
    m_service->plan(models::changes::AlterConfig{m_model->resource(), wishes}, this, [this, number](const models::Result<models::changes::Plan>& plan) {
        if (number != m_planNumber)
            return;
        if (plan)
            m_plan = *plan;
        else
            m_planProblem = shell::failureSentence(plan.error());
        showPlan();
        emit changed();
    });
}

void SettingsEditor::showPlan() {
    while (auto* item = m_planLines->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto say = [this](const QString& text, theme::Face face, theme::Ink ink) {
        auto* label = new widgets::PlainLabel(text, m_planBody, face, ink);
        label->setWordWrap(true);
        m_planLines->addWidget(label);
    };
    const int count = wishCount();
    m_planPill->set(tr("%n change(s)", nullptr, count), count > 0 ? theme::Tone::Warn : theme::Tone::Neutral);
    m_planCard->setVisible(count > 0); // until then the settings have the room
    fit();
    m_card->setNote(count > 0 ? QString() : tr("Enter gives one a new value; nothing changes before you apply it"));
    if (count == 0)
        return;
    if (!m_planProblem.isEmpty()) {
        say(m_planProblem, theme::Face::Text, theme::Ink::Bad);
    } else if (!m_plan) {
        say(tr("Asking the cluster…"), theme::Face::Text, theme::Ink::Secondary);
    } else {
        for (const auto& line : m_plan->lines.mid(0, kLinesShown)) {
            say(QStringLiteral("\u2212 %1 = %2").arg(line.what, line.before), theme::Face::Mono, theme::Ink::Bad);
            say(QStringLiteral("+ %1 = %2").arg(line.what, line.after), theme::Face::Mono, theme::Ink::Good);
        }
        for (const auto& text : m_plan->consequences + m_consequences)
            say(text, theme::Face::Text, theme::Ink::Primary);
        for (const auto& text : m_plan->warnings)
            say(text, theme::Face::Text, theme::Ink::Warn);
        say(m_plan->undoText, theme::Face::Text, theme::Ink::Secondary);
        if (!m_plan->command.isEmpty())
            m_planLines->addWidget(new widgets::CommandBox(m_plan->command, m_planBody));
        say(tr("Kept in the audit trail with what stood before."), theme::Face::Small, theme::Ink::Secondary);
    }
    m_planLines->addStretch(1);
}

} // namespace ui::changes
