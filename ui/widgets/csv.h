#pragma once
// One cell of a CSV file. Pure.

#include <QString>

namespace ui::widgets {

/// Quoted where it has to be. Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
QString csvCell(QString text);

} // namespace ui::widgets
