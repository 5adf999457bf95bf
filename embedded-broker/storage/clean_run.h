#pragma once
// One compaction of one log, in small steps that a thread of the disk pool takes: first the newest offset of each key in the dirty part, then
// the segments, group by group, into new ones. Reads and writes files only; nothing of the log in memory is touched. The loop and the pool take
// turns with it, never both.
//
//   first dirty                upper bound
//   [clean ... | dirty ......... | not yet ... active]
//   the map is made of the dirty part; all below its end is written anew

#include "embedded-broker/base/disk.h"
#include "embedded-broker/storage/batch_filter.h"
#include "embedded-broker/storage/log_core.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::storage {

struct CleanInput {
    struct Part {
        Offset base = 0;
        Offset end = 0; ///< base of the next segment
        std::uint64_t bytes = 0;
    };
    std::string directory;
    std::vector<Part> parts;        ///< all segments below the upper bound, in order
    Offset firstDirty = 0;
    Offset upperBound = 0;          ///< where the first segment starts that must not be touched
    WallMs now = 0;
    LogConfig config;
    std::vector<AbortedTransaction> aborted;
    std::uint64_t mapBytesMax = 128ULL << 20;
    double mapLoadFactor = 0.9;
    std::array<std::uint64_t, 2> hashKey{};
};

class CleanRun {
public:
    CleanRun(Disk& disk, CleanInput input, std::shared_ptr<std::atomic<bool>> cancelled);
    ~CleanRun();

    struct Group {
        std::size_t first = 0; ///< [first, last) of the parts
        std::size_t last = 0;
    };
    struct Step {
        bool finished = false;
        std::uint64_t bytes = 0; ///< read and written
    };
    /// Blocking. About `bytesMax` of the dirty part into the map. Finished: all of it, or the map is full.
    Result<Step> mapSome(std::uint64_t bytesMax);
    /// After the map: what is rewritten together.
    [[nodiscard]] const std::vector<Group>& groups() const { return m_groups; }
    /// The log is clean below it, once all groups are in.
    [[nodiscard]] Offset cleanEnd() const { return m_map.latest() + 1; }

    /// Before the first cleanSome() of a group: which producers live now.
    void beginGroup(std::size_t group, LastOfProducers producers);
    /// Blocking. Finished: the cleaned files of the group are written and synced. Cancelled, NoSpace: its files are removed again.
    Result<Step> cleanSome(std::uint64_t bytesMax);

    struct Cleaned {
        std::unique_ptr<Segment> segment; ///< null: the one segment of the group stays as it is
        std::vector<AbortedTransaction> aborted;
        std::uint64_t bytesBefore = 0;
        std::uint64_t bytesAfter = 0;
        std::uint64_t recordsKept = 0;
    };
    /// After cleanSome() has finished.
    Cleaned takeGroup();
    /// Blocking: removes the files of a group that will not be used.
    void discardGroup();

    [[nodiscard]] const CleanInput& input() const { return m_input; }

private:
    class Stream;
    [[nodiscard]] std::string pathOf(Offset base, std::string_view suffix) const;
    Result<std::unique_ptr<Stream>> openPart(std::size_t part);
    Result<bool> mapBatch(const protocol::RecordBatchView& batch);
    void makeGroups();
    Result<void> openOutput();
    Result<void> put(Bytes batch);
    Result<void> flushOutput();
    Result<void> finishGroup();
    Result<Step> cleanSteps(std::uint64_t bytesMax);

    Disk& m_disk;
    CleanInput m_input;
    std::shared_ptr<std::atomic<bool>> m_cancelled;
    KeyOffsets m_map;
    CleanedTransactions m_mapTransactions;
    CleanedTransactions m_transactions;
    std::size_t m_part = 0;
    std::unique_ptr<Stream> m_stream;
    std::vector<Group> m_groups;

    Group m_group;
    LastOfProducers m_producers;
    std::unique_ptr<Segment> m_segment;
    std::shared_ptr<File> m_output;
    std::uint64_t m_written = 0;
    std::vector<std::byte> m_buffer;
    std::vector<AbortedTransaction> m_keptAborted;
    bool m_changed = false;
    std::uint64_t m_recordsKept = 0;
};

} // namespace broker::storage
