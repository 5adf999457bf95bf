#pragma once
// What the commands print for people. Scripts ask for --json.

#include "embedded-broker/cluster/cluster.h"

namespace app::cli {

/// "down", "running", "starting", "2 of 3 brokers".
std::string stateInWords(const broker::cluster::ClusterStatus& status);
/// The cluster with a line for each node, ending with a newline.
std::string describe(const broker::cluster::ClusterStatus& status);
/// How clients get in: the settings of each user, passwords included.
std::string describe(const broker::cluster::ClusterAccess& access);
/// Where the settings of the super user are.
std::string environmentLines(const broker::cluster::ClusterAccess& access);
/// A line for each cluster, aligned.
std::string describe(const std::vector<broker::cluster::ClusterStatus>& clusters);
/// What was raised, a line each.
std::string describe(const std::string& cluster, const std::vector<broker::cluster::FeatureLevel>& raised);
std::string toJson(const std::vector<broker::cluster::FeatureLevel>& raised); ///< {"raised": [{"feature": ..., "before": 0, "after": 2}]}
/// "BOOTSTRAP_SERVERS=..." and the like, for a shell's eval or an .env file.
std::string environmentLines(const broker::cluster::ClusterStatus& status);

/// To standard output.
void print(const std::string& text);
/// The sentence to standard error; returns the exit code that goes with it.
int report(const broker::Error& error);

} // namespace app::cli
