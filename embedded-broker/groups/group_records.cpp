#include "embedded-broker/groups/group_records.h"

#include "embedded-broker/protocol/messages/group_metadata_key.h"
#include "embedded-broker/protocol/messages/group_metadata_value.h"
#include "embedded-broker/protocol/messages/offset_commit_key.h"
#include "embedded-broker/protocol/messages/offset_commit_value.h"

#include <fmt/format.h>

namespace broker::groups {
namespace {

using protocol::Reader;
using protocol::Writer;

// The first number of a key says what it is; the first of a value its version. Kafka writes these versions at
// metadata.version 4.3, and readers of older releases know them.
constexpr std::int16_t kOffsetKey = 1; // 0 is the same layout from long ago
constexpr std::int16_t kGroupKey = 2;
constexpr std::int16_t kOffsetValueVersion = 3;
constexpr std::int16_t kOffsetValueWithExpiryVersion = 1;
constexpr std::int16_t kGroupValueVersion = 3;

template <class Message>
Slice prefixed(std::int16_t prefix, const Message& message, std::int16_t version) {
    Writer writer;
    writer.int16(prefix);
    message.encode(writer, version);
    return writer.finishAsSlice();
}

Slice offsetKey(const std::string& group, const TopicPartition& tp) {
    protocol::OffsetCommitKey key;
    key.group = group;
    key.topic = tp.topic;
    key.partition = tp.partition;
    return prefixed(kOffsetKey, key, 0);
}

Slice groupKey(const std::string& group) {
    protocol::GroupMetadataKey key;
    key.group = group;
    return prefixed(kGroupKey, key, 0);
}

} // namespace

GroupRecord offsetCommitRecord(const std::string& group, const TopicPartition& tp, const CommittedOffset& committed) {
    protocol::OffsetCommitValue value;
    value.offset = committed.offset;
    value.leaderEpoch = committed.leaderEpoch;
    value.metadata = committed.metadata;
    value.commitTimestamp = committed.commitTimestamp;
    value.expireTimestamp = committed.expireTimestamp;
    const std::int16_t version = committed.expireTimestamp >= 0 ? kOffsetValueWithExpiryVersion : kOffsetValueVersion;
    return {offsetKey(group, tp), prefixed(version, value, version)};
}

GroupRecord offsetTombstone(const std::string& group, const TopicPartition& tp) { return {offsetKey(group, tp), std::nullopt}; }

GroupRecord groupMetadataRecord(const ClassicGroup& group) {
    protocol::GroupMetadataValue value;
    value.protocolType = group.protocolType().value_or("");
    value.generation = group.generation();
    value.protocol = group.protocolName();
    value.leader = group.leader().empty() ? std::nullopt : std::optional(group.leader());
    value.currentStateTimestamp = group.stateSince();
    for (const auto& [id, member] : group.members()) {
        auto& each = value.members.emplace_back();
        each.memberId = id;
        each.groupInstanceId = member.groupInstanceId;
        each.clientId = member.clientId;
        each.clientHost = member.clientHost;
        each.rebalanceTimeout = member.rebalanceTimeoutMs;
        each.sessionTimeout = member.sessionTimeoutMs;
        each.subscription = member.metadataFor(group.protocolName().value_or(""));
        each.assignment = member.assignment;
    }
    return {groupKey(group.groupId()), prefixed(kGroupValueVersion, value, kGroupValueVersion)};
}

GroupRecord groupTombstone(const std::string& group) { return {groupKey(group), std::nullopt}; }

Result<LogEntry> parseRecord(const Slice& key, const std::optional<Slice>& value) {
    Reader keyReader(key);
    const std::int16_t kind = keyReader.int16();
    if (kind == 0 || kind == kOffsetKey) {
        const auto parsed = protocol::OffsetCommitKey::decode(keyReader, 0);
        if (!parsed)
            return std::unexpected(parsed.error());
        OffsetEntry entry{parsed->group, {parsed->topic, parsed->partition}, std::nullopt};
        if (!value)
            return entry;
        Reader reader(*value);
        const auto stored = protocol::OffsetCommitValue::decode(reader, reader.int16());
        if (!stored)
            return std::unexpected(stored.error());
        entry.committed = CommittedOffset{stored->offset, stored->leaderEpoch, stored->metadata, stored->commitTimestamp, stored->expireTimestamp};
        return entry;
    }
    if (kind == kGroupKey) {
        const auto parsed = protocol::GroupMetadataKey::decode(keyReader, 0);
        if (!parsed)
            return std::unexpected(parsed.error());
        GroupEntry entry{parsed->group, std::nullopt};
        if (!value)
            return entry;
        Reader reader(*value);
        const auto stored = protocol::GroupMetadataValue::decode(reader, reader.int16());
        if (!stored)
            return std::unexpected(stored.error());
        auto& target = entry.value.emplace();
        target.protocolType = stored->protocolType;
        target.generation = stored->generation;
        target.protocol = stored->protocol;
        target.leader = stored->leader;
        target.stateTimestamp = stored->currentStateTimestamp;
        for (const auto& member : stored->members)
            target.members.push_back({member.memberId, member.groupInstanceId, member.clientId, member.clientHost, member.rebalanceTimeout,
                member.sessionTimeout, member.subscription, member.assignment});
        return entry;
    }
    if (!keyReader.ok())
        return std::unexpected(*keyReader.error());
    return UnknownEntry{kind};
}

} // namespace broker::groups
