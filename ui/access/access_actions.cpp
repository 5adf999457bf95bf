// What can be done on the page, and what it says where nothing can be shown.
#include "models/changes/change_service.h"
#include "models/session/cluster_session.h"
#include "ui/access/access_page.h"
#include "ui/access/question_panel.h"
#include "ui/access/rule_dialog.h"
#include "ui/access/user_dialog.h"
#include "ui/changes/change_flow.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QLocale>

namespace ui::access {

using models::access::PartState;
using models::client::AclResource;
using models::client::AclRule;
using models::session::SessionState;

void AccessPage::makeActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("access");
    m_export = actions.add({.id = QStringLiteral("access.export"), .text = tr("Export"), .key = QKeySequence(tr("Ctrl+E")), .context = here,
                               .explanation = tr("Write the rows that are shown to a file"), .run = [this] { (m_show->current() == Users ? m_userTable : m_table)->exportRows(); }},
        this);
    m_add = actions.add({.id = QStringLiteral("access.add"), .text = tr("Add rule"), .key = QKeySequence(tr("Ctrl+N")), .context = here, .safety = shell::Safety::Changes,
                            .explanation = tr("Allow or deny something, or what a producer or consumer needs"), .run = [this] { editRule(true); }},
        this);
    m_edit = actions.add({.id = QStringLiteral("access.edit"), .text = tr("Change rule"), .key = QKeySequence(tr("F2")), .context = here, .safety = shell::Safety::Changes,
                             .explanation = tr("Put another rule in the place of the chosen one"), .run = [this] { editRule(false); }},
        this);
    m_delete = actions.add({.id = QStringLiteral("access.delete"), .text = tr("Delete rule"), .key = QKeySequence(tr("Shift+Del")), .context = here, .safety = shell::Safety::Destructive,
                               .explanation = tr("The plan says who loses or gets what by it"), .run = [this] { deleteRules(); }},
        this);
    m_ask = actions.add({.id = QStringLiteral("access.ask"), .text = tr("Ask about it"), .key = QKeySequence(tr("Ctrl+Return")), .context = here,
                            .explanation = tr("What may the chosen principal do there, and which rule says so?"), .run = [this] { askAboutRule(); }},
        this);
    m_open = actions.add({.id = QStringLiteral("access.open"), .text = tr("Open topic or group"), .key = QKeySequence(tr("Ctrl+O")), .context = here,
                             .explanation = tr("That the chosen rule is about"), .run = [this] { openResource(); }},
        this);
    m_aboutOnly = actions.add({.id = QStringLiteral("access.about"), .text = tr("About this question"), .key = QKeySequence(tr("Ctrl+I")), .context = here,
                                  .explanation = tr("Show only the rules that speak of this principal and this resource"),
                                  .run =
                                      [this] {
                                          refilter();
                                          refresh();
                                          emit locationChanged();
                                      }},
        this);
    m_aboutOnly->setCheckable(true);
    actions.add({.id = QStringLiteral("access.question"), .text = tr("Who can do what"), .key = QKeySequence(tr("Ctrl+F")), .context = here,
                    .explanation = tr("Ask what a principal may do"), .run = [this] { m_question->focusQuestion(); }},
        this);
    actions.add({.id = QStringLiteral("access.filter"), .text = tr("Filter the list"), .key = QKeySequence(tr("/")), .context = here,
                    .run = [this] { m_search->setFocus(Qt::ShortcutFocusReason); }},
        this);
    m_again = actions.add({.id = QStringLiteral("access.refresh"), .text = tr("Ask again"), .key = QKeySequence(tr("F5")), .context = here,
                              .explanation = tr("Ask the cluster for its rules and users now"), .run =
                                  [this] {
                                      if (m_session->state() == SessionState::Failed)
                                          m_session->refresh();
                                      m_access->refresh();
                                  }},
        this);
}

void AccessPage::makeUserActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("access");
    m_addUser = actions.add({.id = QStringLiteral("access.addUser"), .text = tr("Add user"), .key = QKeySequence(tr("Ctrl+U")), .context = here, .safety = shell::Safety::Changes,
                                .explanation = tr("A user who logs in by SCRAM"), .run = [this] { editUser(true); }},
        this);
    m_password = actions.add({.id = QStringLiteral("access.password"), .text = tr("Change password"), .key = QKeySequence(tr("Ctrl+Shift+Y")), .context = here,
                                 .safety = shell::Safety::Changes, .explanation = tr("Of the chosen user"), .run = [this] { editUser(false); }},
        this);
    m_deleteUser = actions.add({.id = QStringLiteral("access.deleteUser"), .text = tr("Delete user"), .key = QKeySequence(tr("Ctrl+Shift+Del")), .context = here,
                                   .safety = shell::Safety::Destructive, .explanation = tr("Nobody logs in by this name any more"),
                                   .run =
                                       [this] {
                                           if (const auto* user = chosenUser()) {
                                               models::client::ScramUpsert all;
                                               all.user = user->name;
                                               all.mechanism = models::client::ScramMechanism::Unknown;
                                               m_flow->start(models::changes::AlterScramUser{all});
                                           }
                                       }},
        this);
}

