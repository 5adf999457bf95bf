#pragma once
// How groups keep up, Burrow's verdicts on their partitions, and lag in time, in words. Translated; pure but for that.

#include "models/session/snapshots.h"

#include <QString>

namespace models::groups {

/// How a whole group keeps up: "fine", "catches up", "stays behind", "falls behind", "stalled", "stopped", "went back", "not known yet".
QString standingText(session::GroupStanding standing);
/// Why, in a sentence: Burrow's reason where that decided, else what its lag does: "20 messages/s more in than out, since 14:02.". Empty while nothing is known.
QString standingReason(const session::Group& group, qint64 nowMs);
/// "ok", "warning", "error", "off" (not known), as StateRole has it.
QString standingState(session::GroupStanding standing);
/// Of one partition: "fine", "falls behind", "stalled", "stopped", "went back".
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
