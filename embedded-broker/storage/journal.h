#pragma once
// The broker's journal: one sync for small appends to many partitions (fdatasync costs per file). Two files beside the partitions,
// ".samsa-journal-0" and "-1", used in turn; Apache Kafka ignores plain files there, and a clean stop removes them.
//
// An entry says: these batches of that partition are acknowledged. The segment gets the same bytes by a plain write and is synced
// lazily; a journal file is used again when every segment that it speaks of has been synced. At start entries are replayed, in order,
// for what the segments lack. Kinds:
//   Create   the partition exists, with its topic's name (so that a new directory need not be synced before its first record)
//   Data     whole batches, offsets stamped, continuing the partition's log
//   Fresh    forget every earlier entry of this partition: its segments are synced and are about to be cut, or it is deleted
// A sync of bytes that were written before is a flush of the disk; one that makes a file longer, or turns reserved blocks into written
// ones, is a commit of the whole file system's own journal, for which all processes queue. So zeros are written ahead of the entries,
// aside, in small pieces: nobody who waits for an entry waits for them.
// Any thread; the mutex guards all state.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/uuid.h"

#include <array>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace broker::storage {

struct JournalKey {
    Uuid topicId;
    PartitionIndex partition = 0;
    auto operator<=>(const JournalKey&) const = default;
};

enum class JournalKind : std::uint8_t { Create = 1, Data = 2, Fresh = 3 };

struct JournalEntry {
    JournalKind kind = JournalKind::Data;
    JournalKey key;
    std::vector<Slice> pieces; ///< Data: the batches; Create: the topic's name
};

/// What a partition's log must have after a crash.
struct JournaledPartition {
    std::string topic;           ///< from Create; empty when the directory was there before
    std::vector<Slice> batches;  ///< one per Data entry, in order
};

class Journal {
public:
    Journal(Disk& disk, std::string directory, std::uint64_t fileBytes);

    /// Reads both files, oldest generation first; a torn end is ignored. Before any append.
    Result<std::map<JournalKey, JournaledPartition>> recover();
    /// Removes the files (all segments are synced). At start after replay, and at a clean stop.
    Result<void> clear();

    /// Whether entries of so many bytes would find a place now.
    [[nodiscard]] bool hasRoom(std::uint64_t bytes);
    /// Where entries went. They stay readable there until the file gets its next generation, whether needed or not.
    struct Place {
        int file = 0;
        std::uint64_t generation = 0;
        bool fillWanted = false; ///< fillAhead() should run: few zeros are left ahead of the entries
    };
    /// Writes and syncs. OutOfRange when the active file is full and the other one is in use;
    /// NoSpace when the disk is (nothing is promised then).
    Result<Place> append(std::span<const JournalEntry> entries);
    /// Writes zeros ahead of the entries of the active file until there are enough. Beside append(), on another thread; one at a time.
    /// A disk that is full or fails ends it: append() will say so.
    void fillAhead();
    /// Nothing in this file is needed any more.
    void release(int file);
    [[nodiscard]] bool syncFailed();

private:
    struct Slot {
        std::shared_ptr<File> file;
        std::shared_ptr<File> filler; ///< the same file, for fillAhead()
        std::uint64_t generation = 0; ///< 0 = not in use
        std::uint64_t end = 0;
        std::uint64_t filled = 0;     ///< written once, with entries or zeros
        bool inUse = false;
        bool filling = false;         ///< fillAhead() writes beyond `filled`, without the mutex
    };
    [[nodiscard]] std::string path(int file) const;
    Result<void> activate(int file);
    [[nodiscard]] bool wantsFill(const Slot& slot) const;

    Disk& m_disk;
    std::string m_directory;
    std::uint64_t m_fileBytes;
    std::mutex m_mutex;
    std::condition_variable m_filled;
    std::array<Slot, 2> m_slots;
    int m_active = 0;
    std::uint64_t m_generation = 0;
    bool m_syncFailed = false;
};

} // namespace broker::storage
