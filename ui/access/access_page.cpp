#include "ui/access/access_page.h"

#include "models/changes/change_service.h"
#include "models/session/cluster_session.h"
#include "ui/access/question_panel.h"
#include "ui/changes/change_flow.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QHeaderView>
#include <QJsonDocument>
#include <QLocale>
#include <QMenu>
#include <QPointer>
#include <QScrollArea>
#include <QStackedWidget>
#include <QThreadPool>

namespace ui::access {

using models::access::PartState;
using models::access::Question;
using models::access::RuleTableModel;
using models::access::UserTableModel;
using models::client::AclResource;
using models::client::AclRule;
using models::session::SessionState;

namespace {

AclResource resourceNamed(const QString& name) {
    for (const auto resource : models::access::resourceTypes())
        if (models::access::nameOf(resource) == name)
            return resource;
    return AclResource::Topic;
}

} // namespace

AccessPage::AccessPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, QWidget* parent)
    : Page(context, parent)
    , m_session(session)
    , m_changes(changes)
    , m_access(new models::access::AccessService(session, this))
    , m_flow(new changes::ChangeFlow(changes, context, this))
    , m_rules(new RuleTableModel(this))
    , m_users(new UserTableModel(this)) {
    makeActions();
    makeUserActions();
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    // Question, answer and list are higher than a small window: then the page scrolls.
    auto* scroll = widgets::pageScroll(this);
    auto* content = scroll->widget();
    auto* page = widgets::pageLayout(content);
    m_question = new QuestionPanel(content);
    page->addWidget(m_question);
    auto* card = new widgets::Card(content);
    auto* bar = new widgets::FlowLayout(theme::kGap);
    m_show = new widgets::SegmentedChoice({tr("Rules by principal"), tr("Rules by resource"), tr("Users")}, card);
    m_show->setAccessibleName(tr("What is listed"));
    bar->addWidget(m_show);
    m_aboutButton = new widgets::Button(m_aboutOnly, theme::ButtonKind::Normal, card);
    bar->addWidget(m_aboutButton);
    m_search = new widgets::SearchField(tr("Filter the list"), card);
    bar->addWidget(m_search);
    m_stale = (new widgets::PlainLabel({}, card, theme::Face::Small, theme::Ink::Warn))->givesWay();
    bar->addWidget(m_stale);
    m_views = new QStackedWidget(card);
    m_views->addWidget(makeRules(m_views));
    m_views->addWidget(makeUsers(m_views));
    auto* inside = new QWidget(card);
    auto* down = new QVBoxLayout(inside);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(4);
    auto* barPlace = new QVBoxLayout; // a flow layout has no margins of its own
    barPlace->setContentsMargins(13, 8, 13, 4);
    barPlace->addLayout(bar);
    down->addLayout(barPlace);
    down->addWidget(m_views, 1);
    card->fill(inside);
    m_views->setMinimumHeight(210);
    page->addWidget(card, 1);
    m_whole = new widgets::StateStack(scroll, this);
    m_whole->state()->asCard();
    whole->addWidget(m_whole);
    connectAll();
}

