#pragma once
// Inside models/changes: words the plan of a replay, from what models/replay found out.

#include "models/changes/change.h"

namespace models::changes {

/// Asks both clusters, blocking. What would make it fail makes the plan fail: Refused, with each reason on a line.
Result<Plan> replayPlan(const ReplayMessages& change);

} // namespace models::changes
