#include "embedded-broker/cluster/cluster_file.h"

#include "embedded-broker/cluster/files.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace broker::cluster {

using nlohmann::json;

namespace {

constexpr int kFileVersion = 1;

Error corrupt(const ClusterPaths& paths, std::string_view why) {
    return {ErrorCode::Corrupt, fmt::format("{} cannot be read ({}); remove the directory {} to begin anew", paths.file(), why,
                                            paths.directory)};
}

} // namespace

Result<void> checkName(const std::string& name) {
    const bool letters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
    if (name.empty() || name.size() > 64 || !letters || name.front() == '.' || name.front() == '-')
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("'{}' cannot be a cluster's name: use 1 to 64 letters, digits, '.', '_' or '-', beginning with a "
                                "letter, a digit or '_'",
                                name));
    return {};
}

Result<ClusterFile> loadCluster(const ClusterPaths& paths, const std::string& name) {
    const auto text = readFile(paths.file(), 1 << 20);
    if (!text) {
        if (text.error().code == ErrorCode::NotFound)
            return fail(ErrorCode::NotFound,
                        fmt::format("there is no cluster named '{}'; 'samsa cluster list' shows those there are, 'samsa cluster up {}' "
                                    "makes one",
                                    name, name));
        return std::unexpected(text.error());
    }
    const json root = json::parse(*text, nullptr, false);
    if (!root.is_object())
        return std::unexpected(corrupt(paths, "it is not a JSON object"));
    try {
        if (const int version = root.at("version").get<int>(); version != kFileVersion)
            return fail(ErrorCode::Unsupported,
                        fmt::format("{} has version {}, this program knows version {}", paths.file(), version, kFileVersion));
        ClusterFile file;
        file.name = name;
        file.engine = root.at("engine").get<std::string>() == toString(Engine::Apache) ? Engine::Apache : Engine::Samsa;
        file.kafkaHome = root.value("kafkaHome", std::string());
        file.clusterId = root.at("clusterId").get<std::string>();
        file.ephemeral = root.value("ephemeral", false);
        file.secure = root.value("secure", false);
        file.replicationFactor = root.at("replicationFactor").get<int>();
        file.minInsyncReplicas = root.at("minInsyncReplicas").get<int>();
        for (const auto& pair : root.at("settings"))
            file.settings.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
        for (const auto& node : root.at("nodes"))
            file.nodes.push_back({node.at("id").get<NodeId>(), node.at("port").get<std::uint16_t>(),
                                  node.at("controllerPort").get<std::uint16_t>(), node.at("controller").get<bool>()});
        if (file.nodes.empty() || file.nodes.size() > static_cast<std::size_t>(kBrokersMax))
            return std::unexpected(corrupt(paths, "it has no nodes, or too many"));
        return file;
    } catch (const json::exception& e) {
        return std::unexpected(corrupt(paths, e.what()));
    }
}

