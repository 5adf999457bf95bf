#pragma once
// A moment in the past as people type it. Pure.

#include "models/base/error.h"

namespace models {

/// "2 h", "90 min ago", "7 d", "14:00", "14:00:05", "2026-11-26 14:00[:05[.123]]" (local time; with Z or +01:00 as that says), as ms since 1970.
/// A clock alone is its last time before `nowMs`. Invalid, with what would do, for anything else.
Result<qint64> parseMoment(const QString& text, qint64 nowMs);

/// "90 s", "5 min", "2 h", "1 d", "0", as ms. Invalid, with what would do, for anything else.
Result<qint64> parseDuration(const QString& text);

} // namespace models
