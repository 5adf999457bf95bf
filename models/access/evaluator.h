#pragma once
// "Can this principal do that, and which rule decides?" by the rules of Kafka's StandardAuthorizer, over the ACLs that a cluster told us: a DENY that
// matches wins over any ALLOW; ALLOW of Read, Write, Delete and Alter includes Describe, ALLOW of AlterConfigs includes DescribeConfigs; DENY
// includes nothing; what no rule allows is denied. Not visible to any client, and so not part of the answer: super users, who may do everything,
// and allow.everyone.if.no.acl.found, which matters where nothingWritten() is true.
//
// Pure values, any thread. tests/models/access compares it with the authorizer of the embedded broker.

#include "models/access/names.h"

#include <QHash>

namespace models::access {

struct Question {
    QString principal; ///< "User:billing"
    QString host;      ///< empty: from a host that no rule names
    client::AclResource resource = client::AclResource::Topic;
    QString name;
    bool operator==(const Question&) const = default;
};

enum class Verdict { Allowed, Denied, NoRule };

/// The answer for one operation. Numbers are places in Evaluator::rules().
struct Decision {
    client::AclOperation operation = client::AclOperation::Unknown;
    Verdict verdict = Verdict::NoRule;
    int rule = -1;        ///< decides; the nearest of several: by name before prefix before "*", then by principal, then by operation
    QList<int> overruled; ///< rules that would allow it, but for the denial
    bool implied = false; ///< allowed, because the rule's operation includes this one
    QStringList hostsThatDiffer; ///< with an empty host asked: named hosts from which the answer is another
    bool operator==(const Decision&) const = default;
};

class Evaluator {
public:
    explicit Evaluator(QList<client::AclRule> rules = {});

    [[nodiscard]] const QList<client::AclRule>& rules() const { return m_rules; }
    [[nodiscard]] Decision decide(const Question& question, client::AclOperation operation) const;
    /// For each operation that the resource has.
    [[nodiscard]] QList<Decision> decideAll(const Question& question) const;
    /// The rules that speak of this principal (or of everybody) and this resource, from any host.
    [[nodiscard]] QList<int> about(const Question& question) const;
    /// The same, for a question that is asked in part: without a principal the rules of all, without a name those about anything.
    [[nodiscard]] QList<int> concerning(const Question& question) const;
    /// No rule, whoever it is about, covers the resource: then allow.everyone.if.no.acl.found decides.
    [[nodiscard]] bool nothingWritten(client::AclResource resource, const QString& name) const;
    /// Every principal that a rule names, sorted; User:* too.
    [[nodiscard]] QStringList principals() const;

private:
    [[nodiscard]] Decision decideAmong(const QList<int>& candidates, const QString& host, client::AclOperation operation) const;
    [[nodiscard]] bool isNearer(int a, int b, client::AclOperation operation) const;
    QList<client::AclRule> m_rules;
    QHash<QString, QList<int>> m_byPrincipal;
};

/// Does a rule of this operation and permission speak of `asked`?
bool includes(const client::AclRule& rule, client::AclOperation asked);

} // namespace models::access
