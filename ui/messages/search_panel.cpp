#include "ui/messages/search_panel.h"

#include "models/base/format.h"
#include "models/serdes/decode.h"
#include "models/session/cluster_session.h"
#include "ui/messages/search_field.h"
#include "ui/messages/search_histogram.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QRegularExpression>

namespace ui::messages {

namespace format = models::format;
namespace serdes = models::serdes;
using models::search::PatternKind;
using models::search::Search;
using models::search::SearchEnd;

namespace {

constexpr int kRecentMax = 20;
constexpr int kNamesMax = 500;
constexpr qsizetype kLearnBytesMax = 256 << 10;
constexpr int kHeightForBars = 760; ///< windows below it keep their rows instead
constexpr qint64 kGigabyte = 1'000'000'000;
constexpr qint64 kMegabyte = 1'000'000;

struct KindName {
    PatternKind kind;
    const char* name; ///< in a Location
};
constexpr KindName kKinds[] = {{PatternKind::Text, "text"}, {PatternKind::Regex, "regex"}, {PatternKind::Condition, "where"}};

void addNames(const serdes::JsonNode& node, const QString& path, QSet<QString>& to, int depth) {
    if (depth > 4 || to.size() >= kNamesMax)
        return;
    for (const auto& child : node.children) {
        static const QRegularExpression plain(QStringLiteral("^[\\p{L}_$@][\\p{L}\\p{N}_$@-]*$"));
        const bool element = node.kind == serdes::JsonNode::Kind::Array;
        const QString name = element ? path + QStringLiteral("[*]")
            : plain.match(child.name).hasMatch() ? path + u'.' + child.name
                                                 : path + QStringLiteral("[\"%1\"]").arg(QString(child.name).replace(u'\\', QStringLiteral("\\\\")).replace(u'"', QStringLiteral("\\\"")));
        if (child.children.isEmpty())
            to.insert(name);
        addNames(child, name, to, depth + 1);
        if (element)
            break; // one element tells of all
    }
}

} // namespace

SearchPanel::SearchPanel(shell::PageContext& context, models::session::ClusterSession* session, shell::Page* page)
    : QWidget(page), m_context(context), m_session(session) {
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(theme::kGap);

    auto* first = new QHBoxLayout;
    first->setSpacing(theme::kGap);
    m_kind = new QComboBox(this);
    m_kind->setAccessibleName(tr("Kind of search"));
    m_kind->addItems({tr("Text"), tr("Regular expression"), tr("Condition")});
    first->addWidget(m_kind);
    m_field = new SearchField(this);
    first->addWidget(m_field, 1);
    makeActions(page);
    first->addWidget(new widgets::Button(m_run, theme::ButtonKind::Primary, this));
    first->addWidget(new widgets::Button(m_moreAction, tr("More"), theme::ButtonKind::Quiet, this));
    all->addLayout(first);
    m_verdict = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_verdict->hide();
    all->addWidget(m_verdict);

    m_more = new QWidget(this);
    auto* second = new QHBoxLayout(m_more);
    second->setContentsMargins(0, 0, 0, 0);
    second->setSpacing(theme::kGap);
    const auto field = [&](const QString& name, const QString& hint) {
        second->addWidget(new widgets::PlainLabel(name, m_more, theme::Face::Small, theme::Ink::Secondary));
        auto* edit = new QLineEdit(m_more);
        edit->setAccessibleName(name);
        edit->setPlaceholderText(hint);
        edit->setFixedWidth(QFontMetrics(theme::of(this).font(theme::Face::Mono)).horizontalAdvance(QStringLiteral("2026-01-31 14:05:00.000")) + 2 * theme::kPad);
        widgets::setMono(edit);
        second->addWidget(edit);
        connect(edit, &QLineEdit::textChanged, this, [this, edit] {
            const bool good = edit->text().trimmed().isEmpty() || timeIn(edit);
            widgets::setFieldState(edit, good ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
            refresh();
        });
        connect(edit, &QLineEdit::returnPressed, m_run, &QAction::trigger);
        return edit;
    };
    m_from = field(tr("From"), tr("the beginning"));
    m_until = field(tr("Until"), tr("now"));
    const auto choice = [&](const QString& name, const QStringList& choices) {
        auto* box = new QComboBox(m_more);
        box->setAccessibleName(name);
        box->addItems(choices);
        second->addWidget(box);
        return box;
    };
    m_cap = choice(tr("How much may be read"), {tr("No cap"), tr("At most 1 GB"), tr("At most 10 GB"), tr("At most 100 GB")});
    m_pace = choice(tr("How fast it may be read"), {tr("Full speed"), tr("At most 100 MB/s"), tr("At most 20 MB/s"), tr("At most 5 MB/s")});
    second->addStretch(1);
    m_more->hide();
    all->addWidget(m_more);

    m_line = new QWidget(this);
    auto* third = new QHBoxLayout(m_line);
    third->setContentsMargins(0, 0, 0, 0);
    third->setSpacing(theme::kPad);
    m_bar = new QProgressBar(m_line);
    m_bar->setTextVisible(false);
    m_bar->setRange(0, 1000);
    m_bar->setFixedWidth(160);
    m_bar->setAccessibleName(tr("How far the search is"));
    third->addWidget(m_bar);
    m_scanned = new widgets::PlainLabel({}, m_line, theme::Face::SmallMedium);
    m_scanned->setElide(Qt::ElideNone);
    third->addWidget(m_scanned);
    m_matched = new widgets::PlainLabel({}, m_line, theme::Face::SmallMedium, theme::Ink::Accent);
    m_matched->setElide(Qt::ElideNone);
    third->addWidget(m_matched);
    m_rest = new widgets::PlainLabel({}, m_line, theme::Face::Small, theme::Ink::Secondary);
    third->addWidget(m_rest, 1);
    m_stopButton = (new widgets::Button(m_stop, tr("Stop"), theme::ButtonKind::Normal, m_line))->small();
    third->addWidget(m_stopButton);
    m_continueButton = (new widgets::Button(m_continue, tr("Continue"), theme::ButtonKind::Normal, m_line))->small();
    third->addWidget(m_continueButton);
    third->addWidget((new widgets::Button(m_close, theme::ButtonKind::Quiet, m_line))->small());
    m_line->hide();
    all->addWidget(m_line);
    m_why = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_why->setWordWrap(true);
    m_why->hide();
    all->addWidget(m_why);
    m_overTimeCard = new widgets::Card(this);
    m_overTime = new SearchHistogram(m_overTimeCard);
    m_overTimeCard->fill(m_overTime);
    m_overTimeCard->hide();
    all->addWidget(m_overTimeCard);

    connect(m_kind, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_field->setKind(kKinds[index].kind);
        loadRecent();
    });
    connect(m_field, &SearchField::judged, this, [this] { refresh(); });
    connect(m_field, &QLineEdit::returnPressed, m_run, &QAction::trigger);
    connect(&m_search, &Search::stateChanged, this, [this] {
        refresh();
        if (std::exchange(m_wasShown, isShown()) != isShown())
            emit shownChanged();
        emit changed();
    });
    connect(&m_search, &Search::progressChanged, this, [this] {
        refreshNumbers();
        emit changed();
    });
    connect(m_overTime, &SearchHistogram::chosen, this, [this](qint64 fromMs, qint64 untilMs) {
        m_moreAction->setChecked(true);
        m_more->show();
        m_from->setText(format::dateTime(fromMs));
        m_until->setText(format::dateTime(untilMs));
    });
    refresh();
}

void SearchPanel::makeActions(shell::Page* page) {
    auto& actions = m_context.actions();
    const QString here = QStringLiteral("messages");
    m_find = actions.add({.id = QStringLiteral("messages.find"), .text = tr("Find messages"), .key = QKeySequence(tr("Ctrl+F")), .context = here, .icon = QStringLiteral("search"),
                             .explanation = tr("By a text, a regular expression or a condition over fields"), .run = [this] { focusField(); }},
        page);
    m_run = actions.add({.id = QStringLiteral("messages.search"), .text = tr("Search"), .key = QKeySequence(tr("Ctrl+Return")), .context = here,
                            .explanation = tr("Look through the topic for what is written in the search line"), .run = [this] { begin(); }},
        page);
    m_moreAction = actions.add({.id = QStringLiteral("messages.searchMore"), .text = tr("More search options"), .key = QKeySequence(tr("Ctrl+Shift+F")), .context = here,
                                   .explanation = tr("From when to when, and how much the search may read"), .run = [this] { m_more->setVisible(m_moreAction->isChecked()); }},
        page);
    m_moreAction->setCheckable(true);
    m_stop = actions.add({.id = QStringLiteral("messages.searchStop"), .text = tr("Stop the search"), .key = QKeySequence(tr("Ctrl+.")), .context = here,
                             .explanation = tr("Stop the search where it is; it can go on from there"), .run = [this] { m_search.stop(); }},
        page);
    m_continue = actions.add({.id = QStringLiteral("messages.searchContinue"), .text = tr("Continue the search"), .key = QKeySequence(tr("Ctrl+Shift+Return")), .context = here,
                                 .explanation = tr("Go on from where the search stopped"), .run = [this] { m_search.goOn(); }},
        page);
    m_close = actions.add({.id = QStringLiteral("messages.searchClose"), .text = tr("All messages"), .key = QKeySequence(tr("Ctrl+Backspace")), .context = here,
                              .explanation = tr("End the search and show the topic again"), .run = [this] { m_search.clear(); }},
        page);
    m_anyCase = actions.add({.id = QStringLiteral("messages.searchAnyCase"), .text = tr("Ignore case"), .context = here,
                                .explanation = tr("Look for the same text, capitals and small letters alike"), .run = [this] { beginAnyCase(); }},
        page);
}

/// The same text as a regular expression that takes capitals and small letters for each other.
void SearchPanel::beginAnyCase() {
    QString expression = QStringLiteral("(?i)");
    for (const QChar c : m_search.pattern().source()) {
        if (c.unicode() < 128 && !c.isLetterOrNumber() && c != u' ' && c != u'_')
            expression += u'\\';
        expression += c;
    }
    m_kind->setCurrentIndex(1);
    m_field->setText(expression);
    begin();
}

std::optional<qint64> SearchPanel::timeIn(QLineEdit* field) const {
    QString iso = field->text().trimmed();
    if (iso.size() > 10 && iso[10] == u' ')
        iso[10] = u'T';
    const auto time = QDateTime::fromString(iso, Qt::ISODateWithMs);
    return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
}

void SearchPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_overTime->setCompact(window()->height() < kHeightForBars);
}

