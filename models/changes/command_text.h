#pragma once
// Inside models/changes: the equivalent command of Apache Kafka's own tools, ready for a shell.

#include "models/changes/change.h"

namespace models::changes {

QString commandText(const Change& change, const QString& bootstrapServers);
/// 'it'\''s' where a shell needs it; $'\u202e' for what cannot be seen.
QString shellQuoted(const QString& text);

} // namespace models::changes
