#include "tests/embedded-broker/node/kill_cluster.h"

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
#include <thread>
#include <unistd.h>
#include <utility>

namespace tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {
constexpr const char* kClusterId = "MkU3OEVBNTcwNTJENDM2Qk";
}

KillCluster::KillCluster(KillClusterOptions options) : m_options(std::move(options)) {
    fs::remove_all(m_options.directory);
    std::string voters;
    for (int id = 1; id <= 3; ++id)
        voters += fmt::format("{}{}@127.0.0.1:{}", id > 1 ? "," : "", id, m_options.firstPort + 2 + id);
    for (int id = 1; id <= 3; ++id) {
        const auto node = fmt::format("{}/node-{}", m_options.directory, id);
        fs::create_directories(node);
        std::ofstream properties(node + "/server.properties");
        properties << fmt::format("process.roles=broker,controller\nnode.id={0}\nlisteners=PLAINTEXT://127.0.0.1:{1},CONTROLLER://127.0.0.1:{2}\n"
                                  "advertised.listeners=PLAINTEXT://127.0.0.1:{1}\ncontroller.listener.names=CONTROLLER\n"
                                  "inter.broker.listener.name=PLAINTEXT\ncontroller.quorum.voters={3}\nlog.dirs={4}/data\n"
                                  "default.replication.factor=3\nmin.insync.replicas=2\noffsets.topic.replication.factor=3\n"
                                  "offsets.topic.num.partitions=8\ngroup.initial.rebalance.delay.ms=0\n",
                                  id, m_options.firstPort + id - 1, m_options.firstPort + 2 + id, voters, node);
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
    int pipe[2] = {-1, -1};
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        std::abort();
    const auto directory = fmt::format("{}/node-{}", m_options.directory, id);
    const auto log = directory + "/broker.log";
    const auto properties = directory + "/server.properties";
    node.startedAt = std::chrono::steady_clock::now();
    const pid_t parent = ::getpid();
    node.pid = ::fork();
    if (node.pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(127);
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        const int ready = ::fcntl(pipe[1], F_DUPFD, 10); // without close-on-exec
        ::execl(m_options.broker.c_str(), m_options.broker.c_str(), "--cluster-id", kClusterId, "--ready-fd", std::to_string(ready).c_str(),
                properties.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(pipe[1]);
    if (node.ready >= 0)
        ::close(node.ready);
    node.ready = pipe[0];
}

void KillCluster::kill(int id) {
    auto& node = m_nodes.at(id);
    if (node.pid > 0) {
        ::kill(node.pid, SIGKILL);
        ::waitpid(node.pid, nullptr, 0);
    }
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

int KillCluster::stop(int id, std::chrono::milliseconds patience) {
    auto& node = m_nodes.at(id);
    if (node.pid <= 0)
        return 0;
    ::kill(node.pid, SIGTERM);
    for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(5ms)) {
        int status = 0;
        if (::waitpid(node.pid, &status, WNOHANG) == node.pid) {
            node.pid = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
    }
    kill(id);
    return -1;
}

bool KillCluster::endedByItself(int id) {
    auto& node = m_nodes.at(id);
    if (node.pid <= 0 || ::waitpid(node.pid, nullptr, WNOHANG) != node.pid)
        return false;
    node.pid = -1;
    return true;
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
    return fmt::format("127.0.0.1:{},127.0.0.1:{},127.0.0.1:{}", m_options.firstPort, m_options.firstPort + 1, m_options.firstPort + 2);
}

std::string KillCluster::logOf(int id) const { return fmt::format("{}/node-{}/broker.log", m_options.directory, id); }

} // namespace tests
