#include "embedded-broker/raft/snapshot_files.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace broker::raft {

namespace {

constexpr std::uint64_t kPoolKey = 0x736e'6170'7368'6f74; // jobs of snapshots, one after another
constexpr std::string_view kPart = ".part";

Result<void> writePiece(Disk& disk, const std::string& path, std::uint64_t position, const Payload& bytes) {
    auto file = disk.open(path, position == 0 ? OpenMode::Truncate : OpenMode::ReadWrite);
    if (!file)
        return std::unexpected(file.error());
    std::vector<Slice> pieces;
    for (const auto& part : bytes.parts())
        if (const auto* slice = std::get_if<Slice>(&part))
            pieces.push_back(*slice);
    return (*file)->writeAt(position, pieces);
}

/// `part` is synced and gets its name: whole or not there.
Result<void> finishFile(Disk& disk, const std::string& directory, const std::string& part, const std::string& path) {
    auto file = disk.open(part, OpenMode::ReadWrite);
    if (!file)
        return std::unexpected(file.error());
    if (auto synced = (*file)->sync(); !synced)
        return synced;
    if (auto renamed = disk.rename(part, path); !renamed)
        return renamed;
    return disk.syncDirectory(directory);
}

} // namespace

SnapshotFiles::SnapshotFiles(Disk& disk, DiskPool& pool, Scheduler& scheduler, std::string directory)
    : m_disk(disk), m_pool(pool), m_scheduler(scheduler), m_directory(std::move(directory)) {}

SnapshotFiles::~SnapshotFiles() { *m_alive = false; }

std::string SnapshotFiles::pathOf(const OffsetAndEpoch& end) const { return m_directory + "/" + snapshotName(end); }

template <class T>
void SnapshotFiles::job(std::function<Result<T>()> work, std::function<void(Result<T>)> done) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    m_pool.submit(
        kPoolKey, [result, work = std::move(work)] { *result = work(); },
        [result, alive = m_alive, done = std::move(done)] {
            if (*alive)
                done(std::move(**result));
        });
}

Result<void> SnapshotFiles::open() {
    m_all.clear();
    if (!m_disk.exists(m_directory)) // a new log: its directory is made with its first bytes
        return {};
    const auto entries = m_disk.list(m_directory);
    if (!entries)
        return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
        if (entry.directory)
            continue;
        const std::string path = m_directory + "/" + entry.name;
        if (entry.name.ends_with(kPart)) {
            if (auto removed = m_disk.remove(path); !removed && removed.error().code != ErrorCode::NotFound)
                return removed;
        } else if (const auto end = parseSnapshotName(entry.name)) {
            auto file = m_disk.open(path, OpenMode::Read);
            if (!file)
                return std::unexpected(file.error());
            const auto size = (*file)->size();
            if (!size)
                return std::unexpected(size.error());
            m_all[end->offset] = {*end, *size, snapshotTimestamp(**file)};
        }
    }
    return {};
}

std::uint64_t SnapshotFiles::bytes() const {
    std::uint64_t total = 0;
    for (const auto& [offset, facts] : m_all)
        total += facts.bytes;
    return total;
}

void SnapshotFiles::write(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, LogReply<void> reply) {
    const WallMs now = m_scheduler.wallNow();
    job<std::uint64_t>(
        [&disk = m_disk, directory = m_directory, path = pathOf(end), end, lastTimestamp, now, values = std::move(values)]() -> Result<std::uint64_t> {
            Payload content;
            content.append(Slice::copy(std::string_view(buildSnapshot(end, lastTimestamp, now, values))));
            const std::string part = path + std::string(kPart);
            if (auto made = disk.createDirectories(directory); !made)
                return std::unexpected(made.error());
            if (auto written = writePiece(disk, part, 0, content); !written)
                return std::unexpected(written.error());
            if (auto finished = finishFile(disk, directory, part, path); !finished)
                return std::unexpected(finished.error());
            return content.size();
        },
        [this, end, lastTimestamp, reply = std::move(reply)](Result<std::uint64_t> size) {
            if (!size)
                return reply(std::unexpected(size.error()));
            m_all[end.offset] = {end, *size, lastTimestamp};
            reply({});
        });
}