void AccessPage::editRule(bool fresh) {
    const auto* chosen = chosenRule();
    if (!fresh && !chosen)
        return;
    RuleDialog::Facts facts;
    facts.cluster = m_session->name();
    facts.rules = m_book.evaluator.rules();
    facts.known = m_known;
    facts.principals = m_book.evaluator.principals() + m_known.principals;
    facts.principals.removeDuplicates();
    facts.principals.sort();
    AclRule start;
    if (m_question->isAsked()) { // who asks and finds nothing goes on from there
        const auto question = m_question->question();
        start.principal = question.principal;
        start.resource = question.resource;
        start.name = question.name;
        start.operation = m_question->operation();
        if (!question.host.isEmpty())
            start.host = question.host;
    }
    auto* dialog = new RuleDialog(facts, fresh ? std::nullopt : std::optional<AclRule>(*chosen), start, this);
    connect(dialog, &RuleDialog::wished, this, [this](const models::changes::AlterAcls& change) { m_flow->start(change); });
    dialog->open();
}

void AccessPage::deleteRules() {
    models::changes::AlterAcls change;
    for (const auto& key : m_table->selectedKeys())
        if (const int row = m_rules->rowOfKey(key); row >= 0)
            change.remove.append(m_rules->rowAt(row).rule);
    if (change.remove.isEmpty())
        if (const auto* rule = chosenRule())
            change.remove.append(*rule);
    if (!change.remove.isEmpty())
        m_flow->start(change);
}

void AccessPage::askAboutRule() {
    models::access::Question question = m_question->question();
    if (m_show->current() == Users) {
        const auto* user = chosenUser();
        if (!user)
            return;
        question.principal = QStringLiteral("User:") + user->name;
    } else {
        const auto* rule = chosenRule();
        if (!rule)
            return;
        question = {rule->principal, rule->host == models::access::kWildcard ? QString() : rule->host, rule->resource, rule->name};
    }
    m_question->setQuestion(question);
    if (const auto* rule = chosenRule(); rule && m_show->current() != Users)
        m_question->setOperation(rule->operation);
    showRules();
    m_question->focusQuestion();
    emit locationChanged();
}

void AccessPage::openResource() {
    const auto* rule = chosenRule();
    if (!rule)
        return;
    const QString kind = rule->resource == AclResource::Group ? QStringLiteral("groups") : QStringLiteral("topics");
    if (models::access::isWildcard(*rule))
        context().go({m_place.cluster, kind, {}, {}});
    else if (rule->pattern == models::client::AclPattern::Prefixed)
        context().go({m_place.cluster, kind, {}, {{QStringLiteral("filter"), rule->name}}});
    else
        context().go({m_place.cluster, kind, rule->name, {}});
}

void AccessPage::editUser(bool fresh) {
    const auto* user = chosenUser();
    if (!fresh && !user)
        return;
    const auto& snapshot = m_access->snapshot();
    auto* dialog = new UserDialog(m_session->name(), fresh ? models::client::ScramUser{} : *user, snapshot ? snapshot->users : QList<models::client::ScramUser>(), this);
    connect(dialog, &UserDialog::wished, this, [this](const models::client::ScramUpsert& credential) { m_flow->start(models::changes::AlterScramUser{credential}); });
    dialog->open();
}

void AccessPage::refresh() {
    const auto refusal = m_changes->refusal();
    QString reason = refusal ? shell::whatFailed(*refusal) : QString();
    const bool users = m_show->current() == Users;
    QString rules = reason;
    if (rules.isEmpty() && m_access->rulesState() == PartState::Off)
        rules = tr("The cluster has no authorizer");
    else if (rules.isEmpty() && m_access->rulesState() != PartState::Known)
        rules = tr("The rules of the cluster are not known");
    const auto* rule = chosenRule();
    const QString none = tr("Choose a rule first");
    const bool strange = rule && models::access::operationsOf(rule->resource).isEmpty();
    m_add->setRefusal(rules);
    m_edit->setRefusal(!rules.isEmpty() ? rules : users || !rule ? none : strange ? tr("Samsa does not know this kind of resource") : QString());
    m_delete->setRefusal(!rules.isEmpty() ? rules : users || !rule ? none : QString());
    m_open->setRefusal(users || !rule ? none : rule->resource != AclResource::Topic && rule->resource != AclResource::Group ? tr("The rule is about neither a topic nor a group") : QString());
    if (reason.isEmpty() && m_access->usersState() != PartState::Known)
        reason = tr("The users of the cluster are not known");
    const QString noUser = tr("Choose a user first");
    m_addUser->setRefusal(reason);
    m_password->setRefusal(!reason.isEmpty() ? reason : !users || !chosenUser() ? noUser : QString());
    m_deleteUser->setRefusal(!reason.isEmpty() ? reason : !users || !chosenUser() ? noUser : QString());
    m_ask->setRefusal((users ? chosenUser() != nullptr : rule != nullptr) ? QString() : users ? noUser : none);
    m_aboutOnly->setRefusal(m_question->isBegun() ? QString() : tr("Ask a question first"));
    m_export->setRefusal((users ? m_users->rowCount() : m_rules->rowCount()) > 0 ? QString() : tr("There is nothing to export"));
    refreshStates();
    emit headerChanged();
}

