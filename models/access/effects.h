#pragma once
// What a change of the rules does to people: who gains and who loses which operation on what. Shown in plans and beside a rule ("if this rule
// went, User:billing could no longer read 3 topics"). Pure; takes milliseconds for thousands of names: off the interface thread.

#include "models/access/evaluator.h"

namespace models::access {

/// Names that exist, by what is known of the cluster. Rules about other names, and about other types, are judged by the names in the rules.
struct KnownNames {
    QStringList topics;
    QStringList groups;
    QStringList principals; ///< beside those that the rules name: "User:" and each SCRAM user
};

struct Effect {
    QString principal;
    client::AclOperation operation = client::AclOperation::Unknown;
    client::AclResource resource = client::AclResource::Topic;
    QStringList names;   ///< of the resources, at most kNamesMax
    int count = 0;       ///< of all of them
    bool gained = false; ///< else lost
    QString host;        ///< from there only; empty = from anywhere
    static constexpr int kNamesMax = 5;
    bool operator==(const Effect&) const = default;
};

/// By principal and operation. Describe that comes or goes along with Read or Write is left out: the one says the other.
QList<Effect> effectsOf(const QList<client::AclRule>& before, const QList<client::AclRule>& after, const KnownNames& known);

/// "User:billing can no longer Read topics orders, payments and 3 more."; translated, one for each effect, at most `countMax` and then how many more.
QStringList sentencesOf(const QList<Effect>& effects, int countMax);

} // namespace models::access
