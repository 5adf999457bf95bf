#pragma once
// What a person would call broken in a window: text that is cut, controls that lie over one another or stick out, controls without a name
// or a role, and focus that cannot be seen. Pure questions to widgets that are shown.

#include <QStringList>
#include <QWidget>

namespace tests {

/// Sentences, each beginning with the class and the text of the widget. `data` are names of the cluster's that may be cut for want of room.
QStringList layoutFaults(QWidget* root, const QStringList& data);
QStringList nameFaults(QWidget* root);
/// Gives every control under `root` that Tab reaches the keyboard, and looks whether it can be seen.
QStringList focusFaults(QWidget* root);

} // namespace tests
