#pragma once
// Pictures of the window for documents, tests and app/run: --picture FILE --after MS.

#include <QString>

class QWidget;

namespace app::desktop {

/// Saves what the window shows, at its device pixel ratio. False when the file cannot be written.
bool savePicture(QWidget* window, const QString& path);

} // namespace app::desktop
