#pragma once
// How groups and offsets are written to __consumer_offsets: a version-prefixed key and value (Kafka's OffsetCommit and
// GroupMetadata records); no value = tombstone.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/groups/classic_group.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace broker::groups {

struct GroupRecord {
    Slice key;
    std::optional<Slice> value;
};

struct CommittedOffset {
    Offset offset = 0;
    LeaderEpoch leaderEpoch = kNoEpoch;
    std::string metadata;
    WallMs commitTimestamp = 0;
    WallMs expireTimestamp = -1; ///< only from clients of long ago that set a retention; -1 = the broker's
    Offset recordOffset = -1;    ///< of its record in __consumer_offsets; not stored
    bool operator==(const CommittedOffset&) const = default;
};

GroupRecord offsetCommitRecord(const std::string& group, const TopicPartition& tp, const CommittedOffset& committed);
GroupRecord offsetTombstone(const std::string& group, const TopicPartition& tp);
/// The group as it stands: generation, protocol, members with their assignments.
GroupRecord groupMetadataRecord(const ClassicGroup& group);
GroupRecord groupTombstone(const std::string& group);

/// One record, read back.
struct OffsetEntry {
    std::string group;
    TopicPartition tp;
    std::optional<CommittedOffset> committed; ///< nullopt = deleted
};
struct GroupEntry {
    struct Member {
        std::string memberId;
        std::optional<std::string> groupInstanceId;
        std::string clientId;
        std::string clientHost;
        std::int32_t rebalanceTimeoutMs = 0;
        std::int32_t sessionTimeoutMs = 0;
        Slice subscription;
        Slice assignment;
    };
    struct Value {
        std::string protocolType;
        std::int32_t generation = 0;
        std::optional<std::string> protocol;
        std::optional<std::string> leader;
        WallMs stateTimestamp = -1;
        std::vector<Member> members;
    };
    std::string group;
    std::optional<Value> value; ///< nullopt = deleted
};
/// A key of a kind that this engine does not know (share, streams, KIP-848 groups): kept in the log, not understood.
struct UnknownEntry {
    std::int16_t keyVersion = 0;
};
using LogEntry = std::variant<OffsetEntry, GroupEntry, UnknownEntry>;

Result<LogEntry> parseRecord(const Slice& key, const std::optional<Slice>& value);

} // namespace broker::groups
