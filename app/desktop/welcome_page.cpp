#include "app/desktop/welcome_page.h"

#include "ui/widgets/card.h"
#include "ui/widgets/state_view.h"

namespace app::desktop {

WelcomePage::WelcomePage(ui::shell::PageContext& context, QWidget* parent) : Page(context, parent) {
    auto* page = ui::widgets::pageLayout(this);
    auto* card = new ui::widgets::Card(this);
    auto* state = new ui::widgets::StateView(card);
    state->showEmpty(tr("No cluster yet"),
                     tr("A local cluster of three brokers starts in about a second, needs nothing installed, and can be killed, paused and restarted at will. "
                        "Or add a connection to a cluster that you have."),
                     context.actions().find(QStringLiteral("file.startCluster")), QStringLiteral("beetle"));
    card->body()->addWidget(state, 1);
    page->addWidget(card, 1);
}

ui::shell::PageHeader WelcomePage::header() const {
    ui::shell::PageHeader header;
    header.title = tr("Welcome");
    header.actions = {context().actions().find(QStringLiteral("file.addConnection"))};
    return header;
}

} // namespace app::desktop
