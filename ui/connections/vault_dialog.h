#pragma once
// The master password: to make the vault, or to unlock it.

#include "models/secrets/secret_service.h"
#include "ui/widgets/dialog.h"

class QLineEdit;

namespace ui::connections {

class VaultDialog : public widgets::Dialog {
    Q_OBJECT
public:
    static constexpr int kLengthMin = 8;
    /// Makes the vault where there is none, else unlocks it. `why` says who needs it: "payments keeps its password in the vault."
    VaultDialog(models::secrets::SecretService* secrets, const QString& why, QWidget* near);

signals:
    void opened(); ///< the vault is open now; the dialog is going

private:
    void submit();
    void check();
    void say(const QString& problem);
    models::secrets::SecretService* m_secrets;
    const bool m_making;
    QLineEdit* m_password;
    QLineEdit* m_again = nullptr;
    widgets::PlainLabel* m_problem;
    QAction* m_do;
    bool m_busy = false;
};

} // namespace ui::connections
