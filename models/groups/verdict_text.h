#pragma once
// Burrow's verdicts and lag in time, in words. Translated; pure but for that.

#include "models/session/verdict.h"

#include <QString>

namespace models::groups {

/// "fine", "falls behind", "stalled", "stopped", "went back".
QString verdictText(session::Verdict verdict);
/// Why, in a sentence: "The reader of orders-3 has not moved for 2 min; 1,204 messages wait.". Empty while nothing is known.
QString verdictReason(const session::Judgement& judgement, qint64 lag, qint64 nowMs);
/// "ok", "warning", "error", "off" (not known), as StateRole has it.
QString verdictState(session::Verdict verdict);
/// How old the oldest unread message is: "12 s", "at least 3 min", "0 s"; empty = not known.
QString lagTimeText(qint64 unreadSinceMs, bool atLeast, qint64 nowMs);
/// The same as a number of ms for sorting; -1 = not known.
qint64 lagTimeMs(qint64 unreadSinceMs, qint64 nowMs);

} // namespace models::groups
