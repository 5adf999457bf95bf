// ListOffsets (2): where a partition starts and ends, and the first record at or after a time.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/base/log.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"

#include <set>

namespace broker::handlers {
namespace {

using protocol::KafkaError;

/// Times that mean something else, with the first version that may ask for them.
enum Special : std::int64_t {
    kLatest = -1,
    kEarliest = -2,
    kMaxTimestamp = -3,         // 7
    kEarliestLocal = -4,        // 8
    kLatestTiered = -5,         // 9
    kEarliestPendingUpload = -6 // 11
};

bool knows(std::int16_t version, std::int64_t timestamp) {
    switch (timestamp) {
    case kLatest:
    case kEarliest: return true;
    case kMaxTimestamp: return version >= 7;
    case kEarliestLocal: return version >= 8;
    case kLatestTiered: return version >= 9;
    case kEarliestPendingUpload: return version >= 11;
    default: return timestamp >= 0;
    }
}

struct Found {
    KafkaError error = KafkaError::None;
    storage::TimestampOffset at;
};

Found look(const BrokerContext& broker, const protocol::ListOffsetsRequest& request, std::int16_t version, const TopicPartition& tp,
           LeaderEpoch currentEpoch, std::int64_t timestamp) {
    const auto found = leaderOf(broker, tp, currentEpoch);
    if (!found)
        return {found.error(), {}};
    const auto& partition = **found;
    auto& log = partition.log();
    if (timestamp == kLatestTiered || timestamp == kEarliestPendingUpload)
        return {}; // nothing is tiered
    if (timestamp == kEarliest || timestamp == kEarliestLocal)
        return {KafkaError::None, {-1, log.logStartOffset(), log.epochAt(log.logStartOffset())}};

    const bool consumer = request.replicaId == kNoNode;
    const Offset end = !consumer                     ? log.logEndOffset()
                       : request.isolationLevel == 1 ? partition.lastStableOffset()
                                                     : partition.highWatermark();
    // A new leader whose high watermark lags does not know yet what was committed: better later than going back (KIP-207).
    const KafkaError unknownEnd = !consumer || partition.latestKnown() ? KafkaError::None
                                  : version >= 5                       ? KafkaError::OffsetNotAvailable
                                                                       : KafkaError::LeaderNotAvailable;
    if (timestamp == kLatest)
        return unknownEnd == KafkaError::None ? Found{KafkaError::None, {-1, end, partition.leaderEpoch()}} : Found{unknownEnd, {}};
    const auto at = timestamp == kMaxTimestamp ? log.maxTimestampOffset() : log.offsetForTimestamp(timestamp, end);
    if (!at) {
        log::warning("handlers", "{}-{}: cannot look up a time: {}", tp.topic, tp.partition, at.error().message);
        return {KafkaError::KafkaStorageError, {}};
    }
    if (*at && (*at)->offset < end)
        return {KafkaError::None, **at};
    return {unknownEnd, {}};
}

void handle(BrokerContext& broker, Request<protocol::ListOffsetsRequest> request) {
    protocol::ListOffsetsResponse response;
    const Access access(broker, request.origin());
    std::set<TopicPartition> seen;
    std::set<TopicPartition> twice;
    for (const auto& topic : request->topics)
        for (const auto& partition : topic.partitions)
            if (!seen.insert({topic.name, partition.partitionIndex}).second)
                twice.insert({topic.name, partition.partitionIndex});
    for (const auto& topic : request->topics) {
        auto& topicAnswer = response.topics.emplace_back();
        topicAnswer.name = topic.name;
        const bool allowed = access.topic(Operation::Describe, topic.name) && (request->replicaId < 0 || access.isPeer());
        for (const auto& partition : topic.partitions) {
            const TopicPartition tp{topic.name, partition.partitionIndex};
            auto& answer = topicAnswer.partitions.emplace_back();
            answer.partitionIndex = partition.partitionIndex;
            Found found;
            if (!allowed)
                found.error = KafkaError::TopicAuthorizationFailed;
            else if (twice.contains(tp))
                found.error = KafkaError::InvalidRequest;
            else if (!knows(request.version(), partition.timestamp))
                found.error = KafkaError::UnsupportedVersion;
            else
                found = look(broker, *request, request.version(), tp, partition.currentLeaderEpoch, partition.timestamp);
            answer.errorCode = protocol::code(found.error);
            answer.timestamp = found.at.timestamp;
            answer.offset = found.at.offset;
            answer.leaderEpoch = found.at.leaderEpoch;
        }
    }
    request.reply(response);
}

} // namespace

void addListOffsets(HandlerTable& table) { table.add<protocol::ListOffsetsRequest>(handle); }

} // namespace broker::handlers
