// What an administrator asks: many topics at once, auto-creation, descriptions, settings of brokers, groups of the whole cluster.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sstream>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {

std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }

constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

/// "0,1,2" of partitions in any order.
template <class Partitions>
std::string indexes(const Partitions& partitions) {
    std::set<std::int32_t> all;
    for (const auto& partition : partitions)
        all.insert(partition.partitionIndex);
    return fmt::format("{}", fmt::join(all, ","));
}

} // namespace

std::string Scenario::scenarioName(const std::string& name) const {
    return name.ends_with(m_suffix) ? name.substr(0, name.size() - m_suffix.size()) : name;
}

MetadataResponse Scenario::clusterMetadata() {
    MetadataRequest request;
    request.topics.emplace();
    return any().ask<MetadataResponse>(request, 12);
}

/// NAME=PARTITIONS:RF[:KEY:VALUE]..., all in one request.
Scenario::Lines Scenario::createTopics(const Command& command) {
    CreateTopicsRequest request;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const auto equals = command.words[i].find('=');
        const auto facts = split(command.words[i].substr(equals + 1), ':');
        auto& topic = request.topics.emplace_back();
        topic.name = real(command.words[i].substr(0, equals));
        topic.numPartitions = std::stoi(facts.at(0));
        topic.replicationFactor = static_cast<std::int16_t>(std::stoi(facts.at(1)));
        for (std::size_t k = 2; k + 1 < facts.size(); k += 2) {
            auto& config = topic.configs.emplace_back();
            config.name = facts[k];
            config.value = facts[k + 1];
        }
    }
    Lines lines;
    for (const auto& topic : any().ask<CreateTopicsResponse>(request, 7).topics)
        lines.push_back(topic.errorCode == 0
                ? fmt::format("{} NONE partitions={} rf={}", scenarioName(topic.name), topic.numPartitions, topic.replicationFactor)
                : fmt::format("{} {}", scenarioName(topic.name), named(topic.errorCode)));
    std::ranges::sort(lines);
    return lines;
}

Scenario::Lines Scenario::deleteTopics(const Command& command) {
    DeleteTopicsRequest request;
    request.timeoutMs = 30000;
    for (std::size_t i = 1; i < command.words.size(); ++i)
        request.topics.emplace_back().name = real(command.words[i]);
    Lines lines;
    for (const auto& topic : any().ask<DeleteTopicsResponse>(request, 6).responses)
        lines.push_back(fmt::format("{} {}", scenarioName(topic.name.value_or("?")), named(topic.errorCode)));
    std::ranges::sort(lines);
    return lines;
}

/// NAME|-raw NAME [auto]: what a client learns; with `auto` the topic may be made.
Scenario::Lines Scenario::metadata(const Command& command) {
    const bool raw = command.words.at(1) == "-raw";
    MetadataRequest request;
    request.allowAutoTopicCreation = command.words.back() == "auto";
    request.topics.emplace().emplace_back().name = raw ? command.words.at(2) : real(command.words.at(1));
    // A broker learns of what was made or deleted through the metadata log: the one that is asked may be a moment behind.
    return settled(command, [&]() -> Lines {
        const auto topic = any().ask<MetadataResponse>(request, 12).topics.at(0);
        std::int16_t error = topic.errorCode;
        std::size_t replicas = 0;
        for (const auto& partition : topic.partitions) {
            error = error != 0 ? error : partition.errorCode;
            replicas = std::max(replicas, partition.replicaNodes.size());
        }
        if (error != 0)
            return {named(error)};
        return {fmt::format("NONE partitions={} rf={} internal={}", indexes(topic.partitions), replicas, topic.isInternal)};
    });
}

/// NAME... [limit=N] [cursor=NAME:PARTITION]: DescribeTopicPartitions.
Scenario::Lines Scenario::describeTopics(const Command& command) {
    const auto given = options(command.words, 1);
    DescribeTopicPartitionsRequest request;
    for (const auto& name : given.words)
        request.topics.emplace_back().name = real(name);
    request.responsePartitionLimit = static_cast<std::int32_t>(given.number("limit", 2000));
    if (const auto cursor = split(given.get("cursor", ""), ':'); cursor.size() == 2) {
        request.cursor.emplace();
        request.cursor->topicName = real(cursor[0]);
        request.cursor->partitionIndex = std::stoi(cursor[1]);
    }
    return settled(command, [&] {
        const auto response = any().ask<DescribeTopicPartitionsResponse>(request, 0);
        Lines lines;
        for (const auto& topic : response.topics) {
            std::size_t leaders = 0;
            std::size_t inSync = 0;
            for (const auto& partition : topic.partitions) {
                leaders += partition.leaderId >= 0 ? 1 : 0;
                inSync += partition.isrNodes.size();
            }
            lines.push_back(fmt::format("{} {} partitions={} leaders={} isr={}", scenarioName(topic.name.value_or("?")), named(topic.errorCode),
                indexes(topic.partitions), leaders, inSync));
        }
        lines.push_back(response.nextCursor
                ? fmt::format("next={}:{}", scenarioName(response.nextCursor->topicName), response.nextCursor->partitionIndex)
                : "next=none");
        return lines;
    });
}

