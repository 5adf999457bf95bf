// Feature levels of a running cluster: raised by a samsa-broker that speaks as one of its nodes.
#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/engine.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>

extern char** environ;

namespace broker::cluster {

namespace {

constexpr std::size_t kOutputMax = 64 * 1024;

struct Output {
    int status = 0;
    std::string text; ///< of both outputs
};

/// Runs it to its end; its deadline is its own.
Result<Output> output(const std::vector<std::string>& command) {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        return std::unexpected(systemError("pipe", command.front(), errno));
    const UniqueFd ours(pipe[0]);
    UniqueFd theirs(pipe[1]);
    std::vector<char*> argv;
    for (const auto& argument : command)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDERR_FILENO);
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    theirs.reset();
    if (failed != 0)
        return std::unexpected(systemError("start", command.front(), failed));
    Output result;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(ours.get(), buffer, sizeof buffer)) != 0;) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        if (result.text.size() < kOutputMax)
            result.text.append(buffer, static_cast<std::size_t>(n));
    }
    while (::waitpid(pid, &result.status, 0) < 0 && errno == EINTR) {
    }
    return result;
}

std::string lastLine(const std::string& text) {
    std::string last;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (!line.empty())
            last = line;
    constexpr std::string_view kPrefix = "samsa-broker: ";
    return last.starts_with(kPrefix) ? last.substr(kPrefix.size()) : last;
}

} // namespace

Result<std::vector<FeatureLevel>> upgradeFeatures(const std::string& name) {
    const auto cluster = clusterStatus(name);
    if (!cluster)
        return std::unexpected(cluster.error());
    if (cluster->engine == Engine::Apache)
        return fail(ErrorCode::Unsupported, fmt::format("the cluster '{}' runs Apache Kafka: raise its levels with Kafka's own "
                                                        "'bin/kafka-features.sh --bootstrap-server {} upgrade'",
                                                        name, cluster->bootstrapServers));
    if (!cluster->serving())
        return fail(ErrorCode::Unavailable, fmt::format("not every node of the cluster '{0}' serves, and all of them must know a new level; start it with 'samsa cluster up {0}'", name));
    const auto ran = output({programPath("SAMSA_BROKER", "samsa-broker"), "--upgrade-features", cluster->nodes.front().propertiesFile});
    if (!ran)
        return std::unexpected(ran.error());
    if (!WIFEXITED(ran->status) || WEXITSTATUS(ran->status) != 0)
        return fail(ErrorCode::Unavailable, fmt::format("the levels of the cluster '{}' were not raised: {}", name, lastLine(ran->text)));
    std::vector<FeatureLevel> levels;
    std::istringstream lines(ran->text);
    for (std::string line; std::getline(lines, line);) {
        FeatureLevel level;
        std::string rest;
        if (std::istringstream words(line); words >> level.feature >> level.before >> level.after && !(words >> rest))
            levels.push_back(std::move(level));
    }
    return levels;
}

} // namespace broker::cluster
