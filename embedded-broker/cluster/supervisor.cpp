// The supervisor's loop, its clients and what they ask. Its nodes: supervisor_nodes.cpp.
#include "embedded-broker/cluster/supervisor.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/cluster/moments.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

namespace broker::cluster {

Supervisor::Supervisor(ClusterPaths paths, ClusterFile file, UniqueFd lock, int firstConnection)
    : m_paths(std::move(paths))
    , m_file(std::move(file))
    , m_lock(std::move(lock)) {
    for (const auto& plan : m_file.nodes) {
        m_nodes.push_back(std::make_unique<Node>());
        m_nodes.back()->plan = plan;
    }
    if (firstConnection >= 0) {
        // Whoever started us is answerable for us until a Start says otherwise: if it dies before, nothing is left.
        Client first;
        first.fd.reset(firstConnection);
        first.lease = true;
        m_clients.emplace(firstConnection, std::move(first));
    }
}

Supervisor::~Supervisor() = default;

// --- the loop --------------------------------------------------------------------------------------------------------

int Supervisor::run() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT})
        ::sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);

    m_epoll.reset(::epoll_create1(EPOLL_CLOEXEC));
    m_signals.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    m_timer.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!m_epoll || !m_signals || !m_timer || !listen())
        return 1;
    watch(m_signals.get(), EPOLLIN);
    watch(m_timer.get(), EPOLLIN);
    watch(m_listener.get(), EPOLLIN);
    for (auto& [fd, client] : m_clients) {
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        watch(fd, EPOLLIN);
    }

    for (;;) {
        epoll_event events[32];
        const int count = ::epoll_wait(m_epoll.get(), events, std::size(events), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[i].data.fd;
            if (fd == m_signals.get()) {
                signalfd_siginfo info{};
                bool child = false;
                bool end = false;
                while (::read(fd, &info, sizeof info) == sizeof info)
                    (info.ssi_signo == SIGCHLD ? child : end) = true;
                if (child)
                    reap();
                if (end)
                    stopAll();
            } else if (fd == m_timer.get()) {
                std::uint64_t expirations = 0;
                [[maybe_unused]] const ssize_t n = ::read(fd, &expirations, sizeof expirations);
                checkDeadlines();
            } else if (fd == m_listener.get()) {
                accept();
            } else if (m_clients.contains(fd)) {
                if (events[i].events & EPOLLOUT)
                    writeClient(m_clients.at(fd));
                if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    readClient(fd);
            } else {
                for (auto& one : m_nodes)
                    if (one->ready.get() == fd)
                        readReady(*one);
            }
        }
        settleAll();
        while (!m_gone.empty()) {
            const int fd = m_gone.back();
            m_gone.pop_back();
            const auto it = m_clients.find(fd);
            if (it == m_clients.end())
                continue;
            const bool lease = it->second.lease;
            m_clients.erase(it);
            std::erase_if(m_waiting, [fd](const Waiting& waiting) { return waiting.client == fd; });
            if (lease)
                leaseEnded();
        }
        armTimer();
        if (m_stopping && std::ranges::none_of(m_nodes, [](const auto& one) { return one->pid != 0; })) {
            settleAll();
            cleanUp();
            return 0;
        }
    }
}

