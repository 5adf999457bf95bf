#pragma once
// Saving a chart as commands of a page: by key, by the palette, and told by a notice where it went.

#include "ui/shell/page.h"

namespace ui::charts {

/// To be called when the page has made its charts. `kind` as in the page's Locations. The chart that has the keyboard is saved, else the first that is shown.
void addChartCommands(shell::PageContext& context, shell::Page* page, const QString& kind);

} // namespace ui::charts
