#include "models/access/effects.h"

#include <QCoreApplication>
#include <QMap>
#include <QSet>
#include <algorithm>

namespace models::access {

using client::AclOperation;
using client::AclResource;
using client::AclRule;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Access)
};

/// Questions asked at most; a rule for everybody about everything on a large cluster is judged by a part of it.
constexpr int kQuestionsMax = 400'000;

/// The rules that only one of the two lists has.
QList<AclRule> difference(const QList<AclRule>& before, const QList<AclRule>& after) {
    QList<AclRule> a = before, b = after, all;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
    return all;
}

QStringList namesFor(const QList<AclRule>& touched, AclResource resource, const KnownNames& known) {
    QSet<QString> names;
    const auto take = [&](const QString& name) {
        if (std::any_of(touched.begin(), touched.end(), [&](const AclRule& rule) { return covers(rule, resource, name); }))
            names.insert(name);
    };
    for (const auto& name : resource == AclResource::Topic ? known.topics : resource == AclResource::Group ? known.groups : QStringList())
        take(name);
    for (const auto& rule : touched)
        if (rule.resource == resource && rule.pattern == client::AclPattern::Literal && rule.name != kWildcard)
            take(rule.name);
    QStringList all(names.begin(), names.end());
    all.sort();
    return all;
}

QStringList principalsFor(const QList<AclRule>& touched, const QStringList& named, const KnownNames& known) {
    QStringList all;
    for (const auto& rule : touched)
        all.append(rule.principal);
    if (all.contains(kAnyUser))
        all += named + known.principals;
    all.removeDuplicates();
    all.sort();
    return all;
}

} // namespace

QList<Effect> effectsOf(const QList<AclRule>& before, const QList<AclRule>& after, const KnownNames& known) {
    const auto touched = difference(before, after);
    const Evaluator old(before), fresh(after);
    QStringList named = old.principals() + fresh.principals();
    const auto principals = principalsFor(touched, named, known);
    QSet<QString> hosts;
    QMap<int, QSet<AclOperation>> operations; // by resource type
    for (const auto& rule : touched) {
        hosts.insert(rule.host == kWildcard ? QString() : rule.host);
        for (const auto operation : operationsOf(rule.resource))
            if (includes(rule, operation))
                operations[static_cast<int>(rule.resource)].insert(operation);
    }
    QList<Effect> all;
    int asked = 0;
    for (auto it = operations.cbegin(); it != operations.cend(); ++it) {
        const auto resource = static_cast<AclResource>(it.key());
        const auto names = namesFor(touched, resource, known);
        for (const auto& principal : principals) {
            for (const auto& host : hosts) {
                for (const auto operation : operationsOf(resource)) {
                    if (!it->contains(operation))
                        continue;
                    Effect gained{principal, operation, resource, {}, 0, true, host}, lost{principal, operation, resource, {}, 0, false, host};
                    for (const auto& name : names) {
                        if (++asked > kQuestionsMax)
                            break;
                        const Question question{principal, host.isEmpty() ? QStringLiteral("-") : host, resource, name};
                        const bool could = old.decide(question, operation).verdict == Verdict::Allowed;
                        const bool can = fresh.decide(question, operation).verdict == Verdict::Allowed;
                        if (could == can)
                            continue;
                        Effect& effect = can ? gained : lost;
                        if (++effect.count <= Effect::kNamesMax)
                            effect.names.append(name);
                    }
                    for (const auto& effect : {gained, lost})
                        if (effect.count > 0)
                            all.append(effect);
                }
            }
        }
    }
    // "Can Read" says "can Describe" too.
    const auto saidBy = [&all](const Effect& describe, AclOperation stronger) {
        return std::any_of(all.begin(), all.end(), [&](const Effect& other) {
            return other.operation == stronger && other.principal == describe.principal && other.resource == describe.resource && other.gained == describe.gained && other.count == describe.count;
        });
    };
    QList<Effect> told;
    for (const auto& effect : all) {
        const bool said = (effect.operation == AclOperation::Describe
                              && (saidBy(effect, AclOperation::Read) || saidBy(effect, AclOperation::Write) || saidBy(effect, AclOperation::Alter) || saidBy(effect, AclOperation::Delete)))
            || (effect.operation == AclOperation::DescribeConfigs && saidBy(effect, AclOperation::AlterConfigs));
        if (!said)
            told.append(effect);
    }
    return told;
}

QStringList sentencesOf(const QList<Effect>& effects, int countMax) {
    // The operations of one principal on the same things in one sentence.
    struct Group {
        Effect first;
        QStringList operations;
    };
    QList<Group> groups;
    for (const auto& effect : effects) {
        auto it = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
            const auto& f = group.first;
            return f.principal == effect.principal && f.resource == effect.resource && f.gained == effect.gained && f.host == effect.host && f.count == effect.count && f.names == effect.names;
        });
        if (it == groups.end())
            groups.append({effect, {nameOf(effect.operation)}});
        else
            it->operations.append(nameOf(effect.operation));
    }
    QStringList all;
    for (const auto& group : groups) {
        if (all.size() >= countMax) {
            all.append(Text::tr("and %n more such change(s)", nullptr, static_cast<int>(groups.size() - all.size())));
            break;
        }
        const auto& effect = group.first;
        QString what = effect.resource == AclResource::Cluster ? Text::tr("on the cluster") : Text::tr("on %1 %2", "Topic, names").arg(nameOf(effect.resource), shown(effect.names.join(QStringLiteral(", "))));
        if (effect.count > effect.names.size())
            what += Text::tr(" and %n more", nullptr, effect.count - static_cast<int>(effect.names.size()));
        if (!effect.host.isEmpty())
            what += Text::tr(" from %1").arg(shown(effect.host));
        const QString pattern = effect.gained ? Text::tr("%1 gets %2 %3.", "principal, operations, on what") : Text::tr("%1 loses %2 %3.", "principal, operations, on what");
        all.append(pattern.arg(shown(effect.principal), group.operations.join(QStringLiteral(", ")), what));
    }
    return all;
}

} // namespace models::access
