#include "app/cli/output.h"

#include "app/cli/cli.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

namespace app::cli {

using broker::cluster::ClusterStatus;
using broker::cluster::NodeState;

std::string stateInWords(const ClusterStatus& status) {
    if (!status.up())
        return "down";
    if (status.serving())
        return "running";
    const auto count = [&](NodeState state) { return std::ranges::count(status.nodes, state, &broker::cluster::NodeStatus::state); };
    if (count(NodeState::Starting) > 0)
        return "starting";
    return fmt::format("{} of {} brokers", count(NodeState::Running), status.nodes.size());
}

std::string describe(const ClusterStatus& status) {
    std::string text = fmt::format("{}: {}", status.name, stateInWords(status));
    if (status.up())
        text += fmt::format(" at {}", status.bootstrapServers);
    text += status.engine == broker::cluster::Engine::Apache ? " (Apache Kafka)\n" : "\n";
    if (status.up() && status.leased)
        text += "  stops with the program that started it\n";
    for (const auto& node : status.nodes) {
        text += fmt::format("  node {}  {:<8}  localhost:{}", node.id, toString(node.state), node.port);
        if (node.alive())
            text += fmt::format("  pid {}", node.pid);
        if (node.controller)
            text += "  controller";
        if (!node.alive() && !node.lastExit.empty())
            text += fmt::format("  {}", node.lastExit);
        text += '\n';
    }
    text += fmt::format("  data in {}\n", status.dataDirectory);
    return text;
}

std::string describe(const broker::cluster::ClusterAccess& access) {
    std::string text = fmt::format("  clients: security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 (or SCRAM-SHA-256, PLAIN), CA in {}\n", access.caFile);
    for (std::size_t i = 0; i < access.users.size(); ++i)
        text += fmt::format("    {:<6} {}  {}  {}\n           {}\n", access.users[i].name, access.users[i].password,
                            i == 0 ? "may do everything " : "has no rights yet ", access.javaSettings[i], access.librdkafkaSettings[i]);
    text += "  each user's settings are in his .properties (Java's clients and tools) and .conf (librdkafka: kcat -F)\n";
    return text;
}

std::string environmentLines(const broker::cluster::ClusterAccess& access) {
    return fmt::format("KAFKA_CLIENT_PROPERTIES={}\nLIBRDKAFKA_CONFIG={}\n", access.javaSettings.front(), access.librdkafkaSettings.front());
}

std::string describe(const std::vector<ClusterStatus>& clusters) {
    if (clusters.empty())
        return "no clusters yet; 'samsa cluster up' makes one\n";
    std::size_t width = 0;
    for (const auto& one : clusters)
        width = std::max(width, one.name.size());
    std::string text;
    for (const auto& one : clusters)
        text += fmt::format("{:<{}}  {:<14}  {} {}  {}\n", one.name, width, stateInWords(one), one.nodes.size(),
                            one.nodes.size() == 1 ? "broker " : "brokers", one.bootstrapServers);
    return text;
}

std::string describe(const std::string& cluster, const std::vector<broker::cluster::FeatureLevel>& raised) {
    if (raised.empty())
        return fmt::format("{}: every feature is at the highest level already\n", cluster);
    std::string text;
    for (const auto& level : raised)
        text += fmt::format("{}: {} is at level {} now, it was at {}\n", cluster, level.feature, level.after, level.before);
    return text;
}

std::string toJson(const std::vector<broker::cluster::FeatureLevel>& raised) {
    std::string items; // names of features are plain words
    for (const auto& level : raised)
        items += fmt::format("{}{{\"feature\": \"{}\", \"before\": {}, \"after\": {}}}", items.empty() ? "" : ", ", level.feature, level.before, level.after);
    return fmt::format("{{\"raised\": [{}]}}", items);
}

std::string environmentLines(const ClusterStatus& status) {
    return fmt::format("BOOTSTRAP_SERVERS={}\nSAMSA_CLUSTER={}\n", status.bootstrapServers, status.name);
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

int report(const broker::Error& error) {
    fmt::print(stderr, "samsa: {}\n", error.message);
    return error.code == broker::ErrorCode::NotFound && error.message.starts_with("there is no cluster") ? kNoSuchCluster : kFailure;
}

} // namespace app::cli