QWidget* AccessPage::makeRules(QWidget* parent) {
    auto* view = new QWidget(parent);
    auto* down = new QVBoxLayout(view);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(0);
    m_table = new widgets::TableView(view);
    m_table->setSource(m_rules);
    m_table->setAccessibleName(tr("Rules"));
    m_table->setInitialWidths({{QStringLiteral("principal"), 200}, {QStringLiteral("resource"), 90}, {QStringLiteral("name"), 230}, {QStringLiteral("match"), 90},
                                  {QStringLiteral("operation"), 110}, {QStringLiteral("says"), 70}, {QStringLiteral("host"), 110}, {QStringLiteral("note"), 190}},
        QStringLiteral("note"));
    m_table->setNarrow({{QStringLiteral("principal"), 150}, {QStringLiteral("name"), 150}, {QStringLiteral("note"), 160}}, {QStringLiteral("host"), QStringLiteral("match")});
    m_table->setEmptyText(tr("No rule matches."));
    m_table->setCellLook([this](const QModelIndex& index) {
        widgets::CellLook look;
        const auto& row = m_rules->rowAt(index.row());
        switch (index.column()) {
        case RuleTableModel::PrincipalColumn:
        case RuleTableModel::NameColumn:
        case RuleTableModel::HostColumn: look.face = theme::Face::Mono; break;
        case RuleTableModel::MatchColumn: look.ink = theme::Ink::Secondary; break;
        case RuleTableModel::SaysColumn: look.pill = row.rule.permission == models::client::AclPermission::Deny ? theme::Tone::Bad : theme::Tone::Good; break;
        case RuleTableModel::NoteColumn:
            if (row.decides) {
                look.face = theme::Face::Medium;
                look.ink = theme::Ink::Accent;
            } else {
                look.ink = row.idle ? theme::Ink::Warn : theme::Ink::Secondary;
            }
            break;
        default: break;
        }
        return look;
    });
    m_table->setRowMenu([this](QMenu* menu, const QString&) {
        menu->addAction(m_ask);
        menu->addAction(m_open);
        menu->addSeparator();
        menu->addAction(m_edit);
        menu->addAction(m_delete);
    });
    m_consequence = new widgets::PlainLabel({}, view, theme::Face::Small, theme::Ink::Secondary);
    m_consequence->setWordWrap(true);
    m_consequence->hide();
    m_ruleStack = new widgets::StateStack(m_table, view);
    down->addWidget(m_ruleStack, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(13, 8, 13, 6);
    foot->addWidget(m_consequence);
    down->addLayout(foot);
    return view;
}

QWidget* AccessPage::makeUsers(QWidget* parent) {
    m_userTable = new widgets::TableView(parent);
    m_userTable->setSource(m_users);
    m_userTable->setAccessibleName(tr("Users"));
    m_userTable->setInitialWidths({{QStringLiteral("name"), 240}, {QStringLiteral("mechanisms"), 472}, {QStringLiteral("rules"), 170}}, QStringLiteral("mechanisms"));
    m_userTable->setNarrow({{QStringLiteral("name"), 130}, {QStringLiteral("mechanisms"), 472}, {QStringLiteral("rules"), 122}}, {});
    m_userTable->setEmptyText(tr("No user matches."));
    m_userTable->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        if (index.column() == UserTableModel::NameColumn)
            look.face = theme::Face::Mono;
        else
            look.ink = theme::Ink::Secondary;
        return look;
    });
    m_userTable->setRowMenu([this](QMenu* menu, const QString&) {
        menu->addAction(m_ask);
        menu->addSeparator();
        menu->addAction(m_password);
        menu->addAction(m_deleteUser);
    });
    m_userStack = new widgets::StateStack(m_userTable, parent);
    return m_userStack;
}

void AccessPage::connectAll() {
    connect(m_access, &models::access::AccessService::changed, this, [this] { takeSnapshot(); });
    connect(m_question, &QuestionPanel::asked, this, [this] {
        showRules();
        emit locationChanged();
    });
    connect(m_question, &QuestionPanel::looked, this, [this] {
        showRules();
        const auto operation = m_question->operation();
        for (const auto& decision : m_question->decisions())
            if (decision.operation == operation && decision.rule >= 0)
                m_table->selectKey(m_book.keys[decision.rule]);
        emit locationChanged();
    });
    connect(m_show, &widgets::SegmentedChoice::chosen, this, [this](int which) {
        setShow(static_cast<Show>(which));
        emit locationChanged();
    });
    connect(m_search, &widgets::SearchField::searched, this, [this](const QString& text) {
        m_place.view[QStringLiteral("filter")] = text;
        refilter();
        emit locationChanged();
    });
    connect(m_search, &widgets::SearchField::leftDown, this, [this] { (m_show->current() == Users ? m_userTable : m_table)->setFocus(); });
    connect(m_table, &widgets::TableView::currentKeyChanged, this, [this] {
        refresh();
        foretell();
    });
    connect(m_table, &widgets::TableView::rowActivated, this, [this] {
        if (m_edit->isEnabled())
            m_edit->trigger();
    });
    connect(m_userTable, &widgets::TableView::currentKeyChanged, this, [this] { refresh(); });
    connect(m_userTable, &widgets::TableView::rowActivated, this, [this] {
        if (m_password->isEnabled())
            m_password->trigger();
    });
    connect(m_table, &widgets::TableView::stateChanged, this, [this] {
        context().setState(m_place, QStringLiteral("columns"), QJsonDocument(m_table->saveState()).toJson(QJsonDocument::Compact));
    });
    using models::session::ClusterSession;
    connect(m_session, &ClusterSession::stateChanged, this, [this] { refresh(); });
    connect(m_session, &ClusterSession::readOnlyChanged, this, [this] { refresh(); });
    connect(m_session, &ClusterSession::topicsChanged, this, [this] { takeNames(); });
    connect(m_session, &ClusterSession::groupsChanged, this, [this] { takeNames(); });
    connect(m_changes, &models::changes::ChangeService::applied, this, [this] { m_access->refresh(); });
}

void AccessPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_access->setWatched(true);
}

void AccessPage::hideEvent(QHideEvent* event) {
    Page::hideEvent(event);
    m_access->setWatched(false);
}

void AccessPage::open(const shell::Location& place) {
    const bool first = m_place.isEmpty();
    m_place = place;
    if (first)
        m_table->restoreState(QJsonDocument::fromJson(context().state(place, QStringLiteral("columns")).toByteArray()).object());
    const auto value = [&place](const char* key) { return place.view.value(QLatin1String(key)); };
    // A place without a question (the sidebar's) leaves the one that was asked.
    if (!place.name.isEmpty() || !value("of").isEmpty())
        m_question->setQuestion({place.name, value("host"), resourceNamed(value("resource")), value("of")});
    for (const auto& decision : m_question->decisions())
        if (models::access::nameOf(decision.operation) == value("operation"))
            m_question->setOperation(decision.operation);
    m_search->setText(value("filter"));
    m_aboutOnly->setChecked(value("about") == QStringLiteral("1"));
    setShow(value("show") == QStringLiteral("users") ? Users : value("show") == QStringLiteral("resource") ? ByResource : ByPrincipal);
    takeSnapshot();
}

shell::Location AccessPage::location() const {
    shell::Location place{m_place.cluster, QStringLiteral("access"), {}, {}};
    const auto keep = [&place](const char* key, const QString& value) {
        if (!value.isEmpty())
            place.view[QLatin1String(key)] = value;
    };
    const auto question = m_question->question();
    place.name = question.principal;
    keep("host", question.host);
    if (!question.name.isEmpty()) {
        keep("resource", models::access::nameOf(question.resource));
        keep("of", question.name);
        if (m_question->isAsked())
            keep("operation", models::access::nameOf(m_question->operation()));
    }
    if (m_show->current() != ByPrincipal)
        keep("show", m_show->current() == Users ? QStringLiteral("users") : QStringLiteral("resource"));
    keep("about", m_aboutOnly->isChecked() ? QStringLiteral("1") : QString());
    keep("filter", m_search->text());
    return place;
}

QWidget* AccessPage::firstFocus() {
    const bool users = m_show->current() == Users;
    if (!m_whole->showsContent() || !(users ? m_userStack : m_ruleStack)->showsContent())
        return m_show;
    return users ? m_userTable : m_table;
}

models::access::KnownNames AccessPage::knownNames() const {
    models::access::KnownNames known;
    if (m_session->topics())
        for (const auto& topic : m_session->topics()->topics)
            known.topics.append(topic.name);
    if (m_session->groups())
        for (const auto& group : m_session->groups()->groups)
            known.groups.append(group.id);
    if (m_access->snapshot())
        for (const auto& user : m_access->snapshot()->users)
            known.principals.append(QStringLiteral("User:") + user.name);
    return known;
}

void AccessPage::takeNames() {
    const auto known = knownNames();
    if (known.topics == m_known.topics && known.groups == m_known.groups)
        return;
    takeSnapshot();
}

void AccessPage::takeSnapshot() {
    m_known = knownNames();
    const auto& snapshot = m_access->snapshot();
    const bool namesKnown = m_session->topics() && m_session->groups();
    m_book = models::access::RuleBook::of(snapshot ? snapshot->rules : QList<AclRule>(), namesKnown ? &m_known : nullptr);
    m_question->setRules(m_book.evaluator, m_known);
    QList<models::access::UserRow> users;
    if (snapshot)
        for (const auto& user : snapshot->users)
            users.append({user, m_book.rulesOfPrincipal.value(QStringLiteral("User:") + user.name), m_access->rulesState() == PartState::Known});
    m_users->setRows(users);
    showRules();
    foretell();
}

void AccessPage::showRules() {
    m_rules->setRows(models::access::rowsOf(m_book, m_question->decisions(), m_question->operation()));
    const auto about = m_question->isBegun() ? m_book.evaluator.concerning(m_question->question()) : QList<int>();
    m_about = QSet<int>(about.begin(), about.end());
    m_aboutOnly->setText(m_question->isBegun() ? tr("About this question: %1").arg(QLocale().toString(m_about.size())) : tr("About this question"));
    refilter();
    refresh();
}

