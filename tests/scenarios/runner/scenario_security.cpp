// Users, ACLs, and every API tried as somebody.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"
#include "embedded-broker/security/acl.h"
#include "embedded-broker/security/crypto.h"
#include "embedded-broker/security/scram.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <thread>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {

std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }

template <class Enum>
std::int8_t number(const std::string& text, int count) {
    for (int i = 0; i < count; ++i)
        if (security::toString(static_cast<Enum>(i)) == text)
            return static_cast<std::int8_t>(i);
    throw ScenarioError("unknown word " + text);
}

/// Brokers learn of a change through the metadata log: asks until all know, for at most ten seconds.
void until(const std::function<bool()>& known, const std::string& what) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!known()) {
        if (std::chrono::steady_clock::now() > deadline)
            throw ScenarioError("not known everywhere: " + what);
        std::this_thread::yield();
    }
}

constexpr std::int32_t kIterations = 4096;

} // namespace

Scenario::Lines Scenario::becomeUser(const Command& command) {
    m_user = command.words.at(1);
    if (!m_logins.contains(m_user))
        throw ScenarioError("no such user");
    return {};
}

/// user NAME [mechanism=SCRAM-SHA-256] [iterations=N]: a new password for it.
void Scenario::untilAllSay(const std::string& user, std::int8_t mechanism, bool has) {
    DescribeUserScramCredentialsRequest describe;
    describe.users.emplace().emplace_back().name = user;
    until(
        [&] {
            return std::ranges::all_of(brokers(), [&](KafkaLink* link) {
                const auto result = link->ask<DescribeUserScramCredentialsResponse>(describe, 0).results.at(0);
                return std::ranges::any_of(result.credentialInfos, [&](const auto& info) { return info.mechanism == mechanism; }) == has;
            });
        },
        has ? "the credentials of a user" : "the removal of a user");
}

Scenario::Lines Scenario::makeUser(const Command& command) {
    const auto given = options(command.words, 1);
    const std::string name = given.words.at(0) == "-empty" ? std::string() : given.words.at(0);
    const std::string password = security::randomPassword(20);
    const auto mechanism = security::scramMechanism(given.get("mechanism", "SCRAM-SHA-512")).value_or(security::ScramMechanism::Unknown);
    const auto iterations = static_cast<std::int32_t>(given.number("iterations", kIterations));
    AlterUserScramCredentialsRequest request;
    for (int i = 0; i < given.number("times", 1); ++i) {
        auto& upsertion = request.upsertions.emplace_back();
        upsertion.name = name.empty() ? name : real(name);
        upsertion.mechanism = static_cast<std::int8_t>(mechanism);
        upsertion.iterations = iterations;
        const auto salt = security::randomBytes(16);
        upsertion.salt = Slice::copy(Bytes(salt));
        const auto salted = security::pbkdf2(security::hashOf(mechanism), password, salt, kIterations);
        upsertion.saltedPassword = Slice::copy(Bytes(salted));
    }
    const auto result = any().ask<AlterUserScramCredentialsResponse>(request, 0).results.at(0);
    if (result.errorCode == 0) {
        m_logins[name] = {m_logins.at(kAdmin).caFile, real(name), password};
        for (auto it = m_links.begin(); it != m_links.end();)
            it = it->first.starts_with(name + "@") ? m_links.erase(it) : std::next(it);
        untilAllSay(real(name), static_cast<std::int8_t>(mechanism), true);
        if (mechanism == security::ScramMechanism::Sha512)
            until(
                [&] {
                    try {
                        for (const auto& node : admin().ask<MetadataResponse>(MetadataRequest{}, 12).brokers)
                            as(name, node.host, node.port);
                        return true;
                    } catch (const ScenarioError&) {
                        return false;
                    }
                },
                "the user " + name);
    }
    return {named(result.errorCode)};
}

Scenario::Lines Scenario::removeUser(const Command& command) {
    const auto given = options(command.words, 1);
    AlterUserScramCredentialsRequest request;
    auto& deletion = request.deletions.emplace_back();
    deletion.name = real(given.words.at(0));
    deletion.mechanism = static_cast<std::int8_t>(security::scramMechanism(given.get("mechanism", "SCRAM-SHA-512")).value_or(security::ScramMechanism::Unknown));
    const auto error = any().ask<AlterUserScramCredentialsResponse>(request, 0).results.at(0).errorCode;
    if (error == 0)
        untilAllSay(deletion.name, deletion.mechanism, false);
    return {named(error)};
}

