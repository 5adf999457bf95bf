#include "app/desktop/connection_desk.h"

#include "ui/connections/connection_dialog.h"
#include "ui/connections/unlock_dialog.h"
#include "ui/connections/vault_dialog.h"

#include <QDateTime>
#include <QLocale>

namespace app::desktop {

using namespace models;
using connections::ConnectionProfile;
using connections::SecretPlace;
using secrets::VaultState;
using ui::theme::Tone;

ConnectionDesk::ConnectionDesk(Services& services, ui::shell::MainWindow& main, const ui::shell::PageRegistry& pages)
    : m_services(services), m_main(main), m_pages(pages) {
    makeActions();
    m_main.setClusterBanner([this](const QString& key) { return banner(key); });
    connect(&m_main, &ui::shell::MainWindow::placeChanged, this, &ConnectionDesk::refresh);
    connect(&m_services, &Services::clustersChanged, this, &ConnectionDesk::refresh);
    connect(&m_services, &Services::sessionMade, this, &ConnectionDesk::follow);
    connect(m_services.connections.get(), &connections::ConnectionStore::failed, this, [this](const Error& error) {
        m_main.notify({tr("The connections cannot be kept: %1").arg(error.why), Tone::Bad});
    });
    connect(m_services.connections.get(), &connections::ConnectionStore::secretsFound, this, [this](const QString& id) {
        // An older Samsa left them in its database. Into the keychain at once; a vault would have to be made first.
        const auto* profile = m_services.connections->find(id);
        if (!profile)
            return;
        auto moved = *profile;
        if (m_services.secrets->hasKeychain())
            moved.place = SecretPlace::Keychain;
        m_services.connections->save(moved);
        keepSecrets(moved);
        if (moved.place == SecretPlace::Session)
            m_main.notify({tr("Secrets of %1 stood in Samsa's database; they are gone from it. Edit the connection to keep them.").arg(moved.name), Tone::Warn, tr("Edit…"), [this, id] { edit(id); }});
    });
    refresh();
}

void ConnectionDesk::makeActions() {
    auto& actions = m_main.actions();
    const auto add = [&](ui::shell::ActionSpec spec) { return actions.add(std::move(spec), &m_main); };
    m_edit = add({.id = QStringLiteral("connection.edit"), .text = tr("Edit this connection…"), .key = QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_E), .menu = QStringLiteral("file"),
        .run = [this] { edit(here()); }});
    m_unlock = add({.id = QStringLiteral("cluster.unlock"), .text = tr("Unlock for a while…"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_U), .safety = ui::shell::Safety::Changes,
        .icon = QStringLiteral("unlock"), .menu = QStringLiteral("file"), .explanation = tr("Changes can be sent to this cluster until it locks itself again"), .run = [this] { unlock(here()); }});
    m_lock = add({.id = QStringLiteral("cluster.lock"), .text = tr("Lock again"), .key = QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_U), .icon = QStringLiteral("lock"), .menu = QStringLiteral("file"),
        .explanation = tr("No change can be sent to this cluster any more"), .run = [this] { lock(here()); }});
    m_openVault = add({.id = QStringLiteral("vault.unlock"), .text = tr("Unlock the vault…"), .key = QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_V), .icon = QStringLiteral("unlock"),
        .menu = QStringLiteral("file"), .explanation = tr("The passwords in it can be used until it is locked or Samsa closes"), .run = [this] { openVault(); }});
    m_lockVault = add({.id = QStringLiteral("vault.lock"), .text = tr("Lock the vault"), .icon = QStringLiteral("lock"), .menu = QStringLiteral("file"),
        .explanation = tr("Connections that are open stay so"), .run = [this] { m_services.secrets->lockVault(); }});
    m_changeVault = add({.id = QStringLiteral("vault.password"), .text = tr("Change the master password…"), .menu = QStringLiteral("file"), .run = [this] { changeVaultPassword(); }});
}

session::ClusterSession* ConnectionDesk::sessionHere() { return here().isEmpty() ? nullptr : m_services.session(here()); }

void ConnectionDesk::refresh() {
    auto* session = sessionHere();
    const bool remote = session && m_services.connections->find(here());
    m_edit->setRefusal(remote ? QString() : tr("This is not a connection"));
    const bool locked = session && session->isProtected() && session->isReadOnly();
    const bool unlocked = session && session->isProtected() && !session->isReadOnly();
    m_unlock->setRefusal(locked ? QString() : unlocked ? tr("It is unlocked already") : tr("Only clusters marked production or for reading are locked"));
    m_lock->setRefusal(unlocked ? QString() : tr("It is not unlocked"));
    const auto vault = m_services.secrets->vault();
    m_openVault->setRefusal(vault == VaultState::Locked || vault == VaultState::Broken ? QString() : vault == VaultState::None ? tr("There is no vault") : tr("It is unlocked"));
    m_lockVault->setRefusal(vault == VaultState::Open ? QString() : tr("It is not unlocked"));
    m_changeVault->setRefusal(vault == VaultState::Open ? QString() : vault == VaultState::None ? tr("There is no vault") : tr("It is not unlocked"));
    m_main.refreshBanner();
}

void ConnectionDesk::follow(session::ClusterSession* session) { connect(session, &session::ClusterSession::readOnlyChanged, this, &ConnectionDesk::refresh); }

