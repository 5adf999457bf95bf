#pragma once
// The last lines that a broker of this machine printed, followed while the dialog is open.

#include <QString>
#include <functional>

class QWidget;

namespace ui::overview {

/// `tail` gives the newest lines each time it is asked, on another thread: it may touch only what it owns. The dialog deletes itself.
void showLog(const QString& title, const QString& file, std::function<QString()> tail, QWidget* near);

} // namespace ui::overview
