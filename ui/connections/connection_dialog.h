#pragma once
// Adds or edits a connection: paste bootstrap servers or a whole client.properties, see at once what is wrong with it.

#include "models/connections/connection_profile.h"
#include "ui/widgets/dialog.h"

class QCheckBox;
class QLineEdit;
class QPlainTextEdit;

namespace ui::widgets {
class PlainLabel;
}

namespace ui::connections {

class ConnectionDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `profile` with an empty id is a new one.
    ConnectionDialog(const models::connections::ConnectionProfile& profile, QWidget* near);

signals:
    void saved(const models::connections::ConnectionProfile& profile);
    void removed(const QString& id);

private:
    /// What the form says; an error when it cannot be used.
    [[nodiscard]] models::Result<models::connections::ConnectionProfile> read() const;
    void check();
    models::connections::ConnectionProfile m_profile;
    QLineEdit* m_name;
    QLineEdit* m_servers;
    QPlainTextEdit* m_properties;
    QCheckBox* m_production;
    widgets::PlainLabel* m_problem;
    QAction* m_save;
};

} // namespace ui::connections
