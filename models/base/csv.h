#pragma once
// Cells of comma-separated values (RFC 4180). Pure; any thread.

#include <QString>

namespace models {

/// Quoted where it has to be. `guarded`: a spreadsheet runs cells that begin like a formula; such text gets a ' before it and is then not the text itself.
QString csvCell(QString text, bool guarded = true);

} // namespace models