void SnapshotFiles::read(const OffsetAndEpoch& end, std::uint64_t position, std::uint32_t maxBytes, LogReply<SnapshotPiece> reply) {
    job<SnapshotPiece>(
        [&disk = m_disk, path = pathOf(end), position, maxBytes]() -> Result<SnapshotPiece> {
            auto file = disk.open(path, OpenMode::Read);
            if (!file)
                return fail(ErrorCode::NotFound, path + " is not there.");
            const auto size = (*file)->size();
            if (!size)
                return std::unexpected(size.error());
            if (position >= *size)
                return fail(ErrorCode::OutOfRange, fmt::format("{} has {} bytes; {} is behind its end.", path, *size, position));
            std::vector<std::byte> bytes(std::min<std::uint64_t>(maxBytes, *size - position));
            const auto got = (*file)->readAt(position, bytes);
            if (!got)
                return std::unexpected(got.error());
            bytes.resize(*got);
            SnapshotPiece piece;
            piece.size = *size;
            piece.bytes.append(Slice::take(std::move(bytes)));
            return piece;
        },
        std::move(reply));
}

void SnapshotFiles::receive(const OffsetAndEpoch& end, std::uint64_t size, Payload bytes, LogReply<std::optional<Batch>> reply) {
    if (!m_receiving || m_receiving->end != end)
        m_receiving = Receiving{end, size, 0};
    const std::uint64_t position = m_receiving->bytes;
    const std::uint64_t next = position + bytes.size();
    if (bytes.empty() || size != m_receiving->size || next > size || size > kSnapshotBytesMax) {
        m_receiving.reset();
        return m_scheduler.post([reply = std::move(reply), alive = m_alive] {
            if (*alive)
                reply(fail(ErrorCode::Corrupt, "A piece of a snapshot does not fit what was said of the whole."));
        });
    }
    const bool whole = next == size;
    job<std::optional<Batch>>(
        [&disk = m_disk, directory = m_directory, path = pathOf(end), position, whole, end, bytes = std::move(bytes)]() -> Result<std::optional<Batch>> {
            const std::string part = path + std::string(kPart);
            if (position == 0)
                if (auto made = disk.createDirectories(directory); !made)
                    return std::unexpected(made.error());
            if (auto written = writePiece(disk, part, position, bytes); !written)
                return std::unexpected(written.error());
            if (!whole)
                return std::nullopt;
            auto batch = readSnapshot(disk, {part, end});
            if (!batch) {
                static_cast<void>(disk.remove(part));
                return std::unexpected(batch.error());
            }
            if (auto finished = finishFile(disk, directory, part, path); !finished)
                return std::unexpected(finished.error());
            return std::optional(std::move(*batch));
        },
        [this, end, size, next, reply = std::move(reply)](Result<std::optional<Batch>> result) {
            if (!result || *result)
                m_receiving.reset();
            else if (m_receiving && m_receiving->end == end)
                m_receiving->bytes = next;
            if (result && *result)
                m_all[end.offset] = {end, size, (*result)->timestamp};
            reply(std::move(result));
        });
}

void SnapshotFiles::removeBelow(Offset offset) {
    while (!m_all.empty() && m_all.begin()->first < offset) {
        job<void>([&disk = m_disk, path = pathOf(m_all.begin()->second.end)] { return disk.remove(path); },
                  [](const Result<void>& removed) {
                      if (!removed && removed.error().code != ErrorCode::NotFound)
                          log::warning("raft", "An old snapshot stays: {}", removed.error().message);
                  });
        m_all.erase(m_all.begin());
    }
}

} // namespace broker::raft
