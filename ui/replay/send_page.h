#pragma once
// Sends to a topic: one message by hand, or a range of its messages again, elsewhere. The Location's name is the topic; its view may have `partition` and
// `offset`: that message is loaded into the form; or `selection`: the name of messages that were chosen elsewhere.

#include "ui/replay/replay_panel.h"


namespace models::session {
class ClusterSession;
}
namespace ui::changes {
class ChangeFlow;
}
namespace ui::widgets {
class ChoiceBox;
class StateStack;
}

namespace ui::replay {

class MessageForm;

class SendPage : public shell::Page {
    Q_OBJECT
public:
    SendPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, SendTools tools, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] shell::Location location() const override;
    [[nodiscard]] QWidget* firstFocus() override;

private:
    void makeActions();
    void fillTopics();
    void load(int partition, qint64 offset);
    void check();
    void showState();

    models::session::ClusterSession* m_session;
    models::changes::ChangeService* m_changes;
    changes::ChangeFlow* m_flow;
    widgets::StateStack* m_stack;
    widgets::ChoiceBox* m_topics;
    MessageForm* m_form;
    widgets::PlainLabel* m_note;
    ReplayPanel* m_replay;
    const models::replay::SelectionShelf* m_selections = nullptr;
    shell::Action* m_send = nullptr;
    shell::Action* m_clear = nullptr;
    shell::Action* m_again = nullptr;
    shell::Location m_place;
    quint64 m_request = 0; ///< a newer load drops an older answer
};

} // namespace ui::replay
