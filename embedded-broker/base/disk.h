#pragma once
// The disk seam. All file access of the engine goes through Disk, so that a test can lose every byte that was not yet
// synced, and then reopen. Calls block: the loop thread makes them only at start and stop; while serving they run in
// jobs of the DiskPool (see scheduler.h). Paths are absolute. One File may be used from several threads at once.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace broker {

class File {
public:
    virtual ~File() = default;
    /// Fills as much of `into` as the file has at `position`; returns how much (less only at the end of the file).
    virtual Result<std::size_t> readAt(std::uint64_t position, std::span<std::byte> into) = 0;
    /// Writes all of it or fails. Writing past the end grows the file.
    virtual Result<void> writeAt(std::uint64_t position, std::span<const Slice> pieces) = 0;
    Result<void> writeAt(std::uint64_t position, Bytes bytes);
    /// fdatasync: when it returns, everything written before the call survives a power cut. After an error the file's
    /// state is unknown: never retry, never acknowledge.
    virtual Result<void> sync() = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
    /// Reserves space without changing the size (FALLOC_FL_KEEP_SIZE): no segment ever has a tail of zeros.
    virtual Result<void> preallocate(std::uint64_t size) = 0;
    virtual Result<std::uint64_t> size() = 0;
    /// For sendfile; -1 when this is not a file of the kernel (simulated disks): then use readAt.
    [[nodiscard]] virtual int descriptor() const { return -1; }
    [[nodiscard]] virtual const std::string& path() const = 0;
};

enum class OpenMode {
    Read,          ///< must exist
    ReadWrite,     ///< must exist
    Create,        ///< read and write; made if missing
    CreateNew,     ///< read and write; must not exist
    Truncate,      ///< read and write; made if missing, emptied if not
};

struct DirectoryEntry {
    std::string name;
    bool directory = false;
};

/// Held until destroyed.
class DiskLock {
public:
    virtual ~DiskLock() = default;
};

class Disk {
public:
    virtual ~Disk() = default;
    virtual Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;
    virtual Result<void> createDirectories(const std::string& path) = 0; ///< mode 0700
    /// Atomic within a file system; durable after syncDirectory of the parent.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& path) = 0;          ///< a file
    virtual Result<void> removeTree(const std::string& path) = 0;      ///< a directory with all in it; missing is fine
    virtual Result<void> syncDirectory(const std::string& path) = 0;
    [[nodiscard]] virtual bool exists(const std::string& path) = 0;
    virtual Result<std::uint64_t> freeBytes(const std::string& path) = 0;  ///< that an ordinary user may still write
    virtual Result<std::uint64_t> totalBytes(const std::string& path) = 0; ///< of the file system that holds `path`
    /// A lock as Java's FileChannel.lock takes it (fcntl, whole file), so that two engines never share a directory.
    virtual Result<std::unique_ptr<DiskLock>> lock(const std::string& path) = 0;
};

/// Reads a whole file; refuses one that is larger than `sizeMax`.
Result<std::string> readWholeFile(Disk& disk, const std::string& path, std::uint64_t sizeMax = 64U << 20);
/// Writes path + ".tmp", syncs it, renames it over `path`, syncs the directory: old or new, never mixed.
Result<void> writeFileAtomically(Disk& disk, const std::string& path, std::string_view content);

std::unique_ptr<Disk> makePosixDisk();

} // namespace broker
