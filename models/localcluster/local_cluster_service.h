#pragma once
// The face of local clusters towards the window: snapshots and signals over embedded-broker/cluster.
//
// Lives on the interface thread; one connection per running cluster, watched by a QSocketNotifier, so nothing here
// waits. A cluster started here holds a lease: it stops when the window ends, unless keepRunning() was called.

#include <QDateTime>
#include <QList>
#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <optional>

namespace models::localcluster {

enum class NodeState { Stopped, Starting, Running, Paused, Stopping, Killed, Crashed };

struct LocalNode {
    int id = -1;
    qint64 pid = 0; ///< 0 = no process
    quint16 port = 0;
    NodeState state = NodeState::Stopped;
    bool controller = false;
    QString logDirectory;
    QString logFile;
    QDateTime since; ///< when the state was entered
    QString lastExit;
    bool operator==(const LocalNode&) const = default;
};

struct LocalCluster {
    QString name;
    QString bootstrapServers;
    QString dataDirectory;
    QString engine; ///< "samsa" or "apache"
    bool up = false;     ///< a supervisor runs
    bool leased = false; ///< ends with the program that started it
    bool secure = false; ///< SASL_SSL and ACLs: see superUserSettings
    QList<LocalNode> nodes;
    [[nodiscard]] bool serving() const;
    bool operator==(const LocalCluster&) const = default;
};

/// A broker that died, started to serve, was paused...: for timelines and notices.
struct LocalClusterEvent {
    enum Kind { NodeStarting, NodeReady, NodeDied, NodeStopped, NodePaused, NodeResumed, NodeAdded, ClusterStopping };
    QString cluster;
    Kind kind = NodeDied;
    int node = -1;
    QDateTime at;
    bool expected = false; ///< died because it was asked to be killed
    QString reason;        ///< of a death: "ended by signal 9 (Killed)"
    QString logTail;       ///< of an unexpected death
};

/// The file of librdkafka's settings by which a secure cluster's super user connects; empty where there is none. Reads files: off the interface thread.
QString superUserSettings(const QString& cluster);

/// An outcome: no value = done; else the reason, a sentence.
using Outcome = std::optional<QString>;
using Done = std::function<void(Outcome)>;

struct StartOptions {
    QString name = QStringLiteral("local");
    std::optional<int> brokers;
    QList<std::pair<QString, QString>> settings; ///< broker properties of every node
    QString kafkaHome; ///< not empty: Apache Kafka from there
    bool lease = true;
    bool secure = false; ///< a new one speaks SASL_SSL, with users and ACLs of its own
};

class LocalClusterService : public QObject {
    Q_OBJECT
public:
    explicit LocalClusterService(QObject* parent = nullptr);
    ~LocalClusterService() override;

    /// Every cluster of this machine, by name. Changes are told by clustersChanged().
    [[nodiscard]] const QList<LocalCluster>& clusters() const;
    [[nodiscard]] std::optional<LocalCluster> cluster(const QString& name) const;

    /// Looks at the clusters' directory again. Needed only by the impatient: what others start, stop, make and remove is
    /// noticed through the file system. Cheap.
    void refresh();

    // Each answers through `done` on the interface thread, later; never called when the service is destroyed first.
    void start(const StartOptions& options, Done done = {});
    void stop(const QString& cluster, Done done = {});
    void kill(const QString& cluster, int node, Done done = {});
    void pause(const QString& cluster, int node, Done done = {});
    void resume(const QString& cluster, int node, Done done = {});
    void restart(const QString& cluster, int node, Done done = {});
    void addNode(const QString& cluster, Done done = {});
    void keepRunning(const QString& cluster, Done done = {});

    /// The last lines that a node printed. Reads a file: not for the interface thread, see tailOf.
    [[nodiscard]] QString logTail(const QString& cluster, int node, int lines = 200) const;
    /// The last lines of a node's log file (LocalNode::logFile). Any thread.
    [[nodiscard]] static QString tailOf(const QString& logFile, int lines);

signals:
    void clustersChanged();
    void clusterChanged(const QString& name);
    void eventHappened(const models::localcluster::LocalClusterEvent& event);

private:
    friend struct LocalFiller; ///< tests/support: shows clusters that nobody has to start
    void pretend(const LocalCluster& cluster);
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace models::localcluster

Q_DECLARE_METATYPE(models::localcluster::LocalClusterEvent)