void SearchPanel::focusField() {
    m_field->setFocus(Qt::ShortcutFocusReason);
    m_field->selectAll();
}

void SearchPanel::begin() {
    if (!m_run->isEnabled() || !m_field->pattern())
        return;
    models::search::SearchOptions options;
    options.where.partitions = m_partitions;
    options.where.fromMs = timeIn(m_from);
    options.where.untilMs = timeIn(m_until);
    options.where.readCommitted = options.scan.readCommitted = m_committed;
    static constexpr qint64 caps[] = {0, kGigabyte, 10 * kGigabyte, 100 * kGigabyte};
    static constexpr qint64 paces[] = {0, 100 * kMegabyte, 20 * kMegabyte, 5 * kMegabyte};
    options.scan.bytesMax = caps[m_cap->currentIndex()];
    options.scan.bytesPerSecond = paces[m_pace->currentIndex()];
    remember(m_field->text());
    m_search.start(m_session->config().client, m_place.name, *m_field->pattern(), options);
}

void SearchPanel::setPlace(const shell::Location& place) {
    const bool other = !place.samePlace(m_place);
    m_place = place;
    if (other) {
        m_search.clear();
        loadRecent();
    }
    refresh();
}

QString SearchPanel::recentKey() const { return QStringLiteral("search.recent.%1").arg(QLatin1String(kKinds[m_kind->currentIndex()].name)); }

