#include "ui/theme/fonts.h"

#include <QFontDatabase>
#include <QtGlobal>

static void initResources() {
    // In a static library nobody else mentions them, so the linker would leave them out.
    Q_INIT_RESOURCE(samsa_fonts);
    Q_INIT_RESOURCE(samsa_resources);
}

namespace ui::theme {

QStringList loadFonts() {
    initResources();
    QStringList families;
    for (const char* file : {"SamsaSans-Regular.otf", "SamsaSans-Medium.otf", "SamsaSans-SemiBold.otf", "SamsaMono-Regular.ttf"}) {
        const int id = QFontDatabase::addApplicationFont(QStringLiteral(":/samsa/fonts/") + QLatin1String(file));
        for (const QString& family : QFontDatabase::applicationFontFamilies(id))
            if (!families.contains(family))
                families.append(family);
    }
    return families;
}

} // namespace ui::theme
