#pragma once
// cluster.json: what a named cluster is, kept while it is down. And the places of everything that belongs to it.
// Pure apart from load and save.

#include "embedded-broker/cluster/cluster.h"

namespace broker::cluster {

struct NodePlan {
    NodeId id = kNoNode;
    std::uint16_t port = 0;           ///< PLAINTEXT
    std::uint16_t controllerPort = 0; ///< CONTROLLER; kept free also for broker-only nodes
    bool controller = false;
};

struct ClusterFile {
    std::string name;
    Engine engine = Engine::Samsa;
    std::string kafkaHome;
    std::string clusterId; ///< as Kafka writes a Uuid
    bool ephemeral = false;
    bool secure = false;
    int replicationFactor = 1; ///< defaults for topics, fixed at creation so that every node says the same
    int minInsyncReplicas = 1;
    std::vector<std::pair<std::string, std::string>> settings;
    std::vector<NodePlan> nodes; ///< by id
};

/// Controller ports stand this far above the client ports; a block of twice as many belongs to a cluster.
inline constexpr int kControllerPortOffset = 10;
inline constexpr int kPortBlock = 20;
inline constexpr int kFirstPort = 19092;
/// Above it Linux takes the ports of outgoing connections.
inline constexpr int kLastSearchedPort = 32767;

Result<void> checkName(const std::string& name);

struct ClusterPaths {
    std::string directory;
    std::string file() const { return directory + "/cluster.json"; }
    std::string lock() const { return directory + "/supervisor.lock"; }
    std::string supervisorLog() const { return directory + "/supervisor.log"; }
    std::string node(NodeId id) const { return directory + "/node-" + std::to_string(id); }
    std::string logDirectory(NodeId id) const { return node(id) + "/data"; }
    std::string logFile(NodeId id) const { return node(id) + "/broker.log"; }
    std::string properties(NodeId id) const { return node(id) + "/broker.properties"; }
};
/// The socket's name within the directory. It is bound and connected through /proc/self/fd/N, so that a long path
/// (sun_path holds 108 bytes) needs no second place.
inline constexpr const char* kSocketName = "supervisor.sock";

/// NotFound: no such cluster. Corrupt: named, with what to do.
Result<ClusterFile> loadCluster(const ClusterPaths& paths, const std::string& name);
/// Written beside and renamed, so that a crash leaves the old one or the new one.
Result<void> saveCluster(const ClusterPaths& paths, const ClusterFile& file);

/// A new cluster's nodes, ports and defaults. `firstPort` is checked to leave room below 65536.
Result<ClusterFile> planCluster(const ClusterSpec& spec, std::uint16_t firstPort, std::string clusterId);
/// The node that `add` adds. OutOfRange: there are kBrokersMax already.
Result<NodePlan> planNextNode(const ClusterFile& file);
/// The ports that a cluster starting at `firstPort` may ever use.
std::vector<std::uint16_t> portsOfBlock(std::uint16_t firstPort);

/// The properties file of one node, by Kafka's names; `settings` come last and win.
/// `extra` (its security) comes before them.
std::string nodeProperties(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths,
                           const std::vector<std::pair<std::string, std::string>>& extra = {});

/// The status of a cluster whose supervisor does not run.
ClusterStatus stoppedStatus(const ClusterFile& file, const ClusterPaths& paths);

} // namespace broker::cluster