/// NAME [PARTITION...]: what the asked broker has of it on disk.
Scenario::Lines Scenario::logDirs(const Command& command) {
    DescribeLogDirsRequest request;
    auto& topic = request.topics.emplace().emplace_back();
    topic.topic = real(command.words.at(1));
    for (std::size_t i = 2; i < command.words.size(); ++i)
        topic.partitions.push_back(std::stoi(command.words[i]));
    return settled(command, [&] {
        const auto response = any().ask<DescribeLogDirsResponse>(request, 4);
        Lines lines;
        for (const auto& directory : response.results) {
            std::string found = "none";
            bool data = false;
            for (const auto& each : directory.topics) {
                found = indexes(each.partitions);
                for (const auto& partition : each.partitions)
                    data = data || partition.partitionSize > 0;
            }
            lines.push_back(fmt::format("{} partitions={} data={} space={}", named(directory.errorCode), found, data,
                directory.totalBytes > 0 && directory.usableBytes >= 0));
        }
        return lines;
    });
}

/// GROUP NAME PARTITION...: OffsetDelete.
Scenario::Lines Scenario::forgetOffsets(const Command& command) {
    OffsetDeleteRequest request;
    request.groupId = real(command.words.at(1));
    auto& topic = request.topics.emplace_back();
    topic.name = real(command.words.at(2));
    for (std::size_t i = 3; i < command.words.size(); ++i)
        topic.partitions.emplace_back().partitionIndex = std::stoi(command.words[i]);
    for (;;) {
        const auto response = coordinator(request.groupId).ask<OffsetDeleteResponse>(request, 0);
        if (again(response.errorCode))
            continue;
        if (response.errorCode != 0)
            return {named(response.errorCode)};
        Lines lines;
        for (const auto& each : response.topics)
            for (const auto& partition : each.partitions)
                lines.push_back(fmt::format("{} {}", partition.partitionIndex, named(partition.errorCode)));
        std::ranges::sort(lines);
        return lines;
    }
}

/// [states=A,B] [types=T]: the groups of this scenario on all brokers.
Scenario::Lines Scenario::listGroups(const Command& command) {
    const auto given = options(command.words, 1);
    ListGroupsRequest request;
    request.statesFilter = split(given.get("states", ""), ',');
    request.typesFilter = split(given.get("types", ""), ',');
    return settled(command, [&] {
        Lines lines;
        for (const auto& node : clusterMetadata().brokers) {
            const auto response = at(node.host, node.port).ask<ListGroupsResponse>(request, 5);
            if (response.errorCode != 0)
                lines.push_back(named(response.errorCode));
            for (const auto& group : response.groups)
                if (group.groupId.ends_with(m_suffix))
                    lines.push_back(fmt::format("{} {} {} {}", scenarioName(group.groupId), group.groupState, group.protocolType, group.groupType));
        }
        std::ranges::sort(lines);
        if (lines.empty())
            lines.emplace_back("none");
        return lines;
    });
}

Scenario::Lines Scenario::describeCluster(const Command& command) {
    const DescribeClusterRequest request;
    return settled(command, [&] {
        const auto response = any().ask<DescribeClusterResponse>(request, 1);
        const bool known = std::ranges::any_of(response.brokers, [&](const auto& broker) { return broker.brokerId == response.controllerId; });
        return Lines{fmt::format("{} brokers={} controller={} id={}", named(response.errorCode), response.brokers.size(), known ? "known" : "unknown",
            response.clusterId.size() == 22)};
    });
}

