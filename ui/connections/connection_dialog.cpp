#include "ui/connections/connection_dialog.h"

#include "ui/connections/connection_fields.h"
#include "ui/connections/test_panel.h"
#include "ui/connections/vault_dialog.h"
#include "ui/theme/style.h"
#include "ui/widgets/label.h"

#include <QApplication>
#include <QClipboard>
#include <QPainter>
#include <QVBoxLayout>

namespace ui::connections {

using namespace models::connections;
using models::secrets::SecretService;
using models::secrets::VaultState;

namespace {

constexpr QSize kPanel(940, 720);
constexpr int kTwoColumns = 860; ///< below, the test stands under the form

SecretChoices choicesOf(const SecretService* secrets) {
    if (secrets == nullptr)
        return {};
    return {secrets->hasKeychain(), secrets->vault() != VaultState::Broken, secrets->vault() != VaultState::None, secrets->usualPlace()};
}

/// A line of one pixel in either direction.
class Between : public QWidget {
public:
    explicit Between(QWidget* parent) : QWidget(parent) { setMinimumSize(1, 1); }

protected:
    void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), theme::of(this).line); }
};

} // namespace

ConnectionDialog::ConnectionDialog(const ConnectionProfile& profile, SecretService* secrets, QWidget* near)
    : Dialog(profile.id.isEmpty() ? tr("Add a connection") : tr("Connection %1").arg(profile.name),
          tr("Paste anything: servers, a client.properties, a kcat or librdkafka configuration, a connection string. Or fill it in."), near),
      m_profile(profile), m_secrets(secrets) {
    setBodyMargins(false);
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight);
    m_columns->setSpacing(0);
    m_fields = new ConnectionFields(profile, choicesOf(secrets), this);
    m_between = new Between(this);
    m_test = new TestPanel(this);
    m_columns->addWidget(m_fields, 5);
    m_columns->addWidget(m_between);
    m_columns->addWidget(m_test, 4);
    body()->addLayout(m_columns, 1);
    setPanelSize(kPanel);
    m_paste = addChoice(tr("Paste"), theme::ButtonKind::Quiet, [this] { m_fields->paste(QApplication::clipboard()->text()); });
    m_paste->setToolTip(tr("Fill the form from the clipboard"));
    if (!profile.id.isEmpty())
        addChoice(tr("Remove…"), theme::ButtonKind::Quiet, [this] { askRemove(); });
    if (secrets != nullptr && profile.place == SecretPlace::Vault && !profile.missingSecrets().isEmpty())
        m_unlock = addChoice(tr("Unlock the vault…"), theme::ButtonKind::Normal, [this] { withSecrets(true, [this] { refresh(); }); });
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_save = addChoice(tr("Save"), theme::ButtonKind::Normal, [this] { save(false); });
    m_connect = addChoice(tr("Connect"), theme::ButtonKind::Primary, [this] { save(true); });
    connect(m_fields, &ConnectionFields::changed, this, &ConnectionDialog::refresh);
    arrange();
    refresh();
    // What is kept and can be had without asking anybody is fetched at once.
    if (m_secrets != nullptr && !m_profile.missingSecrets().isEmpty() && m_profile.place == SecretPlace::Vault && m_secrets->vault() == VaultState::Open)
        fetch([this] { refresh(); });
    else if (m_secrets != nullptr && !m_profile.missingSecrets().isEmpty() && m_profile.place == SecretPlace::Keychain)
        fetch([this] { refresh(); });
}

void ConnectionDialog::refresh() {
    const auto profile = m_fields->profile();
    const auto missing = profile.missingSecrets();
    m_save->setEnabled(m_fields->usable());
    m_connect->setEnabled(m_fields->usable());
    QString why;
    if (!m_fields->usable())
        why = tr("The form is not complete yet");
    else if (!missing.isEmpty())
        why = tr("Its password is not at hand: type it, or unlock where it is kept");
    const bool login = profile.config.properties.value(QStringLiteral("security.protocol")).startsWith(QLatin1String("SASL"));
    m_test->setSubject(profile.config, login ? nameOf(m_fields->mechanism()) : QString(), why);
    if (m_unlock != nullptr)
        m_unlock->setVisible(!missing.isEmpty());
    // What is wrong stands where the buttons are that cannot be pressed for it: the form may be scrolled.
    QString foot = m_fields->problem();
    if (foot.isEmpty() && !profile.secretNames.isEmpty()) {
        switch (profile.place) {
        case SecretPlace::Keychain: foot = tr("Saved without the secrets; these stay in the keychain."); break;
        case SecretPlace::Vault: foot = tr("Saved without the secrets; these stay in the vault."); break;
        case SecretPlace::Session: foot = tr("Saved without the secrets; these are forgotten when Samsa closes."); break;
        }
    }
    setFootText(foot);
}

void ConnectionDialog::withSecrets(bool vaultNeeded, std::function<void()> then) {
    if (m_secrets == nullptr) {
        then();
        return;
    }
    if (vaultNeeded && m_secrets->vault() != VaultState::Open) {
        const QString name = m_fields->profile().name;
        auto* dialog = new VaultDialog(m_secrets, name.isEmpty() ? tr("This connection keeps its secrets in the vault.") : tr("%1 keeps its secrets in the vault.").arg(name), this);
        connect(dialog, &VaultDialog::opened, this, [this, then = std::move(then)] { fetch(then); });
        dialog->open();
        return;
    }
    fetch(std::move(then));
}

void ConnectionDialog::fetch(std::function<void()> then) {
    if (m_profile.missingSecrets().isEmpty() || m_profile.id.isEmpty()) {
        then();
        return;
    }
    m_secrets->fetch(m_profile.place, m_profile.id, this, [this, then = std::move(then)](const models::Result<SecretService::Named>& secrets) {
        if (secrets) {
            for (auto it = secrets->begin(); it != secrets->end(); ++it)
                if (m_profile.secretNames.contains(it.key()))
                    m_profile.config.secrets.insert(it.key(), it.value());
            m_fields->giveSecrets(m_profile.config.secrets);
        }
        then();
    });
}

void ConnectionDialog::save(bool connect) {
    const auto wanted = m_fields->profile();
    const bool any = !wanted.secretNames.isEmpty();
    const bool vault = (any && wanted.place == SecretPlace::Vault) || (!wanted.missingSecrets().isEmpty() && m_profile.place == SecretPlace::Vault);
    // An old place that is another one has to give its secrets first; one that stays may keep what was not typed anew.
    withSecrets(vault, [this, connect] {
        if (!m_fields->usable())
            return;
        emit saved(m_fields->profile(), connect);
        dismiss();
    });
}

void ConnectionDialog::askRemove() {
    auto* dialog = new Dialog(tr("Remove the connection %1?").arg(m_profile.name), tr("The cluster is not touched. What Samsa keeps for this connection goes: its settings and its secrets."), this);
    dialog->addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [dialog] { dialog->dismiss(); });
    dialog->addChoice(tr("Remove"), theme::ButtonKind::Danger, [this, dialog] {
        dialog->dismiss();
        emit removed(m_profile.id);
        dismiss();
    });
    dialog->open();
}

void ConnectionDialog::arrange() {
    const bool side = width() - 32 >= kTwoColumns;
    m_columns->setDirection(side ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_between->setMaximumSize(side ? QSize(1, QWIDGETSIZE_MAX) : QSize(QWIDGETSIZE_MAX, 1));
}

void ConnectionDialog::resizeEvent(QResizeEvent* event) {
    Dialog::resizeEvent(event);
    arrange();
}

} // namespace ui::connections
