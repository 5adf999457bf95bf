#include "ui/connections/vault_dialog.h"

#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::connections {

using models::ErrorCode;
using models::secrets::VaultState;

VaultDialog::VaultDialog(models::secrets::SecretService* secrets, const QString& why, QWidget* near)
    : Dialog(secrets->vault() == VaultState::None ? tr("A vault for passwords") : tr("Unlock the vault"), why, near), m_secrets(secrets), m_making(secrets->vault() == VaultState::None) {
    auto* form = widgets::formLayout();
    const auto field = [&](const QString& label) {
        auto* line = new QLineEdit(this);
        line->setAccessibleName(label);
        line->setEchoMode(QLineEdit::Password);
        form->addRow(label, line);
        connect(line, &QLineEdit::textChanged, this, [this] { check(); });
        return line;
    };
    m_password = field(tr("Master password"));
    if (m_making)
        m_again = field(tr("Once more"));
    body()->addLayout(form);
    const auto note = [this](theme::Ink ink) {
        auto* label = new widgets::PlainLabel({}, this, theme::Face::Small, ink);
        label->setWordWrap(true);
        body()->addWidget(label);
        return label;
    };
    if (m_making)
        note(theme::Ink::Secondary)->setText(tr("Samsa keeps passwords and keys in a file that only this password opens. There is no other way in: without it they have to be typed anew."));
    m_problem = note(theme::Ink::Bad);
    body()->addStretch(1);
    setFootText(m_making ? tr("The password itself is kept nowhere.") : QString());
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(m_making ? tr("Make the vault") : tr("Unlock"), theme::ButtonKind::Primary, [this] { submit(); });
    say({});
    if (m_secrets->vault() == VaultState::Broken) {
        m_password->setEnabled(false);
        say(tr("The vault cannot be used: %1. Its file is %2; it is left as it is. Put back a copy, or move it away and begin a new one.").arg(m_secrets->vaultProblem().why, m_secrets->vaultPath()));
    }
    check();
    m_password->setFocus();
}

void VaultDialog::say(const QString& problem) {
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void VaultDialog::check() {
    bool good = !m_password->text().isEmpty() && m_password->isEnabled();
    if (m_making) {
        const bool typed = !m_again->text().isEmpty();
        QString problem;
        if (typed && m_password->text().size() < kLengthMin)
            problem = tr("At least %1 characters; a few words are better.").arg(kLengthMin);
        else if (typed && m_again->text() != m_password->text())
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
    setFootText(m_making ? tr("Making it…") : tr("Trying it…"));
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
        m_password->selectAll();
        m_password->setFocus();
    };
    if (m_making)
        m_secrets->createVault(m_password->text(), this, done);
    else
        m_secrets->unlockVault(m_password->text(), this, done);
}

} // namespace ui::connections
