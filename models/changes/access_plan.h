#pragma once
// Inside models/changes: ACLs and SCRAM users. Planned from what the cluster has now, with what people gain and lose; blocking, on a worker.

#include "models/changes/change.h"
#include "models/changes/operations.h"

namespace models::changes {

Result<Plan> aclPlan(const AlterAcls& change, ClusterOperations& operations);
Result<Plan> scramPlan(const AlterScramUser& change, ClusterOperations& operations);
Result<void> applyAcls(const AlterAcls& change, const client::ApprovedPlan& approved, ClusterOperations& operations);
Result<void> applyScram(const AlterScramUser& change, const client::ApprovedPlan& approved, ClusterOperations& operations);
Result<Applied> verifyAcls(const AlterAcls& change, ClusterOperations& operations);
Result<Applied> verifyScram(const AlterScramUser& change, ClusterOperations& operations);
/// One line for each pattern, principal, host and permission, as kafka-acls.sh takes them.
QString aclCommands(const AlterAcls& change, const QString& bootstrapServers);
/// The password stands in a variable of the shell.
QString scramCommand(const AlterScramUser& change, const QString& bootstrapServers);

} // namespace models::changes
