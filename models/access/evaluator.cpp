#include "models/access/evaluator.h"

#include <QSet>
#include <algorithm>

namespace models::access {

using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

bool includes(const AclRule& rule, AclOperation asked) {
    if (rule.operation == AclOperation::All || rule.operation == asked)
        return true;
    if (rule.permission != AclPermission::Allow)
        return false;
    if (asked == AclOperation::Describe)
        return rule.operation == AclOperation::Read || rule.operation == AclOperation::Write || rule.operation == AclOperation::Delete || rule.operation == AclOperation::Alter;
    return asked == AclOperation::DescribeConfigs && rule.operation == AclOperation::AlterConfigs;
}

Evaluator::Evaluator(QList<AclRule> rules) : m_rules(std::move(rules)) {
    for (int i = 0; i < m_rules.size(); ++i)
        m_byPrincipal[m_rules[i].principal].append(i);
}

QList<int> Evaluator::about(const Question& question) const {
    QList<int> found;
    const auto take = [&](const QString& principal) {
        for (const int i : m_byPrincipal.value(principal))
            if (covers(m_rules[i], question.resource, question.name))
                found.append(i);
    };
    take(question.principal);
    if (question.principal != kAnyUser)
        take(kAnyUser);
    std::sort(found.begin(), found.end());
    return found;
}

QList<int> Evaluator::concerning(const Question& question) const {
    QList<int> found;
    for (int i = 0; i < m_rules.size(); ++i) {
        const AclRule& rule = m_rules[i];
        const bool whom = question.principal.isEmpty() || rule.principal == question.principal || rule.principal == kAnyUser;
        if (whom && (question.name.isEmpty() || covers(rule, question.resource, question.name)))
            found.append(i);
    }
    return found;
}

bool Evaluator::isNearer(int a, int b, AclOperation operation) const {
    const auto rank = [&](const AclRule& rule) {
        const int pattern = isWildcard(rule) ? 0 : rule.pattern == AclPattern::Prefixed ? 1 : 2;
        const int how = rule.operation == operation ? 2 : rule.operation == AclOperation::All ? 1 : 0;
        return std::tuple(pattern, rule.name.size(), rule.principal != kAnyUser, how, rule.host != kWildcard);
    };
    return rank(m_rules[a]) > rank(m_rules[b]);
}

Decision Evaluator::decideAmong(const QList<int>& candidates, const QString& host, AclOperation operation) const {
    Decision decision;
    decision.operation = operation;
    int allows = -1, denies = -1;
    for (const int i : candidates) {
        const AclRule& rule = m_rules[i];
        if ((rule.host != kWildcard && rule.host != host) || !includes(rule, operation))
            continue;
        if (rule.permission == AclPermission::Deny) {
            if (denies < 0 || isNearer(i, denies, operation))
                denies = i;
        } else if (rule.permission == AclPermission::Allow) {
            decision.overruled.append(i);
            if (allows < 0 || isNearer(i, allows, operation))
                allows = i;
        }
    }
    if (denies >= 0) {
        decision.verdict = Verdict::Denied;
        decision.rule = denies;
        return decision;
    }
    decision.overruled.clear();
    if (allows >= 0) {
        decision.verdict = Verdict::Allowed;
        decision.rule = allows;
        decision.implied = m_rules[allows].operation != operation && m_rules[allows].operation != AclOperation::All;
    }
    return decision;
}

Decision Evaluator::decide(const Question& question, AclOperation operation) const {
    const auto candidates = about(question);
    auto decision = decideAmong(candidates, question.host, operation);
    if (!question.host.isEmpty())
        return decision;
    QStringList hosts;
    for (const int i : candidates)
        if (m_rules[i].host != kWildcard && !hosts.contains(m_rules[i].host))
            hosts.append(m_rules[i].host);
    hosts.sort();
    for (const auto& host : hosts)
        if ((decideAmong(candidates, host, operation).verdict == Verdict::Allowed) != (decision.verdict == Verdict::Allowed))
            decision.hostsThatDiffer.append(host);
    return decision;
}

QList<Decision> Evaluator::decideAll(const Question& question) const {
    QList<Decision> all;
    for (const auto operation : operationsOf(question.resource))
        all.append(decide(question, operation));
    return all;
}

bool Evaluator::nothingWritten(AclResource resource, const QString& name) const {
    return std::none_of(m_rules.begin(), m_rules.end(), [&](const AclRule& rule) { return covers(rule, resource, name); });
}

QStringList Evaluator::principals() const {
    QStringList all = m_byPrincipal.keys();
    all.sort();
    return all;
}

} // namespace models::access
