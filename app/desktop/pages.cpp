// Which pages there are. A page's folder never knows another's: they meet here only.
#include "app/desktop/welcome_page.h"
#include "app/desktop/window.h"
#include "ui/shell/gallery_page.h"

#include <QCoreApplication>

namespace app::desktop {

using ui::shell::Page;
using ui::shell::PageContext;

void registerPages(ui::shell::PageRegistry& pages, Services& services) {
    pages.add({QStringLiteral("welcome"), {}, [](PageContext& context, const QString&, QWidget* parent) -> Page* { return new WelcomePage(context, parent); }});
    pages.add({QStringLiteral("gallery"), {}, [](PageContext& context, const QString&, QWidget* parent) -> Page* { return new ui::shell::GalleryPage(context, parent); }});
    Q_UNUSED(services)
}

} // namespace app::desktop