namespace {

QString whatNext(const models::Error& error) {
    // Not the cluster's fault: our own client asks, and does not speak every login.
    if (error.code == models::ErrorCode::Unsupported && error.kafkaCode == 0)
        return AccessPage::tr("Samsa asks for rules and users over PLAIN, SCRAM or certificates only. Connect as somebody who logs in so, or use Kafka's own tools.");
    return shell::nextStep(error);
}

/// What stands in a list's place where it cannot be shown; false where it can.
bool showState(widgets::StateView* view, PartState state, const std::optional<models::Error>& error, bool haveRows, const QString& cluster, bool users, QAction* again) {
    switch (state) {
    case PartState::Known: return false;
    case PartState::Unknown:
        view->showLoading(users ? AccessPage::tr("Asking %1 for its users").arg(cluster) : AccessPage::tr("Asking %1 for its rules").arg(cluster));
        return true;
    case PartState::Off:
        view->showEmpty(AccessPage::tr("%1 has no authorizer").arg(cluster),
            AccessPage::tr("Everybody who reaches it may do everything, and rules cannot be kept. Brokers get one by authorizer.class.name; a new local cluster by “Secure” in the form that starts it."), nullptr, QStringLiteral("lock"));
        return true;
    case PartState::NotAllowed:
        view->showFailed(users ? AccessPage::tr("This login may not see the users") : AccessPage::tr("This login may not see the rules"), error ? shell::whatFailed(*error) : QString(),
            users ? AccessPage::tr("It needs Alter on the cluster. Connect as somebody who has it.") : AccessPage::tr("It needs Describe on the cluster. Connect as somebody who has it."), again);
        return true;
    case PartState::Failed:
        if (haveRows)
            return false; // what was known stays, marked with its age
        view->showFailed(users ? AccessPage::tr("The users cannot be shown") : AccessPage::tr("The rules cannot be shown"), error ? shell::whatFailed(*error) : QString(),
            error ? whatNext(*error) : QString(), again);
        return true;
    }
    return false;
}

} // namespace

void AccessPage::refreshStates() {
    const auto& snapshot = m_access->snapshot();
    const QString name = m_session->name();
    const bool asked = m_access->rulesState() != PartState::Unknown || m_access->usersState() != PartState::Unknown;
    if (!asked && m_session->state() == SessionState::Failed) {
        m_whole->state()->showFailed(tr("%1 does not answer").arg(name), shell::whatFailed(m_session->stateError()), shell::nextStep(m_session->stateError()), m_again);
        m_whole->showState();
        return;
    }
    if (!asked) {
        m_whole->state()->showLoading(m_session->state() == SessionState::Idle ? tr("Not connected to %1").arg(name) : tr("Asking %1 for its rules and users").arg(name));
        m_whole->showState();
        return;
    }
    m_whole->showContent();
    const bool rulesKnown = m_access->rulesState() == PartState::Known || (snapshot && !snapshot->rules.isEmpty());
    m_question->setVisible(rulesKnown);
    if (showState(m_ruleStack->state(), m_access->rulesState(), m_access->rulesError(), snapshot && !snapshot->rules.isEmpty(), name, false, m_again)) {
        m_ruleStack->showState();
    } else if (m_rules->rowCount() == 0) {
        m_ruleStack->state()->showEmpty(tr("No rules yet"), tr("Only super users may do anything, or everybody where the brokers run with allow.everyone.if.no.acl.found=true."), m_add, QStringLiteral("lock"));
        m_ruleStack->showState();
    } else {
        m_ruleStack->showContent();
    }
    if (!m_ruleStack->showsContent())
        m_consequence->hide();
    if (showState(m_userStack->state(), m_access->usersState(), m_access->usersError(), m_users->rowCount() > 0, name, true, m_again)) {
        m_userStack->showState();
    } else if (m_users->rowCount() == 0) {
        m_userStack->state()->showEmpty(tr("No SCRAM users"), tr("Users that the brokers know from certificates, from their own files or from another service are not listed by Kafka."), m_addUser, QStringLiteral("lock"));
        m_userStack->showState();
    } else {
        m_userStack->showContent();
    }
    const bool users = m_show->current() == Users;
    const bool listed = (users ? m_userStack : m_ruleStack)->showsContent();
    m_search->setVisible(listed);
    m_aboutButton->setVisible(listed && !users);
    const bool stale = snapshot && (users ? m_access->usersState() : m_access->rulesState()) == PartState::Failed;
    m_stale->setVisible(stale);
    if (stale)
        m_stale->setText(tr("As of %1; not answered since: %2")
                             .arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(snapshot.takenMs).time(), QLocale::ShortFormat),
                                 shell::whatFailed(*(users ? m_access->usersError() : m_access->rulesError()))));
}

} // namespace ui::access
