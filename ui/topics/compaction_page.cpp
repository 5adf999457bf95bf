#include "ui/topics/compaction_page.h"

#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/compaction/forecast_table_model.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/changes/settings_editor.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_delegate.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QPainter>
#include <QProgressBar>
#include <QSplitter>
#include <QVBoxLayout>

namespace ui::topics {

using models::compaction::CompactionSettings;
using models::compaction::CompactionStudy;
using models::compaction::ForecastTableModel;
using models::compaction::When;
using models::session::ClusterSession;
namespace format = models::format;

namespace {
constexpr int kRowsAtLeast = 2 * theme::kFieldHeight - 8, kStateAtLeast = 204;
constexpr int kRoomForLines = 640;

constexpr qint64 kMeasuredUnasked = 256LL << 20; ///< larger topics are read only when somebody wants it
constexpr int kBarSteps = 1000;
constexpr theme::Tone kTones[] = {theme::Tone::Good, theme::Tone::Warn, theme::Tone::Bad, theme::Tone::Neutral, theme::Tone::Info};
constexpr int kGoes = 2;
constexpr int kPictureShare = 380, kSettingsShare = 330; ///< six partitions and nine settings in a window of usual height

/// What a part of the bars looks like.
class Swatch : public QWidget {
public:
    Swatch(theme::Tone tone, bool hatched, QWidget* parent) : QWidget(parent), m_part{1, tone, hatched} { setFixedSize(16, 10); }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        widgets::drawStack(&painter, QRectF(rect()), {m_part}, theme::of(this), false);
    }

private:
    widgets::StackPart m_part;
};

/// As high as its lines become when they break: a splitter does not ask.
class Lines : public QWidget {
public:
    using QWidget::QWidget;
    std::function<void()> onHeight; ///< another number of lines is needed

protected:
    bool event(QEvent* event) override {
        const bool done = QWidget::event(event);
        if ((event->type() != QEvent::Resize && event->type() != QEvent::LayoutRequest) || layout() == nullptr)
            return done;
        const int before = minimumHeight();
        setMinimumHeight(layout()->heightForWidth(width()));
        if (before != minimumHeight() && onHeight)
            onHeight();
        return done;
    }
};

QString bytesText(double bytes) { return format::bytes(static_cast<qint64>(bytes + 0.5)); }

} // namespace

CompactionPage::CompactionPage(shell::PageContext& context, ClusterSession* session, models::changes::ChangeService* changes, CompactionTools tools, QWidget* parent)
    : Page(context, parent)
    , m_session(session)
    , m_tools(std::move(tools))
    , m_flow(new changes::ChangeFlow(changes, context, this))
    , m_study(new CompactionStudy(m_tools.jobs, this))
    , m_model(new ForecastTableModel(this)) {
    makeActions();
    auto* page = widgets::pageLayout(this);
    auto* split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->setHandleWidth(theme::kCardGap);
    split->addWidget(makePicture());
    m_editor = new changes::SettingsEditor(context, changes, m_flow, split);
    split->addWidget(m_editor);
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    split->setSizes({kPictureShare, kSettingsShare});
    page->addWidget(split, 1);

    connect(m_editor, &changes::SettingsEditor::changed, this, [this] {
        ask();
        refresh();
    });
    connect(m_editor, &changes::SettingsEditor::applied, this, [this] { m_session->refreshConfigs(m_editor->model()->resource()); });
    connect(m_study, &CompactionStudy::stateChanged, this, [this] { refresh(); });
    connect(m_study, &CompactionStudy::progressed, this, [this] {
        m_bar->setValue(static_cast<int>(m_study->progress() * kBarSteps));
        m_progressText->setText(tr("%1 read, %2 of the offsets").arg(m_study->progressText(), format::percent(m_study->progress())));
    });
    connect(m_study, &CompactionStudy::forecastChanged, this, [this] { showForecast(); });
    connect(session, &ClusterSession::configChanged, this, [this](const models::client::ConfigResource& resource) {
        if (resource == m_editor->model()->resource())
            takeConfigs();
    });
    connect(session, &ClusterSession::topicsChanged, this, [this] {
        if (m_wanted)
            measureIfSmall();
        if (isVisible() && !m_place.name.isEmpty())
            (void)m_session->configs(m_editor->model()->resource()); // asks again when they are old
        refresh();
    });
    connect(session, &ClusterSession::stateChanged, this, [this] {
        takeConfigs();
        refresh();
    });
    connect(session, &ClusterSession::readOnlyChanged, this, [this] { refresh(); });
}

