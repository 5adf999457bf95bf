#pragma once
// Who may do what on one cluster: a question and its answer, the rules by principal or by resource, and the users that log in by SCRAM.
//
// Location: name = the principal that is asked about; view: host, resource ("Topic"), of (the resource's name), operation, show ("principal", "resource",
// "users"), about ("1": only rules about the question), filter.

#include "models/access/access_service.h"
#include "models/access/rule_rows.h"
#include "ui/shell/page.h"

class QStackedWidget;

namespace models::changes {
class ChangeService;
struct AlterAcls;
}
namespace ui::changes {
class ChangeFlow;
}
namespace ui::widgets {
class PlainLabel;
class SearchField;
class SegmentedChoice;
class StateStack;
class StateView;
class TableView;
} // namespace ui::widgets

namespace ui::access {

class QuestionPanel;

class AccessPage : public shell::Page {
    Q_OBJECT
public:
    AccessPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override;
    [[nodiscard]] QWidget* firstFocus() override;

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    enum Show { ByPrincipal, ByResource, Users };
    QWidget* makeRules(QWidget* parent);
    QWidget* makeUsers(QWidget* parent);
    void connectAll();
    void makeActions();
    void makeUserActions();
    void takeSnapshot(); ///< new rules or users
    void takeNames();    ///< other topics or groups exist now
    void showRules();    ///< the question changed: other notes, another mark
    void refresh();      ///< actions, states, header
    void refreshStates();
    void setShow(Show show);
    void refilter();
    void foretell(); ///< what would happen if the chosen rule went
    void editRule(bool fresh);
    void deleteRules();
    void askAboutRule();
    void openResource();
    void editUser(bool fresh);
    [[nodiscard]] const models::client::AclRule* chosenRule() const;
    [[nodiscard]] const models::client::ScramUser* chosenUser() const;
    [[nodiscard]] models::access::KnownNames knownNames() const;

    models::session::ClusterSession* m_session;
    models::changes::ChangeService* m_changes;
    models::access::AccessService* m_access;
    changes::ChangeFlow* m_flow;
    models::access::RuleTableModel* m_rules;
    models::access::UserTableModel* m_users;
    models::access::RuleBook m_book;
    models::access::KnownNames m_known;
    QSet<int> m_about; ///< rules about the question
    quint64 m_foretold = 0; ///< the newest question for foretell()
    QuestionPanel* m_question = nullptr;
    widgets::SegmentedChoice* m_show = nullptr;
    widgets::SearchField* m_search = nullptr;
    QWidget* m_aboutButton = nullptr;
    QStackedWidget* m_views = nullptr;
    widgets::StateStack* m_whole = nullptr;
    widgets::StateStack* m_ruleStack = nullptr;
    widgets::StateStack* m_userStack = nullptr;
    widgets::TableView* m_table = nullptr;
    widgets::TableView* m_userTable = nullptr;
    widgets::PlainLabel* m_consequence = nullptr;
    widgets::PlainLabel* m_stale = nullptr;
    shell::Action* m_add = nullptr;
    shell::Action* m_edit = nullptr;
    shell::Action* m_delete = nullptr;
    shell::Action* m_ask = nullptr;
    shell::Action* m_open = nullptr;
    shell::Action* m_aboutOnly = nullptr;
    shell::Action* m_export = nullptr;
    shell::Action* m_addUser = nullptr;
    shell::Action* m_password = nullptr;
    shell::Action* m_deleteUser = nullptr;
    shell::Action* m_again = nullptr;
    shell::Location m_place;
};

} // namespace ui::access
