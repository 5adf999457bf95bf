// OffsetCommit (8): answered when the offsets are committed to __consumer_offsets.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/offset_commit_request.h"
#include "embedded-broker/protocol/messages/offset_commit_response.h"

namespace broker::handlers {
namespace {

void refuseAll(const Request<protocol::OffsetCommitRequest>& request, protocol::KafkaError error) {
    protocol::OffsetCommitResponse response;
    for (const auto& topic : request->topics) {
        auto& eachTopic = response.topics.emplace_back();
        eachTopic.name = topic.name;
        eachTopic.topicId = topic.topicId;
        for (const auto& partition : topic.partitions) {
            auto& each = eachTopic.partitions.emplace_back();
            each.partitionIndex = partition.partitionIndex;
            each.errorCode = protocol::code(error);
        }
    }
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::OffsetCommitRequest> request) {
    const Access access(broker, request.origin());
    if (!access.group(Operation::Read, request->groupId))
        return refuseAll(request, protocol::KafkaError::GroupAuthorizationFailed);
    groups::CommitRequest commit;
    commit.groupId = request->groupId;
    commit.generationId = request->generationIdOrMemberEpoch;
    commit.memberId = request->memberId;
    commit.groupInstanceId = request->groupInstanceId;
    const WallMs now = broker.scheduler.wallNow();
    const bool byId = request.version() >= 10;
    for (const auto& topic : request->topics) {
        const metadata::TopicImage* image = byId ? broker.image->topic(topic.topicId) : broker.image->topic(std::string_view(topic.name));
        for (const auto& partition : topic.partitions) {
            auto& item = commit.items.emplace_back();
            item.tp = {image != nullptr ? image->name : topic.name, partition.partitionIndex};
            item.committed.offset = partition.committedOffset;
            item.committed.leaderEpoch = partition.committedLeaderEpoch;
            item.committed.metadata = partition.committedMetadata.value_or("");
            item.committed.commitTimestamp = now;
            if (request.version() <= 4 && request->retentionTimeMs >= 0)
                item.committed.expireTimestamp = now + request->retentionTimeMs;
            if ((image != nullptr || !byId) && !access.topic(Operation::Read, item.tp.topic))
                item.error = groups::GroupError::TopicAuthorizationFailed;
            else if (image == nullptr)
                item.error = byId ? groups::GroupError::UnknownTopicId : groups::GroupError::UnknownTopicOrPartition;
            else if (partition.partitionIndex < 0 || static_cast<std::size_t>(partition.partitionIndex) >= image->partitions.size())
                item.error = groups::GroupError::UnknownTopicOrPartition;
        }
    }
    broker.groups->commit(std::move(commit), [request](std::vector<groups::GroupError> errors) {
        protocol::OffsetCommitResponse response;
        std::size_t next = 0;
        for (const auto& topic : request->topics) {
            auto& eachTopic = response.topics.emplace_back();
            eachTopic.name = topic.name;
            eachTopic.topicId = topic.topicId;
            for (const auto& partition : topic.partitions) {
                auto& each = eachTopic.partitions.emplace_back();
                each.partitionIndex = partition.partitionIndex;
                each.errorCode = errorCode(errors.at(next++));
            }
        }
        request.reply(response);
    });
}

} // namespace

void addOffsetCommit(HandlerTable& table) { table.add<protocol::OffsetCommitRequest>(handle); }

} // namespace broker::handlers
