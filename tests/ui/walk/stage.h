#pragma once
// The real window with the real pages on a cluster that is made up: one state at a time, nothing is asked of any network.

#include "app/desktop/services.h"
#include "app/desktop/window.h"
#include "models/messages/message_reader.h"
#include "ui/shell/window_state.h"

#include <QTemporaryDir>

namespace tests {

enum class State { Empty, Loading, Failed, Full };

class Stage {
public:
    static constexpr int kRows = 10'000;
    explicit Stage(State state);
    ~Stage();

    [[nodiscard]] ui::shell::MainWindow& main() { return m_window->main(); }
    [[nodiscard]] ui::shell::ActionRegistry& actions() { return m_window->actions(); }
    [[nodiscard]] QString cluster() const { return m_cluster; }
    [[nodiscard]] State state() const { return m_state; }
    /// A topic and a group with the longest and the most hostile names that Kafka takes.
    [[nodiscard]] static QString longTopic();
    [[nodiscard]] static QString hostileGroup();
    /// Names that a page may cut.
    [[nodiscard]] QStringList data() const;
    /// Goes to a place of the made-up cluster and waits until it stands still.
    void go(const QString& kind, const QString& name = {});
    /// The cluster that is marked production: locked, or unlocked for a while.
    void goProduction(bool unlocked);
    [[nodiscard]] app::desktop::Services& services() { return *m_services; }
    /// The same on a local cluster with a broker in every state: only there when Full.
    void goLocal(const QString& kind);
    void resize(const QSize& size);
    /// Lets queued work happen, no longer.
    static void settle();

private:
    void fill();
    void fillBrokerConfigs();
    void fillCompaction();
    void fillLocal();
    void serveMessages();
    void serveAccess();
    State m_state;
    QTemporaryDir m_home;
    std::unique_ptr<app::desktop::Services> m_services;
    std::unique_ptr<ui::shell::WindowState> m_windowState;
    std::unique_ptr<ui::theme::Appearance> m_appearance;
    std::unique_ptr<app::desktop::Window> m_window;
    QString m_cluster, m_localCluster;
    QString m_production;
    models::session::ClusterSession* m_session = nullptr;
};

} // namespace tests
