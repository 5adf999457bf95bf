#include "app/cli/cli.h"
#include "app/cli/log_command.h"
#include "app/cli/output.h"
#include "app/cli/run_command.h"
#include "embedded-broker/cluster/cluster.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <random>
#include <unistd.h>

namespace app::cli {

using namespace broker::cluster;
using broker::Error;
using broker::ErrorCode;
using broker::fail;
using broker::NodeId;
using broker::Result;
using broker::seconds;

namespace {

// The supervisor has its own deadlines; these are for one that does not answer at all.
constexpr auto kStartTimeout = seconds(400);
constexpr auto kStopTimeout = seconds(60);
constexpr auto kAnswerTimeout = seconds(10);

/// What the command line said.
struct Options {
    std::string name = kDefaultClusterName;
    std::optional<int> brokers;
    std::optional<std::uint16_t> port;
    std::vector<std::string> settings; ///< "KEY=VALUE"
    std::optional<std::string> engine;
    std::string kafkaHome;
    std::optional<NodeId> node;
    bool json = false;
    bool secure = false;
    bool remove = false;
    bool all = false;
    bool follow = false;
    int lines = 100;
};

Result<ClusterSpec> specOf(const Options& options) {
    ClusterSpec spec;
    spec.name = options.name;
    spec.brokers = options.brokers;
    spec.firstPort = options.port;
    spec.kafkaHome = options.kafkaHome;
    spec.secure = options.secure;
    if (options.engine)
        spec.engine = *options.engine == "apache" ? Engine::Apache : Engine::Samsa;
    else if (!options.kafkaHome.empty())
        spec.engine = Engine::Apache;
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(ErrorCode::InvalidArgument, fmt::format("--set takes KEY=VALUE, not '{}'", setting));
        spec.settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return spec;
}

int show(const Options& options, const Result<ClusterStatus>& status) {
    if (!status)
        return report(status.error());
    if (!status->secure) {
        print(options.json ? toJson(*status) + '\n' : describe(*status));
        return kOk;
    }
    const auto access = clusterAccess(status->name);
    if (!access)
        return report(access.error());
    print(options.json ? toJson(*status, *access) + '\n' : describe(*status) + describe(*access));
    return kOk;
}

/// Starts what is not running; the answer comes when every broker serves.
Result<ClusterStatus> startAll(const ClusterSpec& spec) {
    auto client = ClusterClient::start(spec);
    if (!client)
        return std::unexpected(client.error());
    auto status = client->call({.action = Action::Start}, kStartTimeout);
    if (!status) {
        // A cluster that never served goes away with its supervisor; then its ports are free again when we return.
        if (auto connected = ClusterClient::connect(spec.name); !connected)
            if (auto ended = client->waitForEnd(kStopTimeout); !ended)
                fmt::print(stderr, "samsa: {}\n", ended.error().message);
    }
    return status;
}

Result<bool> stopAll(const std::string& name) {
    auto client = ClusterClient::connect(name);
    if (!client) {
        if (client.error().code == ErrorCode::Unavailable)
            return false;
        return std::unexpected(client.error());
    }
    auto stopped = client->call({.action = Action::Stop}, kStopTimeout);
    if (!stopped && stopped.error().code != ErrorCode::Unavailable)
        return std::unexpected(stopped.error());
    if (auto ended = client->waitForEnd(kStopTimeout); !ended)
        return std::unexpected(ended.error());
    return true;
}

int up(const Options& options) {
    const auto spec = specOf(options);
    if (!spec) {
        report(spec.error());
        return kUsage;
    }
    return show(options, startAll(*spec));
}

int list(const Options& options) {
    const auto clusters = listClusters();
    if (!clusters)
        return report(clusters.error());
    print(options.json ? toJson(*clusters) + '\n' : describe(*clusters));
    return kOk;
}

int printRemoved(const std::string& name) {
    print(fmt::format("{{\"name\": \"{}\", \"removed\": true}}\n", name)); // a cluster's name needs no escapes
    return kOk;
}

int down(const Options& options) {
    std::vector<std::string> names{options.name};
    if (options.all) {
        const auto clusters = listClusters();
        if (!clusters)
            return report(clusters.error());
        names.clear();
        for (const auto& cluster : *clusters)
            if (cluster.up() || options.remove)
                names.push_back(cluster.name);
    }
    int code = kOk;
    for (const auto& name : names) {
        // One that does not stop keeps no other one up.
        const auto stopped = stopAll(name);
        if (!stopped) {
            code = report(stopped.error());
            continue;
        }
        if (options.remove) {
            if (auto removed = removeCluster(name); !removed && removed.error().code != ErrorCode::NotFound) {
                code = report(removed.error());
                continue;
            }
        }
        if (!options.json)
            print(fmt::format("{}: {}{}\n", name, *stopped ? "stopped" : "was down already", options.remove ? ", removed with all its data" : ""));
    }
    if (options.json && options.all)
        list(options); // what is there now
    else if (options.json && code == kOk)
        return options.remove ? printRemoved(options.name) : show(options, clusterStatus(options.name));
    return code;
}

int status(const Options& options) { return show(options, clusterStatus(options.name)); }

int onNode(const Options& options, Action action) {
    auto client = ClusterClient::connect(options.name);
    if (!client)
        return report(client.error());
    return show(options, client->call({.action = action, .node = options.node.value_or(broker::kNoNode)}, kStartTimeout));
}

/// One node, or one after the other so that the cluster goes on serving.
int restart(const Options& options) {
    if (options.node)
        return onNode(options, Action::RestartNode);
    auto client = ClusterClient::connect(options.name);
    if (!client)
        return report(client.error());
    auto now = client->call({.action = Action::Status}, kAnswerTimeout);
    if (!now)
        return report(now.error());
    for (const auto& node : std::vector(now->nodes)) {
        now = client->call({.action = Action::RestartNode, .node = node.id}, kStartTimeout);
        if (!now)
            return report(now.error());
    }
    return show(options, now);
}

int reset(const Options& options) {
    const auto stopped = stopAll(options.name);
    if (!stopped)
        return report(stopped.error());
    if (auto done = resetCluster(options.name); !done)
        return report(done.error());
    if (!*stopped)
        return show(options, clusterStatus(options.name));
    ClusterSpec spec;
    spec.name = options.name;
    return show(options, startAll(spec));
}

int upgrade(const Options& options) {
    const auto raised = upgradeFeatures(options.name);
    if (!raised)
        return report(raised.error());
    print(options.json ? toJson(*raised) + '\n' : describe(options.name, *raised));
    return kOk;
}

int environment(const Options& options) {
    const auto cluster = clusterStatus(options.name);
    if (!cluster || options.json)
        return show(options, cluster);
    print(environmentLines(*cluster));
    if (cluster->secure) {
        const auto access = clusterAccess(cluster->name);
        if (!access)
            return report(access.error());
        print(environmentLines(*access));
    }
    if (!cluster->up())
        fmt::print(stderr, "samsa: the cluster '{0}' is down; start it with 'samsa cluster up {0}'\n", options.name);
    return kOk;
}

int logs(const Options& options) {
    const auto cluster = clusterStatus(options.name);
    if (!cluster)
        return report(cluster.error());
    std::vector<NodeStatus> nodes;
    std::ranges::copy_if(cluster->nodes, std::back_inserter(nodes), [&](const NodeStatus& node) { return !options.node || node.id == *options.node; });
    if (nodes.empty())
        return report({ErrorCode::NotFound, fmt::format("the cluster '{}' has no node {}", options.name, *options.node)});
    return showLogs(nodes, options.lines, options.follow);
}

/// A fresh cluster for one command: no name to choose, nothing left afterwards, however we end.
int run(Options options, const std::vector<std::string>& command) {
    if (command.empty()) {
        fmt::print(stderr, "samsa: say what to run: samsa cluster run [--brokers N] [--set KEY=VALUE]... -- COMMAND [ARGUMENTS]\n");
        return kUsage;
    }
    std::random_device random;
    options.name = fmt::format("run-{}-{:08x}", ::getpid(), random());
    auto spec = specOf(options);
    if (!spec) {
        report(spec.error());
        return kUsage;
    }
    spec->lease = true;
    spec->ephemeral = true;
    auto client = ClusterClient::start(*spec);
    if (!client)
        return report(client.error());
    const auto started = client->call({.action = Action::Start}, kStartTimeout);
    int code = kFailure;
    if (started) {
        std::vector<std::string> environment{"BOOTSTRAP_SERVERS=" + started->bootstrapServers, "SAMSA_CLUSTER=" + started->name};
        if (const auto access = started->secure ? clusterAccess(started->name) : Result<ClusterAccess>(fail(ErrorCode::Unsupported, "")); access) {
            environment.push_back("KAFKA_CLIENT_PROPERTIES=" + access->javaSettings.front());
            environment.push_back("LIBRDKAFKA_CONFIG=" + access->librdkafkaSettings.front());
        }
        code = runCommand(command, environment);
    } else
        report(started.error());
    // A supervisor that has ended already has cleaned up as well; then there is nobody to answer.
    if (auto stopped = client->call({.action = Action::Stop}, kStopTimeout); !stopped && stopped.error().code != ErrorCode::Unavailable)
        report(stopped.error());
    if (auto ended = client->waitForEnd(kStopTimeout); !ended)
        report(ended.error());
    return code;
}

void addName(CLI::App* command, Options& options, bool required = false) {
    command->add_option("NAME", options.name, required ? "the cluster" : "the cluster (default: local)")->required(required);
}

void addShape(CLI::App* command, Options& options) {
    command->add_option("--brokers", options.brokers, "how many, 1 to 9 (default 3)")->check(CLI::Range(1, kBrokersMax));
    command->add_option("--set", options.settings, "a broker property of every node, KEY=VALUE; may be repeated")->allow_extra_args(false);
    command->add_flag("--secure", options.secure, "TLS, users and ACLs: a new cluster gets a CA, a certificate and the users admin and alice");
    command->add_option("--engine", options.engine, "samsa (default) or apache")->check(CLI::IsMember({"samsa", "apache"}));
    command->add_option("--kafka-home", options.kafkaHome, "where Apache Kafka is: the directory that has libs/");
    command->add_option("--port", options.port, "the first broker's port; the others follow, controllers 10 above (default: free ones are found and kept)");
}

} // namespace

int runCluster(int argc, char** argv) {
    Options options;
    int code = kOk;
    CLI::App app("Local clusters: real brokers on this machine, by name.", "samsa cluster");
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such cluster; 'run' answers with its command's.");

    const auto add = [&](const char* name, const char* help, std::function<int(const Options&)> action) {
        CLI::App* command = app.add_subcommand(name, help);
        command->callback([&options, &code, action = std::move(action)] { code = action(options); });
        command->add_flag("--json", options.json, "one JSON object instead of sentences");
        return command;
    };
    CLI::App* command = add("up", "start a cluster, making it first when it is new; returns when it serves", up);
    addName(command, options);
    addShape(command, options);
    command = add("down", "stop it cleanly; its data, name and ports stay", down);
    addName(command, options);
    command->add_flag("--delete", options.remove, "and remove it with all its data");
    command->add_flag("--all", options.all, "every cluster");
    add("list", "every cluster of this machine", list);
    addName(add("status", "how its nodes are", status), options);
    const std::pair<const char*, std::pair<const char*, Action>> nodeCommands[] = {
        {"kill", {"end a broker at once (SIGKILL)", Action::KillNode}},
        {"pause", {"let a broker stand still (SIGSTOP)", Action::PauseNode}},
        {"resume", {"let a paused broker go on", Action::ResumeNode}}};
    for (const auto& [name, rest] : nodeCommands) {
        command = add(name, rest.first, [action = rest.second](const Options& o) { return onNode(o, action); });
        addName(command, options, true);
        command->add_option("ID", options.node, "the node, numbered from 1")->required();
    }
    command = add("restart", "start a broker again, dead or alive; without ID all of them, one after the other", restart);
    addName(command, options, true);
    command->add_option("ID", options.node, "the node, numbered from 1");
    addName(add("add", "one more broker", [](const Options& o) { return onNode(o, Action::AddNode); }), options);
    command = add("logs", "what the brokers printed", logs);
    addName(command, options);
    command->add_option("ID", options.node, "only this node");
    command->add_option("-n,--lines", options.lines, "how many of each (default 100)")->check(CLI::Range(0, 1'000'000));
    command->add_flag("-f,--follow", options.follow, "and what they print from now on");
    addName(add("upgrade", "raise its feature levels to what this version has, as kafka-features.sh does; there is no way back for metadata.version", upgrade), options);
    addName(add("reset", "throw its data away; name, ports and settings stay", reset), options);
    addName(add("env", "its address as NAME=VALUE lines", environment), options);

    // What stands behind "--" is another program's: CLI11 never sees it.
    std::vector<std::string> toRun;
    int own = argc;
    for (int i = 1; i < argc; ++i)
        if (std::string_view(argv[i]) == "--") {
            own = i;
            toRun.assign(argv + i + 1, argv + argc);
            break;
        }
    command = add("run", "give COMMAND a fresh cluster in its environment (BOOTSTRAP_SERVERS, SAMSA_CLUSTER) and clean up after it",
                  [&](const Options& o) { return run(o, toRun); });
    addShape(command, options);
    command->footer("samsa cluster run [--brokers N] [--set KEY=VALUE]... -- COMMAND [ARGUMENTS]");

    try {
        app.parse(own, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? kOk : kUsage;
    }
    return code;
}

void printHelp() {
    print("samsa: a workbench for Apache Kafka, with a real cluster inside\n\n"
          "  samsa                        the window\n"
          "  samsa --demo                 the window on a local cluster, with the demo load running\n"
          "  samsa cluster COMMAND        local clusters: up, down, list, status, kill, pause, resume, restart, add, logs,\n"
          "                               upgrade, reset, env, run (samsa cluster --help)\n"
          "  samsa search                 finds messages of any cluster's topic (samsa search --help)\n"
          "  samsa demo                   a realistic load on any cluster (samsa demo --help)\n"
          "  samsa replay                 messages of a topic again, to a topic of any cluster (samsa replay --help)\n"
          "  samsa --version\n");
}

} // namespace app::cli
