#include "embedded-broker/cluster/engine.h"

#include "embedded-broker/cluster/secrets.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>

extern char** environ;

namespace broker::cluster {

namespace fs = std::filesystem;

namespace {

/// Warnings and worse go to the log; the one line that says "started" goes to standard output, which is our ready pipe.
constexpr std::string_view kLog4j2 = R"(status=error
appender.log.type=Console
appender.log.name=log
appender.log.target=SYSTEM_ERR
appender.log.layout.type=PatternLayout
appender.log.layout.pattern=%d %p %c{1}: %m%n
appender.ready.type=Console
appender.ready.name=ready
appender.ready.target=SYSTEM_OUT
appender.ready.layout.type=PatternLayout
appender.ready.layout.pattern=%m%n
rootLogger.level=info
rootLogger.appenderRef.log.ref=log
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
logger.server.appenderRef.ready.ref=ready
)";
/// The same for Kafka 3.x.
constexpr std::string_view kLog4j1 = R"(log4j.rootLogger=INFO, log
log4j.appender.log=org.apache.log4j.ConsoleAppender
log4j.appender.log.target=System.err
log4j.appender.log.layout=org.apache.log4j.PatternLayout
log4j.appender.log.layout.ConversionPattern=%d %p %c{1}: %m%n
log4j.logger.kafka.server.KafkaRaftServer=INFO, ready
log4j.appender.ready=org.apache.log4j.ConsoleAppender
log4j.appender.ready.layout=org.apache.log4j.PatternLayout
log4j.appender.ready.layout.ConversionPattern=%m%n
)";

Result<std::string> findJava() {
    if (const char* home = std::getenv("JAVA_HOME"); home && *home)
        if (std::string java = std::string(home) + "/bin/java"; ::access(java.c_str(), X_OK) == 0)
            return java;
    std::string_view path = std::getenv("PATH") ? std::getenv("PATH") : "/usr/local/bin:/usr/bin:/bin";
    while (!path.empty()) {
        const auto colon = path.find(':');
        const std::string java = std::string(path.substr(0, colon)) + "/java";
        if (java.front() == '/' && ::access(java.c_str(), X_OK) == 0)
            return java;
        path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
    }
    return fail(ErrorCode::NotFound, "Apache Kafka needs Java and there is none: install a JRE (17 or newer) or set JAVA_HOME");
}

Result<std::vector<std::string>> javaCommand(const ClusterFile& file, const ClusterPaths& paths, NodeId id, std::vector<std::string> rest) {
    const auto java = findJava();
    if (!java)
        return std::unexpected(java.error());
    const std::string log4j2 = paths.node(id) + "/log4j2.properties";
    const std::string log4j1 = paths.node(id) + "/log4j.properties";
    for (const auto& [path, text] : {std::pair{log4j2, kLog4j2}, std::pair{log4j1, kLog4j1}})
        if (auto written = replaceFile(path, std::string(text)); !written)
            return std::unexpected(written.error());
    std::vector<std::string> argv{*java};
    std::string_view heap = std::getenv("KAFKA_HEAP_OPTS") ? std::getenv("KAFKA_HEAP_OPTS") : "-Xms512m -Xmx512m";
    while (!heap.empty()) {
        const auto space = heap.find(' ');
        if (space != 0)
            argv.emplace_back(heap.substr(0, space));
        heap = space == std::string_view::npos ? std::string_view() : heap.substr(space + 1);
    }
    argv.insert(argv.end(), {"-XX:+UseG1GC", "-Dlog4j2.configurationFile=" + log4j2, "-Dlog4j.configuration=file:" + log4j1,
                             "-Dkafka.logs.dir=" + paths.node(id), "-cp", file.kafkaHome + "/libs/*"});
    argv.insert(argv.end(), rest.begin(), rest.end());
    return argv;
}

struct Spawn {
    char** argv;
    char** environment;
    const char* directory;
    int in;
    int log;
    int ready;
    int readyAs; ///< the number that `ready` has in the child
};

/// vfork: the child borrows our memory until it becomes the other program, so it makes system calls and nothing else.
/// What it changes of signals and descriptors is its own.
[[gnu::noinline]] pid_t spawn(const Spawn& what, volatile int* childErrno) {
    const pid_t parent = ::getpid();
    sigset_t none;
    ::sigemptyset(&none);
    const pid_t pid = ::vfork();
    if (pid != 0)
        return pid;
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127); // the parent died between vfork and prctl
    ::dup2(what.in, STDIN_FILENO);
    ::dup2(what.log, STDOUT_FILENO);
    ::dup2(what.log, STDERR_FILENO);
    ::dup2(what.ready, what.readyAs);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGHUP, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::chdir(what.directory) == 0)
        ::execve(what.argv[0], what.argv, what.environment);
    *childErrno = errno;
    ::_exit(127);
}

} // namespace

