// Requests that the active controller answers: topics, settings, brokers. Each is a call of the QuorumController; a node that
// is not the active controller says so, and whoever forwarded the request looks for the one that is.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_request.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_response.h"
#include "embedded-broker/protocol/messages/alter_configs_request.h"
#include "embedded-broker/protocol/messages/alter_configs_response.h"
#include "embedded-broker/protocol/messages/alter_partition_request.h"
#include "embedded-broker/protocol/messages/alter_partition_response.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "embedded-broker/protocol/messages/broker_registration_request.h"
#include "embedded-broker/protocol/messages/broker_registration_response.h"
#include "embedded-broker/protocol/messages/controller_registration_request.h"
#include "embedded-broker/protocol/messages/controller_registration_response.h"
#include "embedded-broker/protocol/messages/create_partitions_request.h"
#include "embedded-broker/protocol/messages/create_partitions_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/delete_topics_request.h"
#include "embedded-broker/protocol/messages/delete_topics_response.h"
#include "embedded-broker/protocol/messages/elect_leaders_request.h"
#include "embedded-broker/protocol/messages/elect_leaders_response.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"
#include "embedded-broker/protocol/messages/unregister_broker_request.h"
#include "embedded-broker/protocol/messages/unregister_broker_response.h"

#include <map>
#include <set>

