#include "app/desktop/picture.h"

#include <QPixmap>
#include <QWidget>

namespace app::desktop {

bool savePicture(QWidget* window, const QString& path) { return window->grab().save(path); }

} // namespace app::desktop
