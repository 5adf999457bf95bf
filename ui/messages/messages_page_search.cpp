// The page while a search is shown: what was found stands in the list's place, and opens in the same panes.
#include "models/messages/message_window.h"
#include "ui/shell/error_text.h"
#include "ui/messages/message_view.h"
#include "ui/messages/messages_page.h"
#include "ui/messages/record_panes.h"
#include "ui/messages/search_panel.h"
#include "ui/widgets/card.h"
#include "ui/widgets/state_view.h"

#include <QStackedWidget>

namespace ui::messages {

using models::search::Search;

namespace {
constexpr int kRowsToLearnFrom = 60;
}

void MessagesPage::makeSearch() {
    m_foundCard = new widgets::Card(m_lists);
    m_found = new MessageView(m_search->search()->results(), m_foundCard);
    m_found->setAccessibleName(tr("Messages found"));
    m_foundStack = new widgets::StateStack(m_found, m_foundCard);
    m_foundStack->state()->asSecond();
    m_foundCard->fill(m_foundStack);
    m_lists->addWidget(m_foundCard);
    connect(m_search, &SearchPanel::shownChanged, this, [this] {
        m_lists->setCurrentWidget(m_search->isShown() ? m_foundCard : m_card);
        m_panes->show(shownView()->current());
        m_found->clearSelection();
        refreshSelection();
        refreshFound();
        emit locationChanged();
        emit headerChanged();
    });
    connect(m_search, &SearchPanel::changed, this, [this] {
        refreshFound();
        refreshSelection();
        emit headerChanged();
    });
    connect(m_found, &MessageView::currentChanged, this, [this] {
        if (shownView() != m_found)
            return;
        m_panes->show(m_found->current());
        refreshSelection();
        m_copy->setRefusal(m_found->current() == nullptr ? tr("Choose a message first") : QString());
        m_edit->setRefusal(m_found->current() == nullptr ? tr("Choose a message first") : QString());
    });
    connect(m_search->search()->results(), &models::messages::MessageWindow::reset, this, [this] { refreshFound(); });
}

MessageView* MessagesPage::shownView() const { return m_search->isShown() ? m_found : m_view; }

void MessagesPage::fitPanes() {
    // Nothing to open: what stands in for the list has the room.
    m_panes->setVisible(m_search->isShown() ? m_search->search()->results()->rowCount() > 0 : m_stack->showsContent());
}

void MessagesPage::refreshFound() {
    auto* search = m_search->search();
    fitPanes();
    if (search->results()->rowCount() > 0) {
        if (!m_foundStack->showsContent())
            m_foundStack->showContent();
        return;
    }
    auto* state = m_foundStack->state();
    switch (search->state()) {
    case Search::State::Idle: break;
    case Search::State::Running:
    case Search::State::Stopping:
        if (m_foundStack->showsContent() || m_foundStack->property("samsaState") != QStringLiteral("running"))
            state->showLoading(tr("Looking through %1; what matches shows up here at once").arg(m_place.name));
        m_foundStack->setProperty("samsaState", QStringLiteral("running"));
        m_foundStack->showState();
        return;
    case Search::State::Over:
        if (!search->end())
            state->showFailed(tr("The search could not go on"), shell::whatFailed(search->error()), shell::nextStep(search->error()), m_search->again());
        else
            state->showEmpty(tr("Nothing found"), tr("No message of %1 that was looked at matches. A text is taken letter by letter.").arg(m_place.name),
                m_search->close(), QStringLiteral("search"));
        if (search->end() && m_search->anyCase()->isEnabled())
            state->setOther(m_search->anyCase());
        m_foundStack->setProperty("samsaState", QStringLiteral("over"));
        m_foundStack->showState();
        return;
    }
    m_foundStack->setProperty("samsaState", {});
}

void MessagesPage::learnNames() {
    QList<const models::client::Record*> records;
    for (int i = 0; i < m_window->rowCount() && i < kRowsToLearnFrom; ++i)
        records.append(&m_window->row(i));
    m_search->learnNames(records);
}

} // namespace ui::messages
