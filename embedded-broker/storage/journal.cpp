#include "embedded-broker/storage/journal.h"

#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/base/log.h"
#include "embedded-broker/storage/bytes.h"

#include <algorithm>
#include <utility>
#include <fmt/format.h>

namespace broker::storage {
namespace {

// magic 4 | crc 4 (of all that follows) | body length 4 | kind 1, zero 3 | generation 8 | partition 4 | topic id 16 | body
constexpr std::uint32_t kMagic = 0x534D4A31; // "SMJ1"
constexpr std::size_t kEntryHeaderBytes = 44;
constexpr std::size_t kCrcCoversFromByte = 8;
constexpr std::uint32_t kBodyBytesMax = 1U << 30;
constexpr std::size_t kFillPiece = 256U << 10;
constexpr std::uint64_t kFillAhead = 1U << 20; ///< so many zeros ahead of the entries; more are written when half of them are used

std::uint64_t entryBytes(const JournalEntry& entry) {
    std::uint64_t total = kEntryHeaderBytes;
    for (const auto& piece : entry.pieces)
        total += piece.size();
    return total;
}

Slice encodeHeader(const JournalEntry& entry, std::uint64_t generation) {
    std::vector<std::byte> header(kEntryHeaderBytes);
    storeBig(header.data(), kMagic);
    storeBig(header.data() + 8, static_cast<std::uint32_t>(entryBytes(entry) - kEntryHeaderBytes));
    header[12] = static_cast<std::byte>(entry.kind);
    storeBig(header.data() + 16, generation);
    storeBig(header.data() + 24, entry.key.partition);
    std::ranges::copy(std::as_bytes(std::span(entry.key.topicId.bytes)), header.begin() + 28);
    auto crc = protocol::crc32c(Bytes(header).subspan(kCrcCoversFromByte));
    for (const auto& piece : entry.pieces)
        crc = protocol::crc32c(piece.bytes(), crc);
    storeBig(header.data() + 4, crc);
    return Slice::take(std::move(header));
}

struct Decoded {
    JournalEntry entry;
    std::uint64_t generation = 0;
    std::uint64_t size = 0;
};

std::optional<Decoded> decodeEntry(const Slice& file, std::uint64_t at) {
    if (file.size() - at < kEntryHeaderBytes)
        return std::nullopt;
    const auto* header = file.data() + at;
    if (loadBig<std::uint32_t>(header) != kMagic)
        return std::nullopt;
    const auto length = loadBig<std::uint32_t>(header + 8);
    if (length > kBodyBytesMax || file.size() - at - kEntryHeaderBytes < length)
        return std::nullopt;
    const auto covered = file.bytes().subspan(at + kCrcCoversFromByte, kEntryHeaderBytes - kCrcCoversFromByte + length);
    if (protocol::crc32c(covered) != loadBig<std::uint32_t>(header + 4))
        return std::nullopt;
    Decoded decoded;
    decoded.entry.kind = static_cast<JournalKind>(header[12]);
    decoded.generation = loadBig<std::uint64_t>(header + 16);
    decoded.entry.key.partition = loadBig<std::int32_t>(header + 24);
    std::memcpy(decoded.entry.key.topicId.bytes.data(), header + 28, 16);
    decoded.entry.pieces = {file.sub(at + kEntryHeaderBytes, length)};
    decoded.size = kEntryHeaderBytes + length;
    return decoded;
}

} // namespace

Journal::Journal(Disk& disk, std::string directory, std::uint64_t fileBytes)
    : m_disk(disk), m_directory(std::move(directory)), m_fileBytes(fileBytes) {}

std::string Journal::path(int file) const { return fmt::format("{}/.samsa-journal-{}", m_directory, file); }

Result<std::map<JournalKey, JournaledPartition>> Journal::recover() {
    const std::lock_guard lock(m_mutex);
    std::map<std::uint64_t, std::vector<JournalEntry>> byGeneration;
    for (int i = 0; i < 2; ++i) {
        if (!m_disk.exists(path(i)))
            continue;
        auto file = m_disk.open(path(i), OpenMode::Read);
        if (!file)
            return std::unexpected(file.error());
        const auto size = (*file)->size();
        if (!size)
            return std::unexpected(size.error());
        // Twice the file size leaves room for Fresh entries, which may always be written.
        std::vector<std::byte> bytes(std::min<std::uint64_t>(*size, 1ULL << 32));
        const auto read = (*file)->readAt(0, bytes);
        if (!read)
            return std::unexpected(read.error());
        bytes.resize(*read);
        const auto slice = Slice::take(std::move(bytes));
        std::uint64_t at = 0;
        std::optional<std::uint64_t> generation;
        while (const auto decoded = decodeEntry(slice, at)) {
            if (generation && *generation != decoded->generation)
                break; // left over from the file's earlier use
            generation = decoded->generation;
            byGeneration[*generation].push_back(decoded->entry);
            at += decoded->size;
        }
        if (generation) {
            m_generation = std::max(m_generation, *generation);
            log::info("storage", "{}: {} entries in {} bytes to replay", path(i), byGeneration[*generation].size(), at);
        }
    }
    std::map<JournalKey, JournaledPartition> partitions;
    for (auto& [generation, entries] : byGeneration) {
        for (auto& entry : entries) {
            switch (entry.kind) {
            case JournalKind::Create: partitions[entry.key].topic = entry.pieces.front().text(); break;
            case JournalKind::Data: partitions[entry.key].batches.push_back(entry.pieces.front()); break;
            case JournalKind::Fresh: partitions.erase(entry.key); break;
            default: return fail(ErrorCode::Corrupt, fmt::format("the journal in {} has an entry of unknown kind", m_directory));
            }
        }
    }
    return partitions;
}

Result<void> Journal::clear() {
    const std::lock_guard lock(m_mutex);
    bool removed = false;
    for (int i = 0; i < 2; ++i) {
        m_slots[static_cast<std::size_t>(i)] = {};
        if (!m_disk.exists(path(i)))
            continue;
        if (auto done = m_disk.remove(path(i)); !done)
            return done;
        removed = true;
    }
    return removed ? m_disk.syncDirectory(m_directory) : Result<void>{};
}

bool Journal::hasRoom(std::uint64_t bytes) {
    const std::lock_guard lock(m_mutex);
    if (bytes > m_fileBytes / 2 || m_syncFailed)
        return false;
    const auto& active = m_slots[static_cast<std::size_t>(m_active)];
    return !active.inUse || active.end + bytes <= m_fileBytes || !m_slots[static_cast<std::size_t>(1 - m_active)].inUse;
}

Result<void> Journal::activate(int file) {
    auto& slot = m_slots[static_cast<std::size_t>(file)];
    if (!slot.file) {
        auto opened = m_disk.open(path(file), OpenMode::Create);
        if (!opened)
            return std::unexpected(opened.error());
        slot.file = *opened;
        if (auto reserved = slot.file->preallocate(m_fileBytes); !reserved)
            return reserved;
        if (auto synced = m_disk.syncDirectory(m_directory); !synced)
            return synced;
    }
    slot.generation = ++m_generation;
    slot.end = 0;
    slot.inUse = true;
    m_active = file;
    return {};
}

bool Journal::wantsFill(const Slot& slot) const { return slot.filled < std::min(slot.end + kFillAhead / 2, m_fileBytes); }

void Journal::fillAhead() {
    static const Slice zeros = Slice::take(std::vector<std::byte>(kFillPiece));
    std::unique_lock lock(m_mutex);
    auto& slot = m_slots[static_cast<std::size_t>(m_active)];
    while (slot.file && !m_syncFailed && slot.filled < std::min(slot.end + kFillAhead, m_fileBytes)) {
        // A file of its own: the kernel tells each opened file once that a write was lost, and append() must hear it.
        if (!slot.filler) {
            auto opened = m_disk.open(slot.file->path(), OpenMode::ReadWrite);
            if (!opened)
                return;
            slot.filler = *opened;
        }
        const auto file = slot.filler;
        const auto from = slot.filled;
        const auto piece = std::min<std::uint64_t>(kFillPiece, m_fileBytes - from);
        slot.filling = true;
        lock.unlock();
        // Synced here, a piece at a time: an entry's own sync would have to take all of them along.
        const auto written = file->writeAt(from, zeros.sub(0, piece).bytes());
        const auto synced = written ? file->sync() : written;
        lock.lock();
        slot.filling = false;
        m_filled.notify_all();
        if (!synced)
            return;
        slot.filled = from + piece;
    }
}

Result<Journal::Place> Journal::append(std::span<const JournalEntry> entries) {
    std::unique_lock lock(m_mutex);
    std::uint64_t bytes = 0;
    bool mustFit = false;
    for (const auto& entry : entries) {
        bytes += entryBytes(entry);
        mustFit = mustFit || entry.kind == JournalKind::Data;
    }
    // Zeros that are being written now must not come after entries. While this waits others append, so all is decided behind it.
    m_filled.wait(lock, [this, bytes] {
        const auto& active = m_slots[static_cast<std::size_t>(m_active)];
        return (active.inUse && active.end + bytes <= active.filled) || std::ranges::none_of(m_slots, &Slot::filling);
    });
    if (m_syncFailed)
        return fail(ErrorCode::IoError, "the journal's last sync failed");
    if (auto* active = &m_slots[static_cast<std::size_t>(m_active)]; !active->inUse) {
        if (auto done = activate(m_active); !done)
            return std::unexpected(done.error());
    } else if (mustFit && active->end + bytes > m_fileBytes) {
        if (m_slots[static_cast<std::size_t>(1 - m_active)].inUse)
            return fail(ErrorCode::OutOfRange, "both journal files are in use");
        if (auto done = activate(1 - m_active); !done)
            return std::unexpected(done.error());
    }
    auto& slot = m_slots[static_cast<std::size_t>(m_active)];
    std::vector<Slice> pieces;
    for (const auto& entry : entries) {
        pieces.push_back(encodeHeader(entry, slot.generation));
        pieces.insert(pieces.end(), entry.pieces.begin(), entry.pieces.end());
    }
    if (auto written = slot.file->writeAt(slot.end, pieces); !written)
        return std::unexpected(written.error());
    if (auto synced = slot.file->sync(); !synced) {
        m_syncFailed = true;
        return std::unexpected(synced.error());
    }
    slot.end += bytes;
    slot.filled = std::max(slot.filled, slot.end);
    return Place{m_active, slot.generation, wantsFill(slot)};
}

void Journal::release(int file) {
    const std::lock_guard lock(m_mutex);
    auto& slot = m_slots[static_cast<std::size_t>(file)];
    if (file != m_active)
        slot.inUse = false;
}

bool Journal::syncFailed() {
    const std::lock_guard lock(m_mutex);
    return m_syncFailed;
}

} // namespace broker::storage