Result<void> saveCluster(const ClusterPaths& paths, const ClusterFile& file) {
    json settings = json::array();
    for (const auto& [key, value] : file.settings)
        settings.push_back(json::array({key, value}));
    json nodes = json::array();
    for (const auto& node : file.nodes)
        nodes.push_back({{"id", node.id}, {"port", node.port}, {"controllerPort", node.controllerPort}, {"controller", node.controller}});
    const json root{{"version", kFileVersion},
                    {"engine", toString(file.engine)},
                    {"kafkaHome", file.kafkaHome},
                    {"clusterId", file.clusterId},
                    {"ephemeral", file.ephemeral},
                    {"secure", file.secure},
                    {"replicationFactor", file.replicationFactor},
                    {"minInsyncReplicas", file.minInsyncReplicas},
                    {"settings", settings},
                    {"nodes", nodes}};
    return replaceFile(paths.file(), root.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

Result<ClusterFile> planCluster(const ClusterSpec& spec, std::uint16_t firstPort, std::string clusterId) {
    const int brokers = spec.brokers.value_or(kBrokersDefault);
    if (brokers < 1 || brokers > kBrokersMax)
        return fail(ErrorCode::InvalidArgument, fmt::format("a local cluster has 1 to {} brokers, not {}", kBrokersMax, brokers));
    if (firstPort < 1 || firstPort + kPortBlock > 65536)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("the first port must leave room for {} ports: choose one from 1 to {}", kPortBlock, 65536 - kPortBlock));
    ClusterFile file;
    file.name = spec.name;
    file.engine = spec.engine.value_or(Engine::Samsa);
    file.kafkaHome = spec.kafkaHome;
    file.clusterId = std::move(clusterId);
    file.ephemeral = spec.ephemeral;
    file.secure = spec.secure;
    file.replicationFactor = std::min(3, brokers);
    file.minInsyncReplicas = brokers >= 3 ? 2 : 1;
    file.settings = spec.settings;
    const int controllers = brokers >= 3 ? 3 : 1;
    for (int i = 0; i < brokers; ++i)
        file.nodes.push_back({i + 1, static_cast<std::uint16_t>(firstPort + i),
                              static_cast<std::uint16_t>(firstPort + kControllerPortOffset + i), i < controllers});
    return file;
}

Result<NodePlan> planNextNode(const ClusterFile& file) {
    if (file.nodes.size() >= static_cast<std::size_t>(kBrokersMax))
        return fail(ErrorCode::OutOfRange, fmt::format("the cluster has {} brokers already, the most there can be", kBrokersMax));
    const auto& first = file.nodes.front();
    const auto& last = file.nodes.back();
    const int step = last.id - first.id + 1;
    return NodePlan{last.id + 1, static_cast<std::uint16_t>(first.port + step), static_cast<std::uint16_t>(first.controllerPort + step),
                    false};
}

std::vector<std::uint16_t> portsOfBlock(std::uint16_t firstPort) {
    std::vector<std::uint16_t> ports;
    for (int i = 0; i < kBrokersMax; ++i) {
        ports.push_back(static_cast<std::uint16_t>(firstPort + i));
        ports.push_back(static_cast<std::uint16_t>(firstPort + kControllerPortOffset + i));
    }
    return ports;
}

std::string nodeProperties(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths,
                           const std::vector<std::pair<std::string, std::string>>& extra) {
    std::string voters;
    for (const auto& other : file.nodes)
        if (other.controller)
            voters += fmt::format("{}{}@localhost:{}", voters.empty() ? "" : ",", other.id, other.controllerPort);
    const std::string protocol = file.secure ? "SASL_SSL" : "PLAINTEXT";
    const std::string client = fmt::format("{}://localhost:{}", protocol, node.port);

    std::vector<std::pair<std::string, std::string>> all{
        {"process.roles", node.controller ? "broker,controller" : "broker"},
        {"node.id", std::to_string(node.id)},
        {"controller.quorum.voters", voters},
        {"controller.listener.names", "CONTROLLER"},
        {"listeners", node.controller ? fmt::format("{},CONTROLLER://localhost:{}", client, node.controllerPort) : client},
        {"advertised.listeners", client},
        {"listener.security.protocol.map", fmt::format("{0}:{0},CONTROLLER:{0}", protocol)},
        {"inter.broker.listener.name", protocol},
        {"log.dirs", paths.logDirectory(node.id)},
        {"num.partitions", "6"},
        {"default.replication.factor", std::to_string(file.replicationFactor)},
        {"min.insync.replicas", std::to_string(file.minInsyncReplicas)},
        {"offsets.topic.replication.factor", std::to_string(file.replicationFactor)},
        {"transaction.state.log.replication.factor", std::to_string(file.replicationFactor)},
        {"transaction.state.log.min.isr", std::to_string(file.minInsyncReplicas)},
        {"broker.session.timeout.ms", "1500"}, // a paused broker costs at most two seconds
        {"broker.heartbeat.interval.ms", "300"},
        {"group.initial.rebalance.delay.ms", "0"}};
    // Half of what a cluster without load does are fetches of followers that come back empty. Kafka wants them to be shorter than the lag that is allowed.
    if (std::ranges::find(file.settings, "replica.lag.time.max.ms", &std::pair<std::string, std::string>::first) == file.settings.end())
        all.emplace_back("replica.fetch.wait.max.ms", "2000");
    if (file.engine == Engine::Apache) {
        all.emplace_back("share.coordinator.state.topic.replication.factor", std::to_string(file.replicationFactor));
        all.emplace_back("share.coordinator.state.topic.min.isr", std::to_string(file.minInsyncReplicas));
    }
    all.insert(all.end(), extra.begin(), extra.end());
    for (const auto& [key, value] : file.settings) {
        const auto same = std::ranges::find(all, key, &std::pair<std::string, std::string>::first);
        if (same != all.end())
            same->second = value;
        else
            all.emplace_back(key, value);
    }
    std::string text = fmt::format("# Node {} of the cluster '{}'. Written at each start: change it with 'samsa cluster up {} --set KEY=VALUE'.\n",
                                   node.id, file.name, file.name);
    for (const auto& [key, value] : all)
        text += fmt::format("{}={}\n", key, value);
    return text;
}

ClusterStatus stoppedStatus(const ClusterFile& file, const ClusterPaths& paths) {
    ClusterStatus status;
    status.name = file.name;
    status.dataDirectory = paths.directory;
    status.clusterId = file.clusterId;
    status.engine = file.engine;
    status.ephemeral = file.ephemeral;
    status.secure = file.secure;
    for (const auto& node : file.nodes) {
        status.bootstrapServers += fmt::format("{}localhost:{}", status.bootstrapServers.empty() ? "" : ",", node.port);
        NodeStatus one;
        one.id = node.id;
        one.port = node.port;
        one.controller = node.controller;
        one.logDirectory = paths.logDirectory(node.id);
        one.logFile = paths.logFile(node.id);
        one.propertiesFile = paths.properties(node.id);
        status.nodes.push_back(std::move(one));
    }
    return status;
}

} // namespace broker::cluster
