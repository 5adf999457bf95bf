#include "models/access/rule_rows.h"

#include <QCoreApplication>
#include <algorithm>

namespace models::access {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Access)
};

/// `names` sorted.
bool isIdle(const client::AclRule& rule, const QStringList& names) {
    if (isWildcard(rule))
        return names.isEmpty();
    const auto at = std::lower_bound(names.begin(), names.end(), rule.name);
    return at == names.end() || (rule.pattern == client::AclPattern::Prefixed ? !at->startsWith(rule.name) : *at != rule.name);
}

} // namespace

RuleBook RuleBook::of(const QList<client::AclRule>& rules, const KnownNames* known) {
    RuleBook book;
    book.evaluator = Evaluator(rules);
    book.keys.reserve(rules.size());
    QStringList topics, groups;
    if (known != nullptr) {
        topics = known->topics;
        groups = known->groups;
        topics.sort();
        groups.sort();
    }
    for (int i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        book.keys.append(keyOf(rule));
        ++book.rulesOfPrincipal[rule.principal];
        if (known != nullptr && ((rule.resource == client::AclResource::Topic && isIdle(rule, topics)) || (rule.resource == client::AclResource::Group && isIdle(rule, groups))))
            book.idle.insert(i);
    }
    return book;
}

QList<RuleRow> rowsOf(const RuleBook& book, const QList<Decision>& decisions, client::AclOperation current) {
    QHash<int, QStringList> decides;
    QSet<int> overruled;
    int marked = -1;
    for (const auto& decision : decisions) {
        if (decision.rule >= 0)
            decides[decision.rule].append(nameOf(decision.operation));
        for (const int rule : decision.overruled)
            overruled.insert(rule);
        if (decision.operation == current)
            marked = decision.rule;
    }
    const auto& rules = book.evaluator.rules();
    QList<RuleRow> rows;
    rows.reserve(rules.size());
    for (int i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        QStringList notes;
        if (const auto it = decides.constFind(i); it != decides.cend())
            notes.append(Text::tr("decides %1").arg(it->join(QStringLiteral(", "))));
        if (overruled.contains(i))
            notes.append(Text::tr("overruled"));
        if (rule.principal == kAnyUser)
            notes.append(Text::tr("everyone"));
        if (rule.host != kWildcard)
            notes.append(Text::tr("only from %1").arg(shown(rule.host)));
        if (book.idle.contains(i))
            notes.append(rule.resource == client::AclResource::Group ? Text::tr("matches no group now") : Text::tr("matches no topic now"));
        rows.append({rule, notes.join(QStringLiteral("; ")), i == marked, book.idle.contains(i), book.keys[i]});
    }
    return rows;
}

} // namespace models::access
