#pragma once
// Decisions in the user's words. Every name in them is a cluster's or a user's: plain text only.

#include "models/access/evaluator.h"

namespace ui::access {

/// "Write is denied by: Deny User:billing Write on Topic payments.eu. A denial wins over the 1 rule that would allow it."
QString sentenceFor(const models::access::Evaluator& evaluator, const models::access::Question& question, const models::access::Decision& decision);
/// What no answer can take into account.
QString reservation();

} // namespace ui::access
