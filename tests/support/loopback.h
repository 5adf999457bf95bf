#pragma once
// A port of this machine that listens, for servers of tests.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tests {

struct LoopbackPort {
    int fd = -1; ///< listens; whoever asked closes it
    int port = 0;
};

inline LoopbackPort listenOnLoopback() {
    LoopbackPort made;
    made.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(made.fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(made.fd, 16);
    socklen_t size = sizeof address;
    ::getsockname(made.fd, reinterpret_cast<sockaddr*>(&address), &size);
    made.port = ntohs(address.sin_port);
    return made;
}

} // namespace tests