QWidget* CompactionPage::makePicture() {
    m_card = new widgets::Card(tr("What cleaning would do"), {}, this);
    const QStringList words{tr("clean"), tr("dirty, kept"), tr("would go"), tr("too young"), tr("active segment, never cleaned")};
    auto* legend = new QWidget(m_card);
    auto* flow = new widgets::FlowLayout(10);
    legend->setLayout(flow);
    for (qsizetype i = 0; i < words.size(); ++i) {
        auto* entry = new QWidget(legend);
        auto* line = new QHBoxLayout(entry);
        line->setContentsMargins({});
        line->setSpacing(5);
        line->addWidget(new Swatch(kTones[i], i == kGoes, entry), 0, Qt::AlignVCenter);
        line->addWidget(new widgets::PlainLabel(words[i], entry, theme::Face::Small, theme::Ink::Secondary));
        flow->addWidget(entry);
    }
    m_card->body()->addWidget(legend);

    m_progress = new QWidget(m_card);
    auto* row = new QHBoxLayout(m_progress);
    row->setContentsMargins({});
    m_bar = new QProgressBar(m_progress);
    m_bar->setRange(0, kBarSteps);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress of the measuring"));
    row->addWidget(m_bar, 1);
    m_progressText = (new widgets::PlainLabel({}, m_progress, theme::Face::Small, theme::Ink::Secondary))->givesWay();
    row->addWidget(m_progressText);
    row->addWidget((new widgets::Button(m_stop, tr("Stop"), theme::ButtonKind::Normal, m_progress))->small());
    m_progress->hide();
    m_card->body()->addWidget(m_progress);

    m_table = new widgets::TableView(m_card);
    m_table->setSource(m_model);
    m_table->setAccessibleName(tr("What cleaning would do, by partition"));
    m_table->setInitialWidths({{QStringLiteral("partition"), 110}, {QStringLiteral("dirty"), 80}, {QStringLiteral("goes"), 120}, {QStringLiteral("when"), 140}}, QStringLiteral("parts"));
    m_table->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        if (index.column() == ForecastTableModel::PartsColumn) {
            for (int i = 0; i < 5; ++i)
                look.stack.append({index.data(ForecastTableModel::ShareRole + i).toDouble(), kTones[i], i == kGoes});
        } else if (index.column() != ForecastTableModel::GoesColumn && index.column() != ForecastTableModel::DirtyColumn) {
            look.ink = theme::Ink::Secondary;
        }
        return look;
    });
    connect(m_table, &widgets::TableView::stateChanged, this,
        [this] { context().setState(m_place, QStringLiteral("columns"), QJsonDocument(m_table->saveState()).toJson(QJsonDocument::Compact)); });
    connect(m_table, &widgets::TableView::rowActivated, this, [this](const QString& partition) {
        context().go({m_place.cluster, QStringLiteral("messages"), m_place.name, {{QStringLiteral("partition"), partition}}});
    });
    m_card->keepNoteInHead();
    m_stack = new widgets::StateStack(m_table, m_card);
    m_stack->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored); // it scrolls; figures do not
    m_stack->setMinimumHeight(kRowsAtLeast);
    m_card->body()->addWidget(m_stack, 1);
    m_figures = makeFigures(m_card);
    m_card->body()->addSpacing(6); // figures are no more rows of the table
    m_card->body()->addWidget(m_figures);
    m_honesty = (new widgets::PlainLabel({}, m_card, theme::Face::Small, theme::Ink::Secondary))->givesWay();
    m_card->body()->addWidget(m_honesty);
    return m_card;
}

QWidget* CompactionPage::makeFigures(QWidget* parent) {
    auto* figures = new Lines(parent);
    figures->onHeight = [this] { fitHonesty(); };
    auto* flow = new widgets::FlowLayout(18);
    figures->setLayout(flow);
    const auto figure = [&](const QString& title) {
        auto* one = new QWidget(figures);
        auto* column = new QVBoxLayout(one);
        column->setContentsMargins({});
        column->setSpacing(0);
        auto* words = new widgets::PlainLabel(title, one, theme::Face::Small, theme::Ink::Secondary);
        column->addWidget(words);
        auto* line = new QHBoxLayout;
        line->setSpacing(4);
        Figure made{words, new widgets::PlainLabel({}, one, theme::Face::Figure), new widgets::PlainLabel({}, one, theme::Face::Small, theme::Ink::Secondary)};
        line->addWidget(made.value, 0, Qt::AlignBaseline);
        line->addWidget(made.note, 0, Qt::AlignBaseline);
        line->addStretch(1);
        column->addLayout(line);
        flow->addWidget(one);
        return made;
    };
    m_freed = figure(tr("Freed if cleaned now"));
    m_keys = figure(tr("Keys with older versions"));
    m_tombstones = figure(tr("Tombstones"));
    m_next = figure(tr("Next without the changes"));
    return figures;
}

void CompactionPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("compaction");
    m_measure = actions.add({.id = QStringLiteral("compaction.measure"), .text = tr("Measure"), .key = QKeySequence(tr("F5")), .context = here,
                                .explanation = tr("Read the topic once and reckon what cleaning would take out; nothing is changed"), .run = [this] { measure(); }},
        this);
    m_again = actions.add({.id = QStringLiteral("compaction.again"), .text = tr("Ask again"), .context = here, .explanation = tr("Ask the cluster for its topics now"),
                              .run = [this] { m_session->refresh(); }},
        this);
    m_stop = actions.add({.id = QStringLiteral("compaction.stop"), .text = tr("Stop measuring"), .context = here, .explanation = tr("Stop measuring"), .run = [this] { m_study->stop(); }}, this);
    m_discard = actions.add({.id = QStringLiteral("compaction.discard"), .text = tr("Discard"), .context = here, .explanation = tr("Leave all settings as they are"),
                                .run = [this] { m_editor->discard(); }},
        this);
    m_apply = actions.add({.id = QStringLiteral("compaction.apply"), .text = tr("Apply…"), .key = QKeySequence(tr("Ctrl+S")), .context = here, .safety = shell::Safety::Changes,
                              .explanation = tr("Show the plan once more and set the new values"), .run = [this] { m_editor->apply(); }},
        this);
}

void CompactionPage::open(const shell::Location& place) {
    const bool other = place.name != m_place.name;
    const bool first = m_place.isEmpty();
    m_place = place;
    if (first)
        m_table->restoreState(QJsonDocument::fromJson(context().state(place, QStringLiteral("columns")).toByteArray()).object());
    if (other) {
        m_study->clear();
        m_wanted = true;
        m_editor->setResource({models::client::ResourceKind::Topic, place.name}, tr("Of the topic %1.").arg(place.name), CompactionSettings::names());
        takeConfigs();
        measureIfSmall();
    }
    refresh();
}

qint64 CompactionPage::topicBytes() const {
    const auto topics = m_session->topics();
    const auto* topic = topics ? topics->find(m_place.name) : nullptr;
    return topic == nullptr ? -1 : topic->bytes;
}

void CompactionPage::measureIfSmall() {
    const auto topics = m_session->topics();
    if (!topics || m_session->handle() == nullptr)
        return;
    const qint64 bytes = topicBytes();
    if (topics->find(m_place.name) == nullptr || bytes < 0)
        return; // sizes come a moment after the names
    m_wanted = false;
    if (bytes <= kMeasuredUnasked)
        measure();
}

void CompactionPage::measure() {
    if (m_place.name.isEmpty() || m_session->handle() == nullptr)
        return;
    m_wanted = false;
    models::compaction::SurveyOptions options;
    if (m_tools.logDirectories)
        options.local.ofBroker = m_tools.logDirectories();
    const auto topics = m_session->topics();
    if (const auto* topic = topics ? topics->find(m_place.name) : nullptr)
        for (const auto& partition : topic->partitions)
            options.local.leaders.insert(partition.id, partition.leader);
    m_bar->setValue(0);
    m_progressText->setText({});
    m_study->measure(m_session->config().client, m_place.name, options);
}

void CompactionPage::takeConfigs() {
    if (m_place.name.isEmpty())
        return;
    const auto configs = m_session->configs(m_editor->model()->resource());
    m_editor->setEntries(configs ? &configs->entries : nullptr, configs.errors.isEmpty() ? nullptr : &configs.errors.first().error);
    ask();
    emit headerChanged();
}

void CompactionPage::ask() {
    const auto* model = m_editor->model();
    m_study->ask(CompactionSettings::of(model->values(false)), CompactionSettings::of(model->values(true)));
}