/// login NAME [password=WRONG]: a connection of its own.
Scenario::Lines Scenario::logIn(const Command& command) {
    const auto given = options(command.words, 1);
    Login login = m_logins.contains(given.words.at(0)) ? m_logins.at(given.words.at(0)) : Login{m_logins.at(kAdmin).caFile, real(given.words.at(0)), "none"};
    login.password = given.get("password", login.password);
    try {
        KafkaLink link(m_host, m_port, &login);
        return {"NONE"};
    } catch (const ScenarioError& error) {
        return {error.what()};
    }
}

Scenario::Lines Scenario::credentials(const Command& command) {
    DescribeUserScramCredentialsRequest request;
    auto& users = request.users.emplace();
    for (std::size_t i = 1; i < command.words.size(); ++i)
        users.emplace_back().name = real(command.words[i]);
    const auto response = any().ask<DescribeUserScramCredentialsResponse>(request, 0);
    if (response.errorCode != 0)
        return {named(response.errorCode)};
    Lines lines;
    for (const auto& result : response.results) {
        std::string line = named(result.errorCode);
        std::vector<std::string> infos;
        for (const auto& info : result.credentialInfos)
            infos.push_back(fmt::format(" {}={}", security::toString(static_cast<security::ScramMechanism>(info.mechanism)), info.iterations));
        std::ranges::sort(infos);
        for (const auto& info : infos)
            line += info;
        lines.push_back(line);
    }
    return lines;
}

namespace {

struct AclWords {
    std::int8_t permission = 0;
    std::string principal;
    std::int8_t operation = 0;
    std::int8_t type = 0;
    std::string name;
    std::int8_t pattern = 3;
    std::string host = "*";
};

} // namespace

/// acl ALLOW|DENY USER OPERATION TYPE NAME [pattern=PREFIXED] [host=ADDRESS]
static AclWords aclOf(const std::vector<std::string>& words, const std::map<std::string, std::string>& pairs, const std::function<std::string(const std::string&)>& real) {
    AclWords acl;
    acl.permission = number<security::Permission>(words.at(0), 4);
    acl.principal = words.at(1).starts_with("-raw:") ? words.at(1).substr(5) : "User:" + (words.at(1) == "*" ? words.at(1) : real(words.at(1)));
    acl.operation = number<security::Operation>(words.at(2), 16);
    acl.type = number<security::ResourceType>(words.at(3), 8);
    const std::string& name = words.at(4);
    acl.pattern = pairs.contains("pattern") ? number<security::PatternType>(pairs.at("pattern"), 5) : std::int8_t{3};
    acl.name = name == "-empty" ? "" : name == "*" || name == security::kClusterName || name.starts_with("-raw:") ? name.substr(name.starts_with("-raw:") ? 5 : 0)
                                    : acl.pattern == 4 ? name : real(name);
    if (pairs.contains("host"))
        acl.host = pairs.at("host");
    return acl;
}

Scenario::Lines Scenario::addAcl(const Command& command) {
    const auto given = options(command.words, 1, {"pattern", "host"});
    const AclWords acl = aclOf(given.words, given.pairs, [&](const std::string& name) { return real(name); });
    CreateAclsRequest request;
    auto& creation = request.creations.emplace_back();
    creation.resourceType = acl.type;
    creation.resourceName = acl.name;
    creation.resourcePatternType = acl.pattern;
    creation.principal = acl.principal;
    creation.host = acl.host;
    creation.operation = acl.operation;
    creation.permissionType = acl.permission;
    const auto error = any().ask<CreateAclsResponse>(request, 3).results.at(0).errorCode;
    if (error == 0) {
        DescribeAclsRequest describe;
        describe.resourceTypeFilter = acl.type;
        describe.resourceNameFilter = acl.name;
        describe.patternTypeFilter = acl.pattern;
        describe.principalFilter = acl.principal;
        describe.hostFilter = acl.host;
        describe.operation = acl.operation;
        describe.permissionType = acl.permission;
        until([&] { return std::ranges::all_of(brokers(), [&](KafkaLink* link) { return !link->ask<DescribeAclsResponse>(describe, 3).resources.empty(); }); },
              "an ACL");
    }
    return {named(error)};
}

/// unacl USER: all ACLs of that user; prints how many.
Scenario::Lines Scenario::removeAcl(const Command& command) {
    DeleteAclsRequest request;
    auto& filter = request.filters.emplace_back();
    filter.resourceTypeFilter = 1;
    filter.resourceNameFilter.reset();
    filter.patternTypeFilter = 1;
    filter.principalFilter = "User:" + real(command.words.at(1));
    filter.hostFilter.reset();
    filter.operation = 1;
    filter.permissionType = 1;
    const auto result = any().ask<DeleteAclsResponse>(request, 3).filterResults.at(0);
    if (result.errorCode != 0)
        return {named(result.errorCode)};
    DescribeAclsRequest describe;
    describe.resourceTypeFilter = 1;
    describe.resourceNameFilter.reset();
    describe.patternTypeFilter = 1;
    describe.principalFilter = filter.principalFilter;
    describe.hostFilter.reset();
    describe.operation = 1;
    describe.permissionType = 1;
    until([&] { return std::ranges::all_of(brokers(), [&](KafkaLink* link) { return link->ask<DescribeAclsResponse>(describe, 3).resources.empty(); }); },
          "a removed ACL");
    return {fmt::format("NONE removed={}", result.matchingAcls.size())};
}

