#include "tests/support/process_cluster.h"

#include <QProcess>
#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <random>
#include <set>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tests {

namespace {

using Clock = std::chrono::steady_clock;

/// A port that nobody has, below the range from which the kernel takes the near ends of connections: a restarted node must find it
/// free again.
std::uint16_t freePort() {
    std::random_device random;
    for (;;) {
        const auto port = static_cast<std::uint16_t>(11000 + random() % 20000);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (free)
            return port;
    }
}

int millisecondsLeft(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

} // namespace

ProcessCluster::ProcessCluster(int nodes, int controllers, std::string extra) : m_nodes(nodes) {
    std::set<std::uint16_t> ports;
    while (ports.size() < static_cast<std::size_t>(nodes) * 2)
        ports.insert(freePort());
    std::vector<std::uint16_t> all(ports.begin(), ports.end());
    m_ports.assign(all.begin(), all.begin() + nodes);
    m_controllerPorts.assign(all.begin() + nodes, all.end());
    std::string voters;
    for (int node = 1; node <= controllers; ++node)
        voters += (node > 1 ? "," : "") + std::to_string(node) + "@127.0.0.1:" + std::to_string(m_controllerPorts[static_cast<std::size_t>(node - 1)]);
    for (int node = 1; node <= nodes; ++node) {
        const auto index = static_cast<std::size_t>(node - 1);
        const bool controller = node <= controllers;
        const int replicas = nodes < 3 ? nodes : 3;
        std::ofstream file(directory(node) + ".properties");
        file << "process.roles=" << (controller ? "broker,controller" : "broker") << "\nnode.id=" << node << "\nlisteners=PLAINTEXT://127.0.0.1:" << m_ports[index]
             << (controller ? ",CONTROLLER://127.0.0.1:" + std::to_string(m_controllerPorts[index]) : "")
             << "\ncontroller.listener.names=CONTROLLER\ncontroller.quorum.voters=" << voters << "\nlog.dirs=" << directory(node)
             << "\ndefault.replication.factor=" << replicas << "\noffsets.topic.replication.factor=" << replicas
             << (extra.find("transaction.state.log.replication.factor") == std::string::npos ? "\ntransaction.state.log.replication.factor=" + std::to_string(replicas) : std::string())
             << "\ntransaction.state.log.min.isr=" << std::max(1, replicas - 1)
             << "\nmin.insync.replicas=" << (nodes < 3 ? 1 : 2) << "\noffsets.topic.num.partitions=4\ngroup.initial.rebalance.delay.ms=0"
             << "\nbroker.heartbeat.interval.ms=200\nbroker.session.timeout.ms=1500\n"
             << extra;
    }
}

ProcessCluster::~ProcessCluster() {
    for (const auto& [node, pid] : m_pids)
        ::kill(pid, SIGKILL);
    for (const auto& [node, pid] : m_pids)
        ::waitpid(pid, nullptr, 0);
}

std::string ProcessCluster::directory(int node) const { return m_directory.path().toStdString() + "/node-" + std::to_string(node); }

std::string ProcessCluster::log(int node) const {
    std::ifstream file(directory(node) + ".log");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string ProcessCluster::logs() const {
    std::string all;
    for (int node = 1; node <= m_nodes; ++node) {
        const std::string text = log(node);
        all += "--- node " + std::to_string(node) + "\n" + text.substr(text.size() - std::min<std::size_t>(text.size(), 1200));
    }
    return all;
}

std::string ProcessCluster::bootstrap() const {
    std::string list;
    for (const auto port : m_ports)
        list += (list.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(port);
    return list;
}

int ProcessCluster::launch(int node) {
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0)
        return -1;
    const std::string properties = directory(node) + ".properties";
    const std::string logFile = directory(node) + ".log";
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(1);
        const int out = ::open(logFile.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(out, 1);
        ::dup2(out, 2);
        if (ready[1] == 3)
            ::fcntl(3, F_SETFD, 0);
        else
            ::dup2(ready[1], 3); // without O_CLOEXEC
        ::execl(SAMSA_BROKER_PATH, "samsa-broker", "--cluster-id", m_clusterId.c_str(), "--ready-fd", "3", properties.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(ready[1]);
    m_pids[node] = pid;
    return ready[0];
}

bool ProcessCluster::waitReady(int descriptor, Clock::time_point deadline) {
    pollfd poll{descriptor, POLLIN, 0};
    char text[8] = {};
    const bool ready = ::poll(&poll, 1, millisecondsLeft(deadline)) == 1 && ::read(descriptor, text, sizeof text) == 6;
    ::close(descriptor);
    return ready;
}

bool ProcessCluster::start(std::chrono::milliseconds deadline) {
    const auto end = Clock::now() + deadline;
    std::vector<int> descriptors;
    for (int node = 1; node <= m_nodes; ++node)
        descriptors.push_back(launch(node));
    bool all = true;
    for (const int descriptor : descriptors)
        all &= waitReady(descriptor, end);
    return all;
}

bool ProcessCluster::startNode(int node, std::chrono::milliseconds deadline) { return waitReady(launch(node), Clock::now() + deadline); }

void ProcessCluster::signalNode(int node, int signal) {
    if (const auto found = m_pids.find(node); found != m_pids.end())
        ::kill(found->second, signal);
}

int ProcessCluster::waitForEnd(int node, std::chrono::milliseconds deadline) {
    const auto found = m_pids.find(node);
    if (found == m_pids.end())
        return -1;
    // A pidfd is readable when its process has ended.
    const int fd = static_cast<int>(::syscall(434 /* pidfd_open */, found->second, 0));
    pollfd poll{fd, POLLIN, 0};
    const bool ended = ::poll(&poll, 1, static_cast<int>(deadline.count())) == 1;
    ::close(fd);
    if (!ended)
        return -1;
    int status = 0;
    ::waitpid(found->second, &status, 0);
    m_pids.erase(found);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

void ProcessCluster::killNode(int node) {
    signalNode(node, SIGKILL);
    waitForEnd(node);
}

ProcessCluster::Output ProcessCluster::run(const std::vector<std::string>& command, const std::string& input, std::chrono::milliseconds deadline) {
    QProcess process;
    QStringList arguments;
    for (std::size_t i = 1; i < command.size(); ++i)
        arguments << QString::fromStdString(command[i]);
    process.start(QString::fromStdString(command[0]), arguments);
    process.write(QByteArray::fromStdString(input));
    process.closeWriteChannel();
    Output output;
    if (process.waitForFinished(static_cast<int>(deadline.count())))
        output.exitCode = process.exitCode();
    else
        process.kill();
    output.out = process.readAllStandardOutput().toStdString();
    output.err = process.readAllStandardError().toStdString();
    return output;
}

} // namespace tests
