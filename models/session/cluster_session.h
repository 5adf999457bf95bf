#pragma once
// One connected cluster: its handle, its polling thread, its snapshots, metrics and events. Interface thread; all requests run elsewhere.
//
// States: Idle -> Connecting -> Connected -> Stale -> Connected ...; Connecting -> Failed -> Connecting (it goes on trying).
// Stale: nothing has answered for a while; the data stays, marked with its age. Disconnecting returns to Idle from any state.

#include "models/base/snapshot.h"
#include "models/client/cluster_handle.h"
#include "models/session/event_log.h"
#include "models/session/snapshots.h"

#include <QDeadlineTimer>
#include <QObject>
#include <chrono>
#include <memory>

class QTimer;

namespace models::metrics {
class History;
class MetricsStore;
class Recorder;
} // namespace models::metrics

namespace models::session {

enum class SessionState { Idle, Connecting, Connected, Stale, Failed };

/// How often is asked what. Rounds stretch by themselves when a cluster has very many partitions or answers slowly.
struct Cadence {
    int metadataMs = 1000;
    int offsetsMs = 1000;
    int groupsMs = 2000;
    int logDirsMs = 5000;
    static Cadence local() { return {300, 1000, 1000, 2000}; }
    static Cadence remote() { return {2000, 1000, 3000, 15000}; }
};

struct SessionConfig {
    QString key;  ///< stable: the profile's id, or "local:" and the cluster's name
    QString name; ///< shown
    client::ClientConfig client;
    bool local = false;
    bool readOnly = false;
    bool production = false;
    Cadence cadence = Cadence::remote();
};

class ClusterSession : public QObject {
    Q_OBJECT
public:
    explicit ClusterSession(SessionConfig config, QObject* parent = nullptr);
    ~ClusterSession() override; ///< disconnects; does not wait for brokers

    [[nodiscard]] const SessionConfig& config() const { return m_config; }
    [[nodiscard]] QString key() const { return m_config.key; }
    [[nodiscard]] QString name() const { return m_config.name; }
    [[nodiscard]] bool isReadOnly() const;
    void setReadOnly(bool readOnly); ///< unlocking is a deliberate act of the user
    /// May be changed until then; locks itself again, also when the computer slept meanwhile.
    void unlockFor(std::chrono::milliseconds duration);
    /// Wall clock; 0 = it is locked, or was never protected.
    [[nodiscard]] qint64 unlockedUntilMs() const { return isReadOnly() ? 0 : m_unlockedUntilMs; }
    /// Whether it is one of those that have to be unlocked at all.
    [[nodiscard]] bool isProtected() const { return m_config.production || m_config.readOnly || m_unlockedUntilMs > 0; }

    /// Starts connecting in the background; stateChanged tells. A new config (ports changed) is taken on the next connect.
    void connectToCluster();
    void disconnectFromCluster();
    /// Failed without having asked anybody: what it needs to connect is not at hand.
    void refuse(const Error& reason);
    /// After the connection was edited.
    void setIdentity(const QString& name, bool production);
    void setClientConfig(const client::ClientConfig& config);
    /// Asks everything again now.
    void refresh();

    [[nodiscard]] SessionState state() const { return m_state; }
    /// Why it is Failed or Stale; empty otherwise.
    [[nodiscard]] const Error& stateError() const { return m_stateError; }
    [[nodiscard]] qint64 lastAnswerMs() const { return m_lastAnswerMs; } ///< wall clock, 0 = never

    [[nodiscard]] const Snapshot<BrokersSnapshot>& brokers() const { return m_brokers; }
    [[nodiscard]] const Snapshot<TopicsSnapshot>& topics() const { return m_topics; }
    [[nodiscard]] const Snapshot<GroupsSnapshot>& groups() const { return m_groups; }
    /// The newest one known, asked again when older than 2 s; configChanged(resource) follows. Null data before the first answer.
    Snapshot<ConfigSnapshot> configs(const client::ConfigResource& resource);
    void refreshConfigs(const client::ConfigResource& resource);
    /// Topics that somebody looks at: their Topic::keeps becomes known, and is asked again when older than a minute. Many go into one request; one at a time.
    void wantKeeps(const QStringList& topics);

    [[nodiscard]] EventLog* events() const { return m_events; }
    [[nodiscard]] metrics::MetricsStore* metrics() const { return m_metrics; }
    /// From now on what is measured is kept there, and charts show what was kept of this cluster before. Once.
    void setHistory(const std::shared_ptr<metrics::History>& history);
    /// For calls of pages and changes; null while Idle.
    [[nodiscard]] std::shared_ptr<client::ClusterHandle> handle() const { return m_handle; }

signals:
    void stateChanged(models::session::SessionState state);
    void readOnlyChanged(bool readOnly);
    void brokersChanged();
    void topicsChanged();
    void groupsChanged();
    void configChanged(const models::client::ConfigResource& resource);

private:
    friend class PollThread;
    friend struct SessionFiller; ///< tests/support: shows a state that no cluster has to be brought into
    struct Round;
    void setState(SessionState state, const Error& error = {});
    void take(std::shared_ptr<Round> round);
    [[nodiscard]] bool isOnCharts(const Event& event) const;
    void noteKeeps(const QHash<QString, QList<client::ConfigEntry>>& entries);
    void claimHistory();
    void restoreEvents();
    void keepLogEnds();

    SessionConfig m_config;
    qint64 m_unlockedUntilMs = 0;
    QDeadlineTimer m_unlockEnds;
    QTimer* m_relock;
    SessionState m_state = SessionState::Idle;
    Error m_stateError;
    qint64 m_lastAnswerMs = 0;
    std::shared_ptr<client::ClusterHandle> m_handle;
    std::shared_ptr<class PollThread> m_poll;
    quint64 m_connection = 0; ///< counts connects: answers of an older one are dropped
    Snapshot<BrokersSnapshot> m_brokers;
    Snapshot<TopicsSnapshot> m_topics;
    Snapshot<GroupsSnapshot> m_groups;
    QHash<QString, Snapshot<ConfigSnapshot>> m_configs;
    QHash<QString, quint64> m_configsAsked; ///< under way, by the connection that asked
    QHash<QString, qint64> m_keepsAskedMs;  ///< by topic
    quint64 m_keepsUnderWay = 0;            ///< the connection that asks; 0 = none
    EventLog* m_events;
    metrics::MetricsStore* m_metrics;
    metrics::Recorder* m_recorder = nullptr;
    quint64 m_seedAsked = 0; ///< the connection that was told, or is being told, what an earlier run knew of lag in time
    qint64 m_seededMs = 0;   ///< when it was told; 0 = not yet
    qint64 m_logEndsKeptMs = 0;
    bool m_eventsRestored = false;
};

/// One sentence part in plain words for the header: what is wrong, or that nothing is. Facts only; ui/ words them.
struct HealthFacts {
    int brokersUp = 0;
    int brokersDown = 0;
    int partitions = 0;
    int underReplicated = 0;
    int offline = 0;
    int groupsBehind = 0;
    QList<int> downIds;
};
HealthFacts healthOf(const ClusterSession& session);

} // namespace models::session
