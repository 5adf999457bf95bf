// FindCoordinator (10): the leader of the partition of __consumer_offsets that a group belongs to, or of __transaction_state for a
// transactional id. The first question creates the topic.
#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/find_coordinator_request.h"
#include "embedded-broker/protocol/messages/find_coordinator_response.h"

#include <algorithm>

namespace broker::handlers {
namespace {

using protocol::KafkaError;

constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
constexpr std::string_view kTransactionTopic = "__transaction_state";
constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kTransactionKey = 1;

struct Found {
    KafkaError error = KafkaError::None;
    std::string message;
    NodeId node = kNoNode;
    std::string host;
    std::int32_t port = -1;
};

Found find(BrokerContext& broker, const Origin& origin, const std::string& key, std::int8_t keyType) {
    const std::string& listener = origin.listener;
    Found found;
    const Access access(broker, origin);
    if (keyType == kGroupKey && !access.group(Operation::Describe, key)) {
        found.error = KafkaError::GroupAuthorizationFailed;
        return found;
    }
    if (keyType == kTransactionKey && !access.may(Operation::Describe, security::ResourceType::TransactionalId, key)) {
        found.error = KafkaError::TransactionalIdAuthorizationFailed;
        return found;
    }
    if (keyType != kGroupKey && keyType != kTransactionKey) {
        found.error = KafkaError::InvalidRequest;
        found.message = "This cluster coordinates consumer groups and transactions only.";
        return found;
    }
    const std::string_view name = keyType == kGroupKey ? kOffsetsTopic : kTransactionTopic;
    const metadata::TopicImage* topic = broker.image->topic(name);
    if (topic == nullptr) {
        broker.controllerGate->createTopics({std::string(name)});
        found.error = KafkaError::CoordinatorNotAvailable;
        return found;
    }
    const auto index = partitionOfId(key, static_cast<std::int32_t>(topic->partitions.size()));
    const auto& partition = *topic->partitions[static_cast<std::size_t>(index)];
    const metadata::BrokerImage* leader = broker.image->broker(partition.leader);
    const metadata::BrokerEndpoint* endpoint = leader != nullptr ? leader->endpoint(listener) : nullptr;
    if (endpoint == nullptr || leader->fenced || (broker.peers != nullptr && broker.peers->knownDead(leader->id))) {
        found.error = KafkaError::CoordinatorNotAvailable;
        return found;
    }
    found.node = leader->id;
    found.host = endpoint->host;
    found.port = endpoint->port;
    return found;
}

/// A client that is told COORDINATOR_NOT_AVAILABLE, or the name of a dead one, asks again only after its own interval: librdkafka after a
/// second. An election or a new topic takes milliseconds, so the answer waits for it.
constexpr Duration kCoordinatorWait = milliseconds(250);

void answer(BrokerContext& broker, const Request<protocol::FindCoordinatorRequest>& request) {
    protocol::FindCoordinatorResponse response;
    if (request.version() < 4) {
        const Found found = find(broker, request.origin(), request->key, request->keyType);
        response.errorCode = code(found.error);
        if (!found.message.empty())
            response.errorMessage = found.message;
        response.nodeId = found.node;
        response.host = found.host;
        response.port = found.port;
        return request.reply(response);
    }
    for (const auto& key : request->coordinatorKeys) {
        const Found found = find(broker, request.origin(), key, request->keyType);
        auto& each = response.coordinators.emplace_back();
        each.key = key;
        each.errorCode = code(found.error);
        each.errorMessage = found.message;
        each.nodeId = found.node;
        each.host = found.host;
        each.port = found.port;
    }
    request.reply(response);
}

/// There is nothing to wait for: each coordinator is alive, or will not become so.
bool settled(BrokerContext& broker, const Request<protocol::FindCoordinatorRequest>& request) {
    const auto good = [&](const std::string& key) {
        const Found found = find(broker, request.origin(), key, request->keyType);
        return found.error == KafkaError::None ? broker.peers == nullptr || found.node == broker.settings.nodeId || !broker.peers->suspect(found.node)
                                               : found.error != KafkaError::CoordinatorNotAvailable;
    };
    return request.version() < 4 ? good(request->key) : std::ranges::all_of(request->coordinatorKeys, good);
}

void handle(BrokerContext& broker, Request<protocol::FindCoordinatorRequest> request) {
    broker.waiters.until([&broker, request] { return settled(broker, request); }, kCoordinatorWait,
                         [&broker, request](bool) { answer(broker, request); });
}

} // namespace

void addFindCoordinator(HandlerTable& table) { table.add<protocol::FindCoordinatorRequest>(handle); }

} // namespace broker::handlers
