#pragma once
// Pictures of the window for documents, tests and app/run: --picture FILE --after MS.

#include <QString>

class QWidget;

namespace app::desktop {

/// Saves what the window shows, at its device pixel ratio. False when the file cannot be written.
bool savePicture(QWidget* window, const QString& path);

/// Logs turns of the interface thread that took more than 50 ms of its own CPU time to the file in SAMSA_TURN_PROBE, one line each:
/// wall milliseconds, CPU milliseconds. Does nothing without the variable.
void installTurnProbe();

} // namespace app::desktop
