#pragma once
// The front door of the engine: clusters of this machine, by name.
//
// A named cluster is a directory ($SAMSA_HOME/clusters/NAME) with a cluster.json, one directory per node and, while it
// runs, one supervisor process: parent of its brokers, listening on a private Unix socket in that directory. Windows
// and command lines are clients of the supervisor and see the same state. Brokers die with their supervisor.
//
//   auto client = ClusterClient::start({.name = "local", .brokers = 3});   // supervisor up, brokers not yet
//   if (!client) return report(client.error());
//   auto status = client->call({.action = Action::Start}, seconds(60));    // answers when every broker serves
//
// Only types of base/ are seen through this door.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace broker::cluster {

inline constexpr const char* kDefaultClusterName = "local";
inline constexpr int kBrokersMax = 9;
inline constexpr int kBrokersDefault = 3;

enum class Engine { Samsa, Apache };

/// Legal moves: Stopped -> Starting -> Running <-> Paused; Starting | Running | Paused -> Stopping -> Stopped;
/// any living state -> Killed (we did it) or Crashed (we did not); Killed | Crashed -> Starting.
enum class NodeState {
    Stopped,  ///< not started, or ended cleanly because it was asked to
    Starting, ///< the process runs, its broker does not serve yet
    Running,  ///< registered, unfenced and serving
    Paused,   ///< SIGSTOP: alive, silent
    Stopping, ///< asked to end; controlled shutdown under way
    Killed,   ///< ended by `kill`: no clean shutdown
    Crashed,  ///< ended by itself or by somebody else
};

std::string_view toString(Engine engine);     ///< "samsa", "apache"
std::string_view toString(NodeState state);   ///< "stopped", "starting", "running", ...

struct NodeStatus {
    NodeId id = kNoNode;
    std::int32_t pid = 0; ///< 0 = no process
    std::uint16_t port = 0;
    NodeState state = NodeState::Stopped;
    bool controller = false;      ///< takes part in the quorum
    std::string logDirectory;     ///< log.dirs: the partitions
    std::string logFile;          ///< what the process printed
    std::string propertiesFile;   ///< as written at its last start
    WallMs sinceMs = 0;           ///< when the state was entered
    std::string lastExit;         ///< a sentence, empty while it has not died: "ended by signal 9 (Killed)"
    bool alive() const { return pid != 0; }
    bool operator==(const NodeStatus&) const = default;
};

struct ClusterStatus {
    std::string name;
    std::string bootstrapServers; ///< "localhost:19092,localhost:19093"
    std::string dataDirectory;    ///< the cluster's directory
    std::string clusterId;
    Engine engine = Engine::Samsa;
    std::int32_t supervisorPid = 0; ///< 0 = the cluster is down
    bool leased = false;            ///< stops when the window or command that started it ends
    bool ephemeral = false;         ///< thrown away when it stops
    bool secure = false;            ///< SASL_SSL and ACLs: see clusterAccess
    std::vector<NodeStatus> nodes;  ///< by id
    bool up() const { return supervisorPid != 0; }
    /// Every node serves.
    bool serving() const;
    bool operator==(const ClusterStatus&) const = default;
};

/// What a cluster shall be. Of a cluster that exists only `settings` may change, and only while it is down.
struct ClusterSpec {
    std::string name = kDefaultClusterName; ///< [A-Za-z0-9._-], 1 to 64 characters, not beginning with '.' or '-'
    std::optional<int> brokers;             ///< [1, kBrokersMax]; of a new cluster kBrokersDefault
    std::optional<std::uint16_t> firstPort; ///< client ports are consecutive; searched when not given, then kept
    std::vector<std::pair<std::string, std::string>> settings; ///< broker properties of every node, over the defaults
    std::optional<Engine> engine;           ///< of a new cluster Samsa
    std::string kafkaHome;                  ///< Engine::Apache: the directory that has libs/
    bool lease = false;     ///< the cluster stops when this client's connection ends, until Action::KeepRunning
    bool ephemeral = false; ///< new, and removed with all its data when it stops (`cluster run`)
    bool secure = false;    ///< a new cluster speaks SASL_SSL, with a CA, certificates, users and ACLs of its own
};

struct ClusterUser {
    std::string name;
    std::string password; ///< a secret
};

/// How clients get into a secure cluster. Holds secrets: never log it.
struct ClusterAccess {
    std::string caFile;             ///< PEM
    std::vector<ClusterUser> users; ///< the first is a super user
    /// Of each user, beside `users`: a file of client settings, for Java's clients and for librdkafka's.
    std::vector<std::string> javaSettings;
    std::vector<std::string> librdkafkaSettings;
};

enum class Action {
    Status,
    Start,       ///< every node that is not alive; answers when all serve. If the first start fails the supervisor ends
    Stop,        ///< every node, at most 1 s of controlled shutdown each and all at once, then the supervisor
    KillNode,    ///< SIGKILL; answers when it is dead
    PauseNode,   ///< SIGSTOP; answers when it stands still
    ResumeNode,  ///< SIGCONT
    StartNode,   ///< one that is dead; answers when it serves
    StopNode,    ///< cleanly
    RestartNode, ///< cleanly (a killed one simply starts); answers when it serves
    AddNode,     ///< one more broker; answers when it serves
    KeepRunning, ///< ends the lease: the cluster outlives this client
    Subscribe,   ///< from now on events arrive on this connection
};

