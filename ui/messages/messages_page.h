#pragma once
// The messages of a topic: where to read from, the rows, and the chosen one decoded beside its bytes. The Location's name is the topic;
// its view may have `partition`, `offset` and `from`, and a search: `text`, `regex` or `where`, with `since` and `until`.

#include "models/base/job.h"
#include "models/messages/comparison.h"
#include "models/replay/selection.h"
#include "ui/shell/page.h"

class QComboBox;
class QLineEdit;
class QStackedWidget;

namespace models::messages {
class MessageWindow;
}
namespace models::session {
class ClusterSession;
}
namespace ui::widgets {
class ChoiceBox;
class Card;
class PlainLabel;
class StateStack;
} // namespace ui::widgets

namespace ui::messages {

class MessageView;
class RecordPanes;
class SearchPanel;

/// What app/ gives; without jobs nothing is exported, without selections nothing is handed to the page that sends.
struct MessagesTools {
    models::JobRunner* jobs = nullptr;
    models::replay::SelectionShelf* selections = nullptr;
    models::messages::CompareShelf* comparing = nullptr; ///< null: messages of this page are compared with each other only
};

class MessagesPage : public shell::Page {
    Q_OBJECT
public:
    MessagesPage(shell::PageContext& context, models::session::ClusterSession* session, MessagesTools tools = {}, QWidget* parent = nullptr);
    ~MessagesPage() override;

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override;
    [[nodiscard]] QWidget* firstFocus() override;

private:
    void makeActions();
    void read();
    void tellProblem(const QString& problem); ///< under the bar; empty = none
    void refresh();
    void fillTopics();
    void fillPartitions();
    void setCommitted(bool committed);
    // ---- what is done with many messages: messages_page_selection.cpp -------------------------------------------------------------
    void makeSelectionActions();
    void followSelection(MessageView* view);
    void refreshSelection();
    void sendAgain();
    void compareMessages();
    [[nodiscard]] models::messages::CompareShelf& comparing() { return m_tools.comparing != nullptr ? *m_tools.comparing : m_comparing; }
    [[nodiscard]] models::messages::KeptMessage named(const models::client::Record& record) const;
    [[nodiscard]] bool isKept(const models::client::Record& record) const;
    void exportMessages();
    [[nodiscard]] qint64 chosenCount() const; ///< what is selected, or all that are listed where one or none is
    // ---- while a search is shown: messages_page_search.cpp ------------------------------------------------------------------------
    void makeSearch();
    void refreshFound();
    void fitPanes();
    void learnNames();
    [[nodiscard]] MessageView* shownView() const; ///< the topic's rows, or what was found

    models::session::ClusterSession* m_session;
    MessagesTools m_tools;
    models::messages::MessageWindow* m_window;
    widgets::ChoiceBox* m_topics;
    QComboBox* m_from;
    QLineEdit* m_where;
    QComboBox* m_partitions;
    QComboBox* m_order;
    QComboBox* m_isolation; ///< everything, committed only
    widgets::PlainLabel* m_problem;
    widgets::Card* m_card;
    widgets::StateStack* m_stack;
    MessageView* m_view;
    RecordPanes* m_panes;
    SearchPanel* m_search;
    QStackedWidget* m_lists;        ///< m_card, m_foundCard
    widgets::Card* m_foundCard;
    widgets::StateStack* m_foundStack;
    MessageView* m_found;
    shell::Action* m_live = nullptr;
    shell::Action* m_newest = nullptr;
    shell::Action* m_again = nullptr;
    shell::Action* m_copy = nullptr;
    shell::Action* m_edit = nullptr;
    shell::Action* m_replay = nullptr;
    shell::Action* m_export = nullptr;
    shell::Action* m_columns = nullptr;
    shell::Action* m_compare = nullptr;
    models::messages::CompareShelf m_comparing;
    shell::Location m_place;
    QString m_reading; ///< topic that the window has open
};

} // namespace ui::messages
