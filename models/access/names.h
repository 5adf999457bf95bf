#pragma once
// Kafka's own words for what ACLs speak of, as its tools write them: "Topic", "AlterConfigs". Never translated. Any thread.

#include "models/client/access_types.h"

#include <QStringList>

namespace models::access {

/// The one resource of type Cluster.
inline const QString kClusterName = QStringLiteral("kafka-cluster");
inline const QString kWildcard = QStringLiteral("*");
inline const QString kAnyUser = QStringLiteral("User:*");

/// "TransactionalId"; "type 9" for one that this Samsa does not know.
QString nameOf(client::AclResource resource);
QString nameOf(client::AclOperation operation);
/// "SCRAM-SHA-512"
QString nameOf(client::ScramMechanism mechanism);
/// What can be done with a resource of this type; All is not among them.
const QList<client::AclOperation>& operationsOf(client::AclResource resource);
/// The types that a question or a new rule may be about.
const QList<client::AclResource>& resourceTypes();

/// A name as it may be shown: what would reorder, hide or break text stands as an escape, so that no name looks like another.
QString shown(const QString& name);
/// "orders", or "User:alice": with the type that Kafka needs in front, unless there is one.
QString principalOf(const QString& typed);
/// Literal "*": every resource of its type.
bool isWildcard(const client::AclRule& rule);
/// Does the rule's pattern stand for a resource of that type and name?
bool covers(const client::AclRule& rule, client::AclResource resource, const QString& name);
/// One line that tells the whole rule: "Allow User:alice Read on Topic ord* (prefix) from 10.0.0.1". For logs, the audit trail and screen readers.
QString sentenceOf(const client::AclRule& rule);
/// "Topic orders", "Topic ord* (prefix)", "every Topic", "the cluster".
QString resourceText(const client::AclRule& rule);

} // namespace models::access
