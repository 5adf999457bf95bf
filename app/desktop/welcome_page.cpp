#include "app/desktop/welcome_page.h"

#include "ui/widgets/card.h"
#include "ui/widgets/state_view.h"

namespace app::desktop {

WelcomePage::WelcomePage(ui::shell::PageContext& context, std::function<bool()> anyCluster, QWidget* parent) : Page(context, parent), m_anyCluster(std::move(anyCluster)) {
    auto* page = ui::widgets::pageLayout(this);
    auto* card = new ui::widgets::Card(this);
    m_state = new ui::widgets::StateView(card);
    card->body()->addWidget(m_state, 1);
    page->addWidget(card, 1);
    open({});
}

void WelcomePage::open(const ui::shell::Location&) {
    const QString local = tr("A local cluster of three brokers starts in about a second, needs nothing installed, and can be killed, paused and restarted at will.");
    auto* start = context().actions().find(QStringLiteral("file.startCluster"));
    if (m_anyCluster())
        m_state->showEmpty(tr("Choose a cluster from the list"), tr("Or start another one.") + QLatin1Char(' ') + local, start, QStringLiteral("beetle"));
    else
        m_state->showEmpty(tr("No cluster yet"), local + QLatin1Char(' ') + tr("Or add a connection to a cluster that you have."), start, QStringLiteral("beetle"));
    m_state->setOther(context().actions().find(QStringLiteral("file.startDemo")));
}

ui::shell::PageHeader WelcomePage::header() const {
    ui::shell::PageHeader header;
    header.title = tr("Welcome");
    header.actions = {context().actions().find(QStringLiteral("file.addConnection"))};
    return header;
}

} // namespace app::desktop
