#include "tests/embedded-broker/node/kill_cluster.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace tests {

namespace fs = std::filesystem;

namespace {
constexpr const char* kClusterId = "MkU3OEVBNTcwNTJENDM2Qk";
}

KillCluster::KillCluster(KillClusterOptions options) : m_options(std::move(options)) {
    fs::remove_all(m_options.directory);
    const int controllers = m_options.nodes >= 3 ? 3 : 1;
    const auto controllerPort = [&](int id) { return m_options.firstPort + m_options.nodes + id - 1; };
    std::string voters;
    for (int id = 1; id <= controllers; ++id)
        voters += fmt::format("{}{}@127.0.0.1:{}", id > 1 ? "," : "", id, controllerPort(id));
    for (int id = 1; id <= m_options.nodes; ++id) {
        const auto node = fmt::format("{}/node-{}", m_options.directory, id);
        fs::create_directories(node);
        const bool controller = id <= controllers;
        const auto client = fmt::format("PLAINTEXT://127.0.0.1:{}", m_options.firstPort + id - 1);
        std::ofstream properties(node + "/server.properties");
        properties << fmt::format("process.roles={}\nnode.id={}\nlisteners={}\nadvertised.listeners={}\ncontroller.listener.names=CONTROLLER\n"
                                  "inter.broker.listener.name=PLAINTEXT\ncontroller.quorum.voters={}\nlog.dirs={}/data\n",
                                  controller ? "broker,controller" : "broker", id,
                                  controller ? fmt::format("{},CONTROLLER://127.0.0.1:{}", client, controllerPort(id)) : client, client, voters, node);
        properties << fmt::format("default.replication.factor={0}\nmin.insync.replicas={1}\noffsets.topic.replication.factor={0}\n"
                                  "transaction.state.log.replication.factor={0}\ntransaction.state.log.min.isr={1}\n"
                                  "offsets.topic.num.partitions=8\ngroup.initial.rebalance.delay.ms=0\n",
                                  replicas(), replicas() >= 3 ? 2 : 1);
        for (const auto& setting : m_options.settings)
            properties << setting << "\n";
        m_nodes[id];
    }
}

KillCluster::~KillCluster() {
    for (auto& [id, node] : m_nodes)
        kill(id);
}

void KillCluster::start(int id) {
    auto& node = m_nodes.at(id);
    if (node.watcher.joinable())
        node.watcher.join(); // of a process that ended by itself
    int pipe[2] = {-1, -1};
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        std::abort();
    const auto directory = fmt::format("{}/node-{}", m_options.directory, id);
    const auto log = directory + "/broker.log";
    const auto properties = directory + "/server.properties";
    const int ready = ::fcntl(pipe[1], F_DUPFD_CLOEXEC, 10); // the child takes the mark away
    const auto readyText = std::to_string(ready);
    const pid_t parent = ::getpid();
    node.pid = ::fork();
    if (node.pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(127);
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::fcntl(ready, F_SETFD, 0);
        ::execl(m_options.broker.c_str(), m_options.broker.c_str(), "--cluster-id", kClusterId, "--ready-fd", readyText.c_str(), properties.c_str(),
                static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(pipe[1]);
    ::close(ready);
    if (node.ready >= 0)
        ::close(node.ready);
    node.ready = pipe[0];
    node.killed = std::make_shared<std::atomic<bool>>(false);
    node.watcher = std::thread([this, id, pid = node.pid, killed = node.killed] {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        }
        if (!*killed && m_watcher)
            m_watcher(id);
    });
}

void KillCluster::kill(int id) {
    auto& node = m_nodes.at(id);
    if (node.killed)
        *node.killed = true;
    if (node.pid > 0)
        ::kill(node.pid, SIGKILL);
    if (node.watcher.joinable())
        node.watcher.join();
    if (node.pid > 0)
        ::waitpid(node.pid, nullptr, 0);
    node.pid = -1;
    if (node.ready >= 0)
        ::close(std::exchange(node.ready, -1));
}

void KillCluster::pause(int id) const {
    if (m_nodes.at(id).pid > 0)
        ::kill(m_nodes.at(id).pid, SIGSTOP);
}

void KillCluster::resume(int id) const {
    if (m_nodes.at(id).pid > 0)
        ::kill(m_nodes.at(id).pid, SIGCONT);
}

bool KillCluster::waitReady(int id, std::chrono::milliseconds patience) {
    auto& node = m_nodes.at(id);
    if (node.ready < 0)
        return false;
    pollfd wait{node.ready, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) != 1)
        return false;
    char text[8] = {};
    return ::read(node.ready, text, sizeof text) > 0;
}

std::string KillCluster::describe(int id) {
    auto& node = m_nodes.at(id);
    int status = 0;
    std::string how = "it runs";
    if (node.pid > 0 && ::waitpid(node.pid, &status, WNOHANG) == node.pid) {
        node.pid = -1;
        how = WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status)) : fmt::format("exit code {}", WEXITSTATUS(status));
    }
    return fmt::format("{}; {}", how, logOf(id));
}

std::string KillCluster::bootstrap() const {
    std::string all;
    for (int id = 1; id <= m_options.nodes; ++id)
        all += fmt::format("{}127.0.0.1:{}", id > 1 ? "," : "", m_options.firstPort + id - 1);
    return all;
}

std::string KillCluster::logOf(int id) const { return fmt::format("{}/node-{}/broker.log", m_options.directory, id); }

} // namespace tests
