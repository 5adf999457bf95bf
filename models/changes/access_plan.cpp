#include "models/changes/access_plan.h"

#include "models/access/effects.h"
#include "models/base/format.h"
#include "models/changes/command_text.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QMap>
#include <algorithm>

namespace models::changes {
namespace {

using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

constexpr int kSentencesMax = 6;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

QString fingerprint(const QStringList& facts) {
    return QString::fromLatin1(QCryptographicHash::hash(facts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex().first(32));
}

/// What one line of the plan is about: the rules of one principal on one pattern.
QString subjectOf(const AclRule& rule) {
    const QString subject = Text::tr("%1 on %2", "principal, resource").arg(access::shown(rule.principal), access::resourceText(rule));
    return rule.host == access::kWildcard ? subject : Text::tr("%1 from %2").arg(subject, access::shown(rule.host));
}

/// "Allow Read, Describe; Deny Write"
QString grants(const QList<AclRule>& rules, const QString& subject) {
    QMap<QString, QStringList> byVerb;
    for (const auto& rule : rules)
        if (subjectOf(rule) == subject)
            byVerb[rule.permission == AclPermission::Deny ? Text::tr("Deny") : Text::tr("Allow")].append(access::nameOf(rule.operation));
    QStringList parts;
    for (auto it = byVerb.begin(); it != byVerb.end(); ++it) {
        it->removeDuplicates();
        parts.append(it.key() + u' ' + it->join(u", "_s));
    }
    return parts.join(u"; "_s);
}

QString badRule(const AclRule& rule) {
    const auto colon = rule.principal.indexOf(u':');
    if (colon <= 0 || colon + 1 == rule.principal.size())
        return Text::tr("a principal is a type and a name: User:alice");
    if (rule.name.isEmpty())
        return Text::tr("a rule needs the name of a resource, or * for every one");
    if (rule.resource == AclResource::Cluster && rule.name != access::kClusterName)
        return Text::tr("the cluster as a resource is called %1").arg(access::kClusterName);
    if (rule.host.trimmed().isEmpty())
        return Text::tr("a rule needs a host, or * for every one");
    if (rule.pattern == AclPattern::Prefixed && rule.name == access::kWildcard)
        return Text::tr("a prefix of * stands only for names that begin with a star; for every name choose exactly *");
    return {};
}

access::KnownNames knownNames(ClusterOperations& operations) {
    access::KnownNames known;
    // Without them the rules are still judged by the names that they themselves have.
    for (const auto& topic : operations.metadata().value_or(client::ClusterMetadata()).topics)
        known.topics.append(topic.name);
    for (const auto& group : operations.groups().value_or(QList<client::GroupListing>()))
        known.groups.append(group.id);
    for (const auto& user : operations.scramUsers().value_or(QList<client::ScramUser>()))
        known.principals.append(u"User:"_s + user.name);
    return known;
}

QStringList principalsOf(const AlterAcls& change) {
    QStringList all;
    for (const auto& rule : change.add + change.remove)
        all.append(rule.principal);
    all.removeDuplicates();
    return all;
}

QString titleOf(const AlterAcls& change) {
    const auto principals = principalsOf(change);
    const QString whom = principals.size() == 1 ? access::shown(principals.first()) : Text::tr("%n principal(s)", nullptr, static_cast<int>(principals.size()));
    const auto count = static_cast<int>(std::max(change.add.size(), change.remove.size()));
    if (change.remove.isEmpty())
        return count == 1 ? Text::tr("Add rule for %1").arg(whom) : Text::tr("Add rules for %1").arg(whom);
    if (change.add.isEmpty())
        return count == 1 ? Text::tr("Delete rule of %1").arg(whom) : Text::tr("Delete rules of %1").arg(whom);
    return Text::tr("Change rule of %1").arg(whom);
}

/// Notes what the fresh set of rules does beside the sentences about people.
void noteFirstRules(const AlterAcls& change, const QList<AclRule>& before, Plan& plan) {
    const access::Evaluator old(before);
    QStringList first;
    for (const auto& rule : change.add)
        if (rule.pattern == AclPattern::Literal && rule.name != access::kWildcard && old.nothingWritten(rule.resource, rule.name))
            first.append(access::resourceText(rule));
    first.removeDuplicates();
    if (!first.isEmpty())
        plan.warnings.append(Text::tr("It is the first rule about %1. Where the brokers run with allow.everyone.if.no.acl.found=true, everybody else loses it.").arg(first.mid(0, 3).join(u", "_s)));
}

} // namespace

Result<Plan> aclPlan(const AlterAcls& change, ClusterOperations& operations) {
    const QString title = titleOf(change);
    if (change.add.isEmpty() && change.remove.isEmpty())
        return fail(ErrorCode::Invalid, title, Text::tr("no rule is named"));
    for (const auto& rule : change.add)
        if (const QString bad = badRule(rule); !bad.isEmpty())
            return fail(ErrorCode::Invalid, title, bad);
    auto before = operations.acls();
    if (!before)
        return std::unexpected(before.error());
    AlterAcls real;
    for (const auto& rule : change.remove) {
        if (!before->contains(rule))
            return fail(ErrorCode::NotFound, title, Text::tr("it is not there any more: %1").arg(access::sentenceOf(rule)));
        if (!real.remove.contains(rule))
            real.remove.append(rule);
    }
    for (const auto& rule : change.add)
        if (!before->contains(rule) && !real.add.contains(rule))
            real.add.append(rule);
    if (real.add.isEmpty() && real.remove.isEmpty())
        return fail(ErrorCode::AlreadyExists, title, change.add.size() == 1 ? Text::tr("there is such a rule already") : Text::tr("all these rules are there already"));
    QList<AclRule> after = *before;
    for (const auto& rule : real.remove)
        after.removeAll(rule);
    for (const auto& rule : real.add)
        after.append(rule); // one that is removed and added stays
    std::sort(after.begin(), after.end());

    Plan plan;
    plan.change = real;
    plan.title = title;
    QStringList subjects, resources, facts{u"acls"_s};
    for (const auto& rule : real.remove + real.add) {
        subjects.append(subjectOf(rule));
        resources.append(access::resourceText(rule));
    }
    subjects.removeDuplicates();
    resources.removeDuplicates();
    for (const auto& subject : subjects) {
        plan.lines.append({subject, grants(*before, subject), grants(after, subject)});
        facts.append(subject + u'=' + plan.lines.last().before);
    }
    plan.target = resources.size() == 1 ? resources.first() : Text::tr("%n resource(s)", nullptr, static_cast<int>(resources.size()));
    if (const QString user = operations.loginUser(); !user.isEmpty()) {
        const access::Question question{u"User:"_s + user, u"-"_s, AclResource::Cluster, access::kClusterName};
        const auto may = [&](const QList<AclRule>& rules) { return access::Evaluator(rules).decide(question, AclOperation::Alter).verdict == access::Verdict::Allowed; };
        if (may(*before) && !may(after))
            plan.warnings.append(Text::tr("You are %1 here and lose the right to change rules: you can then not put it back, unless you are a super user.").arg(access::shown(question.principal)));
    }
    const auto known = knownNames(operations);
    plan.consequences = access::sentencesOf(access::effectsOf(*before, after, known), kSentencesMax);
    QStringList waiting;
    for (const auto& rule : real.add) {
        const auto& names = rule.resource == AclResource::Topic ? known.topics : known.groups;
        const bool named = rule.resource == AclResource::Topic || rule.resource == AclResource::Group;
        if (named && rule.pattern == AclPattern::Prefixed && std::none_of(names.begin(), names.end(), [&](const QString& name) { return name.startsWith(rule.name); }))
            waiting.append(access::resourceText(rule));
    }
    waiting.removeDuplicates();
    if (!waiting.isEmpty())
        plan.consequences.append(Text::tr("Nothing that matches %1 exists now.").arg(waiting.join(u", "_s)));
    if (plan.consequences.isEmpty())
        plan.consequences.append(Text::tr("For the names that are known now nobody's rights change."));
    noteFirstRules(real, *before, plan);
    const bool denies = std::any_of(real.add.begin(), real.add.end(), [](const AclRule& rule) { return rule.permission == AclPermission::Deny; });
    if (real.add.isEmpty()) {
        plan.safety = Safety::Destructive;
        const auto principals = principalsOf(real);
        plan.typeToConfirm = principals.size() == 1 ? access::shown(principals.first()) : plan.target;
    } else {
        plan.safety = denies || !real.remove.isEmpty() ? Safety::Disruptive : Safety::Safe;
    }
    plan.undo = std::make_shared<const Change>(AlterAcls{real.remove, real.add});
    plan.undoText = real.add.isEmpty() ? Text::tr("Can be put back as it was.") : Text::tr("Can be taken back.");
    plan.expectation = fingerprint(facts);
    return plan;
}

Result<void> applyAcls(const AlterAcls& change, const client::ApprovedPlan& approved, ClusterOperations& operations) {
    if (auto added = operations.createAcls(approved, change.add); !added)
        return added;
    auto removed = operations.deleteAcls(approved, change.remove);
    if (!removed && !change.add.isEmpty())
        return fail(removed.error().code, removed.error().what, Text::tr("the new rule is there, the old one could not be taken away: %1").arg(removed.error().why), removed.error().kafkaCode);
    return removed;
}

Result<Applied> verifyAcls(const AlterAcls& change, ClusterOperations& operations) {
    auto now = operations.acls();
    if (!now)
        return std::unexpected(now.error());
    int there = 0, left = 0;
    for (const auto& rule : change.add)
        there += now->contains(rule) ? 1 : 0;
    for (const auto& rule : change.remove)
        left += now->contains(rule) && !change.add.contains(rule) ? 1 : 0;
    QStringList seen;
    if (!change.add.isEmpty())
        seen.append(Text::tr("%n rule(s) there", nullptr, there));
    if (!change.remove.isEmpty())
        seen.append(left == 0 ? Text::tr("%n rule(s) gone", nullptr, static_cast<int>(change.remove.size())) : Text::tr("%n rule(s) still there", nullptr, left));
    return Applied{0, seen.join(u", "_s), there == change.add.size() && left == 0};
}

namespace {

/// What the user has now of the mechanism that the change is about; Unknown is about all.
Result<QList<client::ScramCredential>> credentialsNow(const client::ScramUpsert& wanted, ClusterOperations& operations) {
    auto users = operations.scramUsers();
    if (!users)
        return std::unexpected(users.error());
    QList<client::ScramCredential> found;
    for (const auto& user : *users)
        if (user.name == wanted.user)
            for (const auto& credential : user.credentials)
                if (wanted.mechanism == client::ScramMechanism::Unknown || credential.mechanism == wanted.mechanism)
                    found.append(credential);
    return found;
}

QString iterationsText(int iterations) { return Text::tr("%1 iterations").arg(format::count(iterations)); }

void planRemoval(const client::ScramUpsert& wanted, const QList<client::ScramCredential>& now, Plan& plan) {
    const QString user = access::shown(wanted.user);
    plan.title = Text::tr("Delete user %1").arg(user);
    QStringList mechanisms;
    for (const auto& credential : now) {
        mechanisms.append(access::nameOf(credential.mechanism));
        plan.lines.append({mechanisms.last(), iterationsText(credential.iterations), {}});
    }
    plan.consequences.append(Text::tr("Nobody logs in as %1 by %2 any more. Connections that are open stay until they end.").arg(user, mechanisms.join(u", "_s)));
    plan.safety = Safety::Destructive;
    plan.typeToConfirm = user;
    plan.undoText = Text::tr("Cannot be undone: the cluster does not tell its password. Its rules stay.");
}

void planUpsert(const client::ScramUpsert& wanted, const QList<client::ScramCredential>& now, Plan& plan) {
    const QString user = access::shown(wanted.user);
    const QString mechanism = access::nameOf(wanted.mechanism);
    if (now.isEmpty()) {
        plan.title = Text::tr("Add user %1").arg(user);
        plan.lines.append({mechanism, {}, iterationsText(wanted.iterations)});
        plan.consequences.append(Text::tr("%1 can log in by %2. What it may do is said by rules.").arg(user, mechanism));
        auto undo = wanted;
        undo.password = nullptr;
        plan.undo = std::make_shared<const Change>(AlterScramUser{undo});
        plan.undoText = Text::tr("Can be deleted again.");
        return;
    }
    plan.title = Text::tr("Change password of %1").arg(user);
    plan.lines.append({mechanism, iterationsText(now.first().iterations), Text::tr("%1, a new password").arg(iterationsText(wanted.iterations))});
    plan.consequences.append(Text::tr("Clients that log in as %1 with the old password are refused from now on. Connections that are open stay until they end.").arg(user));
    plan.safety = Safety::Disruptive;
    plan.undoText = Text::tr("Cannot be undone: the cluster does not tell the old password.");
}

} // namespace

Result<Plan> scramPlan(const AlterScramUser& change, ClusterOperations& operations) {
    const auto& wanted = change.credential;
    const bool removes = wanted.password == nullptr;
    const QString what = removes ? Text::tr("delete user %1").arg(access::shown(wanted.user)) : Text::tr("set the password of %1").arg(access::shown(wanted.user));
    if (wanted.user.isEmpty())
        return fail(ErrorCode::Invalid, what, Text::tr("a user needs a name"));
    if (!removes && wanted.mechanism == client::ScramMechanism::Unknown)
        return fail(ErrorCode::Invalid, what, Text::tr("no mechanism is named"));
    if (!removes && wanted.password->bytes().isEmpty())
        return fail(ErrorCode::Invalid, what, Text::tr("the password is empty"));
    if (!removes && (wanted.iterations < client::kScramIterationsMin || wanted.iterations > client::kScramIterationsMax))
        return fail(ErrorCode::Invalid, what, Text::tr("Kafka takes between %1 and %2 iterations").arg(client::kScramIterationsMin).arg(client::kScramIterationsMax));
    auto now = credentialsNow(wanted, operations);
    if (!now)
        return std::unexpected(now.error());
    if (removes && now->isEmpty())
        return fail(ErrorCode::NotFound, what, Text::tr("there is no such user"));
    Plan plan;
    AlterScramUser real = change;
    if (removes && now->size() == 1)
        real.credential.mechanism = now->first().mechanism;
    plan.change = real;
    plan.target = access::shown(wanted.user);
    QStringList facts{u"scram"_s, wanted.user};
    for (const auto& credential : *now)
        facts.append(access::nameOf(credential.mechanism) + u'=' + QString::number(credential.iterations));
    plan.expectation = fingerprint(facts);
    removes ? planRemoval(wanted, *now, plan) : planUpsert(wanted, *now, plan);
    if (!now->isEmpty() && operations.loginUser() == wanted.user)
        plan.warnings.append(Text::tr("You are logged in as %1 yourself: with its old password this connection is refused from its next request on.").arg(plan.target));
    return plan;
}

Result<void> applyScram(const AlterScramUser& change, const client::ApprovedPlan& approved, ClusterOperations& operations) {
    const auto& wanted = change.credential;
    if (wanted.password)
        return operations.setScramUser(approved, wanted);
    auto now = credentialsNow(wanted, operations);
    if (!now)
        return std::unexpected(now.error());
    for (const auto& credential : *now)
        if (auto gone = operations.deleteScramUser(approved, wanted.user, credential.mechanism); !gone)
            return gone;
    return {};
}

Result<Applied> verifyScram(const AlterScramUser& change, ClusterOperations& operations) {
    const auto& wanted = change.credential;
    auto now = credentialsNow(wanted, operations);
    if (!now)
        return std::unexpected(now.error());
    if (!wanted.password)
        return Applied{0, now->isEmpty() ? Text::tr("%1 is gone").arg(access::shown(wanted.user)) : Text::tr("%1 is still there").arg(access::shown(wanted.user)), now->isEmpty()};
    const bool there = !now->isEmpty() && now->first().iterations == wanted.iterations;
    return Applied{0, there ? Text::tr("%1 can log in").arg(access::shown(wanted.user)) : Text::tr("%1 is not there yet").arg(access::shown(wanted.user)), there};
}

// ---- commands ---------------------------------------------------------------------------------------------------------------------------------------

namespace {

QString resourceOption(const AclRule& rule) {
    const QString name = shellQuoted(rule.name);
    switch (rule.resource) {
    case AclResource::Topic: return u"--topic "_s + name;
    case AclResource::Group: return u"--group "_s + name;
    case AclResource::Cluster: return u"--cluster"_s;
    case AclResource::TransactionalId: return u"--transactional-id "_s + name;
    case AclResource::DelegationToken: return u"--delegation-token "_s + name;
    case AclResource::User: return u"--user-principal "_s + name;
    case AclResource::Unknown:
    case AclResource::Any: break;
    }
    return {};
}

/// Rules that one line can carry: all but the operation is the same. Empty for what the tool cannot say.
QStringList lines(const QList<AclRule>& rules, const QString& verb, const QString& servers) {
    QStringList all;
    QList<AclRule> open = rules;
    while (!open.isEmpty()) {
        const AclRule first = open.first();
        const QString resource = resourceOption(first);
        const bool deny = first.permission == AclPermission::Deny;
        QString line = u"kafka-acls.sh --bootstrap-server %1 %2 --%3-principal %4"_s.arg(shellQuoted(servers), verb, deny ? u"deny"_s : u"allow"_s, shellQuoted(first.principal));
        if (first.host != access::kWildcard)
            line += u" --%1-host %2"_s.arg(deny ? u"deny"_s : u"allow"_s, shellQuoted(first.host));
        for (auto it = open.begin(); it != open.end();) {
            AclRule same = *it;
            same.operation = first.operation;
            if (!(same == first)) {
                ++it;
                continue;
            }
            line += u" --operation "_s + access::nameOf(it->operation);
            it = open.erase(it);
        }
        line += u' ' + resource;
        if (first.pattern == AclPattern::Prefixed)
            line += u" --resource-pattern-type prefixed"_s;
        if (verb == u"--remove"_s)
            line += u" --force"_s;
        if (!resource.isEmpty())
            all.append(line);
    }
    return all;
}

} // namespace

QString aclCommands(const AlterAcls& change, const QString& servers) {
    return (lines(change.add, u"--add"_s, servers) + lines(change.remove, u"--remove"_s, servers)).join(u'\n');
}

QString scramCommand(const AlterScramUser& change, const QString& servers) {
    const auto& wanted = change.credential;
    QString what;
    if (wanted.password) {
        what = u"--add-config \"%1=[iterations=%2,password=$PASSWORD]\""_s.arg(access::nameOf(wanted.mechanism)).arg(wanted.iterations);
    } else {
        QStringList mechanisms;
        for (const auto mechanism : {client::ScramMechanism::Sha256, client::ScramMechanism::Sha512})
            if (wanted.mechanism == client::ScramMechanism::Unknown || wanted.mechanism == mechanism)
                mechanisms.append(access::nameOf(mechanism));
        what = u"--delete-config "_s + shellQuoted(mechanisms.join(u','));
    }
    return u"kafka-configs.sh --bootstrap-server %1 --alter %2 --entity-type users --entity-name %3"_s.arg(shellQuoted(servers), what, shellQuoted(wanted.user));
}

} // namespace models::changes
