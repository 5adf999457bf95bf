#pragma once
// The rules of a cluster as rows, with what is worth a note about each. Pure; tens of thousands of rules take some milliseconds.

#include "models/access/effects.h"
#include "models/access/rule_table_model.h"

#include <QSet>
#include <optional>

namespace models::access {

/// What stays the same while a question is typed: made once a snapshot.
struct RuleBook {
    Evaluator evaluator;
    QStringList keys;  ///< of the rules, by their places
    QSet<int> idle;    ///< rules about a topic or a group that stand for nothing that exists now
    QHash<QString, int> rulesOfPrincipal;

    /// `known` null: what exists is not known, and no rule counts as idle.
    static RuleBook of(const QList<client::AclRule>& rules, const KnownNames* known);
};

/// `decisions`: the answers to the question that is asked; `current`: the operation whose rule is marked.
QList<RuleRow> rowsOf(const RuleBook& book, const QList<Decision>& decisions, client::AclOperation current);

} // namespace models::access
