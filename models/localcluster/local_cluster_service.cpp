#include "models/localcluster/local_cluster_service.h"

#include "embedded-broker/cluster/cluster.h"

#include <QDir>
#include <QFile>
#include <QFileSystemWatcher>
#include <QFutureWatcher>
#include <QPointer>
#include <QSocketNotifier>
#include <QTimer>
#include <QtConcurrent>
#include <algorithm>
#include <map>
#include <vector>

namespace models::localcluster {

namespace door = broker::cluster;
using namespace Qt::StringLiterals;

namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }
QDateTime moment(broker::WallMs ms) { return ms > 0 ? QDateTime::fromMSecsSinceEpoch(ms) : QDateTime(); }

NodeState stateOf(door::NodeState state) {
    switch (state) {
    case door::NodeState::Stopped: return NodeState::Stopped;
    case door::NodeState::Starting: return NodeState::Starting;
    case door::NodeState::Running: return NodeState::Running;
    case door::NodeState::Paused: return NodeState::Paused;
    case door::NodeState::Stopping: return NodeState::Stopping;
    case door::NodeState::Killed: return NodeState::Killed;
    case door::NodeState::Crashed: return NodeState::Crashed;
    }
    return NodeState::Stopped;
}

LocalClusterEvent::Kind kindOf(door::EventKind kind) {
    switch (kind) {
    case door::EventKind::NodeStarting: return LocalClusterEvent::NodeStarting;
    case door::EventKind::NodeReady: return LocalClusterEvent::NodeReady;
    case door::EventKind::NodeDied: return LocalClusterEvent::NodeDied;
    case door::EventKind::NodeStopped: return LocalClusterEvent::NodeStopped;
    case door::EventKind::NodePaused: return LocalClusterEvent::NodePaused;
    case door::EventKind::NodeResumed: return LocalClusterEvent::NodeResumed;
    case door::EventKind::NodeAdded: return LocalClusterEvent::NodeAdded;
    case door::EventKind::ClusterStopping: return LocalClusterEvent::ClusterStopping;
    }
    return LocalClusterEvent::NodeDied;
}

LocalCluster clusterOf(const door::ClusterStatus& status) {
    LocalCluster cluster;
    cluster.name = text(status.name);
    cluster.bootstrapServers = text(status.bootstrapServers);
    cluster.secure = status.secure;
    cluster.dataDirectory = text(status.dataDirectory);
    cluster.engine = text(std::string(door::toString(status.engine)));
    cluster.up = status.up();
    cluster.leased = status.leased;
    cluster.secure = status.secure;
    for (const auto& node : status.nodes)
        cluster.nodes.append({node.id, node.pid, node.port, stateOf(node.state), node.controller, text(node.logDirectory), text(node.logFile),
                              moment(node.sinceMs), text(node.lastExit)});
    return cluster;
}

} // namespace

QString superUserSettings(const QString& cluster) {
    const auto access = door::clusterAccess(cluster.toStdString());
    return access && !access->librdkafkaSettings.empty() ? text(access->librdkafkaSettings.front()) : QString();
}

bool LocalCluster::serving() const {
    return !nodes.isEmpty() && std::ranges::all_of(nodes, [](const LocalNode& node) { return node.state == NodeState::Running; });
}

class LocalClusterService::Private {
public:
    /// One supervisor's connection. The newest of a name is the one that counts; older ones only wait for their answers.
    struct Connection {
        QString name;
        door::ClusterClient client;
        std::unique_ptr<QSocketNotifier> notifier;
        std::map<door::RequestId, Done> waiting;
    };

    explicit Private(LocalClusterService* owner)
        : q(owner) {
        refreshSoon.setSingleShot(true);
        refreshSoon.setInterval(0);
        QObject::connect(&refreshSoon, &QTimer::timeout, q, [this] { look(); });
        QObject::connect(&watcher, &QFileSystemWatcher::directoryChanged, q, [this] { refreshSoon.start(); });
    }

    Connection* current(const QString& name) {
        const auto it = std::ranges::find_if(connections.rbegin(), connections.rend(), [&](const auto& one) { return one->name == name; });
        return it == connections.rend() ? nullptr : it->get();
    }

    Connection* adopt(const QString& name, door::ClusterClient client) {
        // An older connection of this name stays: it may hold the lease until the new one's Start has been read.
        auto connection = std::make_unique<Connection>(Connection{name, std::move(client), nullptr, {}});
        Connection* const raw = connection.get();
        raw->notifier = std::make_unique<QSocketNotifier>(raw->client.fd(), QSocketNotifier::Read);
        QObject::connect(raw->notifier.get(), &QSocketNotifier::activated, q, [this, raw] { read(raw); });
        connections.push_back(std::move(connection));
        request(raw, {.action = door::Action::Subscribe}, {});
        return raw;
    }

