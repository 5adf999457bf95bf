#include "embedded-broker/storage/lane.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace broker::storage {
namespace {

/// On the way to .swap the .log comes last: where it is, the others are. On the way from there first: as long as it is a .swap, so are they.
constexpr std::array<std::string_view, 4> kIndexesThenLog{".txnindex", ".timeindex", ".index", ".log"};
constexpr std::array<std::string_view, 4> kLogThenIndexes{".log", ".txnindex", ".timeindex", ".index"};

} // namespace

LogRoot::LogRoot(Disk& disk, std::string directory)
    : path(std::move(directory))
    , recoveryPoints(disk, fmt::format("{}/{}", path, kRecoveryPointFile))
    , highWatermarks(disk, fmt::format("{}/{}", path, kReplicationFile))
    , logStarts(disk, fmt::format("{}/{}", path, kLogStartFile))
    , cleaned(disk, fmt::format("{}/{}", path, kCleanerFile)) {}

Result<std::shared_ptr<File>> SegmentFile::open() {
    const std::lock_guard lock(m_mutex);
    if (m_file)
        return m_file;
    if (auto shared = m_shared.lock())
        return shared;
    auto opened = m_disk.open(m_path, OpenMode::Create);
    if (!opened)
        return opened;
    if (m_relaxed)
        m_shared = *opened;
    else
        m_file = *opened;
    return opened;
}

bool SegmentFile::relax() {
    const std::lock_guard lock(m_mutex);
    if (m_pinned || std::exchange(m_relaxed, true))
        return false;
    m_shared = std::exchange(m_file, nullptr);
    return true;
}

void SegmentFile::keep() {
    const std::lock_guard lock(m_mutex);
    if (std::exchange(m_relaxed, false))
        m_file = m_shared.lock();
}

Result<void> SegmentFile::pin() {
    {
        const std::lock_guard lock(m_mutex);
        m_pinned = true;
        if (std::exchange(m_relaxed, false))
            m_file = m_shared.lock();
    }
    const auto opened = open();
    return opened ? Result<void>{} : std::unexpected(opened.error());
}

bool SegmentFile::takeNew() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_new, false);
}

Lane::Outcome Lane::run(std::vector<DiskOp>& ops, bool sync) {
    Outcome outcome;
    if (m_syncFailed)
        return {0, fail(ErrorCode::IoError, "an earlier sync of this partition failed"), true};
    for (auto& op : ops) {
        auto result = std::visit([this](auto& each) { return perform(each); }, op);
        if (!result) {
            outcome.result = result;
            outcome.syncFailed = m_syncFailed;
            return outcome;
        }
        ++outcome.done;
    }
    if (sync)
        outcome.result = syncAll();
    outcome.syncFailed = m_syncFailed;
    return outcome;
}

Result<void> Lane::perform(MakeLogOp& op) {
    if (auto made = m_disk.createDirectories(m_directory); !made)
        return made;
    auto file = m_disk.open(m_directory + "/partition.metadata", OpenMode::Truncate);
    if (!file)
        return std::unexpected(file.error());
    if (auto written = (*file)->writeAt(0, asBytes(op.metadata)); !written)
        return written;
    m_directoryDirty = true;
    m_rootDirty = true;
    // Small enough to be synced with the directory: a log without its topic's id would be taken for another one.
    const auto path = m_directory + "/partition.metadata";
    m_dirty[path] = std::make_shared<SegmentFile>(m_disk, path, false);
    return {};
}

Result<std::shared_ptr<File>> Lane::openForWrite(SegmentFile& file) {
    auto opened = file.open();
    if (opened && file.takeNew())
        m_directoryDirty = true;
    return opened;
}

Result<void> Lane::perform(WriteOp& op) {
    auto file = openForWrite(*op.file);
    if (!file)
        return std::unexpected(file.error());
    m_dirty[op.file->path()] = op.file;
    return (*file)->writeAt(op.position, op.pieces);
}

Result<void> Lane::perform(TruncateOp& op) {
    auto file = openForWrite(*op.file);
    if (!file)
        return std::unexpected(file.error());
    m_dirty[op.file->path()] = op.file;
    return (*file)->truncate(op.size);
}

Result<void> Lane::perform(PutFileOp& op) {
    if (op.durable)
        return writeFileAtomically(m_disk, op.path, op.content);
    const auto temporary = op.path + ".tmp";
    {
        auto file = m_disk.open(temporary, OpenMode::Truncate);
        if (!file)
            return std::unexpected(file.error());
        if (auto written = (*file)->writeAt(0, asBytes(op.content)); !written)
            return written;
    }
    m_directoryDirty = true;
    return m_disk.rename(temporary, op.path);
}

Result<void> Lane::perform(RemoveFilesOp& op) {
    if (op.paths.empty())
        return {};
    const auto syncDirectory = [this]() -> Result<void> {
        if (auto synced = m_disk.syncDirectory(m_directory); !synced) {
            m_syncFailed = true;
            return synced;
        }
        m_directoryDirty = false;
        return {};
    };
    // What takes the place of the files that go now must be there first.
    if (m_directoryDirty) {
        if (auto synced = syncDirectory(); !synced)
            return synced;
    }
    for (const auto& path : op.paths) {
        m_dirty.erase(path);
        if (auto removed = m_disk.remove(path); !removed && removed.error().code != ErrorCode::NotFound)
            return removed;
        m_directoryDirty = true;
    }
    return op.durable ? syncDirectory() : Result<void>{};
}