bool Supervisor::listen() {
    const UniqueFd directory(::open(m_paths.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ::unlinkat(directory.get(), kSocketName, 0); // ours is the lock: the socket of a dead supervisor
    m_listener.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", directory.get(), kSocketName);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const mode_t before = ::umask(0177);
    const bool bound = ::bind(m_listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(before);
    if (!bound || ::listen(m_listener.get(), 64) != 0) {
        log::error("supervisor", "{}", systemError("listen on", m_paths.directory + '/' + kSocketName, errno).message);
        return false;
    }
    return true;
}

void Supervisor::watch(int fd, unsigned events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        ::epoll_ctl(m_epoll.get(), EPOLL_CTL_MOD, fd, &event);
}

void Supervisor::armTimer() {
    Instant next{};
    for (const auto& one : m_nodes)
        if (one->deadline != Instant{} && (next == Instant{} || one->deadline < next))
            next = one->deadline;
    itimerspec when{};
    when.it_value.tv_sec = std::chrono::duration_cast<seconds>(next.sinceStart).count();
    when.it_value.tv_nsec = (next.sinceStart % seconds(1)).count();
    ::timerfd_settime(m_timer.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Supervisor::checkDeadlines() {
    const Instant now = monotonic();
    for (auto& one : m_nodes) {
        if (one->deadline == Instant{} || now < one->deadline)
            continue;
        one->deadline = {};
        if (one->pid == 0)
            continue;
        log::warning("supervisor", "node {} did not {} in time and is killed", one->plan.id,
                     one->state == NodeState::Stopping ? "end" : "serve");
        ::kill(-one->pid, SIGKILL);
    }
}

// --- clients ---------------------------------------------------------------------------------------------------------

void Supervisor::accept() {
    for (;;) {
        UniqueFd fd(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd)
            return;
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || (peer.uid != ::getuid() && peer.uid != 0))
            continue;
        const int number = fd.get();
        Client client;
        client.fd = std::move(fd);
        m_clients.insert_or_assign(number, std::move(client));
        watch(number, EPOLLIN);
    }
}

void Supervisor::readClient(int fd) {
    Client& client = m_clients.at(fd);
    char buffer[16384];
    for (;;) {
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            dropClient(fd);
            return;
        }
        client.in.append(buffer, static_cast<std::size_t>(n));
        for (auto end = client.in.find('\n'); end != std::string::npos; end = client.in.find('\n')) {
            const std::string line = client.in.substr(0, end);
            client.in.erase(0, end + 1);
            if (const auto request = decodeRequest(line)) {
                handle(fd, *request);
            } else {
                answer(fd, {0, std::unexpected(request.error())});
            }
        }
        if (client.in.size() > kRequestLineMax) {
            dropClient(fd);
            return;
        }
    }
}

void Supervisor::writeClient(Client& client) {
    while (!client.out.empty()) {
        const ssize_t n = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN) {
                dropClient(client.fd.get());
                return;
            }
            break;
        }
        client.out.erase(0, static_cast<std::size_t>(n));
    }
    watch(client.fd.get(), client.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

/// Forgotten at the end of this turn; until then its descriptor stays, so that no new client can be taken for it.
void Supervisor::dropClient(int fd) {
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
    m_gone.push_back(fd);
}

void Supervisor::answer(int clientFd, const Reply& reply) {
    const auto it = m_clients.find(clientFd);
    if (it == m_clients.end())
        return;
    it->second.out += encodeReply(reply);
    writeClient(it->second);
}

void Supervisor::publish(Event event) {
    event.atMs = wallMs();
    event.status = status();
    const std::string line = encodeEvent(event);
    for (auto& [fd, client] : m_clients) {
        if (!client.subscribed)
            continue;
        if (client.out.size() > kMessageLineMax) {
            dropClient(fd); // it does not read: it will find the state when it comes again
            continue;
        }
        client.out += line;
        writeClient(client);
    }
}

void Supervisor::leaseEnded() {
    if (m_keep || m_stopping)
        return;
    if (std::ranges::any_of(m_clients, [](const auto& one) { return one.second.lease; }))
        return;
    log::info("supervisor", "the program that started this cluster has ended: stopping");
    stopAll();
}

// --- requests --------------------------------------------------------------------------------------------------------

Supervisor::Node* Supervisor::node(NodeId id) {
    const auto it = std::ranges::find_if(m_nodes, [id](const auto& one) { return one->plan.id == id; });
    return it == m_nodes.end() ? nullptr : it->get();
}

void Supervisor::handle(int clientFd, const IncomingRequest& request) {
    Client& client = m_clients.at(clientFd);
    switch (request.request.action) {
    case Action::Subscribe:
        client.subscribed = true;
        [[fallthrough]];
    case Action::Status:
        answer(clientFd, {request.id, status()});
        return;
    case Action::KeepRunning:
        m_keep = true;
        answer(clientFd, {request.id, status()});
        return;
    case Action::Stop:
        m_waiting.push_back({clientFd, request, false, {}});
        stopAll();
        return;
    default:
        begin(clientFd, request);
    }
}

void Supervisor::begin(int clientFd, const IncomingRequest& request) {
    const auto refuse = [&](ErrorCode code, std::string message) { answer(clientFd, {request.id, fail(code, std::move(message))}); };
    if (m_stopping)
        return refuse(ErrorCode::Busy, "the cluster is just stopping; try again when it has");

    Waiting waiting{clientFd, request, !m_everServed, {}};
    if (request.request.action == Action::Start) {
        if (request.lease)
            m_clients.at(clientFd).lease = true;
        for (auto& one : m_nodes) {
            if (one->pid != 0)
                continue;
            if (auto started = startNode(*one); !started) {
                refuse(started.error().code, started.error().message);
                finishStart(waiting, false);
                return;
            }
            waiting.started.push_back(one->plan.id);
        }
        m_waiting.push_back(std::move(waiting));
        return;
    }
    if (request.request.action == Action::AddNode) {
        if (auto added = addNode(request); !added)
            return refuse(added.error().code, added.error().message);
        waiting.request.request.node = m_nodes.back()->plan.id;
        m_waiting.push_back(std::move(waiting));
        return;
    }

    Node* const one = node(request.request.node);
    if (!one)
        return refuse(ErrorCode::NotFound, fmt::format("the cluster '{}' has no node {}; 'samsa cluster status {}' shows those it has",
                                                       m_file.name, request.request.node, m_file.name));
    const bool alive = one->pid != 0;
    const auto isNot = [&](std::string_view what) {
        refuse(ErrorCode::InvalidArgument, fmt::format("node {} is not {}: it is {}", one->plan.id, what, toString(one->state)));
    };
    switch (request.request.action) {
    case Action::KillNode:
        if (!alive)
            return isNot("alive");
        killNode(*one);
        break;
    case Action::PauseNode:
        if (one->state != NodeState::Running && one->state != NodeState::Starting && one->state != NodeState::Paused)
            return isNot("running");
        ::kill(one->pid, SIGSTOP);
        break;
    case Action::ResumeNode:
        if (one->state != NodeState::Paused)
            return isNot("paused");
        ::kill(one->pid, SIGCONT);
        break;
    case Action::StopNode:
        if (alive)
            stopNode(*one);
        break;
    case Action::RestartNode:
        if (alive) {
            one->startAgain = true;
            stopNode(*one);
            break;
        }
        [[fallthrough]];
    case Action::StartNode:
        if (one->pid == 0)
            if (auto started = startNode(*one); !started)
                return refuse(started.error().code, started.error().message);
        break;
    default:
        return refuse(ErrorCode::Internal, "not a request for a node");
    }
    m_waiting.push_back(std::move(waiting));
}

/// True: done. False: not yet. An error: it will not be.
Result<bool> Supervisor::settled(const Waiting& waiting) {
    const auto failedStart = [](const Node& one) {
        const std::string tail = one.lastTail.empty() ? std::string() : "\n" + one.lastTail;
        return fail(ErrorCode::Unavailable, fmt::format("node {} {} before it served{}{}", one.plan.id,
                                                        one.lastExit.empty() ? "ended" : one.lastExit,
                                                        tail.empty() ? "; it printed nothing" : ". The end of its log:", tail));
    };
    const Action action = waiting.request.request.action;
    if (action == Action::Stop)
        return std::ranges::none_of(m_nodes, [](const auto& one) { return one->pid != 0; });
    if (action == Action::Start) {
        bool all = true;
        for (const auto& one : m_nodes) {
            if (one->pid == 0 && std::ranges::find(waiting.started, one->plan.id) != waiting.started.end())
                return failedStart(*one);
            all = all && one->served;
        }
        return all;
    }
    Node* const one = node(waiting.request.request.node);
    if (!one)
        return fail(ErrorCode::NotFound, "the node is gone");
    switch (action) {
    case Action::KillNode:
    case Action::StopNode:
        return one->pid == 0;
    case Action::PauseNode:
        if (one->pid == 0)
            return fail(ErrorCode::Unavailable, fmt::format("node {} {} before it was paused", one->plan.id, one->lastExit));
        return one->state == NodeState::Paused;
    case Action::ResumeNode:
        return one->state != NodeState::Paused;
    default:
        if (one->pid == 0 && !one->startAgain)
            return failedStart(*one);
        return one->served && one->state == NodeState::Running && !one->startAgain;
    }
}

void Supervisor::settleAll() {
    for (std::size_t i = 0; i < m_waiting.size();) {
        const auto done = settled(m_waiting[i]);
        if (done && !*done) {
            ++i;
            continue;
        }
        const Waiting waiting = std::move(m_waiting[i]);
        m_waiting.erase(m_waiting.begin() + static_cast<std::ptrdiff_t>(i));
        if (waiting.request.request.action == Action::Start)
            finishStart(waiting, done.has_value());
        if (done) {
            answer(waiting.client, {waiting.request.id, status()});
        } else {
            answer(waiting.client, {waiting.request.id, std::unexpected(done.error())});
        }
    }
}

void Supervisor::finishStart(const Waiting& waiting, bool succeeded) {
    if (!succeeded) {
        if (waiting.firstStart)
            stopAll(); // a cluster that never served is not left half up
        return;
    }
    m_everServed = true;
    m_keep = m_keep || waiting.request.keep;
    if (const auto it = m_clients.find(waiting.client); it != m_clients.end())
        it->second.lease = waiting.request.lease;
}

void Supervisor::cleanUp() {
    if (m_file.ephemeral)
        if (const auto removed = removeTree(m_paths.directory); !removed)
            log::error("supervisor", "{}", removed.error().message);
    // Last answers may still be in buffers of ours; clients read until the end of the connection.
    m_lock.reset();
    for (auto& [fd, client] : m_clients) {
        ::fcntl(fd, F_SETFL, 0);
        timeval limit{.tv_sec = 1, .tv_usec = 0}; // one that does not read does not keep us
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        writeClient(client);
    }
}

} // namespace broker::cluster
