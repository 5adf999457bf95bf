// Stands for samsa-broker where a test is about the supervisor: takes the same arguments, listens on its port, says that it
// is ready, ends on SIGTERM. Properties that begin with "fake." make it misbehave.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

std::map<std::string, std::string> readProperties(const std::string& path) {
    std::map<std::string, std::string> all;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (const auto equals = line.find('='); equals != std::string::npos && line.front() != '#')
            all[line.substr(0, equals)] = line.substr(equals + 1);
    return all;
}

/// "PLAINTEXT://localhost:19092,CONTROLLER://localhost:19102": every port.
bool listenOn(const std::string& listeners) {
    for (std::size_t at = listeners.find("localhost:"); at != std::string::npos; at = listeners.find("localhost:", at + 1)) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(listeners.c_str() + at + 10)));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 8) != 0) {
            std::fprintf(stderr, "fake broker: cannot listen: %s\n", std::strerror(errno));
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    std::string clusterId;
    int readyFd = -1;
    std::string file;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--cluster-id")
            clusterId = argv[++i];
        else if (argument == "--ready-fd")
            readyFd = std::atoi(argv[++i]);
        else
            file = argument;
    }
    const auto properties = readProperties(file);
    const auto value = [&](const char* key) {
        const auto it = properties.find(key);
        return it == properties.end() ? std::string() : it->second;
    };
    std::fprintf(stderr, "fake broker: node %s of cluster %s\n", value("node.id").c_str(), clusterId.c_str());
    const bool meant = value("fake.node").empty() || value("fake.node") == value("node.id");
    if (meant && !value("fake.exit").empty()) {
        std::fprintf(stderr, "fake broker: the setting fake.exit says so\n");
        return std::atoi(value("fake.exit").c_str());
    }
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1})
        ::sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    if (!listenOn(value("listeners")))
        return 1;
    if (!(meant && value("fake.ready") == "never"))
        if (::write(readyFd, "ready\n", 6) != 6)
            return 1;
    ::close(readyFd);
    for (;;) {
        int signal = 0;
        ::sigwait(&signals, &signal);
        if (signal == SIGUSR1) { // a test's way to make it crash
            std::fprintf(stderr, "fake broker: something went badly wrong\n");
            return 42;
        }
        if (value("fake.stop") != "never")
            return 0;
    }
}
