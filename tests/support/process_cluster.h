#pragma once
// A cluster of real samsa-broker processes in a directory of its own, on ports that are free: what a user runs, for tests that
// kill, pause and restart it. Needs SAMSA_BROKER_PATH (a compile definition of the test).

#include <QTemporaryDir>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tests {

class ProcessCluster {
public:
    /// `nodes` nodes, all of them brokers; the first `controllers` are controllers too. `extra`: further lines of every properties file.
    explicit ProcessCluster(int nodes = 3, int controllers = 3, std::string extra = {});
    ~ProcessCluster(); ///< kills what still runs

    /// Starts all and waits until each says that it is ready.
    [[nodiscard]] bool start(std::chrono::milliseconds deadline = std::chrono::seconds(20));
    /// Starts one; with `wait` until it is ready.
    [[nodiscard]] bool startNode(int node, std::chrono::milliseconds deadline = std::chrono::seconds(20));
    void signalNode(int node, int signal);
    /// Reaps it; its exit code, or 1000 + the signal that ended it; -1 when it still runs at the deadline.
    int waitForEnd(int node, std::chrono::milliseconds deadline = std::chrono::seconds(20));
    /// kill -9 and reap.
    void killNode(int node);
    [[nodiscard]] bool running(int node) const { return m_pids.contains(node); }

    [[nodiscard]] std::string bootstrap() const; ///< "127.0.0.1:p1,127.0.0.1:p2,..."
    [[nodiscard]] std::uint16_t port(int node) const { return m_ports.at(static_cast<std::size_t>(node - 1)); }
    [[nodiscard]] std::string directory(int node) const;
    [[nodiscard]] std::string log(int node) const; ///< what it wrote to standard error so far
    [[nodiscard]] std::string logs() const;          ///< the last lines of all nodes
    [[nodiscard]] const std::string& clusterId() const { return m_clusterId; }

    struct Output {
        int exitCode = -1;
        std::string out;
        std::string err;
    };
    /// A program with its input; for kcat and friends.
    static Output run(const std::vector<std::string>& command, const std::string& input = {}, std::chrono::milliseconds deadline = std::chrono::seconds(30));

private:
    int launch(int node); ///< -> the descriptor on which it says that it is ready
    static bool waitReady(int descriptor, std::chrono::steady_clock::time_point deadline);

    QTemporaryDir m_directory;
    int m_nodes;
    std::string m_clusterId = "4L6g3nShT-eMCtK--X86sw";
    std::vector<std::uint16_t> m_ports;           ///< of clients, by node
    std::vector<std::uint16_t> m_controllerPorts;
    std::map<int, pid_t> m_pids;
};

} // namespace tests
