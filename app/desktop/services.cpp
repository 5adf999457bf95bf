#include "app/desktop/services.h"

#include "models/client/properties_file.h"
#include "models/connections/connection_form.h"
#include "models/metrics/metrics_store.h"
#include "models/store/state_paths.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

namespace app::desktop {

using namespace models;

Services::Services(std::unique_ptr<secrets::Keychain> keychain, QObject* parent) : QObject(parent), jobs(nullptr, 2) {
    secrets = std::make_unique<secrets::SecretService>(std::move(keychain), store::stateDirectory() + QStringLiteral("/vault"));
    connect(secrets.get(), &secrets::SecretService::vaultChanged, this, [this] {
        if (secrets->vault() == secrets::VaultState::Open)
            retryLocked();
        emit clustersChanged();
    });
    auto opened = store::Database::open(store::databasePath());
    if (opened) {
        database = *opened;
        connections = std::make_unique<connections::ConnectionStore>(database);
        audit = std::make_unique<audit::AuditLog>(database);
        audit->closeForgotten();
        connect(connections.get(), &connections::ConnectionStore::changed, this, &Services::clustersChanged);
        connections->load();
    } else {
        databaseProblem = opened.error().why;
    }
    connect(&local, &localcluster::LocalClusterService::clustersChanged, this, &Services::followLocal);
    connect(&local, &localcluster::LocalClusterService::clusterChanged, this, &Services::followLocal);
    connect(&local, &localcluster::LocalClusterService::eventHappened, this, [this](const localcluster::LocalClusterEvent& event) {
        // What the supervisor saw is exact and comes before any metadata tells of it.
        auto* session = m_sessions.value(localKey(event.cluster));
        if (!session || event.node < 0)
            return;
        session::Event told;
        told.wallMs = event.at.toMSecsSinceEpoch();
        told.broker = event.node;
        switch (event.kind) {
        case localcluster::LocalClusterEvent::NodeDied:
            told.kind = event.expected ? session::EventKind::BrokerKilled : session::EventKind::BrokerDied;
            told.severity = 2;
            told.title = event.expected ? tr("broker %1 killed").arg(event.node) : tr("broker %1 died").arg(event.node);
            told.detail = event.reason;
            break;
        case localcluster::LocalClusterEvent::NodePaused:
            told.kind = session::EventKind::BrokerPaused;
            told.severity = 1;
            told.title = tr("broker %1 paused").arg(event.node);
            told.detail = tr("its process stands still; its sockets stay open");
            break;
        case localcluster::LocalClusterEvent::NodeStarting:
            told.kind = session::EventKind::BrokerStarted;
            told.title = tr("broker %1 started").arg(event.node);
            break;
        default:
            return;
        }
        session->events()->add(told); // the session makes the mark of it
    });
    openHistory();
    m_localBrokers = std::make_unique<changes::LocalBrokers>(&local);
    followLocal();
}

void Services::openHistory() {
    // A large file takes its time to be checked: the window does not wait for it.
    const QPointer<Services> self(this);
    QThreadPool::globalInstance()->start([self, path = store::historyPath()] {
        auto opened = metrics::History::open(path);
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, opened = std::move(opened)] {
            if (!self)
                return;
            if (!opened) {
                self->historyProblem = opened.error().why;
                emit self->historyFailed(self->historyProblem);
                return;
            }
            self->history = *opened;
            for (auto* session : std::as_const(self->m_sessions))
                session->setHistory(self->history);
        }, Qt::QueuedConnection);
    });
}

Services::~Services() {
    demo.stop();
    qDeleteAll(m_changes); // before the sessions that they change
    qDeleteAll(m_sessions);
}

changes::ChangeService* Services::changes(const QString& key) {
    if (auto* known = m_changes.value(key))
        return known;
    auto* of = session(key);
    if (!of)
        return nullptr;
    auto* made = new changes::ChangeService(changes::targetOf(of), audit.get(), m_localBrokers.get(), this);
    m_changes.insert(key, made);
    return made;
}

groups::AlertService* Services::alerts(const QString& key) { return session(key) ? m_alerts.value(key) : nullptr; }

session::ClusterSession* Services::session(const QString& key) {
    if (auto* known = m_sessions.value(key))
        return known;
    session::SessionConfig config;
    config.key = key;
    if (const QString name = localName(key); !name.isEmpty()) {
        const auto cluster = local.cluster(name);
        if (!cluster)
            return nullptr;
        config.name = name;
        config.local = true;
        config.cadence = session::Cadence::local();
        config.client.bootstrapServers = cluster->bootstrapServers;
    } else {
        const auto* profile = connections ? connections->find(key) : nullptr;
        if (!profile)
            return nullptr;
        config.name = profile->name;
        config.client = profile->config;
        config.readOnly = profile->opensReadOnly();
        config.production = profile->production;
    }
    auto* made = new session::ClusterSession(config, this);
    m_sessions.insert(key, made);
    made->setHistory(history);
    auto* alerts = new groups::AlertService(made, database, made);
    m_alerts.insert(key, alerts);
    connect(alerts, &groups::AlertService::news, this, &Services::lagNews);
    follow(made);
    emit sessionMade(made);
    return made;
}

QList<session::ClusterSession*> Services::connected() const {
    QList<session::ClusterSession*> all;
    for (auto* one : m_sessions)
        if (one->state() == session::SessionState::Connected)
            all.append(one);
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->name() < b->name(); });
    return all;
}

