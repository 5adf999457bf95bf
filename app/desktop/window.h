#pragma once
// The composition root of the window: services, pages, actions and the sidebar's values meet here and nowhere else.

#include "app/desktop/connection_desk.h"
#include "app/desktop/services.h"
#include "ui/shell/desktop_notifier.h"
#include "ui/shell/main_window.h"
#include "ui/theme/appearance.h"

#include <memory>

namespace app::desktop {

class Window : public QObject {
    Q_OBJECT
public:
    Window(Services& services, ui::shell::WindowState& state, ui::theme::Appearance& appearance, QObject* parent = nullptr);
    ~Window() override;

    [[nodiscard]] ui::shell::MainWindow& main() { return *m_main; }
    [[nodiscard]] ui::shell::ActionRegistry& actions() { return m_actions; }
    /// Shows `place`, else the last one, else the first cluster, else the welcome page.
    void start(const std::optional<ui::shell::Location>& place);
    /// Starts a local cluster (or takes the running one) and goes to its overview; a demo load of so many messages a second follows, 0 = none.
    void startLocal(double demoRate);

private:
    void startDemo(); ///< a local cluster named "demo", and a light load
    void askForCluster();
    void startCluster(const models::localcluster::StartOptions& options);
    void arrive(const QString& name); ///< a local cluster serves: connect, show, start the load if it was asked for
    void refreshSidebar();
    void tellLag(const models::groups::LagNews& news);
    void fillClusterMenu(QMenu* menu, const QString& key);

    Services& m_services;
    ui::theme::Appearance& m_appearance;
    ui::shell::ActionRegistry m_actions;
    ui::shell::PageRegistry m_pages;
    std::unique_ptr<ui::shell::MainWindow> m_main;
    ui::shell::DesktopNotifier m_notifier;
    std::unique_ptr<ConnectionDesk> m_desk; ///< null without a database
    QTimer* m_sidebarTimer;
    double m_demoRate = 0; ///< of the load that is to be started, 0 = none
};

/// The pages that there are, in the order of the sidebar. One line each.
void registerPages(ui::shell::PageRegistry& pages, Services& services);

} // namespace app::desktop
