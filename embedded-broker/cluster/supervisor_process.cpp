// How a supervisor becomes a process of its own.
#include "embedded-broker/base/log.h"
#include "embedded-broker/cluster/supervisor.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace broker::cluster {

int supervisorMain(int argc, char** argv) {
    std::string directory;
    int connection = -1;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view option = argv[i];
        if (option == "--directory")
            directory = argv[i + 1];
        else if (option == "--connection")
            connection = std::atoi(argv[i + 1]);
    }
    if (directory.empty()) {
        fmt::print(stderr, "samsa-supervisor: it is started by samsa, for one cluster: --directory DIR [--connection FD]\n");
        return 2;
    }
    // Detached: no terminal's Ctrl+C, no window's death by process group reaches us. The one who started us waits for
    // this first process only.
    if (const pid_t child = ::fork(); child != 0)
        ::_exit(child > 0 ? 0 : 1);
    ::setsid();
    ::umask(0077);

    const ClusterPaths paths{directory};
    {
        const UniqueFd out(::open(paths.supervisorLog().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        const UniqueFd in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        ::dup2(in.get(), STDIN_FILENO);
        ::dup2(out.get(), STDOUT_FILENO);
        ::dup2(out.get(), STDERR_FILENO);
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max; // brokers inherit it: a partition has several files
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    const auto refuse = [&](const Error& error) {
        log::error("supervisor", "{}", error.message);
        if (connection >= 0) {
            const std::string line = encodeReply({0, std::unexpected(error)});
            [[maybe_unused]] const ssize_t n = ::send(connection, line.data(), line.size(), MSG_NOSIGNAL);
        }
        return 1;
    };
    // An earlier supervisor of this cluster may still be ending: it holds the lock until everything of it is gone.
    struct sigaction wake{};
    wake.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &wake, nullptr);
    ::alarm(60);
    auto lock = lockFile(paths.lock(), true);
    ::alarm(0);
    if (!lock)
        return refuse({ErrorCode::Busy, fmt::format("another supervisor still holds {}; look at {}", directory, paths.supervisorLog())});
    auto file = loadCluster(paths, directory.substr(directory.rfind('/') + 1));
    if (!file)
        return refuse(file.error());
    if (connection >= 0)
        ::fcntl(connection, F_SETFD, FD_CLOEXEC);
    Supervisor supervisor(paths, std::move(*file), std::move(*lock), connection);
    return supervisor.run();
}


} // namespace broker::cluster