/// KEY...: whether a topic's whole description (no keys asked for) has these.
Scenario::Lines Scenario::allConfigs(const Command& command) {
    DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = 2;
    resource.resourceName = real(command.words.at(1));
    resource.configurationKeys.reset();
    return settled(command, [&] {
        const auto result = any().ask<DescribeConfigsResponse>(request, 4).results.at(0);
        if (result.errorCode != 0)
            return Lines{named(result.errorCode)};
        std::set<std::string> found;
        for (const auto& config : result.configs)
            found.insert(config.name);
        Lines missing;
        for (std::size_t i = 2; i < command.words.size(); ++i)
            if (!found.contains(command.words[i]))
                missing.push_back(command.words[i]);
        return Lines{missing.empty() ? "NONE all" : fmt::format("NONE without {}", fmt::join(missing, ","))};
    });
}

/// The number of the broker that any() is; settings of a broker are asked of itself.
std::string Scenario::brokerName(const std::string& which) {
    if (which == "all")
        return "";
    if (which != "self" && which != "other")
        return which;
    for (const auto& node : clusterMetadata().brokers)
        if ((node.port == m_port) == (which == "self"))
            return std::to_string(node.nodeId);
    throw ScenarioError(fmt::format("the broker does not find its {}", which));
}

/// self|all|ID KEY: one setting of a broker, or the default of all of them.
Scenario::Lines Scenario::brokerConfig(const Command& command) {
    DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = kBrokerResource;
    resource.resourceName = brokerName(command.words.at(1));
    resource.configurationKeys.emplace({command.words.at(2)});
    return settled(command, [&] {
        const auto result = any().ask<DescribeConfigsResponse>(request, 4).results.at(0);
        if (result.errorCode != 0)
            return Lines{named(result.errorCode)};
        Lines lines;
        for (const auto& config : result.configs)
            lines.push_back(fmt::format("{}={} source={} type={} readonly={}", config.name, config.value.value_or("null"), config.configSource,
                config.configType, config.readOnly));
        if (lines.empty())
            lines.emplace_back("NONE nothing");
        return lines;
    });
}

/// self|all|ID KEY[=VALUE]: sets, or without a value goes back to the default.
Scenario::Lines Scenario::alterBroker(const Command& command) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = kBrokerResource;
    resource.resourceName = brokerName(command.words.at(1));
    const auto equals = command.words.at(2).find('=');
    auto& config = resource.configs.emplace_back();
    config.name = command.words[2].substr(0, equals);
    config.configOperation = equals == std::string::npos ? 1 : 0;
    if (equals == std::string::npos)
        config.value.reset();
    else
        config.value = command.words[2].substr(equals + 1);
    return {named(any().ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).errorCode)};
}

/// KEY=VALUE [NAME|broker:self|other|all|ID]... [legacy]: one request for all of them; legacy: AlterConfigs, which replaces.
Scenario::Lines Scenario::alterMany(const Command& command) {
    const auto given = options(command.words, 2);
    const auto equals = command.words.at(1).find('=');
    const bool legacy = given.words.back() == "legacy";
    Lines lines;
    const auto ask = [&]<class Request, class Response>(Request request, std::int16_t version) {
        for (const auto& word : given.words) {
            if (word == "legacy")
                continue;
            const bool broker = word.starts_with("broker:");
            auto& resource = request.resources.emplace_back();
            resource.resourceType = broker ? kBrokerResource : kTopicResource;
            resource.resourceName = broker ? brokerName(word.substr(7)) : real(word);
            auto& config = resource.configs.emplace_back();
            config.name = command.words[1].substr(0, equals);
            config.value = command.words[1].substr(equals + 1);
        }
        for (const auto& each : any().template ask<Response>(request, version).responses)
            lines.push_back(fmt::format("{} {}", each.resourceType == kBrokerResource ? "broker" : scenarioName(each.resourceName), named(each.errorCode)));
    };
    if (legacy)
        ask.template operator()<AlterConfigsRequest, AlterConfigsResponse>({}, 2);
    else
        ask.template operator()<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>({}, 1);
    return lines;
}

/// GROUP|-empty [type=N]: what FindCoordinator answers.
Scenario::Lines Scenario::find(const Command& command) {
    const auto given = options(command.words, 1);
    FindCoordinatorRequest request;
    request.keyType = static_cast<std::int8_t>(given.number("type", 0));
    request.coordinatorKeys.push_back(given.words.at(0) == "-empty" ? "" : real(given.words.at(0)));
    for (;;) {
        const auto response = any().ask<FindCoordinatorResponse>(request, 4);
        const std::int16_t error = response.coordinators.empty() ? response.errorCode : response.coordinators[0].errorCode;
        if (!again(error))
            return {named(error)};
    }
}

} // namespace scenarios