/// acls USER [name=NAME pattern=MATCH]: what is written for that user.
Scenario::Lines Scenario::listAcls(const Command& command) {
    const auto given = options(command.words, 1, {"name", "pattern"});
    DescribeAclsRequest request;
    request.resourceTypeFilter = 1;
    request.resourceNameFilter.reset();
    if (given.pairs.contains("name"))
        request.resourceNameFilter = real(given.pairs.at("name"));
    request.patternTypeFilter = number<security::PatternType>(given.get("pattern", "ANY"), 5);
    request.principalFilter = "User:" + real(given.words.at(0));
    request.hostFilter.reset();
    request.operation = 1;
    request.permissionType = 1;
    const auto response = any().ask<DescribeAclsResponse>(request, 3);
    if (response.errorCode != 0)
        return {named(response.errorCode)};
    Lines lines;
    for (const auto& resource : response.resources)
        for (const auto& acl : resource.acls) {
            std::string shown = resource.resourceName;
            if (shown.ends_with(m_suffix))
                shown.resize(shown.size() - m_suffix.size());
            lines.push_back(fmt::format("{} {} {} {} {} {}", security::toString(security::resourceType(resource.resourceType)), shown,
                security::toString(security::patternType(resource.patternType)), security::toString(security::permission(acl.permissionType)),
                security::toString(security::operation(acl.operation)), acl.host));
        }
    std::ranges::sort(lines);
    if (lines.empty())
        lines.push_back("none");
    return lines;
}

