#pragma once
// Kafka's small text files: offset checkpoints (version 0) and partition.metadata; names of partition directories.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/uuid.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::storage {

inline constexpr std::string_view kRecoveryPointFile = "recovery-point-offset-checkpoint";
inline constexpr std::string_view kReplicationFile = "replication-offset-checkpoint";
inline constexpr std::string_view kLogStartFile = "log-start-offset-checkpoint";
inline constexpr std::string_view kCleanerFile = "cleaner-offset-checkpoint";

using OffsetMap = std::map<TopicPartition, Offset>;

std::optional<std::int64_t> parseInt(std::string_view text);
/// The lines behind "version" and "count", each split into exactly `words` words. Empty text = none (Kafka makes empty files).
Result<std::vector<std::vector<std::string_view>>> decodeCheckpoint(std::string_view text, std::size_t words);

std::string encodeOffsets(const OffsetMap& offsets);
Result<OffsetMap> decodeOffsets(std::string_view text);

std::string encodePartitionMetadata(const Uuid& topicId);
Result<Uuid> decodePartitionMetadata(std::string_view text);

std::string directoryName(const TopicPartition& tp);
/// "orders-eu-3" -> {"orders-eu", 3}; nothing for other names (also "x-3.0123abcd-delete").
std::optional<TopicPartition> parseDirectoryName(std::string_view name);

/// One offset checkpoint file: old or new on disk, never mixed. Single changes (lower, raise, forget) and whole writes come from different
/// jobs: a ticket drawn when the whole was collected tells which single changes are newer. Any thread; the mutex guards all members.
class OffsetCheckpoint {
public:
    OffsetCheckpoint(Disk& disk, std::string path);
    /// A file that is missing or cannot be read as one counts as empty.
    OffsetMap load();
    [[nodiscard]] std::uint64_t ticket();
    /// Writes all, with the single changes made since `ticket` on top, when that differs from what the file has.
    Result<void> write(OffsetMap offsets, std::uint64_t ticket);
    /// Changes one partition if `offset` is below (above) what the file says, durably.
    Result<void> lower(const TopicPartition& tp, Offset offset);
    /// Nothing when `gone` is set: the partition was deleted, and another one may have its name.
    Result<void> raise(const TopicPartition& tp, Offset offset, const std::atomic<bool>& gone);
    Result<void> forget(const TopicPartition& tp);

private:
    enum class Kind : std::uint8_t { Lowered, Raised, Forgotten };
    struct Change {
        std::uint64_t number = 0;
        Kind kind = Kind::Lowered;
        Offset offset = 0;
    };
    Result<void> store();
    Disk& m_disk;
    std::string m_path;
    std::mutex m_mutex;
    OffsetMap m_offsets;
    std::map<TopicPartition, Change> m_changes;
    std::uint64_t m_number = 0;
    bool m_written = false;
};

} // namespace broker::storage
