#pragma once
// Inside models/changes: changes of settings, of a topic, a broker or all brokers. Blocking, on a worker.

#include "models/changes/change.h"
#include "models/changes/operations.h"

namespace models::changes {

Result<Plan> configPlan(const AlterConfig& change, ClusterOperations& operations, const QString& bootstrapServers);
/// What the settings are afterwards, and whether that is what was wanted.
Result<Applied> verifyConfigs(const AlterConfig& change, ClusterOperations& operations);

} // namespace models::changes
