#pragma once
// Settings of all brokers of a cluster, or of one. The Location's name is the broker's id; empty = all brokers.

#include "models/client/kafka_types.h"
#include "ui/shell/page.h"

class QComboBox;

namespace models::changes {
class ChangeService;
}
namespace models::session {
class ClusterSession;
}
namespace ui::changes {
class ChangeFlow;
class SettingsEditor;
} // namespace ui::changes
namespace ui::widgets {
class PlainLabel;
}

namespace ui::settings {

class SettingsPage : public shell::Page {
    Q_OBJECT
public:
    SettingsPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override { return m_place; }
    [[nodiscard]] QWidget* firstFocus() override;

private:
    void fillScopes();
    void takeConfigs();
    void refresh();
    [[nodiscard]] models::client::ConfigResource asked() const; ///< whose entries are read: of all brokers those of the first that is up

    models::session::ClusterSession* m_session;
    changes::ChangeFlow* m_flow;
    QComboBox* m_scope;
    widgets::PlainLabel* m_note;
    changes::SettingsEditor* m_editor;
    shell::Action* m_discard = nullptr;
    shell::Action* m_apply = nullptr;
    shell::Action* m_again = nullptr;
    shell::Action* m_changeable = nullptr;
    shell::Location m_place;
};

} // namespace ui::settings
