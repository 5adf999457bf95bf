// Topics: made, deleted, given more partitions. Errors and sentences are Kafka's.

#include "embedded-broker/metadata/config_defs.h"
#include "embedded-broker/metadata/controller_impl.h"
#include "embedded-broker/metadata/topic_names.h"
#include "embedded-broker/protocol/messages/create_partitions_request.h"
#include "embedded-broker/protocol/messages/create_partitions_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/delete_topics_request.h"
#include "embedded-broker/protocol/messages/delete_topics_response.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace broker::metadata {

namespace {

constexpr std::int32_t kPartitionsPerRequestMax = 10'000; ///< of one answer; Kafka's own batch limit is of the same order
constexpr std::int8_t kSourceTopic = 1;
constexpr std::int8_t kSourceStaticBroker = 4;
constexpr std::int8_t kSourceDefault = 5;

} // namespace

ApiError QuorumController::Impl::checkAssignment(const std::vector<NodeId>& replicas, std::optional<std::size_t> expected) const {
    if (replicas.empty())
        return apiError(KafkaError::InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.");
    std::set<NodeId> seen;
    for (const NodeId node : replicas) {
        if (node < 0)
            return apiError(KafkaError::InvalidReplicaAssignment, fmt::format("The manual partition assignment includes an invalid broker id {}.", node));
        if (!seen.insert(node).second)
            return apiError(KafkaError::InvalidReplicaAssignment,
                            fmt::format("The manual partition assignment includes the broker {} more than once.", node));
        if (state().broker(node) == nullptr)
            return apiError(KafkaError::InvalidReplicaAssignment,
                            fmt::format("The manual partition assignment includes broker {}, but no such broker is registered.", node));
    }
    if (expected && replicas.size() != *expected)
        return apiError(KafkaError::InvalidReplicaAssignment,
                        fmt::format("The manual partition assignment includes a partition with {} replica(s), but this is not consistent with "
                                    "previous partitions, which have {} replica(s).",
                                    replicas.size(), *expected));
    return {};
}

ApiError QuorumController::Impl::place(std::int32_t count, std::int16_t replicationFactor, std::vector<std::vector<NodeId>>& out) {
    std::vector<NodeId> active, fenced;
    for (const auto& [id, broker] : state().brokers())
        (broker->active() ? active : fenced).push_back(id);
    const auto refuse = [&](const std::string& why) {
        return apiError(KafkaError::InvalidReplicationFactor,
                        fmt::format("Unable to replicate the partition {} time(s): {}", replicationFactor, why));
    };
    if (active.empty())
        return refuse("All brokers are currently fenced.");
    if (static_cast<std::size_t>(replicationFactor) > active.size() + fenced.size())
        return refuse(fmt::format("The target replication factor of {} cannot be reached because only {} broker(s) are registered.",
                                  replicationFactor, active.size() + fenced.size()));
    out = placeReplicas(std::move(active), std::move(fenced), count, replicationFactor, m_seams.random);
    return {};
}

std::optional<Record> QuorumController::Impl::partitionRecord(const Uuid& topicId, PartitionIndex index,
                                                              const std::vector<NodeId>& replicas) const {
    protocol::PartitionRecord record;
    record.topicId = topicId;
    record.partitionId = index;
    record.replicas = replicas;
    for (const NodeId node : replicas) {
        const BrokerImage* broker = state().broker(node);
        if (broker != nullptr && broker->active())
            record.isr.push_back(node);
        record.directories.push_back(broker != nullptr && broker->directories.size() == 1 ? broker->directories.front() : Uuid{});
    }
    if (record.isr.empty())
        return std::nullopt;
    record.leader = record.isr.front();
    record.leaderEpoch = 0;
    record.partitionEpoch = 0;
    return Record(std::move(record));
}

void QuorumController::Impl::createTopics(const protocol::CreateTopicsRequest& request, Reply<protocol::CreateTopicsResponse> reply) {
    using Response = protocol::CreateTopicsResponse;
    Response response;
    std::map<std::string, int> asked;
    for (const auto& topic : request.topics)
        ++asked[topic.name];
    std::map<std::string, std::string> collisions; // key -> name of a topic that is, or is about to be
    for (const auto& [name, topic] : state().topics())
        collisions.emplace(collisionKey(name), name);

    Records records;
    std::int64_t partitionsAsked = 0;
    std::set<std::string> duplicatesAnswered;
    for (const auto& topic : request.topics) {
        if (asked[topic.name] > 1 && !duplicatesAnswered.insert(topic.name).second)
            continue;
        auto& result = response.topics.emplace_back();
        result.name = topic.name;
        result.errorMessage.reset();
        Records mine;
        const auto make = [&]() -> ApiError {
            if (!active())
                return apiError(KafkaError::NotController);
            if (asked[topic.name] > 1)
                return apiError(KafkaError::InvalidRequest, "Duplicate topic name.");
            if (const auto problem = topicNameProblem(topic.name))
                return apiError(KafkaError::InvalidTopicException, *problem);
            if (topic.name == "__cluster_metadata")
                return apiError(KafkaError::InvalidRequest, "Creation of internal topic __cluster_metadata is prohibited.");
            if (state().topic(topic.name) != nullptr)
                return apiError(KafkaError::TopicAlreadyExists, fmt::format("Topic '{}' already exists.", topic.name));
            const bool risky = topic.name.find_first_of("._") != std::string::npos;
            if (const auto it = collisions.find(collisionKey(topic.name)); risky && it != collisions.end() && it->second != topic.name)
                return apiError(KafkaError::InvalidTopicException,
                                fmt::format("Topic '{}' collides with existing topic: {}", topic.name, it->second));

            ConfigMap overrides;
            std::set<std::string> names;
            for (const auto& config : topic.configs) {
                if (!names.insert(config.name).second)
                    return apiError(KafkaError::InvalidRequest, fmt::format("Error due to duplicate config keys: {}", config.name));
                if (!config.value)
                    return apiError(KafkaError::InvalidConfig, fmt::format("Null value not supported for topic configs: {}", config.name));
                overrides[config.name] = *config.value;
            }
            if (auto valid = validateTopicConfig(overrides); !valid)
                return apiError(KafkaError::InvalidConfig, valid.error().message);

            std::vector<std::vector<NodeId>> placed;
            if (!topic.assignments.empty()) {
                if (topic.replicationFactor != -1)
                    return apiError(KafkaError::InvalidRequest,
                                    "A manual partition assignment was specified, but replication factor was not set to -1.");
                if (topic.numPartitions != -1)
                    return apiError(KafkaError::InvalidRequest,
                                    "A manual partition assignment was specified, but numPartitions was not set to -1.");
                std::map<std::int32_t, const std::vector<NodeId>*> byIndex;
                std::optional<std::size_t> factor;
                for (const auto& assignment : topic.assignments) {
                    if (!byIndex.emplace(assignment.partitionIndex, &assignment.brokerIds).second)
                        return apiError(KafkaError::InvalidReplicaAssignment,
                                        fmt::format("Found multiple manual partition assignments for partition {}", assignment.partitionIndex));
                    if (ApiError error = checkAssignment(assignment.brokerIds, factor))
                        return error;
                    factor = assignment.brokerIds.size();
                }
                std::int32_t next = 0;
                for (const auto& [index, replicas] : byIndex) {
                    if (index != next++)
                        return apiError(KafkaError::InvalidReplicaAssignment,
                                        "partitions should be a consecutive 0-based integer sequence");
                    placed.push_back(*replicas);
                }
            } else {
                if (topic.replicationFactor < -1 || topic.replicationFactor == 0)
                    return apiError(KafkaError::InvalidReplicationFactor,
                                    "Replication factor must be larger than 0, or -1 to use the default value.");
                if (topic.numPartitions < -1 || topic.numPartitions == 0)
                    return apiError(KafkaError::InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
                const auto count = topic.numPartitions == -1 ? m_options.defaultPartitions : topic.numPartitions;
                partitionsAsked += count;
                if (partitionsAsked > kPartitionsPerRequestMax)
                    return apiError(KafkaError::PolicyViolation, "Excessively large number of partitions per request.");
                const auto factor = topic.replicationFactor == -1 ? m_options.defaultReplicationFactor : topic.replicationFactor;
                if (ApiError error = place(count, factor, placed))
                    return error;
            }

            const Uuid id = Uuid::random(m_seams.random);
            protocol::TopicRecord topicRecord;
            topicRecord.name = topic.name;
            topicRecord.topicId = id;
            mine.emplace_back(std::move(topicRecord));
            for (const auto& [name, value] : overrides) {
                protocol::ConfigRecord config;
                config.resourceType = static_cast<std::int8_t>(ResourceType::Topic);
                config.resourceName = topic.name;
                config.name = name;
                config.value = value;
                mine.emplace_back(std::move(config));
            }
            for (std::size_t i = 0; i < placed.size(); ++i) {
                auto record = partitionRecord(id, static_cast<PartitionIndex>(i), placed[i]);
                if (!record)
                    return apiError(KafkaError::InvalidReplicaAssignment,
                                    fmt::format("All brokers specified in the manual partition assignment for partition {} are fenced or in "
                                                "controlled shutdown.",
                                                i));
                mine.push_back(std::move(*record));
            }
            result.topicId = id;
            result.numPartitions = static_cast<std::int32_t>(placed.size());
            result.replicationFactor = static_cast<std::int16_t>(placed.front().size());
            result.configs.emplace();
            for (const auto& def : topicConfigDefs()) {
                auto& config = result.configs->emplace_back();
                config.name = def.name;
                if (const auto own = overrides.find(config.name); own != overrides.end()) {
                    config.value = own->second;
                    config.configSource = kSourceTopic;
                } else if (const auto fixed = brokerDefaultFor(def, m_options.staticConfig)) {
                    config.value = *fixed;
                    config.configSource = kSourceStaticBroker;
                } else {
                    config.value = def.defaultValue ? std::optional(std::string(*def.defaultValue)) : std::nullopt;
                    config.configSource = kSourceDefault;
                }
            }
            return {};
        };
        if (const ApiError error = make()) {
            result.errorCode = code(error.error);
            result.errorMessage = error.message;
            continue;
        }
        collisions.emplace(collisionKey(topic.name), topic.name);
        records.insert(records.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
    }
    if (request.validateOnly) {
        for (auto& result : response.topics)
            result.topicId = Uuid{};
        records.clear();
    }
    if (!active())
        return reply(response);
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed)
            for (auto& result : response.topics)
                if (result.errorCode == 0) {
                    Response::CreatableTopicResult refused;
                    refused.name = result.name;
                    refused.errorCode = code(KafkaError::NotController);
                    refused.errorMessage = defaultMessage(KafkaError::NotController);
                    result = std::move(refused);
                }
        reply(response);
    });
}