void AccessPage::refilter() {
    const bool only = m_aboutOnly->isChecked() && m_question->isBegun();
    if (only) {
        QSet<QString> keys;
        for (const int rule : m_about)
            keys.insert(m_book.keys[rule]);
        m_table->setRowFilter([this, keys](int row) { return keys.contains(m_rules->keyAt(row)); });
    } else {
        m_table->setRowFilter(nullptr);
    }
    m_table->setFilterText(m_search->text());
    m_userTable->setFilterText(m_search->text());
}

void AccessPage::setShow(Show show) {
    m_show->setCurrent(show);
    m_views->setCurrentIndex(show == Users ? 1 : 0);
    if (show != Users) {
        // What it is listed by stands first and sorts.
        auto* header = m_table->horizontalHeader();
        const int first = show == ByPrincipal ? RuleTableModel::PrincipalColumn : RuleTableModel::ResourceColumn;
        if (header->logicalIndex(0) == RuleTableModel::PrincipalColumn || header->logicalIndex(0) == RuleTableModel::ResourceColumn) {
            header->moveSection(header->visualIndex(RuleTableModel::PrincipalColumn), show == ByPrincipal ? 0 : 2);
            header->moveSection(header->visualIndex(RuleTableModel::ResourceColumn), show == ByPrincipal ? 1 : 0);
        }
        m_table->sortByColumn(first, Qt::AscendingOrder);
    }
    refresh();
}

/// Judged by everything that is known, on a thread of its own: a rule for everybody on a large cluster takes a while.
void AccessPage::foretell() {
    const auto* rule = chosenRule();
    const quint64 number = ++m_foretold;
    if (!rule || m_access->rulesState() != PartState::Known) {
        m_consequence->hide();
        return;
    }
    QThreadPool::globalInstance()->start([self = QPointer<AccessPage>(this), number, rule = *rule, rules = m_book.evaluator.rules(), known = m_known] {
        auto after = rules;
        after.removeAll(rule);
        const auto sentences = models::access::sentencesOf(models::access::effectsOf(rules, after, known), 3);
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, number, sentences] {
                if (!self || self->m_foretold != number)
                    return;
                self->m_consequence->setText(sentences.isEmpty() ? tr("If the chosen rule went, nobody's rights would change, for the names that are known now.")
                                                                 : tr("If the chosen rule went: %1").arg(sentences.join(u' ')));
                self->m_consequence->setVisible(self->m_ruleStack->showsContent());
            },
            Qt::QueuedConnection);
    });
}

const AclRule* AccessPage::chosenRule() const {
    const int row = m_rules->rowOfKey(m_table->currentKey());
    return row >= 0 ? &m_rules->rowAt(row).rule : nullptr;
}

const models::client::ScramUser* AccessPage::chosenUser() const {
    const int row = m_users->rowOfKey(m_userTable->currentKey());
    return row >= 0 ? &m_users->rowAt(row).user : nullptr;
}

shell::PageHeader AccessPage::header() const {
    shell::PageHeader header;
    header.title = tr("Access");
    const auto& snapshot = m_access->snapshot();
    const bool users = m_show->current() == Users;
    if (snapshot && m_access->rulesState() != PartState::Off && m_access->rulesState() != PartState::NotAllowed) {
        header.pills.append({tr("%Ln rule(s)", nullptr, static_cast<int>(snapshot->rules.size()))});
        header.pills.append({tr("%Ln principal(s)", nullptr, static_cast<int>(m_book.rulesOfPrincipal.size()))});
        if (!m_book.idle.isEmpty())
            header.pills.append({tr("%Ln rule(s) matching nothing", nullptr, static_cast<int>(m_book.idle.size())), theme::Tone::Warn, tr("No topic or group of such a name exists now")});
    }
    if (m_access->rulesState() == PartState::Off)
        header.pills.append({tr("no authorizer"), theme::Tone::Warn});
    if (users)
        header.actions = {m_export, m_deleteUser, m_password, m_addUser};
    else
        header.actions = {m_export, m_delete, m_edit, m_add};
    header.quiet = users ? QList<shell::Action*>{m_export, m_deleteUser} : QList<shell::Action*>{m_export, m_delete};
    if ((users ? m_userStack : m_ruleStack)->showsContent()) // an empty list has the button in its middle
        header.primary = users ? m_addUser : m_add;
    return header;
}

QStringList AccessPage::status() const {
    const auto& snapshot = m_access->snapshot();
    if (!snapshot || m_access->usersState() != PartState::Known)
        return {};
    return {tr("%Ln SCRAM user(s)", nullptr, static_cast<int>(snapshot->users.size()))};
}

} // namespace ui::access
