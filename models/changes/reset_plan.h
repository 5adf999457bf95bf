#pragma once
// Inside models/changes: where a group goes on reading: what each partition comes to, and what that costs in messages.

#include "models/changes/change.h"
#include "models/changes/operations.h"

namespace models::changes {

/// Blocking, on a worker. The plan's change carries the targets. Refused while the group has members.
Result<Plan> resetPlan(const ResetOffsets& change, ClusterOperations& operations);
/// Reads what the group has now and compares it with the targets.
Result<Applied> verifyReset(const ResetOffsets& change, ClusterOperations& operations);

} // namespace models::changes
