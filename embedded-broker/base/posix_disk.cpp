#include "embedded-broker/base/disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

namespace broker {
namespace {

std::unexpected<Error> failed(std::string_view operation, std::string_view subject) {
    return std::unexpected<Error>(systemError(operation, subject, errno));
}

class PosixFile final : public File {
public:
    PosixFile(int fd, std::string path) : m_fd(fd), m_path(std::move(path)) {}
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;
    ~PosixFile() override { ::close(m_fd); }

    Result<std::size_t> readAt(std::uint64_t position, std::span<std::byte> into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            const auto n = ::pread(m_fd, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return failed("read", m_path);
            if (n == 0)
                break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> writeAt(std::uint64_t position, std::span<const Slice> pieces) override {
        std::array<iovec, 256> vectors; // NOLINT: filled before use
        std::size_t piece = 0;
        std::size_t skip = 0; // bytes of pieces[piece] that are written already
        while (piece < pieces.size()) {
            std::size_t count = 0;
            for (std::size_t i = piece; i < pieces.size() && count < vectors.size(); ++i) {
                const auto bytes = pieces[i].bytes().subspan(i == piece ? skip : 0);
                if (!bytes.empty())
                    vectors[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
            }
            if (count == 0)
                return {};
            const auto n = ::pwritev(m_fd, vectors.data(), static_cast<int>(count), static_cast<off_t>(position));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return failed("write", m_path);
            if (n == 0) {
                errno = EIO;
                return failed("write", m_path);
            }
            position += static_cast<std::uint64_t>(n);
            auto left = static_cast<std::size_t>(n);
            while (piece < pieces.size() && left >= pieces[piece].size() - skip) {
                left -= pieces[piece].size() - skip;
                skip = 0;
                ++piece;
            }
            skip += left;
        }
        return {};
    }

    Result<void> sync() override {
        // EINTR aside, an error means that pages may be lost and that a second call could say "fine": the caller gives up.
        while (::fdatasync(m_fd) != 0) {
            if (errno != EINTR)
                return failed("fdatasync", m_path);
        }
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        while (::ftruncate(m_fd, static_cast<off_t>(size)) != 0) {
            if (errno != EINTR)
                return failed("truncate", m_path);
        }
        return {};
    }

    Result<void> preallocate(std::uint64_t size) override {
        while (::fallocate(m_fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0) {
            if (errno == EOPNOTSUPP || errno == ENOSYS)
                return {}; // a help, not a need
            if (errno != EINTR)
                return failed("preallocate", m_path);
        }
        return {};
    }

    Result<std::uint64_t> size() override {
        struct stat facts {};
        if (::fstat(m_fd, &facts) != 0)
            return failed("stat", m_path);
        return static_cast<std::uint64_t>(facts.st_size);
    }

    [[nodiscard]] int descriptor() const override { return m_fd; }
    [[nodiscard]] const std::string& path() const override { return m_path; }

private:
    int m_fd;
    std::string m_path;
};

class PosixLock final : public DiskLock {
public:
    explicit PosixLock(int fd) : m_fd(fd) {}
    PosixLock(const PosixLock&) = delete;
    PosixLock& operator=(const PosixLock&) = delete;
    ~PosixLock() override { ::close(m_fd); }

private:
    int m_fd;
};

int removeEntry(const char* path, const struct stat*, int, struct FTW*) { return std::remove(path); }

class PosixDisk final : public Disk {
public:
    Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override {
        int flags = O_CLOEXEC;
        switch (mode) {
        case OpenMode::Read: flags |= O_RDONLY; break;
        case OpenMode::ReadWrite: flags |= O_RDWR; break;
        case OpenMode::Create: flags |= O_RDWR | O_CREAT; break;
        case OpenMode::CreateNew: flags |= O_RDWR | O_CREAT | O_EXCL; break;
        case OpenMode::Truncate: flags |= O_RDWR | O_CREAT | O_TRUNC; break;
        }
        int fd = -1;
        do
            fd = ::open(path.c_str(), flags, 0600);
        while (fd < 0 && errno == EINTR);
        if (fd < 0)
            return failed("open", path);
        return std::make_shared<PosixFile>(fd, path);
    }

    Result<std::vector<DirectoryEntry>> list(const std::string& path) override {
        DIR* directory = ::opendir(path.c_str());
        if (directory == nullptr)
            return failed("list", path);
        std::vector<DirectoryEntry> entries;
        errno = 0;
        while (const dirent* entry = ::readdir(directory)) {
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..")
                continue;
            bool isDirectory = entry->d_type == DT_DIR;
            if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
                struct stat facts {};
                isDirectory = ::fstatat(::dirfd(directory), entry->d_name, &facts, 0) == 0 && S_ISDIR(facts.st_mode);
            }
            entries.push_back({std::string(name), isDirectory});
            errno = 0;
        }
        const int error = errno;
        ::closedir(directory);
        if (error != 0)
            return std::unexpected<Error>(systemError("list", path, error));
        std::ranges::sort(entries, {}, &DirectoryEntry::name);
        return entries;
    }

    Result<void> createDirectories(const std::string& path) override {
        if (::mkdir(path.c_str(), 0700) == 0)
            return {};
        if (errno == EEXIST) {
            struct stat facts {};
            if (::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode))
                return {};
            errno = EEXIST;
            return failed("make directory", path);
        }
        const auto slash = path.rfind('/');
        if (errno != ENOENT || slash == std::string::npos || slash == 0)
            return failed("make directory", path);
        if (auto parent = createDirectories(path.substr(0, slash)); !parent)
            return parent;
        if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
            return failed("make directory", path);
        return {};
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0)
            return failed("rename", from + " to " + to);
        return {};
    }

    Result<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0)
            return failed("remove", path);
        return {};
    }

    Result<void> removeTree(const std::string& path) override {
        if (::nftw(path.c_str(), removeEntry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
            return failed("remove", path);
        return {};
    }

    Result<void> syncDirectory(const std::string& path) override {
        const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            return failed("open", path);
        const int result = ::fsync(fd);
        const int error = errno;
        ::close(fd);
        if (result != 0)
            return std::unexpected<Error>(systemError("fsync", path, error));
        return {};
    }

    bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

    Result<std::uint64_t> freeBytes(const std::string& path) override {
        struct statvfs facts {};
        if (::statvfs(path.c_str(), &facts) != 0)
            return failed("stat file system", path);
        return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
    }

    Result<std::uint64_t> totalBytes(const std::string& path) override {
        struct statvfs facts {};
        if (::statvfs(path.c_str(), &facts) != 0)
            return failed("stat file system", path);
        return static_cast<std::uint64_t>(facts.f_blocks) * facts.f_frsize;
    }

    Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override {
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return failed("open", path);
        // An open-file-description lock conflicts with the record lock that Java's FileChannel takes, and, unlike one, it
        // is not lost when some other descriptor of the same file is closed, and excludes a second node in one process.
        struct flock whole {};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
            const int error = errno;
            ::close(fd);
            if (error == EAGAIN || error == EACCES)
                return fail(ErrorCode::Busy, fmt::format("{} is held by another process: stop the other engine first", path));
            return std::unexpected<Error>(systemError("lock", path, error));
        }
        return std::make_unique<PosixLock>(fd);
    }
};

} // namespace

std::unique_ptr<Disk> makePosixDisk() { return std::make_unique<PosixDisk>(); }

} // namespace broker
