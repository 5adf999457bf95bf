#pragma once
// One named cluster's supervisor: the parent of its brokers. One thread, one epoll loop, woken by events only: a client's
// bytes, a child's death, a "ready" through a pipe, a deadline. It never polls and never sleeps.

#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/engine.h"
#include "embedded-broker/cluster/wire.h"

#include <functional>
#include <map>
#include <memory>
#include <signal.h>

namespace broker::cluster {

class Supervisor {
public:
    /// `lock` is the held supervisor.lock. `firstConnection` (or -1) is the socket of the client that started us.
    Supervisor(ClusterPaths paths, ClusterFile file, UniqueFd lock, int firstConnection);
    ~Supervisor();

    /// Until the cluster is stopped: the process's exit code.
    int run();

private:
    struct Node {
        NodePlan plan;
        NodeState state = NodeState::Stopped;
        pid_t pid = 0;
        UniqueFd ready;
        std::string readyText;   ///< what came through `ready` before it served
        bool formatting = false; ///< Apache: the process is StorageTool
        bool served = false;     ///< since this start: where Paused goes back to
        bool killWanted = false;
        bool startAgain = false; ///< a restart: start when dead
        WallMs sinceMs = 0;
        std::string lastExit;
        std::string lastTail;    ///< of the log, at an unexpected death
        std::int64_t logFrom = 0; ///< size of the log when this start began
        Instant deadline{};      ///< Starting: gives up; Stopping: SIGKILL. Zero = none
    };
    struct Client {
        UniqueFd fd;
        std::string in;
        std::string out;
        bool lease = false;
        bool subscribed = false;
    };
    /// A request that is answered when its node, or every node, has got there.
    struct Waiting {
        int client = -1; ///< its descriptor
        IncomingRequest request;
        bool firstStart = false;
        std::vector<NodeId> started; ///< Start: those that this request started
    };

    bool listen();
    void watch(int fd, unsigned events);
    void accept();
    void readClient(int fd);
    void writeClient(Client& client);
    void dropClient(int fd);
    void answer(int clientFd, const Reply& reply);
    void handle(int clientFd, const IncomingRequest& request);
    void begin(int clientFd, const IncomingRequest& request);
    Result<bool> settled(const Waiting& waiting);
    void settleAll();
    void finishStart(const Waiting& waiting, bool succeeded);

    Node* node(NodeId id);
    Result<void> startNode(Node& node);
    Result<void> launch(Node& node);
    void stopNode(Node& node);
    void killNode(Node& node);
    Result<void> addNode(const IncomingRequest& request);
    void readReady(Node& node);
    void enter(Node& node, NodeState state, std::optional<EventKind> event);
    void reap();
    void died(Node& node, int status);
    void stopAll();
    void checkDeadlines();
    void armTimer();
    void leaseEnded();
    void publish(Event event);
    ClusterStatus status() const;
    void cleanUp();

    ClusterPaths m_paths;
    ClusterFile m_file;
    UniqueFd m_lock;
    UniqueFd m_epoll;
    UniqueFd m_signals;
    UniqueFd m_timer;
    UniqueFd m_listener;
    std::map<int, Client> m_clients; ///< by descriptor
    std::vector<int> m_gone;         ///< clients to forget when no handler is using them
    std::vector<std::unique_ptr<Node>> m_nodes;
    std::vector<Waiting> m_waiting;
    bool m_keep = false;      ///< outlives its clients
    bool m_everServed = false;
    bool m_stopping = false;
};

/// `samsa-supervisor --directory DIR [--connection FD]`: takes the lock, detaches, runs.
int supervisorMain(int argc, char** argv);

} // namespace broker::cluster