std::pair<ui::shell::Pill, QAction*> ConnectionDesk::banner(const QString& key) {
    auto* session = key.isEmpty() ? nullptr : m_services.session(key);
    if (!session)
        return {};
    if (session->state() == session::SessionState::Failed && session->stateError().code == ErrorCode::Locked) {
        const auto* profile = m_services.connections->find(key);
        if (profile && profile->place == SecretPlace::Vault && m_services.secrets->vault() != VaultState::Open)
            return {{tr("%1 keeps its secrets in the vault, which is locked.").arg(session->name()), Tone::Warn}, m_openVault};
        return {{tr("%1 needs a secret that is not at hand: %2").arg(session->name(), session->stateError().why), Tone::Warn}, m_edit};
    }
    if (!session->isProtected())
        return {};
    const bool production = session->config().production;
    if (session->isReadOnly())
        return {{production ? tr("%1 is a production cluster. It is locked: nothing can be changed.").arg(session->name()) : tr("%1 is for reading only. It is locked: nothing can be changed.").arg(session->name()), Tone::Neutral}, m_unlock};
    const QString until = QLocale().toString(QDateTime::fromMSecsSinceEpoch(session->unlockedUntilMs()).time(), QStringLiteral("HH:mm"));
    return {{production ? tr("Unlocked until %1. Then %2 locks itself; it is a production cluster.").arg(until, session->name()) : tr("Unlocked until %1. Then %2 locks itself.").arg(until, session->name()), Tone::Bad}, m_lock};
}

void ConnectionDesk::unlock(const QString& key) {
    auto* session = m_services.session(key);
    if (!session || !session->isProtected() || !session->isReadOnly())
        return;
    auto* dialog = new ui::connections::UnlockDialog(session->name(), session->config().production, &m_main);
    connect(dialog, &ui::connections::UnlockDialog::agreed, session, [session](std::chrono::minutes duration) { session->unlockFor(duration); });
    dialog->open();
}

void ConnectionDesk::lock(const QString& key) {
    if (auto* session = m_services.session(key))
        session->setReadOnly(true);
}

void ConnectionDesk::openVault() {
    auto* dialog = new ui::connections::VaultDialog(m_services.secrets.get(), tr("Connections that keep their secrets in it connect when it is open."), &m_main);
    dialog->open();
}

void ConnectionDesk::changeVaultPassword() {
    if (m_services.secrets->vault() != VaultState::Open)
        return;
    auto* dialog = new ui::connections::VaultDialog(m_services.secrets.get(), tr("The secrets in it stay as they are."), &m_main);
    connect(dialog, &ui::connections::VaultDialog::opened, this, [this] { m_main.notify({tr("The vault has its new master password"), Tone::Good}); });
    dialog->open();
}

void ConnectionDesk::edit(const QString& key) {
    const auto* known = m_services.connections->find(key);
    if (!key.isEmpty() && !known)
        return;
    auto* dialog = new ui::connections::ConnectionDialog(known ? *known : ConnectionProfile{}, m_services.secrets.get(), &m_main);
    connect(dialog, &ui::connections::ConnectionDialog::saved, this, &ConnectionDesk::save);
    connect(dialog, &ui::connections::ConnectionDialog::removed, this, &ConnectionDesk::remove);
    dialog->open();
}

void ConnectionDesk::save(ConnectionProfile profile, bool connect) {
    const auto* before = m_services.connections->find(profile.id);
    if (before && !before->secretNames.isEmpty() && (before->place != profile.place || profile.secretNames.isEmpty()))
        m_services.secrets->forget(before->place, before->id);
    profile.id = m_services.connections->save(profile);
    keepSecrets(profile);
    if (connect || (m_services.session(profile.id) && m_services.session(profile.id)->state() != session::SessionState::Idle))
        m_services.reconnect(profile.id, profile);
    else if (auto* session = m_services.session(profile.id)) {
        session->setClientConfig(profile.config);
        session->setIdentity(profile.name, profile.production);
        session->setReadOnly(profile.opensReadOnly());
    }
    emit changed();
    refresh();
    if (connect)
        m_main.go({profile.id, m_pages.entries().first().kind, {}, {}});
    m_main.notify({tr("Saved %1").arg(profile.name), Tone::Good});
}

void ConnectionDesk::keepSecrets(const ConnectionProfile& profile) {
    // What was not fetched is still where it was: writing now would lose it.
    if (profile.secretNames.isEmpty() || !profile.missingSecrets().isEmpty() || profile.place == SecretPlace::Session)
        return;
    m_services.secrets->keep(profile.place, profile.id, profile.config.secrets, this, [this, profile](const Result<void>& kept) {
        if (kept)
            return;
        auto forSession = profile;
        forSession.place = SecretPlace::Session;
        m_services.connections->save(forSession);
        m_main.notify({profile.place == SecretPlace::Keychain ? tr("The keychain does not take the secrets of %1: %2. They are forgotten when Samsa closes.").arg(profile.name, kept.error().why)
                                                              : tr("The vault does not take the secrets of %1: %2. They are forgotten when Samsa closes.").arg(profile.name, kept.error().why),
            Tone::Bad, tr("Edit…"), [this, id = profile.id] { edit(id); }});
    });
}

void ConnectionDesk::remove(const QString& key) {
    if (const auto* profile = m_services.connections->find(key); profile && !profile->secretNames.isEmpty())
        m_services.secrets->forget(profile->place, key);
    const bool shown = m_main.place().cluster == key;
    m_main.closePages(key);
    m_services.forget(key);
    m_services.connections->remove(key);
    emit changed();
    if (shown || !m_main.page())
        m_main.go({{}, QStringLiteral("welcome"), {}, {}});
}

void ConnectionDesk::fillMenu(QMenu* menu, const QString& key) {
    auto* session = m_services.session(key);
    menu->addAction(tr("Edit the connection…"), this, [this, key] { edit(key); });
    if (session && session->isProtected())
        menu->addAction(session->isReadOnly() ? tr("Unlock for a while…") : tr("Lock again"), this, [this, key, locked = session->isReadOnly()] { locked ? unlock(key) : lock(key); });
}

} // namespace app::desktop
