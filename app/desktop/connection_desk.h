#pragma once
// Everything about connections that the window asks for: adding, editing, removing them, the vault, and locking and unlocking protected clusters.
// Interface thread; made by Window, which it must not outlive.

#include "app/desktop/services.h"
#include "ui/shell/main_window.h"

#include <QMenu>

namespace app::desktop {

class ConnectionDesk : public QObject {
    Q_OBJECT
public:
    ConnectionDesk(Services& services, ui::shell::MainWindow& main, const ui::shell::PageRegistry& pages);
    ~ConnectionDesk() override { m_main.setClusterBanner({}); }

    void edit(const QString& key); ///< empty = a new one
    void unlock(const QString& key);
    void lock(const QString& key);
    void openVault();
    void changeVaultPassword();
    void fillMenu(QMenu* menu, const QString& key);
    /// What stands over the pages of this cluster.
    [[nodiscard]] std::pair<ui::shell::Pill, QAction*> banner(const QString& key);

signals:
    void changed(); ///< the list, a name, a mark

private:
    void makeActions();
    void refresh();
    void follow(models::session::ClusterSession* session);
    void save(models::connections::ConnectionProfile profile, bool connect);
    void keepSecrets(const models::connections::ConnectionProfile& profile);
    void remove(const QString& key);
    [[nodiscard]] QString here() const { return m_main.place().cluster; }
    [[nodiscard]] models::session::ClusterSession* sessionHere();

    Services& m_services;
    ui::shell::MainWindow& m_main;
    const ui::shell::PageRegistry& m_pages;
    ui::shell::Action* m_edit;
    ui::shell::Action* m_unlock;
    ui::shell::Action* m_lock;
    ui::shell::Action* m_openVault;
    ui::shell::Action* m_lockVault;
    ui::shell::Action* m_changeVault;
};

} // namespace app::desktop