    void request(Connection* connection, const door::Request& what, Done done) {
        const auto id = connection->client.send(what);
        if (id)
            connection->waiting.emplace(*id, std::move(done));
        else
            later(std::move(done), text(id.error().message));
    }

    void onCluster(const QString& name, const door::Request& what, Done done) {
        if (Connection* const connection = current(name))
            request(connection, what, std::move(done));
        else
            later(std::move(done), LocalClusterService::tr("The cluster %1 is down.").arg(name));
    }

    /// Never from inside the call: who asked has not returned yet.
    void later(Done done, Outcome outcome) {
        if (done)
            QTimer::singleShot(0, q, [done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
    }

    void read(Connection* connection) {
        auto messages = connection->client.receive();
        if (!messages) {
            ended(connection, text(messages.error().message));
            return;
        }
        // The callbacks may start and stop clusters: what this connection needs is taken out before each.
        const QString name = connection->name;
        const bool counts = current(name) == connection;
        std::vector<std::pair<Done, Outcome>> answers;
        QList<LocalClusterEvent> events;
        std::optional<LocalCluster> newest;
        for (auto& message : *messages) {
            if (auto* const event = std::get_if<door::Event>(&message)) {
                newest = clusterOf(event->status);
                const auto node = std::ranges::find(newest->nodes, event->node, &LocalNode::id);
                events.append({name, kindOf(event->kind), event->node, moment(event->atMs), event->expected,
                               event->kind == door::EventKind::NodeDied && node != newest->nodes.end() ? node->lastExit : QString(),
                               text(event->logTail)});
                continue;
            }
            auto& reply = std::get<door::Reply>(message);
            Outcome outcome;
            if (reply.result)
                newest = clusterOf(*reply.result);
            else
                outcome = text(reply.result.error().message);
            if (const auto it = connection->waiting.find(reply.id); it != connection->waiting.end()) {
                answers.emplace_back(std::move(it->second), std::move(outcome));
                connection->waiting.erase(it);
            }
        }
        QPointer<LocalClusterService> alive(q);
        if (counts && newest)
            publish(*newest);
        for (const auto& event : events)
            if (alive && counts)
                emit q->eventHappened(event);
        for (const auto& [done, outcome] : answers)
            if (alive && done)
                done(outcome);
    }

    void ended(Connection* connection, const QString& why) {
        const QString name = connection->name;
        std::vector<Done> failed;
        for (auto& [id, done] : connection->waiting)
            failed.push_back(std::move(done));
        // Its notifier is on the stack above us.
        connection->notifier->setEnabled(false);
        connection->notifier.release()->deleteLater();
        std::erase_if(connections, [&](const auto& one) { return one.get() == connection; });
        QPointer<LocalClusterService> alive(q);
        look();
        for (const auto& done : failed)
            if (alive && done)
                done(why);
    }

    void publish(const LocalCluster& cluster) {
        const auto it = std::ranges::find(clusters, cluster.name, &LocalCluster::name);
        if (it != clusters.end() && *it == cluster)
            return;
        if (it != clusters.end()) {
            *it = cluster;
        } else {
            clusters.append(cluster);
            std::ranges::sort(clusters, {}, &LocalCluster::name);
        }
        emit q->clusterChanged(cluster.name);
        emit q->clustersChanged();
    }

    /// Which clusters are there, and which of them can be connected to that are not yet?
    void look() {
        if (pretends)
            return;
        const QString root = text(door::stateDirectory()) + u"/clusters"_s;
        // What does not exist cannot be watched, and the first cluster may be somebody else's.
        if (!QFile::exists(root) && QDir().mkpath(root))
            QFile::setPermissions(root, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QStringList watched{root};
        QStringList names;
        // A cluster is a folder before it is a cluster: one that says nothing yet is watched for what it will say.
        for (const auto& folder : QDir(root).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            watched.append(root + u'/' + folder);
        for (const auto& one : door::clusterNames()) {
            const QString name = text(one);
            names.append(name);
            if (current(name))
                continue;
            if (auto client = door::ClusterClient::connect(one)) {
                adopt(name, std::move(*client)); // its state comes with the answer
                if (!cluster(name))
                    if (const auto recorded = door::recordedStatus(one))
                        publish(clusterOf(*recorded));
            } else if (const auto recorded = door::recordedStatus(one)) {
                publish(clusterOf(*recorded));
            }
        }
        const auto removed = clusters.removeIf([&](const LocalCluster& one) { return !names.contains(one.name) && !current(one.name); });
        if (removed > 0)
            emit q->clustersChanged();
        const QStringList before = watcher.directories();
        bool fresh = false;
        for (const auto& directory : watched)
            if (!before.contains(directory))
                fresh |= watcher.addPath(directory); // refused while it does not exist: the next look tries again
        if (fresh)
            refreshSoon.start(); // it may have become a cluster between the look and the watch
    }

    const LocalCluster* cluster(const QString& name) const {
        const auto it = std::ranges::find(clusters, name, &LocalCluster::name);
        return it == clusters.end() ? nullptr : &*it;
    }

    LocalClusterService* q;
    QList<LocalCluster> clusters;
    std::vector<std::unique_ptr<Connection>> connections; ///< the newest of a name stands last
    QFileSystemWatcher watcher;
    QTimer refreshSoon;
    bool pretends = false; ///< what is shown is made up
};

LocalClusterService::LocalClusterService(QObject* parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this)) {
    d->look();
}

LocalClusterService::~LocalClusterService() = default;

const QList<LocalCluster>& LocalClusterService::clusters() const { return d->clusters; }

std::optional<LocalCluster> LocalClusterService::cluster(const QString& name) const {
    const auto* found = d->cluster(name);
    return found ? std::optional(*found) : std::nullopt;
}

void LocalClusterService::refresh() { d->look(); }

void LocalClusterService::start(const StartOptions& options, Done done) {
    door::ClusterSpec spec;
    spec.name = options.name.toStdString();
    spec.brokers = options.brokers;
    spec.lease = options.lease;
    spec.secure = options.secure;
    for (const auto& [key, value] : options.settings)
        spec.settings.emplace_back(key.toStdString(), value.toStdString());
    if (!options.kafkaHome.isEmpty()) {
        spec.engine = door::Engine::Apache;
        spec.kafkaHome = options.kafkaHome.toStdString();
    }
    // Choosing ports, writing the directory and starting a process are a few milliseconds, and a lock that another
    // command may hold: not for the interface thread.
    using Started = std::shared_ptr<broker::Result<door::ClusterClient>>;
    QtConcurrent::run([spec] { return std::make_shared<broker::Result<door::ClusterClient>>(door::ClusterClient::start(spec)); })
        .then(this, [this, name = options.name, done = std::move(done)](const Started& started) mutable {
            if (!*started) {
                if (done)
                    done(text(started->error().message));
                return;
            }
            auto* const connection = d->adopt(name, std::move(**started));
            d->request(connection, {.action = door::Action::Start}, std::move(done));
            d->look(); // a new one has a directory to watch
        });
}

void LocalClusterService::stop(const QString& cluster, Done done) { d->onCluster(cluster, {.action = door::Action::Stop}, std::move(done)); }
void LocalClusterService::kill(const QString& cluster, int node, Done done) {
    d->onCluster(cluster, {.action = door::Action::KillNode, .node = node}, std::move(done));
}
void LocalClusterService::pause(const QString& cluster, int node, Done done) {
    d->onCluster(cluster, {.action = door::Action::PauseNode, .node = node}, std::move(done));
}
void LocalClusterService::resume(const QString& cluster, int node, Done done) {
    d->onCluster(cluster, {.action = door::Action::ResumeNode, .node = node}, std::move(done));
}
void LocalClusterService::restart(const QString& cluster, int node, Done done) {
    d->onCluster(cluster, {.action = door::Action::RestartNode, .node = node}, std::move(done));
}
void LocalClusterService::addNode(const QString& cluster, Done done) { d->onCluster(cluster, {.action = door::Action::AddNode}, std::move(done)); }
void LocalClusterService::keepRunning(const QString& cluster, Done done) {
    d->onCluster(cluster, {.action = door::Action::KeepRunning}, std::move(done));
}

void LocalClusterService::pretend(const LocalCluster& cluster) {
    d->pretends = true;
    d->publish(cluster);
}

QString LocalClusterService::tailOf(const QString& logFile, int lines) { return text(door::logTail(logFile.toStdString(), lines)); }

QString LocalClusterService::logTail(const QString& cluster, int node, int lines) const {
    const auto* found = d->cluster(cluster);
    if (!found)
        return {};
    const auto it = std::ranges::find(found->nodes, node, &LocalNode::id);
    return it == found->nodes.end() ? QString() : tailOf(it->logFile, lines);
}

} // namespace models::localcluster
