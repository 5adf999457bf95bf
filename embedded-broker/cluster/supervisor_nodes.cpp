// The nodes of a supervisor: started, known to serve, stopped, paused, reaped, reported.
#include "embedded-broker/base/log.h"
#include "embedded-broker/cluster/moments.h"
#include "embedded-broker/cluster/secrets.h"
#include "embedded-broker/cluster/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace broker::cluster {

namespace {

constexpr int kLogTailLines = 20;
constexpr off_t kLogBytesMax = 16 << 20;

/// How long a node may take to serve. A cold JVM on a busy machine is slow; ours only ever replays a journal.
Duration startTimeout(Engine engine) { return engine == Engine::Apache ? seconds(180) : seconds(120); }
/// After the one second of controlled shutdown the broker still syncs its files; killing it then would cost a recovery.
constexpr Duration kStopTimeout = seconds(30);

std::string describeExit(int status) {
    if (WIFSIGNALED(status))
        return fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

bool isAlive(NodeState state) {
    return state == NodeState::Starting || state == NodeState::Running || state == NodeState::Paused || state == NodeState::Stopping;
}

} // namespace

Result<void> Supervisor::startNode(Node& one) {
    const ClusterPaths& paths = m_paths;
    for (const auto port : {one.plan.port, one.plan.controllerPort}) {
        if (port == one.plan.controllerPort && !one.plan.controller)
            continue;
        if (auto free = checkPortFree(port); !free)
            return fail(free.error().code,
                        fmt::format("node {} cannot start: {}. End that program (its name: 'ss -ltnp sport = :{}'), or give the cluster "
                                    "other ports: 'samsa cluster down {} --delete', then 'up' with --port",
                                    one.plan.id, free.error().message, port, m_file.name));
    }
    if (auto made = makePrivateDirectory(paths.node(one.plan.id)); !made)
        return made;
    ClusterSecrets secrets;
    if (m_file.secure) {
        auto loaded = loadSecrets(paths);
        if (!loaded)
            return std::unexpected(loaded.error());
        secrets = std::move(*loaded);
    }
    if (m_file.engine == Engine::Samsa)
        if (auto made = ensureLinkSecret(paths); !made)
            return made;
    const std::string properties = nodeProperties(m_file, one.plan, paths, securityProperties(m_file, paths, secrets));
    if (auto written = replaceFile(paths.properties(one.plan.id), properties); !written)
        return written;
    struct stat info{};
    one.logFrom = ::stat(paths.logFile(one.plan.id).c_str(), &info) == 0 ? info.st_size : 0;
    if (one.logFrom > kLogBytesMax) {
        ::rename(paths.logFile(one.plan.id).c_str(), (paths.logFile(one.plan.id) + ".1").c_str());
        one.logFrom = 0;
    }
    one.lastExit.clear();
    one.lastTail.clear();
    one.killWanted = false;
    one.startAgain = false;
    one.deadline = monotonic() + startTimeout(m_file.engine);
    if (auto launched = launch(one); !launched)
        return launched;
    enter(one, NodeState::Starting, EventKind::NodeStarting);
    return {};
}

/// The next process of a starting node: for Apache Kafka first the one that formats.
Result<void> Supervisor::launch(Node& one) {
    auto format = formatCommand(m_file, one.plan, m_paths);
    if (!format)
        return std::unexpected(format.error());
    auto command = *format ? Result<Command>(std::move(**format)) : nodeCommand(m_file, one.plan, m_paths);
    if (!command)
        return std::unexpected(command.error());
    one.formatting = format->has_value();
    auto child = startChild(*command, m_paths.logFile(one.plan.id), m_paths.node(one.plan.id));
    if (!child)
        return std::unexpected(child.error());
    one.pid = child->pid;
    one.ready = std::move(child->ready);
    one.readyText.clear();
    one.served = false;
    watch(one.ready.get(), EPOLLIN);
    return {};
}

Result<void> Supervisor::addNode(const IncomingRequest&) {
    auto plan = planNextNode(m_file);
    if (!plan)
        return std::unexpected(plan.error());
    ClusterFile file = m_file;
    file.nodes.push_back(*plan);
    if (auto saved = saveCluster(m_paths, file); !saved)
        return saved;
    ClusterFile before = std::exchange(m_file, std::move(file));
    m_nodes.push_back(std::make_unique<Node>());
    m_nodes.back()->plan = *plan;
    if (auto started = startNode(*m_nodes.back()); !started) {
        m_nodes.pop_back();
        m_file = std::move(before);
        if (auto saved = saveCluster(m_paths, m_file); !saved)
            return saved;
        return started;
    }
    publish({.kind = EventKind::NodeAdded, .node = plan->id, .exitCode = {}, .signal = {}, .logTail = {}, .status = {}});
    return {};
}

void Supervisor::stopNode(Node& one) {
    const bool paused = one.state == NodeState::Paused;
    ::kill(one.pid, one.formatting ? SIGKILL : SIGTERM);
    if (paused)
        ::kill(one.pid, SIGCONT);
    one.deadline = monotonic() + kStopTimeout;
    enter(one, NodeState::Stopping, {});
}

void Supervisor::killNode(Node& one) {
    one.killWanted = true;
    ::kill(-one.pid, SIGKILL);
}

void Supervisor::stopAll() {
    if (m_stopping)
        return;
    m_stopping = true;
    // From here on a new 'up' finds nobody and starts a supervisor of its own, which waits for our lock.
    m_listener.reset();
    const UniqueFd directory(::open(m_paths.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ::unlinkat(directory.get(), kSocketName, 0);
    publish({.kind = EventKind::ClusterStopping, .exitCode = {}, .signal = {}, .logTail = {}, .status = {}});
    for (auto& one : m_nodes) {
        one->startAgain = false;
        if (one->pid == 0)
            continue;
        if (m_file.ephemeral)
            killNode(*one); // its data goes too: nobody will read a clean shutdown
        else if (one->state != NodeState::Stopping)
            stopNode(*one);
    }
}

void Supervisor::readReady(Node& one) {
    char buffer[4096];
    for (;;) {
        const ssize_t n = ::read(one.ready.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            one.ready.reset(); // samsa-broker closes it after "ready"
            return;
        }
        if (one.served || one.formatting)
            continue; // Apache Kafka goes on printing: only kept flowing
        one.readyText.append(buffer, static_cast<std::size_t>(n));
        if (saysReady(m_file.engine, one.readyText)) {
            one.served = true;
            one.readyText.clear();
            if (one.state == NodeState::Starting) {
                one.deadline = {};
                enter(one, NodeState::Running, EventKind::NodeReady);
            }
        } else if (one.readyText.size() > 64 * 1024) {
            one.readyText.erase(0, 32 * 1024);
        }
    }
}

void Supervisor::enter(Node& one, NodeState state, std::optional<EventKind> event) {
    one.state = state;
    one.sinceMs = wallMs();
    if (event)
        publish({.kind = *event, .node = one.plan.id, .exitCode = {}, .signal = {}, .logTail = {}, .status = {}});
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0;) {
        const auto it = std::ranges::find_if(m_nodes, [pid](const auto& one) { return one->pid == pid; });
        if (it == m_nodes.end())
            continue;
        Node& one = **it;
        if (WIFSTOPPED(status)) {
            one.deadline = {};
            if (one.state != NodeState::Stopping)
                enter(one, NodeState::Paused, EventKind::NodePaused);
        } else if (WIFCONTINUED(status)) {
            if (one.state == NodeState::Paused)
                enter(one, one.served ? NodeState::Running : NodeState::Starting, EventKind::NodeResumed);
        } else {
            died(one, status);
        }
    }
}

void Supervisor::died(Node& one, int status) {
    if (one.ready)
        readReady(one); // a "ready" that it wrote with its last breath is still news
    one.pid = 0;
    one.ready.reset();
    one.deadline = {};
    one.served = false;
    one.lastExit = describeExit(status);

    if (one.formatting && one.state == NodeState::Starting && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        one.formatting = false;
        one.deadline = monotonic() + startTimeout(m_file.engine);
        if (const auto launched = launch(one); launched)
            return;
        else
            one.lastExit = launched.error().message;
    }

    Event event;
    event.node = one.plan.id;
    if (WIFSIGNALED(status))
        event.signal = WTERMSIG(status);
    else
        event.exitCode = WEXITSTATUS(status);
    const bool asked = one.state == NodeState::Stopping;
    const bool clean = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || (m_file.engine == Engine::Apache && WEXITSTATUS(status) == 143));
    if (one.killWanted) {
        event.kind = EventKind::NodeDied;
        event.expected = true;
        one.state = NodeState::Killed;
    } else if (asked && clean) {
        event.kind = EventKind::NodeStopped;
        one.state = NodeState::Stopped;
    } else {
        event.kind = EventKind::NodeDied;
        one.state = NodeState::Crashed;
        one.lastTail = logTail(m_paths.logFile(one.plan.id), kLogTailLines, one.logFrom);
        event.logTail = one.lastTail;
        log::warning("supervisor", "node {} {}", one.plan.id, one.lastExit);
    }
    one.sinceMs = wallMs();
    publish(std::move(event));

    if (one.startAgain && !m_stopping) {
        if (const auto started = startNode(one); !started) {
            one.startAgain = false;
            one.lastTail = started.error().message;
            log::warning("supervisor", "{}", started.error().message);
        }
    }
}

ClusterStatus Supervisor::status() const {
    ClusterStatus status = stoppedStatus(m_file, m_paths);
    status.supervisorPid = ::getpid();
    status.leased = !m_keep;
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        const Node& one = *m_nodes[i];
        status.nodes[i].pid = isAlive(one.state) ? one.pid : 0;
        status.nodes[i].state = one.state;
        status.nodes[i].sinceMs = one.sinceMs;
        status.nodes[i].lastExit = one.lastExit;
    }
    return status;
}

} // namespace broker::cluster
