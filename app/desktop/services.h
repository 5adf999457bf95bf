#pragma once
// Everything the window is made of that has no pixels, put together once. Interface thread; outlives the window.

#include "models/audit/audit_log.h"
#include "models/base/job.h"
#include "models/changes/change_service.h"
#include "models/changes/local_brokers.h"
#include "models/connections/connection_store.h"
#include "models/groups/alert_service.h"
#include "models/localcluster/demo_load.h"
#include "models/localcluster/local_cluster_service.h"
#include "models/messages/comparison.h"
#include "models/metrics/history.h"
#include "models/replay/selection.h"
#include "models/secrets/secret_service.h"
#include "models/session/cluster_session.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <memory>

namespace app::desktop {

class Services : public QObject {
    Q_OBJECT
public:
    /// Opens the database; where that fails the window works without history and connections, and says so (databaseProblem).
    /// `keychain`: the desktop's; null = there is none (tests bring their own).
    explicit Services(std::unique_ptr<models::secrets::Keychain> keychain = nullptr, QObject* parent = nullptr);
    ~Services() override;

    /// The session of a cluster that is known: "local:NAME" or a connection's id. Made when first asked for; null = no such cluster.
    models::session::ClusterSession* session(const QString& key);
    /// The one way to change that cluster; null = no such cluster. One per session.
    models::changes::ChangeService* changes(const QString& key);
    /// Its lag alerts; null = no such cluster. One per session.
    models::groups::AlertService* alerts(const QString& key);
    /// Those that are connected now, by name.
    [[nodiscard]] QList<models::session::ClusterSession*> connected() const;
    /// Connects when it is not; a local cluster only while it serves. Secrets that are kept elsewhere are fetched first; when they cannot be had
    /// (a locked vault), the session says so.
    void connectTo(const QString& key);
    /// Those that could not connect for want of a secret try again.
    void retryLocked();
    /// After its connection was edited: connects anew with what it says now.
    void reconnect(const QString& key, const models::connections::ConnectionProfile& profile);
    /// Its connection is removed; pages of it must be gone.
    void forget(const QString& key);
    [[nodiscard]] static QString localKey(const QString& name) { return QStringLiteral("local:") + name; }
    /// Empty when `key` is not of a local cluster.
    [[nodiscard]] static QString localName(const QString& key) { return key.startsWith(QStringLiteral("local:")) ? key.mid(6) : QString(); }

    models::JobRunner jobs;
    models::localcluster::LocalClusterService local;
    models::localcluster::DemoLoad demo;
    std::shared_ptr<models::store::Database> database; ///< null when it could not be opened
    std::unique_ptr<models::connections::ConnectionStore> connections;
    std::unique_ptr<models::secrets::SecretService> secrets;
    std::unique_ptr<models::audit::AuditLog> audit;
    models::messages::CompareShelf comparing; ///< a message that waits for another one, of any cluster
    models::replay::SelectionShelf selections; ///< from the page that lists messages to the page that sends them
    QString databaseProblem;
    std::shared_ptr<models::metrics::History> history; ///< null until it is open, in the background
    QString historyProblem;

signals:
    void clustersChanged(); ///< what the sidebar says: list, names, states, counts
    void sessionMade(models::session::ClusterSession* session);
    void historyFailed(const QString& why); ///< nothing that is measured is kept
    void lagNews(const models::groups::LagNews& news);

private:
    void openHistory();
    void followLocal();
    void connectSecure(const QString& key, const QString& name, const QString& servers);
    void fetchAndConnect(const models::connections::ConnectionProfile& profile);
    void follow(models::session::ClusterSession* session);
    std::unique_ptr<models::changes::LocalBrokers> m_localBrokers;
    QHash<QString, models::session::ClusterSession*> m_sessions;
    QHash<QString, models::changes::ChangeService*> m_changes;
    QHash<QString, models::groups::AlertService*> m_alerts;
    QSet<QString> m_fetching; ///< keys whose secrets are asked for
};

} // namespace app::desktop
