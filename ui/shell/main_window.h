#pragma once
// The window: sidebar, header line, page, status line, palette, keys, history. It knows pages by their registry and clusters by
// the values of the sidebar, nothing of Kafka.

#include "ui/shell/palette.h"
#include "ui/shell/page.h"
#include "ui/shell/sidebar.h"
#include "ui/shell/window_state.h"

#include <QMainWindow>
#include <QPointer>

class QStackedWidget;

namespace models {
class JobRunner;
}
namespace ui::widgets {
class NoticeBar;
}

namespace ui::shell {

class Banner;
class HeaderBar;
class StatusLine;

/// Commands that the window needs but cannot do itself; app/ gives them.
struct WindowCommands {
    std::function<void()> addConnection;
    std::function<void()> startCluster;
    std::function<void(bool dark)> setDark;
    std::function<void()> startDemo = {}; ///< none: the command is not there
};

class MainWindow : public QMainWindow, public PageContext {
    Q_OBJECT
public:
    MainWindow(ActionRegistry& actions, const PageRegistry& pages, WindowState& state, models::JobRunner* jobs, WindowCommands commands);
    ~MainWindow() override;

    // PageContext
    void go(const Location& place) override;
    ActionRegistry& actions() override { return m_actions; }
    void notify(const Notice& notice) override;
    void copy(const QString& text, const QString& what) override;
    QVariant state(const Location& place, const QString& key) const override;
    void setState(const Location& place, const QString& key, const QVariant& value) override;
    QObject* tickSource() override;
    void onTick(QWidget* receiver, std::function<void()> f) override;

    void setSidebar(const QList<SidebarSection>& sections);
    [[nodiscard]] const QList<SidebarSection>& sections() const { return m_sidebar->sections(); }
    [[nodiscard]] Palette& palette() { return *m_palette; }
    /// Where the window is.
    [[nodiscard]] Location place() const;
    /// The place of the last session, if its page still exists.
    [[nodiscard]] std::optional<Location> lastPlace() const;
    /// Pages of a cluster that is gone are destroyed.
    void closePages(const QString& cluster);
    /// The line over the pages of a cluster, where the page has none of its own: what it says, and its one command (or null).
    void setClusterBanner(std::function<std::pair<Pill, QAction*>(const QString& key)> banner) { m_clusterBanner = std::move(banner); }
    /// It says something else now.
    void refreshBanner();
    [[nodiscard]] Page* page() const { return m_page; }
    /// Fills the menu of a cluster in the sidebar.
    void setClusterMenu(std::function<void(QMenu* menu, const QString& key)> fill) { m_clusterMenu = std::move(fill); }

signals:
    void placeChanged(const ui::shell::Location& place);

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void moveEvent(QMoveEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makeActions(const WindowCommands& commands);
    void makeMenus();
    void fillMenu(QMenu* menu, const QString& id);
    void visit(const Location& place, bool remember);
    void step(int by);
    void refreshHeader();
    void showKeys();
    void showJobs();
    void rememberGeometry();
    /// Once the window manager has given it a frame: the whole window with its frame is on the screen.
    void fitToScreen();
    void restoreGeometryState();
    void updateJobs();

    struct Visit {
        Location place;
    };
    ActionRegistry& m_actions;
    const PageRegistry& m_pages;
    WindowState& m_state;
    models::JobRunner* m_jobs;
    Sidebar* m_sidebar = nullptr;
    HeaderBar* m_header = nullptr;
    Banner* m_banner = nullptr;
    QStackedWidget* m_stack = nullptr;
    StatusLine* m_status = nullptr;
    Palette* m_palette = nullptr;
    widgets::NoticeBar* m_notice = nullptr;
    QString m_noticeCluster; ///< of what the notice says
    QTimer* m_tick = nullptr;
    QHash<QString, Page*> m_open; ///< cluster and kind -> page
    QPointer<Page> m_page;
    QList<Visit> m_history;
    int m_at = -1;
    Action* m_back = nullptr;
    Action* m_forward = nullptr;
    Action* m_jobsAction = nullptr;
    Action* m_paletteAction = nullptr;
    Action* m_addConnection = nullptr;
    Action* m_startCluster = nullptr;
    bool m_restored = false;
    bool m_fitted = false;
    std::function<void(QMenu*, const QString&)> m_clusterMenu;
    std::function<std::pair<Pill, QAction*>(const QString&)> m_clusterBanner;
};

} // namespace ui::shell
