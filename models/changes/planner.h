#pragma once
// Inside models/changes: reads the state that a change touches and words the plan. Blocking, on a worker.

#include "models/changes/change.h"
#include "models/changes/operations.h"

namespace models::changes {

/// What a planner may ask and must know.
struct PlanContext {
    ClusterOperations* operations = nullptr; ///< null for broker actions
    LocalBrokerControl* local = nullptr;
    QString bootstrapServers;
    bool production = false;
};

Result<Plan> makePlan(const Change& change, const PlanContext& context);
/// After the change: what is seen, and whether it is what was wanted.
Result<Applied> verifyChange(const Plan& plan, const PlanContext& context);

} // namespace models::changes
