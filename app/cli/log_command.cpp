#include "app/cli/log_command.h"

#include "app/cli/cli.h"
#include "app/cli/output.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sys/inotify.h>
#include <unistd.h>

namespace app::cli {

namespace {

/// One file being followed; keeps the bytes of a line that is not whole yet.
struct Followed {
    int fd = -1;
    std::string prefix;
    std::string rest;

    void printNew() {
        char buffer[16384];
        for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
            rest.append(buffer, static_cast<std::size_t>(n));
        std::string out;
        std::size_t begin = 0;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
            out += prefix + rest.substr(begin, end + 1 - begin);
            begin = end + 1;
        }
        rest.erase(0, begin);
        print(out);
    }
};

} // namespace

int showLogs(const std::vector<broker::cluster::NodeStatus>& nodes, int lines, bool follow) {
    const auto prefixOf = [&](const auto& node) { return nodes.size() > 1 ? fmt::format("node {} | ", node.id) : std::string(); };
    const int notify = follow ? ::inotify_init1(IN_CLOEXEC) : -1;
    std::map<int, Followed> followed;
    for (const auto& node : nodes) {
        if (follow) {
            // Opened and put at its end before the tail is read: nothing falls between the two.
            const int fd = ::open(node.logFile.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd >= 0) {
                ::lseek(fd, 0, SEEK_END);
                followed[::inotify_add_watch(notify, node.logFile.c_str(), IN_MODIFY)] = {fd, prefixOf(node), {}};
            }
        }
        const std::string tail = broker::cluster::logTail(node.logFile, lines);
        std::size_t begin = 0;
        while (begin < tail.size()) {
            const auto end = std::min(tail.find('\n', begin), tail.size());
            print(prefixOf(node) + tail.substr(begin, end - begin) + '\n');
            begin = end + 1;
        }
    }
    while (follow && !followed.empty()) {
        alignas(inotify_event) char buffer[4096];
        const ssize_t n = ::read(notify, buffer, sizeof buffer);
        if (n < 0 && errno != EINTR)
            return kFailure;
        for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= n;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            if (const auto it = followed.find(event->wd); it != followed.end())
                it->second.printNew();
        }
    }
    return kOk;
}

} // namespace app::cli
