#pragma once
// How a node of either engine is formatted, started and known to serve.

#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/files.h"

#include <sys/types.h>

namespace broker::cluster {

struct Command {
    std::vector<std::string> argv;             ///< argv[0] is an absolute path
    std::vector<std::string> extraEnvironment; ///< "NAME=VALUE", over ours
    int readyFd = 3;                           ///< in the child: where it writes when it serves
};

/// The command of one node, writing what the engine needs beside its properties first. NotFound: samsa-broker, java or
/// the Kafka home's libs/ is not where it should be.
Result<Command> nodeCommand(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths);

/// Apache Kafka formats by a program of its own before the first start; samsa-broker does it itself.
Result<std::optional<Command>> formatCommand(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths);

/// Has the engine said, in all that came through readyFd so far, that it serves?
bool saysReady(Engine engine, std::string_view text);

/// Checked before a cluster is made: a Kafka home that has no libs/ is told then and there.
Result<void> checkEngine(Engine engine, const std::string& kafkaHome);

/// A program of ours: beside the one that runs, unless the variable (SAMSA_BROKER, SAMSA_SUPERVISOR) names another.
std::string programPath(const char* variable, const char* name);

struct Child {
    pid_t pid = 0;
    UniqueFd ready; ///< our end; not blocking
};

/// Starts it in a process group of its own, standard output and error appended to `logFile`, to be killed by the kernel
/// when we die. Call from the main thread (the kernel watches the thread that started it). About 0.5 ms.
Result<Child> startChild(const Command& command, const std::string& logFile, const std::string& directory);

} // namespace broker::cluster
