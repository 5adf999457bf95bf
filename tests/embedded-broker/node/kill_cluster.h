#pragma once
// Real broker processes that die when they are told to. Used from one thread.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace tests {

struct KillClusterOptions {
    std::string broker;         ///< path of samsa-broker
    std::string directory;      ///< emptied at start
    std::uint16_t firstPort = 0;///< the client ports of all nodes, then as many controller ports
    int nodes = 3;              ///< the first three are controllers, of fewer than three the first
    std::vector<std::string> settings; ///< "name=value", added to each node's properties
};

class KillCluster {
public:
    explicit KillCluster(KillClusterOptions options);
    ~KillCluster(); ///< kills what runs
    KillCluster(const KillCluster&) = delete;
    KillCluster& operator=(const KillCluster&) = delete;

    /// One ended that nobody killed, which a broker must never do. Told on a thread of that process, before the first start.
    void onEndedByItself(std::function<void(int id)> watcher) { m_watcher = std::move(watcher); }
    void start(int id);
    /// SIGKILL; returns when the process is gone.
    void kill(int id);
    /// SIGSTOP and SIGCONT: it hangs, and comes back believing what it believed.
    void pause(int id) const;
    void resume(int id) const;
    /// Waits until it says that it serves. False when it ended or the time is over.
    bool waitReady(int id, std::chrono::milliseconds patience);
    /// How it ended by itself, and where its log is.
    [[nodiscard]] std::string describe(int id);
    [[nodiscard]] std::string bootstrap() const;
    [[nodiscard]] std::string logOf(int id) const;
    [[nodiscard]] int nodes() const { return m_options.nodes; }
    /// Of a topic: as many as there are brokers, three at most.
    [[nodiscard]] int replicas() const { return std::min(m_options.nodes, 3); }

private:
    struct NodeProcess {
        pid_t pid = -1;
        int ready = -1;       ///< read end
        std::thread watcher;  ///< waits for the process to end
        std::shared_ptr<std::atomic<bool>> killed; ///< by us
    };
    KillClusterOptions m_options;
    std::function<void(int id)> m_watcher;
    std::map<int, NodeProcess> m_nodes;
};

} // namespace tests