Result<void> Lane::perform(BarrierOp& op) {
    if (op.journaled) {
        if (auto synced = syncAll(); !synced)
            return synced;
    }
    if (auto lowered = m_root.recoveryPoints.lower(op.tp, op.recoveryPoint); !lowered)
        return lowered;
    if (auto lowered = m_root.cleaned.lower(op.tp, op.recoveryPoint); !lowered)
        return lowered;
    if (op.journaled) {
        const JournalEntry entry{JournalKind::Fresh, op.key, {}};
        if (auto written = m_journal.append({&entry, 1}); !written) {
            m_syncFailed = m_syncFailed || m_journal.syncFailed();
            return std::unexpected(written.error());
        }
    }
    return {};
}

Result<void> Lane::perform(RetireOp& op) {
    m_dirty.clear();
    m_directoryDirty = false;
    // A partition of the same name must not inherit them.
    for (auto* checkpoint : {&m_root.recoveryPoints, &m_root.highWatermarks, &m_root.logStarts, &m_root.cleaned}) {
        if (auto forgotten = checkpoint->forget(op.tp); !forgotten)
            return forgotten;
    }
    if (auto renamed = m_disk.rename(m_directory, op.newDirectory); !renamed && renamed.error().code != ErrorCode::NotFound)
        return renamed;
    if (auto synced = m_disk.syncDirectory(m_root.path); !synced)
        return synced;
    m_rootDirty = false;
    if (op.removeAll) {
        if (auto removed = m_disk.removeTree(op.newDirectory); !removed)
            log::warning("storage", "{} stays until the next start: {}", op.newDirectory, removed.error().message);
    }
    return {};
}

/// A start takes a .swap behind any .cleaned for a half-made one, as Kafka does: none may lie about from a partition of the same name.
Result<void> Lane::removeStaleCleaned(const SwapOp& op) {
    const auto entries = m_disk.list(m_directory);
    if (!entries)
        return std::unexpected(entries.error());
    bool any = false;
    for (const auto& entry : *entries) {
        const auto path = m_directory + "/" + entry.name;
        if (!entry.name.ends_with(".cleaned") || (path.starts_with(op.stem + ".") && (op.txnIndex || !entry.name.ends_with(".txnindex.cleaned"))))
            continue;
        if (auto removed = m_disk.remove(path); !removed && removed.error().code != ErrorCode::NotFound)
            return removed;
        any = true;
    }
    if (!any)
        return {};
    auto synced = m_disk.syncDirectory(m_directory);
    m_syncFailed = m_syncFailed || !synced;
    return synced;
}

Result<void> Lane::perform(CleanOffsetOp& op) {
    if (auto raised = m_root.cleaned.raise(op.tp, op.offset, *op.gone); !raised)
        return raised;
    return *op.gone ? Result<void>{} : m_root.cleaned.lower(op.tp, op.offset); // it may have been outside the log
}

Result<void> Lane::perform(SwapOp& op) {
    if (!op.ticket->begin())
        return {};
    const auto rename = [&](std::string_view suffix, std::string_view from, std::string_view to) {
        return m_disk.rename(fmt::format("{}{}{}", op.stem, suffix, from), fmt::format("{}{}{}", op.stem, suffix, to));
    };
    const auto syncDirectory = [&]() -> Result<void> {
        auto synced = m_disk.syncDirectory(m_directory);
        if (synced)
            m_directoryDirty = false;
        else
            m_syncFailed = true;
        return synced;
    };
    const auto renameAll = [&](std::string_view from, std::string_view to, std::span<const std::string_view> suffixes) -> Result<void> {
        for (const auto suffix : suffixes) {
            if (!op.txnIndex && suffix == ".txnindex")
                continue;
            // NotFound: renamed before the disk was full.
            if (auto renamed = rename(suffix, from, to); !renamed && (op.step == 0 || renamed.error().code != ErrorCode::NotFound))
                return renamed;
            op.step = std::max(op.step, 1);
        }
        return {};
    };
    if (op.step < 2) {
        if (op.step == 0) {
            if (auto removed = removeStaleCleaned(op); !removed)
                return removed;
        }
        if (auto raised = m_root.recoveryPoints.raise(op.tp, op.recoveryPoint, *op.gone); !raised)
            return raised;
        if (auto renamed = renameAll(".cleaned", ".swap", kIndexesThenLog); !renamed)
            return renamed;
        if (auto synced = syncDirectory(); !synced)
            return synced;
        op.step = 2;
    }
    if (op.step < 3) {
        for (const auto& path : op.removed) {
            if (auto removed = m_disk.remove(path); !removed && removed.error().code != ErrorCode::NotFound)
                return removed;
        }
        // An index of aborted transactions that the cleaned segment does not have any more.
        if (!op.txnIndex) {
            if (auto removed = m_disk.remove(op.stem + ".txnindex"); !removed && removed.error().code != ErrorCode::NotFound)
                return removed;
        }
        if (auto synced = syncDirectory(); !synced)
            return synced;
        op.step = 3;
    }
    if (auto renamed = renameAll(".swap", "", kLogThenIndexes); !renamed)
        return renamed;
    m_directoryDirty = true;
    op.ticket->finish();
    return {};
}

Result<void> Lane::syncAll() {
    const auto synced = [this]() -> Result<void> {
        for (const auto& [path, file] : m_dirty) {
            auto opened = file->open();
            if (!opened)
                return std::unexpected(opened.error());
            if (auto result = (*opened)->sync(); !result)
                return result;
        }
        if (m_directoryDirty) {
            if (auto result = m_disk.syncDirectory(m_directory); !result)
                return result;
        }
        if (m_rootDirty)
            return m_disk.syncDirectory(m_root.path);
        return {};
    }();
    if (!synced) {
        m_syncFailed = true;
        return synced;
    }
    m_dirty.clear();
    m_directoryDirty = false;
    m_rootDirty = false;
    return {};
}

} // namespace broker::storage
