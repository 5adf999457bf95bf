#pragma once
// What the user reads when something failed: what failed and why, and the next step. Worded here, from facts.

#include "models/base/error.h"

#include <QString>

namespace ui::changes {

/// "Create topic orders: Topic 'orders' already exists."
QString whatFailed(const models::Error& error);
/// "Check that the cluster runs and that the address is right." Empty when there is nothing useful to say.
QString nextStep(const models::Error& error);

} // namespace ui::changes