void SearchPanel::loadRecent() { m_field->setRecent(m_context.state(m_place, recentKey()).toStringList()); }

void SearchPanel::remember(const QString& text) {
    auto recent = m_context.state(m_place, recentKey()).toStringList();
    recent.removeAll(text);
    recent.prepend(text);
    m_context.setState(m_place, recentKey(), recent.mid(0, kRecentMax));
    loadRecent();
}

void SearchPanel::learnNames(const QList<const models::client::Record*>& records) {
    QSet<QString> names(m_names.begin(), m_names.end());
    qsizetype bytes = 0;
    for (const auto* record : records) {
        if (names.size() >= kNamesMax || bytes > kLearnBytesMax) // this is the interface thread
            break;
        bytes += record->sizeBytes();
        for (const auto& header : record->headers) {
            static const QRegularExpression plain(QStringLiteral("^[\\p{L}_$@][\\p{L}\\p{N}_$@.-]*$"));
            if (const QString name = QString::fromUtf8(header.name); name.size() < 100 && plain.match(name).hasMatch())
                names.insert(QStringLiteral("headers.") + name);
        }
        serdes::JsonNode root;
        if (record->value && record->value->size() < (64 << 10) && serdes::parseJson(*record->value, &root, nullptr, 2000))
            addNames(root, QStringLiteral("value"), names, 0);
        if (record->key && record->key->size() < (8 << 10) && record->key->startsWith('{') && serdes::parseJson(*record->key, &root, nullptr, 500))
            addNames(root, QStringLiteral("key"), names, 0);
    }
    for (const auto& place : {"key", "value", "headers.", "timestamp", "partition", "offset", "size"})
        names.insert(QLatin1String(place));
    m_names = QStringList(names.begin(), names.end());
    m_names.sort(Qt::CaseInsensitive);
    m_field->setNames(m_names);
}

