#pragma once
// The master password: to make the vault, to unlock it, or to change it.

#include "models/secrets/secret_service.h"
#include "ui/widgets/dialog.h"

class QLineEdit;

namespace ui::connections {

class VaultDialog : public widgets::Dialog {
    Q_OBJECT
public:
    static constexpr int kLengthMin = 8;
    /// Makes the vault where there is none, unlocks it when it is locked, changes its password when it is open. `why` says who needs it: "payments keeps its password in the vault."
    VaultDialog(models::secrets::SecretService* secrets, const QString& why, QWidget* near);

signals:
    void opened(); ///< the vault is open now, under the password that was given last; the dialog is going

private:
    enum class Purpose { Make, Unlock, Change };
    static Purpose purposeOf(models::secrets::VaultState state);
    static QString titleOf(Purpose purpose);
    void submit();
    void check();
    void say(const QString& problem);
    models::secrets::SecretService* m_secrets;
    const Purpose m_purpose;
    QLineEdit* m_now = nullptr;   ///< the password that it has; null while one is made
    QLineEdit* m_new = nullptr;   ///< the password that it gets; null for unlocking
    QLineEdit* m_again = nullptr; ///< the same once more
    widgets::PlainLabel* m_problem;
    QAction* m_do;
    bool m_busy = false;
};

} // namespace ui::connections
