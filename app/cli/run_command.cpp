#include "app/cli/run_command.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace app::cli {

namespace {

volatile pid_t g_child = 0; // only the handler below and runCommand use it

void passOn(int signal) {
    const int before = errno;
    if (g_child > 0)
        ::kill(g_child, signal);
    errno = before;
}

} // namespace

int runCommand(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    std::vector<char*> argv;
    for (const auto& argument : command)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    for (const auto& one : environment) {
        const auto equals = one.find('=');
        ::setenv(one.substr(0, equals).c_str(), one.substr(equals + 1).c_str(), 1);
    }

    // From the first moment on a signal must not end us: the cluster has to be cleaned up after the command.
    sigset_t passed;
    sigset_t before;
    ::sigemptyset(&passed);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&passed, signal);
    ::sigprocmask(SIG_BLOCK, &passed, &before);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &before);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        fmt::print(stderr, "samsa: {} cannot be run: {}\n", command.front(), std::strerror(failed));
        return failed == ENOENT ? 127 : 126;
    }
    g_child = pid;
    struct sigaction action{};
    action.sa_handler = passOn;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        ::sigaction(signal, &action, nullptr);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);

    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    g_child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace app::cli