void SearchPanel::describe(QMap<QString, QString>& view) const {
    if (!isShown())
        return;
    for (const auto& [kind, name] : kKinds)
        if (m_search.pattern().kind() == kind)
            view[QLatin1String(name)] = m_search.pattern().source();
    if (!m_from->text().isEmpty())
        view[QStringLiteral("since")] = m_from->text();
    if (!m_until->text().isEmpty())
        view[QStringLiteral("until")] = m_until->text();
}

void SearchPanel::takeUp(const QMap<QString, QString>& view) {
    for (int i = 0; i < 3; ++i) {
        const auto what = view.find(QLatin1String(kKinds[i].name));
        if (what == view.end())
            continue;
        if (isShown() && m_search.pattern().kind() == kKinds[i].kind && m_search.pattern().source() == *what)
            return; // it is this one
        m_kind->setCurrentIndex(i);
        m_field->setText(*what);
        m_from->setText(view.value(QStringLiteral("since")));
        m_until->setText(view.value(QStringLiteral("until")));
        const bool more = !m_from->text().isEmpty() || !m_until->text().isEmpty();
        m_moreAction->setChecked(more);
        m_more->setVisible(more);
        begin();
        return;
    }
}

QString SearchPanel::reason() const {
    if (m_search.state() == Search::State::Stopping)
        return tr("Stopping");
    if (m_search.state() != Search::State::Over)
        return {};
    if (!m_search.end())
        return tr("The search could not go on: %1").arg(serdes::safeText(m_search.error().why));
    switch (*m_search.end()) {
    case SearchEnd::Finished: return tr("Everything was looked at. Continue looks at what has been written since.");
    case SearchEnd::Stopped: return tr("Stopped by you. Continue goes on from here.");
    case SearchEnd::Budget: return tr("Stopped after %1, as you wished. Continue reads as much again.").arg(format::bytes(m_search.progress().bytes));
    case SearchEnd::Enough: return tr("Enough was found.");
    }
    return {};
}

