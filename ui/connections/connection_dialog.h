#pragma once
// Adds or edits a connection: the form at the left, its test at the right.

#include "models/connections/connection_profile.h"
#include "models/secrets/secret_service.h"
#include "ui/widgets/dialog.h"

class QBoxLayout;

namespace ui::connections {

class ConnectionFields;
class TestPanel;

class ConnectionDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `profile` with an empty id is a new one. `secrets` outlives the dialog.
    ConnectionDialog(const models::connections::ConnectionProfile& profile, models::secrets::SecretService* secrets, QWidget* near);

    [[nodiscard]] TestPanel* test() const { return m_test; }
    [[nodiscard]] ConnectionFields* fields() const { return m_fields; }

signals:
    /// With all its secrets in memory, the vault open where they go there.
    void saved(const models::connections::ConnectionProfile& profile, bool connect);
    void removed(const QString& id);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void save(bool connect);
    void askRemove();
    /// Fetches what the profile has elsewhere, unlocking the vault when it is needed; `then` runs when it is there.
    void withSecrets(bool vaultNeeded, std::function<void()> then);
    void fetch(std::function<void()> then);
    void arrange();

    models::connections::ConnectionProfile m_profile;
    models::secrets::SecretService* m_secrets;
    QBoxLayout* m_columns;
    QWidget* m_between;
    ConnectionFields* m_fields;
    TestPanel* m_test;
    QAction* m_paste;
    QAction* m_unlock = nullptr;
    QAction* m_save;
    QAction* m_connect;
};

} // namespace ui::connections
