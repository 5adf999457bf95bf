#include "app/desktop/window.h"

#include "ui/localcluster/start_cluster_dialog.h"
#include "ui/shell/error_text.h"

#include <QMenu>
#include <QTimer>

namespace app::desktop {

using namespace models;
using ui::shell::Location;
using ui::theme::Tone;

namespace {
constexpr double kDemoRate = 200; ///< messages a second: enough to see, little for any computer
} // namespace

Window::Window(Services& services, ui::shell::WindowState& state, ui::theme::Appearance& appearance, QObject* parent)
    : QObject(parent), m_services(services), m_appearance(appearance), m_sidebarTimer(new QTimer(this)) {
    registerPages(m_pages, services);
    ui::shell::WindowCommands commands;
    commands.startCluster = [this] { askForCluster(); };
    if (services.connections)
        commands.addConnection = [this] { m_desk->edit({}); };
    commands.startDemo = [this] { startDemo(); };
    commands.setDark = [this, &state](bool dark) {
        m_appearance.setChoice(dark ? ui::theme::Choice::Dark : ui::theme::Choice::Light);
        state.setValue(QStringLiteral("window"), QStringLiteral("theme"), dark ? QStringLiteral("dark") : QStringLiteral("light"));
    };
    m_main = std::make_unique<ui::shell::MainWindow>(m_actions, m_pages, state, &services.jobs, commands);
    m_main->setClusterMenu([this](QMenu* menu, const QString& key) { fillClusterMenu(menu, key); });
    if (services.connections) {
        m_desk = std::make_unique<ConnectionDesk>(services, *m_main, m_pages);
        connect(m_desk.get(), &ConnectionDesk::changed, this, &Window::refreshSidebar);
    }
    // Gathered: several snapshots a second change the counts.
    m_sidebarTimer->setSingleShot(true);
    m_sidebarTimer->setInterval(100);
    connect(m_sidebarTimer, &QTimer::timeout, this, &Window::refreshSidebar);
    connect(&services, &Services::clustersChanged, this, [this] {
        if (!m_sidebarTimer->isActive())
            m_sidebarTimer->start();
    });
    connect(&services, &Services::historyFailed, this, [this](const QString& why) {
        m_main->notify({tr("What is measured cannot be kept, so charts forget it when Samsa closes: %1").arg(why), Tone::Bad});
    });
    connect(&services, &Services::lagNews, this, &Window::tellLag);
    connect(m_main.get(), &ui::shell::MainWindow::placeChanged, this, [this](const Location& place) {
        if (!place.cluster.isEmpty())
            m_services.connectTo(place.cluster);
    });
    m_main->palette().addSource([this](const QString& words, int max) {
        QList<ui::shell::PaletteItem> items;
        if (words.isEmpty())
            return items;
        // By its name, or by what it is and its name: "topic orders".
        const auto fits = [&words](const QString& kind, const QString& name) {
            return ui::shell::paletteScore(name, words) > 0 || ui::shell::paletteScore(kind + u' ' + name, words) > 0;
        };
        for (const auto& section : m_main->sections()) {
            for (const auto& cluster : section.clusters) {
                auto* session = m_services.session(cluster.key);
                if (!session)
                    continue;
                const QString where = cluster.production ? tr("%1 · production").arg(cluster.name) : cluster.name;
                if (session->topics() && m_pages.find(QStringLiteral("topics")))
                    for (const auto& topic : session->topics()->topics)
                        if (items.size() < max && fits(tr("Topic"), topic.name))
                            items.append({tr("Topic"), topic.name, where, {cluster.key, QStringLiteral("topics"), topic.name, {}}, {}, true});
                if (session->groups() && m_pages.find(QStringLiteral("groups")))
                    for (const auto& group : session->groups()->groups)
                        if (items.size() < max && fits(tr("Group"), group.id))
                            items.append({tr("Group"), group.id, where, {cluster.key, QStringLiteral("groups"), group.id, {}}, {}, true});
            }
        }
        return items;
    });
    refreshSidebar();
}

Window::~Window() = default;

void Window::start(const std::optional<Location>& place) {
    refreshSidebar();
    // A place of a connection can be gone to when the connections have been read.
    const auto wanted = place ? place : m_main->lastPlace();
    if (wanted && m_services.connections && !m_services.connections->isLoaded() && !wanted->cluster.isEmpty() && Services::localName(wanted->cluster).isEmpty()) {
        m_main->go({{}, QStringLiteral("welcome"), {}, {}});
        connect(m_services.connections.get(), &connections::ConnectionStore::loaded, this, [this, place, wanted] {
            start(place || m_services.session(wanted->cluster) ? wanted : std::nullopt);
        }, Qt::SingleShotConnection);
        return;
    }
    if (place) {
        m_main->go(*place);
        return;
    }
    const auto last = m_main->lastPlace();
    if (last && (last->cluster.isEmpty() || m_services.session(last->cluster))) {
        m_main->go(*last);
        return;
    }
    for (const auto& section : m_main->sections())
        for (const auto& cluster : section.clusters)
            if (!cluster.places.isEmpty()) {
                m_main->go(cluster.places.first().location);
                return;
            }
    m_main->go({{}, QStringLiteral("welcome"), {}, {}});
}

void Window::startLocal(double demoRate) {
    m_demoRate = demoRate;
    for (const auto& cluster : m_services.local.clusters()) {
        if (cluster.up && cluster.serving()) {
            arrive(cluster.name);
            return;
        }
    }
    localcluster::StartOptions options;
    if (!m_services.local.clusters().isEmpty())
        options.name = m_services.local.clusters().first().name;
    startCluster(options);
}

void Window::startDemo() {
    // A cluster of its own: nobody's own one is filled with what is made up.
    m_demoRate = kDemoRate;
    localcluster::StartOptions options;
    options.name = QStringLiteral("demo");
    if (const auto there = m_services.local.cluster(options.name); there && there->up && there->serving())
        arrive(options.name);
    else
        startCluster(options);
}

void Window::askForCluster() {
    QSet<QString> taken;
    for (const auto& cluster : m_services.local.clusters())
        taken.insert(cluster.name);
    auto* dialog = new ui::localcluster::StartClusterDialog(taken, m_main.get());
    connect(dialog, &ui::localcluster::StartClusterDialog::wished, this, &Window::startCluster);
    dialog->open();
}

void Window::startCluster(const localcluster::StartOptions& options) {
    m_main->notify({tr("Starting the local cluster %1").arg(options.name), Tone::Info});
    m_services.local.start(options, [this, options](const localcluster::Outcome& problem) {
        if (problem)
            m_main->notify({tr("The local cluster %1 did not start: %2").arg(options.name, *problem), Tone::Bad, tr("Try again"), [this, options] { startCluster(options); }});
        else
            arrive(options.name);
    });
}

void Window::arrive(const QString& name) {
    const QString key = Services::localKey(name);
    m_services.connectTo(key);
    refreshSidebar();
    // Who waits for it on one of its pages stays there.
    if (m_services.session(key) && !m_pages.entries().isEmpty() && m_main->place().cluster != key)
        m_main->go({key, m_pages.entries().first().kind, {}, {}});
    m_main->notify({tr("%1 is up").arg(name), Tone::Good});
    if (m_demoRate > 0 && !m_services.demo.running())
        m_services.demo.start(name, m_demoRate);
    m_demoRate = 0;
}

void Window::tellLag(const groups::LagNews& news) {
    const auto show = [this, place = Location{news.clusterKey, QStringLiteral("groups"), news.rule.group, {}}] {
        m_main->go(place);
        m_main->setWindowState(m_main->windowState() & ~Qt::WindowMinimized);
        m_main->raise();
        m_main->activateWindow();
    };
    m_main->notify({news.title() + QStringLiteral(". ") + news.text(), news.recovered ? Tone::Good : Tone::Warn, tr("Show"), show});
    m_notifier.tell(news.clusterKey + u'/' + news.rule.group, news.title(), news.text(), !news.recovered, show);
}

void Window::refreshSidebar() {
    QList<ui::shell::SidebarSection> sections{{tr("On this machine"), {}}, {tr("Remote"), {}}};
    const auto places = [this](const QString& key, session::ClusterSession* session) {
        QList<ui::shell::SidebarPlace> all;
        for (const auto& entry : m_pages.entries()) {
            if (entry.title.isEmpty())
                continue;
            QString count;
            if (session && entry.kind == QStringLiteral("topics") && session->topics())
                count = QLocale().toString(std::count_if(session->topics()->topics.begin(), session->topics()->topics.end(), [](const auto& topic) { return !topic.internal; }));
            else if (session && entry.kind == QStringLiteral("groups") && session->groups())
                count = QLocale().toString(session->groups()->groups.size());
            all.append({{key, entry.kind, {}, {}}, entry.title, count});
        }
        return all;
    };
    for (const auto& cluster : m_services.local.clusters()) {
        ui::shell::SidebarCluster row;
        row.key = Services::localKey(cluster.name);
        row.name = cluster.name;
        int up = 0;
        for (const auto& node : cluster.nodes)
            up += node.state == localcluster::NodeState::Running;
        const int all = static_cast<int>(cluster.nodes.size());
        row.off = !cluster.up;
        if (!cluster.up)
            row.note = tr("stopped");
        else
            row.note = up == all ? tr("%n broker(s)", nullptr, all) : tr("%1 of %2").arg(up).arg(all);
        row.tone = up == all ? Tone::Good : (cluster.serving() || up > 0 ? Tone::Bad : Tone::Warn);
        row.stateText = cluster.up ? tr("%1 of %2 brokers are up").arg(up).arg(all) : tr("stopped");
        row.places = places(row.key, m_services.session(row.key));
        sections[0].clusters.append(row);
    }
    if (m_services.connections) {
        for (const auto& profile : m_services.connections->profiles()) {
            ui::shell::SidebarCluster row;
            row.key = profile.id;
            row.name = profile.name;
            row.production = profile.production;
            auto* session = m_services.session(profile.id);
            const auto state = session ? session->state() : session::SessionState::Idle;
            row.off = state == session::SessionState::Idle;
            row.tone = state == session::SessionState::Connected ? Tone::Good : (state == session::SessionState::Failed ? Tone::Bad : Tone::Warn);
            switch (state) {
            case session::SessionState::Idle: row.note = profile.production ? tr("production") : tr("not connected"); break;
            case session::SessionState::Connecting: row.note = tr("connecting"); break;
            case session::SessionState::Connected: row.note = profile.production ? tr("production") : QString(); break;
            case session::SessionState::Stale: row.note = tr("does not answer"); break;
            case session::SessionState::Failed: {
                row.note = ui::shell::errorText(session->stateError()).title;
                if (row.note.size() > 1 && row.note[1].isLower()) // as the notes above and below it; "TLS" stays
                    row.note[0] = row.note[0].toLower();
                break;
            }
            }
            row.stateText = row.note;
            row.places = places(row.key, session);
            sections[1].clusters.append(row);
        }
    }
    m_main->setSidebar(sections);
}

void Window::fillClusterMenu(QMenu* menu, const QString& key) {
    const QString name = Services::localName(key);
    if (!name.isEmpty()) {
        const auto cluster = m_services.local.cluster(name);
        if (!cluster)
            return;
        const auto told = [this](const localcluster::Outcome& problem) {
            if (problem)
                m_main->notify({*problem, Tone::Bad});
        };
        if (cluster->up) {
            menu->addAction(tr("Copy address"), this, [this, cluster] { m_main->copy(cluster->bootstrapServers, tr("the address")); });
            if (cluster->leased)
                menu->addAction(tr("Keep running after the window closes"), this, [this, name, told] { m_services.local.keepRunning(name, told); });
            menu->addAction(tr("Stop cluster"), this, [this, name, told] { m_services.local.stop(name, told); });
        } else {
            menu->addAction(tr("Start"), this, [this, name, told] {
                localcluster::StartOptions options;
                options.name = name;
                m_services.local.start(options, told);
            });
        }
        return;
    }
    auto* session = m_services.session(key);
    if (!session)
        return;
    if (m_desk)
        m_desk->fillMenu(menu, key);
    if (session->state() == session::SessionState::Idle)
        menu->addAction(tr("Connect"), this, [this, key] { m_services.connectTo(key); });
    else
        menu->addAction(tr("Disconnect"), this, [session] { session->disconnectFromCluster(); });
}

} // namespace app::desktop