void SearchPanel::refresh() {
    const bool wrong = !m_field->text().isEmpty() && !m_field->pattern();
    m_verdict->setText(wrong ? toText(m_field->pattern().error()) : QString());
    m_verdict->setVisible(wrong);
    const auto badTime = [this](QLineEdit* field) { return !field->text().trimmed().isEmpty() && !timeIn(field); };
    m_run->setRefusal(m_place.name.isEmpty()      ? tr("Choose a topic first")
                      : m_field->text().isEmpty() ? tr("Write what to find")
                      : wrong                     ? toText(m_field->pattern().error())
                      : badTime(m_from) || badTime(m_until) ? tr("Write times like 2026-01-31 14:05")
                                                            : QString());
    const bool running = m_search.isRunning();
    m_stop->setRefusal(m_search.state() == Search::State::Running ? QString() : tr("No search is running"));
    m_continue->setRefusal(m_search.state() == Search::State::Over ? QString() : running ? tr("The search is running") : tr("No search was begun"));
    const QString text = m_search.pattern().source();
    const bool cased = isShown() && m_search.pattern().kind() == PatternKind::Text && text.toLower() != text.toUpper();
    m_anyCase->setRefusal(cased && m_search.state() == Search::State::Over ? QString() : tr("Only for a text that was looked for as it is written"));
    m_close->setRefusal(isShown() ? QString() : tr("All messages are shown already"));
    m_stopButton->setVisible(running);
    m_continueButton->setVisible(!running);
    m_line->setVisible(isShown());
    refreshNumbers();
}

void SearchPanel::refreshNumbers() {
    if (!isShown()) {
        m_why->hide();
        m_overTimeCard->hide();
    }
    if (!isShown() || !isVisible())
        return;
    const auto progress = m_search.progress();
    const double share = progress.total <= 0 ? (m_search.end() == SearchEnd::Finished ? 1 : 0) : double(progress.total - progress.left) / double(progress.total);
    m_bar->setValue(int(share * 1000));
    m_scanned->setText(tr("%1 scanned").arg(format::count(progress.scanned)));
    m_matched->setText(tr("%1 matched").arg(format::count(progress.matched)));
    QStringList rest;
    if (progress.left > 0 || m_search.isRunning())
        rest << tr("%1 left").arg(format::count(progress.left));
    rest << tr("%1 messages a second").arg(format::countShort(progress.messagesPerSecond()));
    if (progress.oldestMs >= 0) {
        const bool oneDay = QDateTime::fromMSecsSinceEpoch(progress.oldestMs).date() == QDateTime::fromMSecsSinceEpoch(progress.newestMs).date();
        const auto shown = [oneDay](qint64 ms) { return oneDay ? format::clock(ms, false) : format::dateTime(ms).left(19); };
        rest << tr("oldest seen %1, newest %2").arg(shown(progress.oldestMs), shown(progress.newestMs));
    }
    m_rest->setText(rest.join(QStringLiteral("  ·  ")));
    const auto overTime = m_search.histogram();
    m_overTime->setCounts(overTime);
    m_overTimeCard->setVisible(m_search.isRunning() || !overTime.empty());

    QStringList why;
    if (const QString reason = this->reason(); !reason.isEmpty())
        why << reason;
    if (!m_search.routeReason().isEmpty())
        why << tr("Read through librdkafka, which is slower: %1.").arg(m_search.routeReason());
    if (m_search.resultsFull())
        why << tr("The first %1 are listed, all are counted.").arg(format::count(m_search.results()->rowCount()));
    if (!m_search.problems().isEmpty()) {
        const auto& problem = m_search.problems().first();
        const QString where = problem.from < 0 ? tr("partition %1").arg(problem.partition)
            : problem.to < 0                   ? tr("partition %1 from offset %2 on").arg(problem.partition).arg(format::count(problem.from))
                                               : tr("partition %1, offsets %2 to %3").arg(problem.partition).arg(format::count(problem.from), format::count(problem.to - 1));
        why << tr("Not read: %1 (%2).").arg(where, serdes::safeText(problem.error.why));
        if (progress.problems > 1)
            why << tr("%1 more stretches could not be read.").arg(format::count(progress.problems - 1));
    }
    m_why->setInk(!m_search.problems().isEmpty() || (m_search.state() == Search::State::Over && !m_search.end()) ? theme::Ink::Bad : theme::Ink::Secondary);
    m_why->setText(why.join(u' '));
    m_why->setVisible(!why.isEmpty());
}

} // namespace ui::messages
