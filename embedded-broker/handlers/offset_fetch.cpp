// OffsetFetch (9): one group before version 8, any number from then on. What was never committed is offset -1 without an error.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/offset_fetch_request.h"
#include "embedded-broker/protocol/messages/offset_fetch_response.h"

namespace broker::handlers {
namespace {

using Response = protocol::OffsetFetchResponse;

using Fetched = groups::GroupCoordinator::Fetched;

/// What a reader that wants stable offsets only must wait for is left in `unstable`; of others nothing is.
Fetched fetch(const BrokerContext& broker, const std::string& groupId, bool requireStable) {
    auto fetched = broker.groups->fetchOffsets(groupId);
    if (!requireStable)
        fetched.unstable.clear();
    return fetched;
}

/// Fills one partition's fields, which have the same names in the old and the new form.
template <class Partition>
void fill(Partition& target, PartitionIndex index, const Fetched& fetched, const std::string& topic) {
    target.partitionIndex = index;
    target.committedOffset = kNoOffset;
    target.committedLeaderEpoch = kNoEpoch;
    target.metadata = "";
    if (fetched.unstable.contains({topic, index})) {
        target.errorCode = protocol::code(protocol::KafkaError::UnstableOffsetCommit);
        return;
    }
    const auto found = fetched.offsets.find({topic, index});
    if (found == fetched.offsets.end())
        return;
    target.committedOffset = found->second.offset;
    target.committedLeaderEpoch = found->second.leaderEpoch;
    target.metadata = found->second.metadata;
}

template <class Partition>
void fillOrRefuse(Partition& target, PartitionIndex index, const Fetched& fetched, const std::string& topic, bool allowed) {
    fill(target, index, allowed ? fetched : Fetched{}, topic);
    if (!allowed)
        target.errorCode = protocol::code(protocol::KafkaError::TopicAuthorizationFailed);
}

/// All that a group committed, by topic.
std::map<std::string, std::vector<PartitionIndex>> everything(const groups::OffsetMap& offsets) {
    std::map<std::string, std::vector<PartitionIndex>> topics;
    for (const auto& [tp, committed] : offsets)
        topics[tp.topic].push_back(tp.partition);
    return topics;
}

void handleOne(BrokerContext& broker, const Request<protocol::OffsetFetchRequest>& request) {
    Response response;
    const Access access(broker, request.origin());
    const bool allowed = access.group(Operation::Describe, request->groupId);
    const auto fetched = allowed ? fetch(broker, request->groupId, request->requireStable) : Fetched{};
    const std::int16_t error = allowed ? errorCode(fetched.error) : protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
    if (error != 0) {
        response.errorCode = error;
        // Version 1 has no place for the group's own error: each partition carries it.
        if (request.version() < 2 && request->topics) {
            for (const auto& topic : *request->topics) {
                auto& each = response.topics.emplace_back();
                each.name = topic.name;
                for (const auto index : topic.partitionIndexes) {
                    fill(each.partitions.emplace_back(), index, {}, topic.name);
                    each.partitions.back().errorCode = error;
                }
            }
        }
        return request.reply(response);
    }
    if (!request->topics) {
        for (const auto& [topic, indexes] : everything(fetched.offsets)) {
            if (!access.topic(Operation::Describe, topic))
                continue;
            auto& each = response.topics.emplace_back();
            each.name = topic;
            for (const auto index : indexes)
                fill(each.partitions.emplace_back(), index, fetched, topic);
        }
        return request.reply(response);
    }
    for (const auto& topic : *request->topics) {
        auto& each = response.topics.emplace_back();
        each.name = topic.name;
        const bool mine = access.topic(Operation::Describe, topic.name);
        for (const auto index : topic.partitionIndexes)
            fillOrRefuse(each.partitions.emplace_back(), index, fetched, topic.name, mine);
    }
    request.reply(response);
}

void handle(BrokerContext& broker, Request<protocol::OffsetFetchRequest> request) {
    if (request.version() < 8)
        return handleOne(broker, request);
    Response response;
    const bool byId = request.version() >= 10;
    const Access access(broker, request.origin());
    for (const auto& asked : request->groups) {
        auto& group = response.groups.emplace_back();
        group.groupId = asked.groupId;
        if (!access.group(Operation::Describe, asked.groupId)) {
            group.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
            continue;
        }
        const auto fetched = fetch(broker, asked.groupId, request->requireStable);
        group.errorCode = errorCode(fetched.error);
        if (fetched.error != groups::GroupError::None)
            continue;
        if (!asked.topics) {
            for (const auto& [topic, indexes] : everything(fetched.offsets)) {
                const metadata::TopicImage* image = broker.image->topic(std::string_view(topic));
                if (!access.topic(Operation::Describe, topic))
                    continue;
                if (byId && image == nullptr)
                    continue; // a deleted topic has no id to answer with
                auto& each = group.topics.emplace_back();
                each.name = topic;
                each.topicId = image != nullptr ? image->id : Uuid{};
                for (const auto index : indexes)
                    fill(each.partitions.emplace_back(), index, fetched, topic);
            }
            continue;
        }
        for (const auto& topic : *asked.topics) {
            auto& each = group.topics.emplace_back();
            const metadata::TopicImage* image = byId ? broker.image->topic(topic.topicId) : nullptr;
            each.name = byId && image != nullptr ? image->name : topic.name;
            each.topicId = topic.topicId;
            const bool mine = (byId && image == nullptr) || access.topic(Operation::Describe, each.name);
            for (const auto index : topic.partitionIndexes) {
                auto& partition = each.partitions.emplace_back();
                fillOrRefuse(partition, index, fetched, each.name, mine);
                if (byId && image == nullptr)
                    partition.errorCode = errorCode(groups::GroupError::UnknownTopicId);
            }
        }
    }
    request.reply(response);
}

} // namespace

void addOffsetFetch(HandlerTable& table) { table.add<protocol::OffsetFetchRequest>(handle); }

} // namespace broker::handlers
