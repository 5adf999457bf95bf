#pragma once
// Three real broker processes that die when they are told to. Used from one thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tests {

struct KillClusterOptions {
    std::string broker;         ///< path of samsa-broker
    std::string directory;      ///< emptied at start
    std::uint16_t firstPort = 0;///< three client ports, then three controller ports
    std::vector<std::string> settings; ///< "name=value", added to each node's properties
};

class KillCluster {
public:
    explicit KillCluster(KillClusterOptions options);
    ~KillCluster(); ///< kills what runs
    KillCluster(const KillCluster&) = delete;
    KillCluster& operator=(const KillCluster&) = delete;

    void start(int id);
    /// SIGKILL; returns when the process is gone.
    void kill(int id);
    /// SIGSTOP and SIGCONT: it hangs, and comes back believing what it believed.
    void pause(int id) const;
    void resume(int id) const;
    /// SIGTERM; the exit code, or -1 when it had to be killed after `patience`.
    int stop(int id, std::chrono::milliseconds patience);
    [[nodiscard]] bool runs(int id) const { return m_nodes.at(id).pid > 0; }
    /// Ended by itself since it was started. A broker must never do that.
    [[nodiscard]] bool endedByItself(int id);
    /// Waits until it says that it serves. False when it ended or the time is over.
    bool waitReady(int id, std::chrono::milliseconds patience);
    [[nodiscard]] std::chrono::steady_clock::time_point startedAt(int id) const { return m_nodes.at(id).startedAt; }
    /// How it ended by itself, and where its log is.
    [[nodiscard]] std::string describe(int id);
    [[nodiscard]] std::string bootstrap() const;
    [[nodiscard]] std::string logOf(int id) const;

private:
    struct NodeProcess {
        pid_t pid = -1;
        int ready = -1; ///< read end
        std::chrono::steady_clock::time_point startedAt;
    };
    KillClusterOptions m_options;
    std::map<int, NodeProcess> m_nodes;
};

} // namespace tests
