// TxnOffsetCommit (28): offsets that become visible when the transaction commits.
#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/transaction_check.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/txn_offset_commit_request.h"
#include "embedded-broker/protocol/messages/txn_offset_commit_response.h"

#include <algorithm>

namespace broker::handlers {
namespace {

using protocol::KafkaError;
using protocol::TxnOffsetCommitRequest;

constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
constexpr std::int16_t kAbortableFrom = 4;
constexpr std::int16_t kAddingFrom = 5;

TransactionDialect dialectOf(std::int16_t version) {
    return version >= kAddingFrom ? TransactionDialect::Adding : version >= kAbortableFrom ? TransactionDialect::Abortable : TransactionDialect::Oldest;
}

/// `errors`: one a partition, in their order.
void answer(const Request<TxnOffsetCommitRequest>& request, const std::vector<KafkaError>& errors) {
    protocol::TxnOffsetCommitResponse response;
    std::size_t next = 0;
    for (const auto& topic : request->topics) {
        auto& eachTopic = response.topics.emplace_back();
        eachTopic.name = topic.name;
        for (const auto& partition : topic.partitions) {
            auto& each = eachTopic.partitions.emplace_back();
            each.partitionIndex = partition.partitionIndex;
            each.errorCode = protocol::code(errors.at(next++));
        }
    }
    request.reply(response);
}

std::size_t countOf(const TxnOffsetCommitRequest& request) {
    std::size_t count = 0;
    for (const auto& topic : request.topics)
        count += topic.partitions.size();
    return count;
}

groups::TransactionalCommitRequest commitOf(const BrokerContext& broker, const Request<TxnOffsetCommitRequest>& request) {
    groups::TransactionalCommitRequest all;
    all.producer = {request->producerId, request->producerEpoch, static_cast<std::int16_t>(request.version() >= kAddingFrom ? 2 : 0)};
    all.commit.groupId = request->groupId;
    all.commit.generationId = request->generationId;
    all.commit.memberId = request->memberId;
    all.commit.groupInstanceId = request->groupInstanceId;
    const Access access(broker, request.origin());
    const WallMs now = broker.scheduler.wallNow();
    for (const auto& topic : request->topics) {
        for (const auto& partition : topic.partitions) {
            auto& item = all.commit.items.emplace_back();
            item.tp = {topic.name, partition.partitionIndex};
            item.committed.offset = partition.committedOffset;
            item.committed.leaderEpoch = partition.committedLeaderEpoch;
            item.committed.metadata = partition.committedMetadata.value_or("");
            item.committed.commitTimestamp = now;
            if (!access.topic(Operation::Read, topic.name))
                item.error = groups::GroupError::TopicAuthorizationFailed;
            else if (broker.image->partition(std::string_view(topic.name), partition.partitionIndex) == nullptr)
                item.error = groups::GroupError::UnknownTopicOrPartition;
        }
    }
    return all;
}

void handle(BrokerContext& broker, Request<TxnOffsetCommitRequest> request) {
    const Access access(broker, request.origin());
    const std::size_t count = countOf(*request);
    if (!access.may(Operation::Write, security::ResourceType::TransactionalId, request->transactionalId))
        return answer(request, std::vector(count, KafkaError::TransactionalIdAuthorizationFailed));
    if (!access.group(Operation::Read, request->groupId))
        return answer(request, std::vector(count, KafkaError::GroupAuthorizationFailed));
    auto commit = commitOf(broker, request);
    const std::int32_t partitions = broker.groups->partitionCount();
    // Nothing may be added to the transaction where nothing will be written.
    if (partitions <= 0 || std::ranges::none_of(commit.commit.items, [](const auto& item) { return item.error == groups::GroupError::None; })) {
        std::vector<KafkaError> errors;
        for (const auto& item : commit.commit.items)
            errors.push_back(item.error == groups::GroupError::None ? KafkaError::NotCoordinator : kafkaError(item.error));
        return answer(request, errors);
    }
    const TopicPartition tp{std::string(kOffsetsTopic), partitionOfId(request->groupId, partitions)};
    checkTransaction(broker, request->transactionalId, request->producerId, request->producerEpoch, {tp}, dialectOf(request.version()),
                     [&broker, request, commit = std::move(commit)](const std::vector<TransactionVerdict>& verdicts) mutable {
                         const auto refused = verdicts.front().error;
                         if (refused != KafkaError::None) {
                             std::vector<KafkaError> errors;
                             for (const auto& item : commit.commit.items)
                                 errors.push_back(item.error != groups::GroupError::None     ? kafkaError(item.error)
                                                  : refused == KafkaError::NotEnoughReplicas ? KafkaError::CoordinatorLoadInProgress // come again, here
                                                                                             : refused);
                             return answer(request, errors);
                         }
                         broker.groups->commitInTransaction(std::move(commit), [request](const std::vector<groups::GroupError>& errors) {
                             std::vector<KafkaError> codes;
                             for (const auto error : errors)
                                 codes.push_back(kafkaError(error));
                             answer(request, codes);
                         });
                     });
}

} // namespace

void addTxnOffsetCommit(HandlerTable& table) { table.add<TxnOffsetCommitRequest>(handle); }

} // namespace broker::handlers