void CompactionPage::refresh() {
    const QString name = m_place.name;
    const bool measuring = m_study->state() == CompactionStudy::State::Measuring;
    m_progress->setVisible(measuring);
    m_again->setRefusal(m_session->state() == models::session::SessionState::Idle ? tr("The cluster is not connected") : QString());
    m_stop->setRefusal(measuring ? QString() : tr("Nothing is being measured"));
    m_measure->setRefusal(measuring ? tr("It is being measured") : m_session->handle() == nullptr ? tr("The cluster is not connected") : QString());
    m_measure->setText(m_study->survey() ? tr("Measure again") : tr("Measure"));
    m_apply->setRefusal(m_editor->refusal());
    m_discard->setRefusal(m_editor->wishCount() > 0 ? QString() : tr("No setting has a new value"));
    m_figures->setVisible(m_study->survey() != nullptr);
    fitHonesty();
    auto* state = m_stack->state();
    const auto topics = m_session->topics();
    if (m_study->survey() != nullptr) {
        if (m_study->survey()->partitions.isEmpty() || std::all_of(m_study->survey()->partitions.begin(), m_study->survey()->partitions.end(), [](const auto& one) { return one.records == 0; })) {
            state->showEmpty(tr("%1 is empty").arg(name), tr("There is nothing to clean. What the settings would do shows up here when it holds messages."));
            m_figures->hide();
            m_stack->showState();
        } else {
            m_stack->showContent();
        }
    } else if (measuring) {
        if (m_stack->showsContent() || m_stack->property("samsaState") != QStringLiteral("measuring"))
            state->showLoading(tr("Reading %1 once, to see which keys it holds").arg(name));
        m_stack->showState();
    } else if (m_study->state() == CompactionStudy::State::Failed) {
        state->showFailed(tr("%1 could not be measured").arg(name), shell::whatFailed(m_study->error()), shell::nextStep(m_study->error()), m_measure);
        m_stack->showState();
    } else if (m_session->state() == models::session::SessionState::Failed) {
        state->showFailed(tr("%1 does not answer").arg(m_session->name()), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_again);
        m_stack->showState();
    } else if (m_session->state() == models::session::SessionState::Idle) {
        state->showEmpty(tr("%1 is not connected").arg(m_session->name()), tr("Overview says why, and starts or connects it."), context().actions().find(shell::kToOverview));
        m_stack->showState();
    } else if (topics && topics->find(name) == nullptr) {
        state->showEmpty(tr("There is no topic %1").arg(name), tr("It may have been deleted, or not be created yet."));
        m_stack->showState();
    } else if (topics) {
        const qint64 bytes = topicBytes();
        state->showEmpty(tr("Not measured yet"),
            bytes < 0 ? tr("To see what would go, the topic is read once, in the background. How large it is is not known.")
                      : tr("To see what would go, the topic is read once, in the background: %1.").arg(format::bytes(bytes)),
            m_measure);
        m_stack->showState();
    } else if (m_stack->showsContent()) {
        state->showLoading(tr("Asking %1 for this topic").arg(m_session->name()));
        m_stack->showState();
    }
    // What failed has a button, and needs more than rows or a picture of what would be here.
    m_stack->setMinimumHeight(!m_stack->showsContent() && m_session->state() == models::session::SessionState::Failed ? kStateAtLeast : kRowsAtLeast);
    m_stack->setProperty("samsaState", measuring ? QStringLiteral("measuring") : QString());
    m_card->setNote(m_editor->wishCount() > 0 ? tr("with the settings below, as if applied now; nothing has been changed") : tr("with the settings as they are"));
    emit headerChanged();
}

/// In several lines where one is too short. A low window has no room for them, and where its figures take two rows not even for one: then
/// the tooltip of the figures has it.
void CompactionPage::fitHonesty() {
    const bool low = height() < kRoomForLines;
    if (m_figures == nullptr || m_honesty == nullptr)
        return; // the page is being made
    const bool twoRows = low && m_figures->minimumHeight() > m_figures->layout()->minimumSize().height() * 3 / 2;
    m_honesty->setWordWrap(!low);
    m_honesty->setVisible(m_study->survey() != nullptr && !twoRows);
    m_figures->setToolTip(twoRows ? m_honesty->text() : QString());
}

void CompactionPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    fitHonesty();
}