void QuorumController::Impl::deleteTopics(const protocol::DeleteTopicsRequest& request, Reply<protocol::DeleteTopicsResponse> reply) {
    using Response = protocol::DeleteTopicsResponse;
    Response response;
    Records records;
    std::set<Uuid> removed;
    const auto add = [&](const std::optional<std::string>& name, const Uuid& id, const ApiError& error) {
        auto& result = response.responses.emplace_back();
        result.name = name;
        result.topicId = id;
        result.errorCode = code(error.error);
        result.errorMessage = error.message;
    };
    const auto remove = [&](const TopicImage& topic) {
        if (!removed.insert(topic.id).second)
            return apiError(KafkaError::InvalidRequest, "Duplicate topic.");
        protocol::RemoveTopicRecord record;
        record.topicId = topic.id;
        records.emplace_back(record);
        return ApiError{};
    };
    auto asked = request.topics;
    for (const auto& name : request.topicNames) // before v6
        asked.emplace_back().name = name;
    for (const auto& topic : asked) {
        if (!active()) {
            add(topic.name, topic.topicId, apiError(KafkaError::NotController));
        } else if (topic.name && !topic.topicId.isZero()) {
            add(topic.name, topic.topicId, apiError(KafkaError::InvalidRequest, "You may not specify both topic name and topic id."));
        } else if (topic.name) {
            const TopicImage* image = state().topic(*topic.name);
            if (image == nullptr)
                add(topic.name, {}, apiError(KafkaError::UnknownTopicOrPartition));
            else
                add(topic.name, image->id, remove(*image));
        } else if (topic.topicId.isZero()) {
            add(std::nullopt, {}, apiError(KafkaError::InvalidRequest, "Neither topic name nor id were specified."));
        } else {
            const TopicImage* image = state().topic(topic.topicId);
            if (image == nullptr)
                add(std::nullopt, topic.topicId, apiError(KafkaError::UnknownTopicId));
            else
                add(image->name, image->id, remove(*image));
        }
    }
    if (!active())
        return reply(response);
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed)
            for (auto& result : response.responses)
                if (result.errorCode == 0) {
                    result.errorCode = code(KafkaError::NotController);
                    result.errorMessage = defaultMessage(KafkaError::NotController);
                }
        reply(response);
    });
}