void Services::follow(session::ClusterSession* session) {
    connect(session, &session::ClusterSession::stateChanged, this, &Services::clustersChanged);
    connect(session, &session::ClusterSession::brokersChanged, this, &Services::clustersChanged);
    connect(session, &session::ClusterSession::topicsChanged, this, &Services::clustersChanged);
    connect(session, &session::ClusterSession::groupsChanged, this, &Services::clustersChanged);
}

void Services::connectTo(const QString& key) {
    auto* s = session(key);
    if (!s || s->state() != session::SessionState::Idle)
        return;
    if (const QString name = localName(key); !name.isEmpty()) {
        const auto cluster = local.cluster(name);
        if (!cluster || !cluster->up || cluster->bootstrapServers.isEmpty())
            return;
        if (cluster->secure) {
            connectSecure(key, name, cluster->bootstrapServers);
            return;
        }
        auto config = s->config().client;
        config.bootstrapServers = cluster->bootstrapServers;
        s->setClientConfig(config);
    } else if (const auto* profile = connections->find(key)) {
        if (!profile->readablePassword && connections::sendsReadablePassword(connections::formOf(profile->config))) {
            s->refuse({ErrorCode::Invalid, profile->name, tr("its password would cross the network readable: edit the connection, choose a login over TLS or allow it"), 0});
            return;
        }
        if (!profile->missingSecrets().isEmpty()) {
            fetchAndConnect(*profile);
            return;
        }
    }
    s->connectToCluster();
}

/// As its super user: whoever may read the cluster's files may do that anyway.
void Services::connectSecure(const QString& key, const QString& name, const QString& servers) {
    if (m_fetching.contains(key))
        return;
    m_fetching.insert(key);
    QThreadPool::globalInstance()->start([self = QPointer<Services>(this), key, name, servers] {
        const QString file = localcluster::superUserSettings(name);
        auto config = file.isEmpty() ? Result<client::ClientConfig>(fail(ErrorCode::NotFound, name, QStringLiteral("the client settings of this secure cluster are missing"))) : client::readPropertiesFile(file);
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, key, servers, config]() mutable {
            if (!self)
                return;
            self->m_fetching.remove(key);
            auto* s = self->m_sessions.value(key);
            if (!s || s->state() != session::SessionState::Idle)
                return;
            if (!config) {
                s->refuse(config.error());
                return;
            }
            config->bootstrapServers = servers;
            s->setClientConfig(*config);
            s->connectToCluster();
        }, Qt::QueuedConnection);
    });
}

void Services::fetchAndConnect(const connections::ConnectionProfile& profile) {
    const QString key = profile.id;
    if (m_fetching.contains(key))
        return;
    if (profile.place == connections::SecretPlace::Session) {
        session(key)->refuse({ErrorCode::Locked, profile.name, tr("its secrets (%1) were kept until Samsa closed: edit the connection and type them").arg(profile.missingSecrets().join(QStringLiteral(", "))), 0});
        return;
    }
    m_fetching.insert(key);
    secrets->fetch(profile.place, key, this, [this, key](const Result<secrets::SecretService::Named>& found) {
        m_fetching.remove(key);
        const auto* now = connections->find(key);
        auto* s = m_sessions.value(key);
        if (!now || !s)
            return;
        if (!found) {
            s->refuse({ErrorCode::Locked, now->name, found.error().why, 0});
            return;
        }
        connections->giveSecrets(key, *found);
        now = connections->find(key);
        if (const auto missing = now->missingSecrets(); !missing.isEmpty()) {
            s->refuse({ErrorCode::Locked, now->name, tr("%1 is not where it was kept: edit the connection and type it").arg(missing.join(QStringLiteral(", "))), 0});
            return;
        }
        s->setClientConfig(now->config);
        s->connectToCluster();
    });
}

void Services::retryLocked() {
    for (auto it = m_sessions.begin(); it != m_sessions.end(); ++it) {
        if (it.value()->state() != session::SessionState::Failed || it.value()->stateError().code != ErrorCode::Locked)
            continue;
        it.value()->disconnectFromCluster();
        connectTo(it.key());
    }
}

void Services::reconnect(const QString& key, const connections::ConnectionProfile& profile) {
    if (auto* known = m_sessions.value(key)) {
        known->disconnectFromCluster();
        known->setClientConfig(profile.config);
        known->setIdentity(profile.name, profile.production);
        known->setReadOnly(profile.opensReadOnly());
    }
    connectTo(key);
}

void Services::forget(const QString& key) {
    // Later: a page that was told to go may still be asking.
    if (auto* changes = m_changes.take(key))
        changes->deleteLater();
    if (auto* alerts = m_alerts.take(key)) // with its session
        for (const auto& group : alerts->groups())
            alerts->remove(group);
    if (auto* session = m_sessions.take(key)) {
        session->disconnectFromCluster();
        session->deleteLater();
    }
    if (history)
        history->forget(key);
}

void Services::followLocal() {
    for (const auto& cluster : local.clusters()) {
        const QString key = localKey(cluster.name);
        if (cluster.up && cluster.serving())
            connectTo(key);
        else if (!cluster.up && m_sessions.contains(key) && m_sessions[key]->state() != session::SessionState::Idle)
            m_sessions[key]->disconnectFromCluster();
    }
    emit clustersChanged();
}

} // namespace app::desktop
