#include "embedded-broker/cluster/files.h"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace broker::cluster {

namespace fs = std::filesystem;

Result<std::string> readFile(const std::string& path, std::size_t bytesMax) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return std::unexpected(systemError("open", path, errno));
    std::string text;
    char buffer[16384];
    for (;;) {
        const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return std::unexpected(systemError("read", path, errno));
        if (n == 0)
            return text;
        if (text.size() + static_cast<std::size_t>(n) > bytesMax)
            return fail(ErrorCode::OutOfRange, fmt::format("{} is larger than the {} bytes it may have", path, bytesMax));
        text.append(buffer, static_cast<std::size_t>(n));
    }
}

Result<void> replaceFile(const std::string& path, const std::string& text) {
    const std::string beside = path + ".new";
    UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd)
        return std::unexpected(systemError("create", beside, errno));
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = ::write(fd.get(), text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return std::unexpected(systemError("write", beside, errno));
        done += static_cast<std::size_t>(n);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return std::unexpected(systemError("rename", beside, errno));
    return {};
}

Result<void> makePrivateDirectory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0)
        return {};
    if (errno == ENOENT) {
        const fs::path parent = fs::path(path).parent_path();
        if (!parent.empty() && parent != fs::path(path)) {
            if (auto made = makePrivateDirectory(parent.string()); !made)
                return made;
            if (::mkdir(path.c_str(), 0700) == 0)
                return {};
        }
    }
    struct stat info{};
    if (errno == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
        return {};
    return std::unexpected(systemError("make directory", path, errno));
}

Result<void> removeTree(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error)
        return std::unexpected(systemError("remove", path, error.value()));
    return {};
}

Result<UniqueFd> lockFile(const std::string& path, bool wait) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd)
        return std::unexpected(systemError("open", path, errno));
    while (::flock(fd.get(), LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
        if (errno == EWOULDBLOCK)
            return fail(ErrorCode::Busy, fmt::format("{} is held by another process", path));
        if (errno != EINTR)
            return std::unexpected(systemError("lock", path, errno));
        if (wait)
            return fail(ErrorCode::TimedOut, fmt::format("{} is still held by another process", path));
    }
    return fd;
}

Result<void> checkPortFree(std::uint16_t port) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return std::unexpected(systemError("socket", "tcp", errno));
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes); // connections in TIME_WAIT do not count
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd.get(), 1) != 0) {
        if (errno == EADDRINUSE)
            return fail(ErrorCode::Busy, fmt::format("port {} is in use by another program", port));
        return std::unexpected(systemError("listen on port", std::to_string(port), errno));
    }
    return {};
}

} // namespace broker::cluster