/// try API [NAME...]: the error that one API gives, and what it lists where that is filtered.
Scenario::Lines Scenario::tryApi(const Command& command) {
    const std::string& api = command.words.at(1);
    const auto word = [&](std::size_t i) { return real(command.words.at(i)); };
    if (api == "Metadata" || api == "Metadata-create") {
        MetadataRequest request;
        request.allowAutoTopicCreation = api != "Metadata";
        request.includeTopicAuthorizedOperations = true;
        request.topics.emplace().emplace_back().name = word(2);
        const auto topic = any().ask<MetadataResponse>(request, 12).topics.at(0);
        if (topic.errorCode != 0)
            return {named(topic.errorCode)};
        return {fmt::format("NONE operations={:x}", topic.topicAuthorizedOperations)};
    }
    if (api == "Metadata-all") {
        MetadataRequest request;
        request.topics.reset();
        std::string line = "NONE";
        std::vector<std::string> names;
        for (const auto& topic : any().ask<MetadataResponse>(request, 12).topics)
            if (topic.name && topic.name->ends_with(m_suffix))
                names.push_back(topic.name->substr(0, topic.name->size() - m_suffix.size()));
        std::ranges::sort(names);
        for (const auto& each : names)
            line += " " + each;
        return {line};
    }
    if (api == "DescribeCluster") {
        DescribeClusterRequest request;
        request.includeClusterAuthorizedOperations = true;
        const auto response = any().ask<DescribeClusterResponse>(request, 1);
        return {fmt::format("{} operations={:x}", named(response.errorCode), response.clusterAuthorizedOperations)};
    }
    if (api == "DescribeTopicPartitions") {
        DescribeTopicPartitionsRequest request;
        request.topics.emplace_back().name = word(2);
        request.cursor.reset();
        return {named(any().ask<DescribeTopicPartitionsResponse>(request, 0).topics.at(0).errorCode)};
    }
    if (api == "FindCoordinator") {
        FindCoordinatorRequest request;
        request.coordinatorKeys.push_back(word(2));
        return {named(any().ask<FindCoordinatorResponse>(request, 4).coordinators.at(0).errorCode)};
    }
    if (api == "ListGroups") {
        std::vector<std::string> names;
        for (const auto& node : admin().ask<MetadataResponse>(MetadataRequest{}, 12).brokers)
            for (const auto& group : at(node.host, node.port).ask<ListGroupsResponse>(ListGroupsRequest{}, 4).groups)
                if (group.groupId.ends_with(m_suffix))
                    names.push_back(group.groupId.substr(0, group.groupId.size() - m_suffix.size()));
        std::ranges::sort(names);
        std::string line = "NONE";
        for (const auto& each : names)
            line += " " + each;
        return {line};
    }
    if (api == "OffsetDelete") {
        OffsetDeleteRequest request;
        request.groupId = word(2);
        auto& topic = request.topics.emplace_back();
        topic.name = word(3);
        topic.partitions.emplace_back().partitionIndex = 0;
        const auto response = coordinator(request.groupId).ask<OffsetDeleteResponse>(request, 0);
        return {response.errorCode != 0 ? named(response.errorCode) : named(response.topics.at(0).partitions.at(0).errorCode)};
    }
    if (api == "DescribeProducers") {
        DescribeProducersRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = word(2);
        topic.partitionIndexes.push_back(0);
        return {named(leader(topic.name, 0).ask<DescribeProducersResponse>(request, 0).topics.at(0).partitions.at(0).errorCode)};
    }
    if (api == "WriteTxnMarkers") {
        WriteTxnMarkersRequest request;
        auto& marker = request.markers.emplace_back();
        marker.producerId = 0;
        auto& topic = marker.topics.emplace_back();
        topic.name = word(2);
        topic.partitionIndexes.push_back(0);
        return {named(leader(topic.name, 0).ask<WriteTxnMarkersResponse>(request, 1).markers.at(0).topics.at(0).partitions.at(0).errorCode)};
    }
    if (api == "DescribeLogDirs") {
        DescribeLogDirsRequest request;
        return {named(any().ask<DescribeLogDirsResponse>(request, 4).errorCode)};
    }
    if (api == "DescribeQuorum") {
        DescribeQuorumRequest request;
        auto& topic = request.topics.emplace_back();
        topic.topicName = "__cluster_metadata";
        topic.partitions.emplace_back().partitionIndex = 0;
        return {named(any().ask<DescribeQuorumResponse>(request, 2).errorCode)};
    }
    if (api == "ElectLeaders") {
        ElectLeadersRequest request;
        auto& topic = request.topicPartitions.emplace().emplace_back();
        topic.topic = word(2);
        topic.partitions.push_back(0);
        const auto response = any().ask<ElectLeadersResponse>(request, 2);
        return {response.errorCode != 0 || response.replicaElectionResults.empty()
                    ? named(response.errorCode)
                    : named(response.replicaElectionResults.at(0).partitionResult.at(0).errorCode)};
    }
    if (api == "UnregisterBroker") {
        UnregisterBrokerRequest request;
        request.brokerId = 999;
        return {named(any().ask<UnregisterBrokerResponse>(request, 0).errorCode)};
    }
    if (api == "UpdateFeatures") {
        UpdateFeaturesRequest request;
        request.validateOnly = true;
        return {named(any().ask<UpdateFeaturesResponse>(request, 2).errorCode)};
    }
    if (api == "DescribeClientQuotas")
        return {named(any().ask<DescribeClientQuotasResponse>(DescribeClientQuotasRequest{}, 1).errorCode)};
    if (api == "ListConfigResources")
        return {named(any().ask<ListConfigResourcesResponse>(ListConfigResourcesRequest{}, 1).errorCode)};
    if (api == "DescribeConfigs" || api == "AlterConfigs" || api == "IncrementalAlterConfigs") {
        const std::map<std::string, std::int8_t> types{{"TOPIC", 2}, {"BROKER", 4}, {"GROUP", 32}};
        const std::int8_t type = types.at(command.words.at(2));
        const std::string resource = type == 4 ? command.words.at(3) : word(3);
        if (api == "DescribeConfigs") {
            DescribeConfigsRequest request;
            auto& each = request.resources.emplace_back();
            each.resourceType = type;
            each.resourceName = resource;
            each.configurationKeys.reset();
            return {named(any().ask<DescribeConfigsResponse>(request, 4).results.at(0).errorCode)};
        }
        if (api == "AlterConfigs") {
            AlterConfigsRequest request;
            auto& each = request.resources.emplace_back();
            each.resourceType = type;
            each.resourceName = resource;
            request.validateOnly = true;
            return {named(any().ask<AlterConfigsResponse>(request, 2).responses.at(0).errorCode)};
        }
        IncrementalAlterConfigsRequest request;
        auto& each = request.resources.emplace_back();
        each.resourceType = type;
        each.resourceName = resource;
        request.validateOnly = true;
        return {named(any().ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).errorCode)};
    }
    if (api == "Fetch-as-replica") {
        FetchRequest request;
        request.replicaId = 1;
        request.minBytes = 0;
        request.maxBytes = 1 << 20;
        auto& topic = request.topics.emplace_back();
        topic.topic = word(2);
        auto& partition = topic.partitions.emplace_back();
        partition.partitionMaxBytes = 1 << 20;
        return {named(leader(topic.topic, 0).ask<FetchResponse>(request, 12).responses.at(0).partitions.at(0).errorCode)};
    }
    throw ScenarioError("unknown API");
}

} // namespace scenarios
