#include "embedded-broker/base/random.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/engine.h"
#include "embedded-broker/cluster/files.h"
#include "embedded-broker/cluster/secrets.h"
#include "embedded-broker/cluster/moments.h"
#include "embedded-broker/cluster/wire.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

extern char** environ;

namespace broker::cluster {

namespace fs = std::filesystem;

namespace {

ClusterPaths pathsOf(const std::string& name) { return {clusterDirectory(name)}; }

/// One command at a time chooses ports, makes clusters and starts supervisors.
Result<UniqueFd> lockAllClusters() {
    const std::string directory = stateDirectory() + "/clusters";
    if (auto made = makePrivateDirectory(directory); !made)
        return std::unexpected(made.error());
    return lockFile(directory + "/.lock", true);
}

Error downError(const std::string& name) {
    return {ErrorCode::Unavailable, fmt::format("the cluster '{}' is down; start it with 'samsa cluster up {}'", name, name)};
}

Result<UniqueFd> connectSocket(const ClusterPaths& paths, const std::string& name) {
    const UniqueFd directory(::open(paths.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        return std::unexpected(downError(name));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return std::unexpected(systemError("socket", "unix", errno));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", directory.get(), kSocketName);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return std::unexpected(downError(name));
    return fd;
}

/// The client ports must be free of every cluster's claim, running or not, and of every program that listens now.
/// Named clusters get the lowest block. Those of one run begin anywhere: two jobs of different users, who do not see each
/// other's claims, may be choosing at this very moment.
Result<std::uint16_t> choosePorts(const std::vector<ClusterStatus>& others, bool anywhere) {
    constexpr int blocks = (kLastSearchedPort - kFirstPort) / kPortBlock;
    const int start = anywhere ? static_cast<int>(makeSystemRandom()->next() % blocks) : 0;
    const auto claimed = [&](std::uint16_t port) {
        for (const auto& cluster : others)
            for (const auto block : portsOfBlock(cluster.nodes.front().port))
                if (block == port)
                    return true;
        return false;
    };
    for (int i = 0; i < blocks; ++i) {
        const int first = kFirstPort + (start + i) % blocks * kPortBlock;
        const auto ports = portsOfBlock(static_cast<std::uint16_t>(first));
        if (std::ranges::none_of(ports, claimed) && std::ranges::all_of(ports, [](std::uint16_t port) { return checkPortFree(port).has_value(); }))
            return static_cast<std::uint16_t>(first);
    }
    return fail(ErrorCode::Busy, fmt::format("there is no block of free ports from {} to {}; give one with --port", kFirstPort, kLastSearchedPort));
}

Result<void> createCluster(const ClusterSpec& spec, const ClusterPaths& paths) {
    if (auto ok = checkEngine(spec.engine.value_or(Engine::Samsa), spec.kafkaHome); !ok)
        return ok;
    std::uint16_t first = 0;
    if (spec.firstPort) {
        first = *spec.firstPort;
    } else {
        const auto others = listClusters();
        if (!others)
            return std::unexpected(others.error());
        const auto chosen = choosePorts(*others, spec.ephemeral);
        if (!chosen)
            return std::unexpected(chosen.error());
        first = *chosen;
    }
    const auto random = makeSystemRandom();
    auto file = planCluster(spec, first, Uuid::random(*random).toString());
    if (!file)
        return std::unexpected(file.error());
    if (spec.firstPort) {
        for (const auto& node : file->nodes)
            if (auto free = checkPortFree(node.port); !free)
                return fail(free.error().code, fmt::format("{}; choose another with --port, or leave --port away and a free one is found",
                                                           free.error().message));
    }
    if (auto made = makePrivateDirectory(paths.directory); !made)
        return made;
    if (file->secure)
        if (auto made = makeSecrets(paths); !made)
            return made;
    return saveCluster(paths, *file);
}

/// Of a cluster that exists: is this still it? Settings may be given anew while it is down.
Result<void> reconcile(const ClusterSpec& spec, const ClusterPaths& paths, ClusterFile file, bool running) {
    const auto differs = [&](std::string what) {
        return fail(ErrorCode::AlreadyExists, fmt::format("the cluster '{0}' exists and {1}; remove it with 'samsa cluster down {0} --delete', "
                                                          "or choose another name",
                                                          spec.name, what));
    };
    if (spec.ephemeral)
        return differs("cannot be used for one run");
    if (spec.brokers && *spec.brokers != static_cast<int>(file.nodes.size()))
        return fail(ErrorCode::AlreadyExists,
                    fmt::format("the cluster '{0}' exists and has {1} brokers, not {2}; 'samsa cluster add {0}' adds one, 'samsa cluster down "
                                "{0} --delete' removes the cluster",
                                spec.name, file.nodes.size(), *spec.brokers));
    if (spec.firstPort && *spec.firstPort != file.nodes.front().port)
        return differs(fmt::format("its first port is {}", file.nodes.front().port));
    if (spec.engine && *spec.engine != file.engine)
        return differs(fmt::format("its engine is {}", toString(file.engine)));
    if (spec.secure && !file.secure)
        return differs("is not secure");
    bool changed = false;
    for (const auto& [key, value] : spec.settings) {
        const auto same = std::ranges::find(file.settings, key, &std::pair<std::string, std::string>::first);
        if (same != file.settings.end() && same->second == value)
            continue;
        changed = true;
        if (same != file.settings.end())
            same->second = value;
        else
            file.settings.emplace_back(key, value);
    }
    if (!spec.kafkaHome.empty() && spec.kafkaHome != file.kafkaHome) {
        changed = true;
        file.kafkaHome = spec.kafkaHome;
    }
    if (changed && running)
        return fail(ErrorCode::Busy, fmt::format("the cluster '{0}' runs with other settings; 'samsa cluster down {0}' first", spec.name));
    if (auto ok = checkEngine(file.engine, file.kafkaHome); !ok)
        return ok;
    return changed ? saveCluster(paths, file) : Result<void>{};
}

/// Starts samsa-supervisor with one end of a socket pair; the other end is the first client's connection.
Result<UniqueFd> launchSupervisor(const ClusterPaths& paths) {
    const std::string program = programPath("SAMSA_SUPERVISOR", "samsa-supervisor");
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return std::unexpected(systemError("socketpair", "supervisor", errno));
    UniqueFd ours(pair[0]);
    const UniqueFd theirs(pair[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const char* argv[] = {program.c_str(), "--directory", paths.directory.c_str(), "--connection", "3", nullptr};
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, const_cast<char**>(argv), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        auto error = systemError("start", program, failed);
        error.message += "; install samsa-supervisor beside this program, or set SAMSA_SUPERVISOR";
        return std::unexpected(std::move(error));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) // it forks the supervisor proper and ends at once
        ;
    return ours;
}

} // namespace

bool ClusterStatus::serving() const {
    return !nodes.empty() && std::ranges::all_of(nodes, [](const NodeStatus& node) { return node.state == NodeState::Running; });
}

std::string stateDirectory() {
    if (const char* home = std::getenv("SAMSA_HOME"); home && *home) {
        std::error_code error;
        const fs::path absolute = fs::absolute(home, error);
        return error ? std::string(home) : absolute.lexically_normal().string();
    }
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/')
        return std::string(data) + "/samsa";
    const char* home = std::getenv("HOME");
    return std::string(home && *home ? home : "/tmp") + "/.local/share/samsa";
}

std::string clusterDirectory(const std::string& name) { return stateDirectory() + "/clusters/" + name; }

// --- the connection --------------------------------------------------------------------------------------------------

ClusterClient::ClusterClient(int fd)
    : m_fd(fd) {}

ClusterClient::ClusterClient(ClusterClient&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_lastId(other.m_lastId)
    , m_ended(other.m_ended)
    , m_lease(other.m_lease)
    , m_in(std::move(other.m_in))
    , m_pending(std::move(other.m_pending)) {}

ClusterClient& ClusterClient::operator=(ClusterClient&& other) noexcept {
    std::swap(m_fd, other.m_fd);
    m_lastId = other.m_lastId;
    m_ended = other.m_ended;
    m_lease = other.m_lease;
    m_in.swap(other.m_in);
    m_pending.swap(other.m_pending);
    return *this;
}

ClusterClient::~ClusterClient() {
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<ClusterClient> ClusterClient::connect(const std::string& name) {
    if (auto ok = checkName(name); !ok)
        return std::unexpected(ok.error());
    const auto paths = pathsOf(name);
    if (auto file = loadCluster(paths, name); !file)
        return std::unexpected(file.error());
    auto fd = connectSocket(paths, name);
    if (!fd)
        return std::unexpected(fd.error());
    return ClusterClient(fd->release());
}

Result<ClusterClient> ClusterClient::start(const ClusterSpec& spec) {
    if (auto ok = checkName(spec.name); !ok)
        return std::unexpected(ok.error());
    for (const auto& [key, value] : spec.settings)
        if (key.empty() || (key + value).find_first_of("\r\n") != std::string::npos)
            return fail(ErrorCode::InvalidArgument, fmt::format("'{}={}' cannot be a broker property: it needs a name and one line", key, value));
    const auto paths = pathsOf(spec.name);
    const auto lock = lockAllClusters();
    if (!lock)
        return std::unexpected(lock.error());

    auto existing = loadCluster(paths, spec.name);
    if (!existing && existing.error().code != ErrorCode::NotFound)
        return std::unexpected(existing.error());
    auto running = connectSocket(paths, spec.name);
    const auto prepared = existing ? reconcile(spec, paths, std::move(*existing), running.has_value()) : createCluster(spec, paths);
    if (!prepared)
        return std::unexpected(prepared.error());
    if (!running)
        running = launchSupervisor(paths);
    if (!running)
        return std::unexpected(running.error());
    ClusterClient client(running->release());
    client.m_lease = spec.lease;
    return client;
}

Result<RequestId> ClusterClient::send(const Request& request) {
    const IncomingRequest outgoing{++m_lastId, request, !m_lease, m_lease};
    const std::string line = encodeRequest(outgoing);
    // Requests are a hundred bytes and few: a socket buffer that has no room for one belongs to a dead supervisor.
    const ssize_t n = ::send(m_fd, line.data(), line.size(), MSG_NOSIGNAL);
    if (n != static_cast<ssize_t>(line.size()))
        return fail(ErrorCode::Unavailable, "the cluster's supervisor has ended");
    if (request.action == Action::KeepRunning)
        m_lease = false;
    return m_lastId;
}

/// Reads all there is into m_pending. Unavailable only when the connection has ended and nothing is left.
Result<void> ClusterClient::readAvailable() {
    char buffer[65536];
    while (!m_ended) {
        const ssize_t n = ::read(m_fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            m_ended = true;
            break;
        }
        m_in.append(buffer, static_cast<std::size_t>(n));
        if (m_in.size() > kMessageLineMax && m_in.find('\n') == std::string::npos)
            return fail(ErrorCode::Corrupt, "the cluster's supervisor sent a line without end");
    }
    std::size_t begin = 0;
    for (auto end = m_in.find('\n'); end != std::string::npos; end = m_in.find('\n', begin)) {
        auto message = decodeMessage(std::string_view(m_in).substr(begin, end - begin));
        begin = end + 1;
        if (!message)
            return std::unexpected(message.error());
        m_pending.push_back(std::move(*message));
    }
    m_in.erase(0, begin);
    if (m_ended && m_pending.empty())
        return fail(ErrorCode::Unavailable, "the cluster's supervisor has ended");
    return {};
}

Result<std::vector<Message>> ClusterClient::receive() {
    if (auto read = readAvailable(); !read)
        return std::unexpected(read.error());
    return std::exchange(m_pending, {});
}

Result<ClusterStatus> ClusterClient::call(const Request& request, Duration timeout) {
    const auto id = send(request);
    if (!id)
        return std::unexpected(id.error());
    const Instant deadline = monotonic() + timeout;
    for (;;) {
        auto read = readAvailable();
        for (auto it = m_pending.begin(); it != m_pending.end(); ++it) {
            const auto* reply = std::get_if<Reply>(&*it);
            // Number 0 is what a supervisor says that could not even begin.
            if (!reply || (reply->id != *id && reply->id != 0))
                continue;
            auto result = reply->result;
            m_pending.erase(it);
            return result;
        }
        if (!read)
            return std::unexpected(read.error());
        if (m_ended)
            return fail(ErrorCode::Unavailable, "the cluster's supervisor ended before it answered");
        const auto leftMs = toMs(deadline - monotonic());
        if (leftMs <= 0)
            return fail(ErrorCode::TimedOut, fmt::format("the cluster's supervisor did not answer within {} ms", toMs(timeout)));
        pollfd wait{.fd = m_fd, .events = POLLIN, .revents = 0};
        ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(leftMs, 1'000'000)));
    }
}

Result<void> ClusterClient::waitForEnd(Duration timeout) {
    const Instant deadline = monotonic() + timeout;
    for (;;) {
        const auto read = readAvailable();
        if (m_ended)
            return {};
        if (!read)
            return read;
        const auto leftMs = toMs(deadline - monotonic());
        if (leftMs <= 0)
            return fail(ErrorCode::TimedOut, fmt::format("the cluster's supervisor did not end within {} ms", toMs(timeout)));
        pollfd wait{.fd = m_fd, .events = POLLIN, .revents = 0};
        ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(leftMs, 1'000'000)));
    }
}

// --- the directory of clusters ---------------------------------------------------------------------------------------

Result<ClusterStatus> clusterStatus(const std::string& name) {
    auto client = ClusterClient::connect(name);
    if (client)
        if (auto status = client->call({.action = Action::Status}, seconds(5)); status || status.error().code == ErrorCode::TimedOut)
            return status;
    if (!client && client.error().code != ErrorCode::Unavailable)
        return std::unexpected(client.error());
    return recordedStatus(name);
}

Result<ClusterStatus> recordedStatus(const std::string& name) {
    if (auto ok = checkName(name); !ok)
        return std::unexpected(ok.error());
    const auto paths = pathsOf(name);
    const auto file = loadCluster(paths, name);
    if (!file)
        return std::unexpected(file.error());
    return stoppedStatus(*file, paths);
}

std::vector<std::string> clusterNames() {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(stateDirectory() + "/clusters", error), end; !error && it != end; it.increment(error)) {
        std::string name = it->path().filename().string();
        std::error_code ignored;
        if (checkName(name) && fs::exists(it->path() / "cluster.json", ignored))
            names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

Result<std::vector<ClusterStatus>> listClusters() {
    std::vector<ClusterStatus> all;
    for (const auto& name : clusterNames()) {
        auto status = clusterStatus(name);
        if (status)
            all.push_back(std::move(*status));
        else if (status.error().code != ErrorCode::NotFound) // one that is just being removed
            return std::unexpected(status.error());
    }
    return all;
}

namespace {

Result<void> whileDown(const std::string& name, const std::function<Result<void>(const ClusterPaths&, const ClusterFile&)>& work) {
    if (auto ok = checkName(name); !ok)
        return ok;
    const auto paths = pathsOf(name);
    const auto all = lockAllClusters();
    if (!all)
        return std::unexpected(all.error());
    const auto file = loadCluster(paths, name);
    if (!file)
        return std::unexpected(file.error());
    const auto lock = lockFile(paths.lock(), false);
    if (!lock)
        return fail(lock.error().code, fmt::format("the cluster '{0}' runs; 'samsa cluster down {0}' first", name));
    return work(paths, *file);
}

} // namespace

Result<ClusterAccess> clusterAccess(const std::string& name) {
    const auto paths = pathsOf(name);
    const auto file = loadCluster(paths, name);
    if (!file)
        return std::unexpected(file.error());
    if (!file->secure)
        return fail(ErrorCode::Unsupported, fmt::format("the cluster '{}' is not secure", name));
    auto secrets = loadSecrets(paths);
    if (!secrets)
        return std::unexpected(secrets.error());
    const SecretPaths files{paths.directory};
    ClusterAccess access;
    access.caFile = files.authority();
    access.users = std::move(secrets->users);
    for (const auto& user : access.users) {
        access.javaSettings.push_back(files.javaSettings(user.name));
        access.librdkafkaSettings.push_back(files.librdkafkaSettings(user.name));
    }
    return access;
}

Result<void> resetCluster(const std::string& name) {
    return whileDown(name, [](const ClusterPaths& paths, const ClusterFile& file) -> Result<void> {
        for (const auto& node : file.nodes)
            if (auto removed = removeTree(paths.node(node.id)); !removed)
                return removed;
        // Without its data it is another cluster: clients that remember the old one must notice.
        ClusterFile fresh = file;
        fresh.clusterId = Uuid::random(*makeSystemRandom()).toString();
        return saveCluster(paths, fresh);
    });
}

Result<void> removeCluster(const std::string& name) {
    return whileDown(name, [](const ClusterPaths& paths, const ClusterFile&) { return removeTree(paths.directory); });
}

std::string logTail(const std::string& path, int lines, std::int64_t from) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || lines <= 0)
        return {};
    constexpr off_t bytesMax = 64 * 1024;
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    const off_t begins = std::max<off_t>(from <= size ? from : 0, size - bytesMax); // shorter than it was: another file
    std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - begins)), '\0');
    const ssize_t n = ::pread(fd.get(), text.data(), text.size(), begins);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, n)));
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    auto begin = text.size();
    for (int i = 0; i < lines && begin != std::string::npos && begin > 0; ++i)
        begin = text.rfind('\n', begin - 1);
    return begin == std::string::npos || begin == 0 ? text : text.substr(begin + 1);
}

} // namespace broker::cluster