void CompactionPage::showForecast() {
    const auto& forecast = m_study->forecast();
    const auto& now = m_study->asItIs();
    m_model->show(forecast, QDateTime::currentMSecsSinceEpoch());
    if (!m_study->survey())
        return;
    m_freed.value->setText(bytesText(forecast.goesBytes));
    m_freed.note->setText(tr("of %1").arg(bytesText(forecast.bytes)));
    m_keys.value->setText(format::count(static_cast<qint64>(forecast.repeatedKeys + 0.5)));
    m_keys.note->setText(tr("of %1").arg(format::count(static_cast<qint64>(forecast.keys + 0.5))));
    m_tombstones.value->setText(format::count(forecast.tombstones));
    m_tombstones.note->setText(forecast.tombstones > 0 ? tr("%1 past deadline").arg(format::count(forecast.expiredTombstones)) : QString());
    m_next.title->setText(m_editor->wishCount() > 0 ? tr("Next without the changes") : tr("Next cleaned"));
    m_next.value->setText(models::compaction::whenText(now.when, now.inMs));
    QStringList honest;
    honest << (m_study->survey()->fromFiles ? tr("Segments and clean parts are read from the brokers' files; ")
                                            : tr("Kafka does not tell where segments begin and how far the cleaner came: both are estimated, from the settings and from the gaps that cleaning left; "))
            + tr("keys and sizes are measured.");
    honest << tr("Times follow from the pace of the writes since the last cleaning.");
    if (forecast.sampled)
        honest << tr("There are more keys than are held in memory: they are reckoned from a part of them.");
    if (!m_study->survey()->complete())
        honest << tr("A part could not be read: %1.").arg(m_study->survey()->problems.value(0));
    honest << tr("Measured %1.").arg(format::age(QDateTime::currentMSecsSinceEpoch() - m_study->survey()->takenMs));
    m_honesty->setText(honest.join(QLatin1Char(' ')));
    fitHonesty();
    m_editor->setConsequences(consequences());
    emit headerChanged();
}

QStringList CompactionPage::consequences() const {
    QStringList sentences;
    if (!m_study->survey() || m_editor->wishCount() == 0)
        return sentences;
    const auto &before = m_study->asItIs(), &after = m_study->forecast();
    QStringList atOnce;
    for (const auto& one : after.partitions)
        if (one.when == When::Now && one.goesBytes >= 1)
            atOnce << QString::number(one.partition);
    if (!atOnce.isEmpty() && atOnce.size() <= 8)
        sentences << tr("Cleaned at once: partition %1.").arg(atOnce.join(QStringLiteral(", ")));
    else if (!atOnce.isEmpty())
        sentences << tr("%n partitions are cleaned at once.", nullptr, static_cast<int>(atOnce.size()));
    if (after.goesBytes - before.goesBytes >= 1)
        sentences << tr("%1 more would go than now, and cannot be brought back.").arg(bytesText(after.goesBytes - before.goesBytes));
    else if (before.goesBytes - after.goesBytes >= 1)
        sentences << tr("%1 that would go now would stay.").arg(bytesText(before.goesBytes - after.goesBytes));
    else
        sentences << tr("It changes nothing of what would go now.");
    qint64 keyless = 0;
    for (const auto& one : m_study->survey()->partitions)
        keyless += one.keyless;
    const bool compactsNow = CompactionSettings::of(m_editor->model()->values(false)).compacts;
    if (keyless > 0 && !compactsNow && CompactionSettings::of(m_editor->model()->values(true)).compacts)
        sentences << tr("%1 messages have no key: a compacted topic refuses such messages, and the cleaner takes those that are there.").arg(format::count(keyless));
    return sentences;
}

shell::PageHeader CompactionPage::header() const {
    shell::PageHeader header;
    header.crumb = tr("Topics");
    header.crumbPlace = {m_place.cluster, QStringLiteral("topics"), m_place.name, {}};
    header.title = tr("Compaction of %1").arg(m_place.name);
    const auto settings = CompactionSettings::of(m_editor->model()->values(false));
    if (m_editor->model()->rowCount() > 0)
        header.pills.append(settings.compacts && settings.deletes ? shell::Pill{tr("compacted and deleted"), theme::Tone::Accent}
                : settings.compacts                              ? shell::Pill{tr("compacted"), theme::Tone::Accent}
                                                                 : shell::Pill{tr("deleted by age and size")});
    if (m_editor->wishCount() > 0)
        header.pills.append({tr("%n change(s) not applied", nullptr, m_editor->wishCount()), theme::Tone::Warn});
    header.actions = {m_measure, m_discard, m_apply};
    header.quiet = {m_measure, m_discard};
    header.primary = m_apply;
    return header;
}

QStringList CompactionPage::status() const {
    QStringList parts;
    if (const auto survey = m_study->survey()) {
        qint64 records = 0;
        for (const auto& one : survey->partitions)
            records += one.records;
        parts << tr("%1 messages measured, %2 read").arg(format::count(records), format::bytes(survey->bytesRead));
    }
    return parts;
}

QWidget* CompactionPage::firstFocus() { return m_stack->showsContent() ? static_cast<QWidget*>(m_table) : m_editor->table(); }

} // namespace ui::topics