Result<void> checkEngine(Engine engine, const std::string& kafkaHome) {
    if (engine == Engine::Samsa) {
        const std::string broker = programPath("SAMSA_BROKER", "samsa-broker");
        if (::access(broker.c_str(), X_OK) != 0)
            return fail(ErrorCode::NotFound, fmt::format("{} is missing: install samsa-broker beside this program, or set SAMSA_BROKER", broker));
        return {};
    }
    if (kafkaHome.empty())
        return fail(ErrorCode::InvalidArgument, "say where Apache Kafka is: --kafka-home DIR, the directory that has libs/ and bin/");
    std::error_code error;
    if (!fs::is_directory(kafkaHome + "/libs", error))
        return fail(ErrorCode::NotFound, fmt::format("{} is not a Kafka home: it has no libs/ directory", kafkaHome));
    if (const auto java = findJava(); !java)
        return std::unexpected(java.error());
    return {};
}

Result<Command> nodeCommand(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths) {
    Command command;
    if (file.engine == Engine::Samsa) {
        command.argv = {programPath("SAMSA_BROKER", "samsa-broker"), "--cluster-id", file.clusterId, "--ready-fd", "3"};
        if (file.secure)
            command.argv.insert(command.argv.end(), {"--scram-users", SecretPaths{paths.directory}.scramUsers()});
        command.argv.push_back(paths.properties(node.id));
        command.readyFd = 3;
        return command;
    }
    auto argv = javaCommand(file, paths, node.id, {"kafka.Kafka", paths.properties(node.id)});
    if (!argv)
        return std::unexpected(argv.error());
    command.argv = std::move(*argv);
    command.readyFd = STDOUT_FILENO;
    return command;
}

Result<std::optional<Command>> formatCommand(const ClusterFile& file, const NodePlan& node, const ClusterPaths& paths) {
    if (file.engine == Engine::Samsa || ::access((paths.logDirectory(node.id) + "/meta.properties").c_str(), F_OK) == 0)
        return std::optional<Command>{};
    auto argv = javaCommand(file, paths, node.id,
                            {"kafka.tools.StorageTool", "format", "-t", file.clusterId, "-c", paths.properties(node.id)});
    if (!argv)
        return std::unexpected(argv.error());
    if (file.secure) // arguments from a file: a password on a command line is everybody's
        argv->push_back("@" + SecretPaths{paths.directory}.scramUsers());
    argv->insert(argv->begin() + 1, {"-XX:TieredStopAtLevel=1"});
    return std::optional<Command>{Command{.argv = std::move(*argv), .extraEnvironment = {}, .readyFd = 3}};
}

bool saysReady(Engine engine, std::string_view text) {
    return engine == Engine::Samsa ? text.starts_with("ready\n") : text.find("Kafka Server started") != std::string_view::npos;
}

std::string programPath(const char* variable, const char* name) {
    if (const char* other = std::getenv(variable); other && *other)
        return other;
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return (self.parent_path() / name).string();
}

Result<Child> startChild(const Command& command, const std::string& logFile, const std::string& directory) {
    std::vector<char*> argv;
    for (const auto& argument : command.argv)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (char** one = environ; *one; ++one)
        environment.push_back(*one);
    for (const auto& one : command.extraEnvironment)
        environment.push_back(const_cast<char*>(one.c_str()));
    environment.push_back(nullptr);

    const UniqueFd log(::open(logFile.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log)
        return std::unexpected(systemError("open", logFile, errno));
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        return std::unexpected(systemError("pipe", "ready", errno));
    UniqueFd ours(pipe[0]);
    // Above the numbers that the child gives away, so that dup2 never meets its own source.
    const UniqueFd theirs(::fcntl(pipe[1], F_DUPFD_CLOEXEC, 16));
    ::close(pipe[1]);
    if (!theirs)
        return std::unexpected(systemError("pipe", "ready", errno));
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);

    volatile int childErrno = 0;
    const pid_t pid = spawn({argv.data(), environment.data(), directory.c_str(), nothing.get(), log.get(), theirs.get(), command.readyFd}, &childErrno);
    if (pid < 0)
        return std::unexpected(systemError("start", command.argv[0], errno));
    if (childErrno != 0) {
        ::waitpid(pid, nullptr, 0);
        return std::unexpected(systemError("start", command.argv[0], childErrno));
    }
    return Child{pid, std::move(ours)};
}

} // namespace broker::cluster