void QuorumController::Impl::createPartitions(const protocol::CreatePartitionsRequest& request,
                                              Reply<protocol::CreatePartitionsResponse> reply) {
    using Response = protocol::CreatePartitionsResponse;
    Response response;
    Records records;
    std::map<std::string, int> asked;
    for (const auto& topic : request.topics)
        ++asked[topic.name];
    std::set<std::string> duplicatesAnswered;
    for (const auto& topic : request.topics) {
        if (asked[topic.name] > 1 && !duplicatesAnswered.insert(topic.name).second)
            continue;
        auto& result = response.results.emplace_back();
        result.name = topic.name;
        Records mine;
        const auto grow = [&]() -> ApiError {
            if (!active())
                return apiError(KafkaError::NotController);
            if (asked[topic.name] > 1)
                return apiError(KafkaError::InvalidRequest, "Duplicate topic name.");
            const TopicImage* image = state().topic(topic.name);
            if (image == nullptr)
                return apiError(KafkaError::UnknownTopicOrPartition);
            const auto current = static_cast<std::int32_t>(image->partitions.size());
            if (topic.count == current)
                return apiError(KafkaError::InvalidPartitions, fmt::format("Topic already has {} partition(s).", current));
            if (topic.count < current)
                return apiError(KafkaError::InvalidPartitions,
                                fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.", topic.name, current,
                                            topic.count));
            const std::int32_t additional = topic.count - current;
            if (additional > kPartitionsPerRequestMax)
                return apiError(KafkaError::PolicyViolation, "Excessively large number of partitions per request.");
            const auto factor = image->partitions.empty() ? std::size_t{1} : image->partitions.front()->replicas.size();
            std::vector<std::vector<NodeId>> placed;
            if (topic.assignments) {
                if (topic.assignments->size() != static_cast<std::size_t>(additional))
                    return apiError(KafkaError::InvalidReplicaAssignment,
                                    fmt::format("Attempted to add {} additional partition(s), but only {} assignment(s) were specified.",
                                                additional, topic.assignments->size()));
                for (const auto& assignment : *topic.assignments) {
                    if (ApiError error = checkAssignment(assignment.brokerIds, factor))
                        return error;
                    placed.push_back(assignment.brokerIds);
                }
            } else if (ApiError error = place(additional, static_cast<std::int16_t>(factor), placed)) {
                return error;
            }
            for (std::int32_t i = 0; i < additional; ++i) {
                auto record = partitionRecord(image->id, current + i, placed[static_cast<std::size_t>(i)]);
                if (!record)
                    return apiError(KafkaError::InvalidReplicaAssignment,
                                    fmt::format("All brokers specified in the manual partition assignment for partition {} are fenced or in "
                                                "controlled shutdown.",
                                                current + i));
                mine.push_back(std::move(*record));
            }
            return {};
        };
        if (const ApiError error = grow()) {
            result.errorCode = code(error.error);
            result.errorMessage = error.message;
            continue;
        }
        records.insert(records.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
    }
    if (!active())
        return reply(response);
    if (request.validateOnly)
        records.clear();
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed)
            for (auto& result : response.results)
                if (result.errorCode == 0) {
                    result.errorCode = code(KafkaError::NotController);
                    result.errorMessage = defaultMessage(KafkaError::NotController);
                }
        reply(response);
    });
}

} // namespace broker::metadata