struct Request {
    Action action = Action::Status;
    NodeId node = kNoNode; ///< for the ...Node actions except AddNode
};

using RequestId = std::int64_t;

struct Reply {
    RequestId id = 0;
    Result<ClusterStatus> result; ///< the state after the action, or why it could not be done
};

enum class EventKind { NodeStarting, NodeReady, NodeDied, NodeStopped, NodePaused, NodeResumed, NodeAdded, ClusterStopping };
std::string_view toString(EventKind kind);

struct Event {
    EventKind kind = EventKind::NodeDied;
    NodeId node = kNoNode;
    WallMs atMs = 0;
    std::optional<int> exitCode; ///< NodeDied, NodeStopped
    std::optional<int> signal;   ///< NodeDied by one
    bool expected = false;       ///< NodeDied: by our own Kill
    std::string logTail;         ///< NodeDied unexpectedly: the last lines of its log
    ClusterStatus status;        ///< after it
};

using Message = std::variant<Reply, Event>;

/// A connection to one supervisor. One owner, one thread; fd() can be watched by any event loop for reading.
class ClusterClient {
public:
    /// Connects to a running cluster. NotFound: no such cluster. Unavailable: it is down.
    static Result<ClusterClient> connect(const std::string& name);
    /// Connects to the cluster, creating its directory and starting its supervisor where needed. The brokers start with
    /// Action::Start. Takes a few milliseconds. InvalidArgument, Busy (ports), Unsupported: sentences for people.
    static Result<ClusterClient> start(const ClusterSpec& spec);

    ClusterClient(ClusterClient&& other) noexcept;
    ClusterClient& operator=(ClusterClient&& other) noexcept;
    ~ClusterClient();

    [[nodiscard]] int fd() const { return m_fd; }

    /// Sends without waiting for the answer.
    Result<RequestId> send(const Request& request);
    /// What has arrived; never waits. Unavailable when the supervisor is gone (what arrived before it comes first).
    Result<std::vector<Message>> receive();
    /// Sends and waits for the answer; events that arrive meanwhile are kept for receive().
    Result<ClusterStatus> call(const Request& request, Duration timeout);
    /// Waits until the supervisor has ended and everything of it is gone: after Action::Stop.
    Result<void> waitForEnd(Duration timeout);

private:
    explicit ClusterClient(int fd);
    Result<void> readAvailable();

    int m_fd = -1;
    RequestId m_lastId = 0;
    bool m_ended = false;
    bool m_lease = false;
    std::string m_in; ///< bytes of a line that is not whole yet
    std::vector<Message> m_pending;
};

/// Where all state lives: $SAMSA_HOME, else $XDG_DATA_HOME/samsa, else ~/.local/share/samsa.
std::string stateDirectory();
std::string clusterDirectory(const std::string& name);

/// The names of all clusters that have a directory, sorted. Never waits for a supervisor.
std::vector<std::string> clusterNames();
/// What is on disk of a cluster, as if it were down: for those who then connect without waiting. NotFound.
Result<ClusterStatus> recordedStatus(const std::string& name);

// The next two ask the supervisors and wait for their answers.
/// Every cluster that has a directory, by name, running or not.
Result<std::vector<ClusterStatus>> listClusters();
/// One of them. NotFound when there is none of that name.
Result<ClusterStatus> clusterStatus(const std::string& name);
/// Of a secure cluster, from its files. NotFound when there is none of that name, Unsupported when it is not secure.
Result<ClusterAccess> clusterAccess(const std::string& name);
struct FeatureLevel {
    std::string feature; ///< "transaction.version"
    int before = 0;
    int after = 0;
};
/// Raises every feature of a running cluster to the highest level that its nodes have: one made by an older engine stays at its old levels
/// until somebody asks for this. Answers what was raised. Unavailable: a node is down; Unsupported: Apache Kafka has a tool of its own.
Result<std::vector<FeatureLevel>> upgradeFeatures(const std::string& name);
/// Removes a stopped cluster's data; its name, ports and settings stay. Busy while it runs.
Result<void> resetCluster(const std::string& name);
/// Removes a stopped cluster altogether. Busy while it runs.
Result<void> removeCluster(const std::string& name);
/// The last `lines` lines of a text file that begin at byte `from` or later, at most 64 KiB of it; empty when there is none.
std::string logTail(const std::string& path, int lines, std::int64_t from = 0);

/// The one JSON object that `--json` prints (two-space indentation, no final newline).
std::string toJson(const ClusterStatus& status);
/// The same with caFile and users, passwords included.
std::string toJson(const ClusterStatus& status, const ClusterAccess& access);
std::string toJson(const std::vector<ClusterStatus>& clusters); ///< {"clusters": [...]}

} // namespace broker::cluster