namespace broker::handlers {

namespace {

using metadata::QuorumController;
using protocol::KafkaError;

template <class Response>
constexpr bool kHasErrorCode = requires(Response response) { response.errorCode; };

/// NOT_CONTROLLER, in the response where it has a place for it.
template <class Response, class Message>
void answerNotController(const Request<Message>& request) {
    if constexpr (kHasErrorCode<Response>) {
        Response response;
        response.errorCode = protocol::code(KafkaError::NotController);
        request.reply(response);
    } else {
        request.notController();
    }
}

/// Every item of the answer says NOT_CONTROLLER: leadership went while the call waited.
bool saysNotController(const auto& items) {
    for (const auto& item : items)
        if (item.errorCode == protocol::code(KafkaError::NotController))
            return true;
    return false;
}

template <class Response>
bool lostLeadership(const Response& response) {
    if constexpr (requires { response.topics.front().errorCode; })
        return saysNotController(response.topics);
    else if constexpr (requires { response.results.front().errorCode; })
        return saysNotController(response.results);
    else if constexpr (requires { response.responses.front().errorCode; })
        return saysNotController(response.responses);
    else
        return false;
}

/// Calls `member` of the controller with `message` and sends what it answers, after `finish` has added to it.
template <class Response, class Message>
using Member = void (QuorumController::*)(const Message&, std::function<void(Response)>);

template <class Message, class Response, class Finish>
void call(BrokerContext& broker, const Request<Message>& request, const Message& message, Member<Response, Message> member, Finish finish) {
    if (broker.controller == nullptr || !broker.controller->active())
        return answerNotController<Response>(request);
    (broker.controller->*member)(message, [request, finish = std::move(finish)](Response response) {
        if (lostLeadership(response))
            return request.notController();
        finish(response);
        request.reply(response);
    });
}

/// A handler for what only nodes ask.
template <class Message, class Response, void (QuorumController::*member)(const Message&, std::function<void(Response)>)>
void callForPeers(BrokerContext& broker, Request<Message> request) {
    if (!Access(broker, request.origin()).cluster(Operation::ClusterAction)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    call<Message, Response>(broker, request, *request, member, [](Response&) {});
}

void handleAlterPartition(BrokerContext& broker, Request<protocol::AlterPartitionRequest> request) {
    using Response = protocol::AlterPartitionResponse;
    if (!Access(broker, request.origin()).cluster(Operation::ClusterAction)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return answerNotController<Response>(request);
    broker.controller->alterPartition(*request, request.version(), [request](const Response& response) { request.reply(response); });
}

void handleElectLeaders(BrokerContext& broker, Request<protocol::ElectLeadersRequest> request) {
    using Response = protocol::ElectLeadersResponse;
    if (!Access(broker, request.origin()).cluster(Operation::Alter)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return answerNotController<Response>(request);
    broker.controller->electLeaders(*request, request.version(), [request](const Response& response) { request.reply(response); });
}

void handleUnregisterBroker(BrokerContext& broker, Request<protocol::UnregisterBrokerRequest> request) {
    using Response = protocol::UnregisterBrokerResponse;
    if (!Access(broker, request.origin()).cluster(Operation::Alter)) {
        Response response;
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        response.errorMessage = "Cluster authorization failed.";
        return request.reply(response);
    }
    call<protocol::UnregisterBrokerRequest, Response>(broker, request, *request, &QuorumController::unregisterBroker, [](Response&) {});
}

/// The connection that a broker registers and beats on is its lifeline.
void handleHeartbeat(BrokerContext& broker, Request<protocol::BrokerHeartbeatRequest> request) {
    if (broker.identifyPeer && Access(broker, request.origin()).isPeer())
        broker.identifyPeer(request.origin().connection, request->brokerId);
    callForPeers<protocol::BrokerHeartbeatRequest, protocol::BrokerHeartbeatResponse, &QuorumController::brokerHeartbeat>(broker, std::move(request));
}

// --- what clients ask, item by item: refused items never reach the controller ---------------------------------------------

void handleCreateTopics(BrokerContext& broker, Request<protocol::CreateTopicsRequest> request) {
    using Response = protocol::CreateTopicsResponse;
    const Access access(broker, request.origin());
    std::map<std::string, int> named;
    for (const auto& topic : request->topics)
        ++named[topic.name];
    const bool all = access.cluster(Operation::Create);
    std::vector<std::string> refused;
    std::set<std::string> silent; // made, but their settings are not shown
    auto message = *request;
    std::erase_if(message.topics, [&](const auto& topic) {
        if (named[topic.name] > 1)
            return false; // named twice is an error of its own
        if (!access.topic(Operation::DescribeConfigs, topic.name))
            silent.insert(topic.name);
        if (all || access.topic(Operation::Create, topic.name))
            return false;
        refused.push_back(topic.name);
        return true;
    });
    call<protocol::CreateTopicsRequest, Response>(broker, request, message, &QuorumController::createTopics, [refused, silent](Response& response) {
        for (auto& result : response.topics)
            if (result.errorCode == 0 && silent.contains(result.name)) {
                result.topicConfigErrorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
                result.numPartitions = -1;
                result.replicationFactor = -1;
                result.configs.reset();
            }
        for (const auto& name : refused) {
            auto& result = response.topics.emplace_back();
            result.name = name;
            result.errorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
            result.errorMessage = kAuthorizationFailed;
        }
    });
}

void handleDeleteTopics(BrokerContext& broker, Request<protocol::DeleteTopicsRequest> request) {
    using Response = protocol::DeleteTopicsResponse;
    const Access access(broker, request.origin());
    const bool all = access.cluster(Operation::Delete);
    const auto state = broker.controller != nullptr ? broker.controller->state() : nullptr;
    std::vector<std::pair<std::optional<std::string>, Uuid>> refused;
    auto message = *request;
    // Whether a topic exists is not said to who may not describe it.
    const auto hidden = [&](const std::string& name) {
        return !all && (!access.topic(Operation::Describe, name) ||
                        (!access.topic(Operation::Delete, name) && state && state->topic(std::string_view(name)) != nullptr));
    };
    std::erase_if(message.topicNames, [&](const std::string& name) {
        if (!hidden(name))
            return false;
        refused.emplace_back(name, Uuid{});
        return true;
    });
    std::erase_if(message.topics, [&](const auto& topic) {
        if (topic.name && topic.topicId.isZero()) {
            if (!hidden(*topic.name))
                return false;
            refused.emplace_back(topic.name, Uuid{});
            return true;
        }
        const auto* image = topic.name || !state ? nullptr : state->topic(topic.topicId);
        if (image == nullptr || all || access.topic(Operation::Delete, image->name))
            return false;
        refused.emplace_back(access.topic(Operation::Describe, image->name) ? std::optional(image->name) : std::nullopt, topic.topicId);
        return true;
    });
    call<protocol::DeleteTopicsRequest, Response>(broker, request, message, &QuorumController::deleteTopics, [refused](Response& response) {
        for (const auto& [name, id] : refused) {
            auto& result = response.responses.emplace_back();
            result.name = name;
            result.topicId = id;
            result.errorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
            result.errorMessage = "Topic authorization failed.";
        }
    });
}

void handleCreatePartitions(BrokerContext& broker, Request<protocol::CreatePartitionsRequest> request) {
    using Response = protocol::CreatePartitionsResponse;
    const Access access(broker, request.origin());
    std::map<std::string, int> named;
    for (const auto& topic : request->topics)
        ++named[topic.name];
    std::vector<std::string> refused;
    auto message = *request;
    std::erase_if(message.topics, [&](const auto& topic) {
        if (named[topic.name] > 1 || access.topic(Operation::Alter, topic.name))
            return false;
        refused.push_back(topic.name);
        return true;
    });
    call<protocol::CreatePartitionsRequest, Response>(broker, request, message, &QuorumController::createPartitions, [refused](Response& response) {
        for (const auto& name : refused) {
            auto& result = response.results.emplace_back();
            result.name = name;
            result.errorCode = protocol::code(KafkaError::TopicAuthorizationFailed);
        }
    });
}

/// None, or why the settings of this resource may not be changed.
KafkaError alterRefused(const Access& access, std::int8_t type, const std::string& name) {
    switch (static_cast<metadata::ResourceType>(type)) {
    case metadata::ResourceType::Topic: return access.topic(Operation::AlterConfigs, name) ? KafkaError::None : KafkaError::TopicAuthorizationFailed;
    case metadata::ResourceType::Group: return access.group(Operation::AlterConfigs, name) ? KafkaError::None : KafkaError::GroupAuthorizationFailed;
    case metadata::ResourceType::Broker:
    case metadata::ResourceType::BrokerLogger:
    case metadata::ResourceType::ClientMetrics:
        return access.cluster(Operation::AlterConfigs) ? KafkaError::None : KafkaError::ClusterAuthorizationFailed;
    case metadata::ResourceType::Unknown: break;
    }
    return KafkaError::None; // the controller says what is wrong with it
}

std::string_view authorizationMessage(KafkaError error) {
    switch (error) {
    case KafkaError::TopicAuthorizationFailed: return "Topic authorization failed.";
    case KafkaError::GroupAuthorizationFailed: return "Group authorization failed.";
    default: return "Cluster authorization failed.";
    }
}

template <class Message, class Response, void (QuorumController::*member)(const Message&, std::function<void(Response)>)>
void handleAlterConfigs(BrokerContext& broker, Request<Message> request) {
    struct Refused {
        KafkaError error;
        std::int8_t type;
        std::string name;
    };
    const Access access(broker, request.origin());
    std::vector<Refused> refused;
    auto message = *request;
    std::erase_if(message.resources, [&](const auto& resource) {
        const KafkaError error = alterRefused(access, resource.resourceType, resource.resourceName);
        if (error == KafkaError::None)
            return false;
        refused.push_back({error, resource.resourceType, resource.resourceName});
        return true;
    });
    call<Message, Response>(broker, request, message, member, [refused](Response& response) {
        for (const auto& each : refused) {
            auto& result = response.responses.emplace_back();
            result.errorCode = protocol::code(each.error);
            result.errorMessage = authorizationMessage(each.error);
            result.resourceType = each.type;
            result.resourceName = each.name;
        }
    });
}

} // namespace

void addTopicHandlers(HandlerTable& table) {
    table.addForwarded(handleCreateTopics);
    table.addForwarded(handleDeleteTopics);
    table.addForwarded(handleCreatePartitions);
    table.addForwarded(handleElectLeaders);
}

void addAlterConfigsHandlers(HandlerTable& table) {
    using namespace protocol;
    table.addForwarded(
        handleAlterConfigs<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, &QuorumController::incrementalAlterConfigs>);
    table.addForwarded(handleAlterConfigs<AlterConfigsRequest, AlterConfigsResponse, &QuorumController::alterConfigs>);
}

void addBrokerLifecycleHandlers(HandlerTable& table) {
    using namespace protocol;
    table.add(callForPeers<BrokerRegistrationRequest, BrokerRegistrationResponse, &QuorumController::registerBroker>, Role::Controller);
    table.add(handleHeartbeat, Role::Controller);
    table.add(callForPeers<ControllerRegistrationRequest, ControllerRegistrationResponse, &QuorumController::registerController>, Role::Controller);
    table.add(callForPeers<AllocateProducerIdsRequest, AllocateProducerIdsResponse, &QuorumController::allocateProducerIds>, Role::Controller);
    table.add(handleAlterPartition, Role::Controller);
    table.addForwarded(handleUnregisterBroker);
}

} // namespace broker::handlers
