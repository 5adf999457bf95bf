// OffsetDelete (47): forgets committed offsets of topics that the group does not consume.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/messages/offset_delete_request.h"
#include "embedded-broker/protocol/messages/offset_delete_response.h"

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::OffsetDeleteRequest> request) {
    const Access access(broker, request.origin());
    if (!access.group(Operation::Delete, request->groupId)) {
        protocol::OffsetDeleteResponse response;
        response.errorCode = protocol::code(protocol::KafkaError::GroupAuthorizationFailed);
        return request.reply(response);
    }
    std::vector<TopicPartition> items;
    std::vector<groups::GroupError> refused; ///< None: asked of the coordinator
    for (const auto& topic : request->topics) {
        for (const auto& partition : topic.partitions) {
            const bool exists = broker.image->partition(std::string_view(topic.name), partition.partitionIndex) != nullptr;
            const bool allowed = access.topic(Operation::Read, topic.name);
            refused.push_back(!allowed ? groups::GroupError::TopicAuthorizationFailed
                              : exists ? groups::GroupError::None
                                       : groups::GroupError::UnknownTopicOrPartition);
            if (allowed && exists)
                items.push_back({topic.name, partition.partitionIndex});
        }
    }
    broker.groups->deleteOffsets(request->groupId, std::move(items),
        [request, refused = std::move(refused)](groups::GroupError top, std::vector<groups::GroupError> errors) {
            protocol::OffsetDeleteResponse response;
            response.errorCode = errorCode(top);
            if (top == groups::GroupError::None) {
                std::size_t asked = 0;
                std::size_t answered = 0;
                for (const auto& topic : request->topics) {
                    auto& each = response.topics.emplace_back();
                    each.name = topic.name;
                    for (const auto& partition : topic.partitions) {
                        auto& result = each.partitions.emplace_back();
                        result.partitionIndex = partition.partitionIndex;
                        result.errorCode = errorCode(refused.at(asked) == groups::GroupError::None ? errors.at(answered++) : refused.at(asked));
                        ++asked;
                    }
                }
            }
            request.reply(response);
        });
}

} // namespace

void addOffsetDelete(HandlerTable& table) { table.add<protocol::OffsetDeleteRequest>(handle); }

} // namespace broker::handlers
