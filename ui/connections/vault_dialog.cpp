#include "ui/connections/vault_dialog.h"

#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::connections {

using models::ErrorCode;
using models::secrets::VaultState;

VaultDialog::Purpose VaultDialog::purposeOf(VaultState state) {
    return state == VaultState::None ? Purpose::Make : state == VaultState::Open ? Purpose::Change : Purpose::Unlock;
}

QString VaultDialog::titleOf(Purpose purpose) {
    switch (purpose) {
    case Purpose::Make: return tr("A vault for passwords");
    case Purpose::Unlock: return tr("Unlock the vault");
    case Purpose::Change: break;
    }
    return tr("Change the master password");
}

VaultDialog::VaultDialog(models::secrets::SecretService* secrets, const QString& why, QWidget* near)
    : Dialog(titleOf(purposeOf(secrets->vault())), why, near), m_secrets(secrets), m_purpose(purposeOf(secrets->vault())) {
    auto* form = widgets::formLayout();
    const auto field = [&](const QString& label) {
        auto* line = new QLineEdit(this);
        line->setAccessibleName(label);
        line->setEchoMode(QLineEdit::Password);
        form->addRow(label, line);
        connect(line, &QLineEdit::textChanged, this, [this] { check(); });
        return line;
    };
    if (m_purpose != Purpose::Make)
        m_now = field(tr("Master password"));
    if (m_purpose != Purpose::Unlock) {
        m_new = field(m_purpose == Purpose::Make ? tr("Master password") : tr("New password"));
        m_again = field(tr("Once more"));
    }
    body()->addLayout(form);
    const auto note = [this](theme::Ink ink) {
        auto* label = new widgets::PlainLabel({}, this, theme::Face::Small, ink);
        label->setWordWrap(true);
        body()->addWidget(label);
        return label;
    };
    if (m_purpose == Purpose::Make)
        note(theme::Ink::Secondary)->setText(tr("Samsa keeps passwords and keys in a file that only this password opens. There is no other way in: without it they have to be typed anew."));
    else if (m_purpose == Purpose::Change)
        note(theme::Ink::Secondary)->setText(tr("Copies of the vault's file that were made before still open with the password that it had then."));
    m_problem = note(theme::Ink::Bad);
    body()->addStretch(1);
    setFootText(m_purpose == Purpose::Unlock ? QString() : tr("The password itself is kept nowhere."));
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    const QString doIt = m_purpose == Purpose::Make ? tr("Make the vault") : m_purpose == Purpose::Unlock ? tr("Unlock") : tr("Change the password");
    m_do = addChoice(doIt, theme::ButtonKind::Primary, [this] { submit(); });
    say({});
    if (m_secrets->vault() == VaultState::Broken) {
        m_now->setEnabled(false);
        say(tr("The vault cannot be used: %1. Its file is %2; it is left as it is. Put back a copy, or move it away and begin a new one.").arg(m_secrets->vaultProblem().why, m_secrets->vaultPath()));
    }
    check();
    (m_now ? m_now : m_new)->setFocus();
}

void VaultDialog::say(const QString& problem) {
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void VaultDialog::check() {
    bool good = !m_now || (!m_now->text().isEmpty() && m_now->isEnabled());
    if (m_new) {
        const bool typed = !m_again->text().isEmpty();
        QString problem;
        if (typed && m_new->text().size() < kLengthMin)
            problem = tr("At least %1 characters; a few words are better.").arg(kLengthMin);
        else if (typed && m_again->text() != m_new->text())
            problem = tr("The two are not the same.");
        say(problem);
        good = good && typed && problem.isEmpty();
    } else if (good) {
        say({});
    }
    m_do->setEnabled(good && !m_busy);
}

void VaultDialog::submit() {
    m_busy = true;
    check();
    setFootText(m_purpose == Purpose::Make ? tr("Making it…") : m_purpose == Purpose::Unlock ? tr("Trying it…") : tr("Changing it…"));
    const auto done = [this](const models::Result<void>& outcome) {
        m_busy = false;
        setFootText({});
        if (outcome) {
            emit opened();
            dismiss();
            return;
        }
        check();
        const bool wrong = outcome.error().code == ErrorCode::AuthenticationFailed;
        say(wrong ? tr("This is not the master password.") : tr("The vault cannot be used: %1. Its file is %2.").arg(outcome.error().why, m_secrets->vaultPath()));
        auto* again = m_now ? m_now : m_new;
        again->selectAll();
        again->setFocus();
    };
    switch (m_purpose) {
    case Purpose::Make: m_secrets->createVault(m_new->text(), this, done); return;
    case Purpose::Unlock: m_secrets->unlockVault(m_now->text(), this, done); return;
    case Purpose::Change: m_secrets->changeVaultPassword(m_now->text(), m_new->text(), this, done); return;
    }
}

} // namespace ui::connections
