#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/find_coordinator_request.h"
#include "embedded-broker/protocol/messages/find_coordinator_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <thread>

namespace scenarios {

using namespace broker::protocol;

std::vector<Command> parseFile(const std::string& path) {
    std::ifstream file(path);
    if (!file)
        throw ScenarioError("cannot be read");
    std::vector<Command> commands;
    std::string text;
    for (int line = 1; std::getline(file, text); ++line) {
        if (text.empty() || text[0] == '#')
            continue;
        if (text[0] == '>') {
            if (commands.empty())
                throw ScenarioError(fmt::format("line {}: an answer before the first command", line));
            commands.back().expected.push_back(text.size() > 2 ? text.substr(2) : "");
            continue;
        }
        Command command;
        command.line = line;
        std::istringstream words(text);
        for (std::string word; words >> word;)
            command.words.push_back(word);
        commands.push_back(std::move(command));
    }
    return commands;
}

std::string Scenario::Options::get(const std::string& key, const std::string& fallback) const {
    const auto it = pairs.find(key);
    return it == pairs.end() ? fallback : it->second;
}

std::int64_t Scenario::Options::number(const std::string& key, std::int64_t fallback) const {
    const auto it = pairs.find(key);
    return it == pairs.end() ? fallback : std::stoll(it->second);
}

/// Words from `from` on; `a=b` is a pair when `keys` is empty or names a.
Scenario::Options Scenario::options(const std::vector<std::string>& words, std::size_t from, const std::vector<std::string>& keys) {
    Options result;
    for (std::size_t i = from; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const std::string key = words[i].substr(0, equals);
        if (equals != std::string::npos && (keys.empty() || std::ranges::find(keys, key) != keys.end()))
            result.pairs[key] = words[i].substr(equals + 1);
        else
            result.words.push_back(words[i]);
    }
    return result;
}

std::string Scenario::expanded(const std::string& word) {
    if (word.size() < 3 || word[1] != '*')
        return word;
    return std::string(std::stoul(word.substr(2)), word[0]);
}

KafkaLink& Scenario::as(const std::string& user, const std::string& host, std::int32_t port) {
    auto& link = m_links[user + "@" + host + ":" + std::to_string(port)];
    if (!link) {
        const auto login = m_logins.find(user);
        link = std::make_unique<KafkaLink>(host, static_cast<std::uint16_t>(port), login == m_logins.end() ? nullptr : &login->second);
    }
    return *link;
}

KafkaLink& Scenario::at(const std::string& host, std::int32_t port) { return as(m_user, host, port); }
KafkaLink& Scenario::admin() { return as(kAdmin, m_host, m_port); }

std::vector<KafkaLink*> Scenario::brokers() {
    std::vector<KafkaLink*> all;
    for (const auto& node : admin().ask<MetadataResponse>(MetadataRequest{}, 12).brokers)
        all.push_back(&as(kAdmin, node.host, node.port));
    return all;
}

KafkaLink& Scenario::any() { return at(m_host, m_port); }

namespace {

constexpr auto kCommandTime = std::chrono::seconds(30); ///< for a cluster on a machine that is busy with other things

/// Asks until `attempt` gives a link, for a limited time: clusters learn of changes through their metadata log.
template <class Attempt>
KafkaLink& until(Attempt attempt, const std::string& what) {
    const auto deadline = std::chrono::steady_clock::now() + kCommandTime;
    for (;;) {
        if (KafkaLink* link = attempt())
            return *link;
        if (std::chrono::steady_clock::now() > deadline)
            throw ScenarioError("no " + what);
        std::this_thread::yield();
    }
}

} // namespace

KafkaLink& Scenario::leader(const std::string& topic, std::int32_t partition) {
    return until(
        [&]() -> KafkaLink* {
            MetadataRequest request;
            request.allowAutoTopicCreation = false;
            request.topics.emplace().emplace_back().name = topic;
            const auto response = admin().ask<MetadataResponse>(request, 12);
            for (const auto& each : response.topics)
                for (const auto& p : each.partitions)
                    if (p.partitionIndex == partition && p.leaderId >= 0)
                        for (const auto& node : response.brokers)
                            if (node.nodeId == p.leaderId)
                                return &at(node.host, node.port);
            return nullptr;
        },
        fmt::format("leader of {}-{}", topic, partition));
}

KafkaLink& Scenario::coordinator(const std::string& group) {
    return until(
        [&]() -> KafkaLink* {
            FindCoordinatorRequest request;
            request.coordinatorKeys.push_back(group);
            const auto response = admin().ask<FindCoordinatorResponse>(request, 4);
            const auto& found = response.coordinators.at(0);
            return found.errorCode == 0 ? &at(found.host, found.port) : nullptr;
        },
        "coordinator of " + group);
}

bool Scenario::again(std::int16_t code) const {
    switch (static_cast<KafkaError>(code)) {
    case KafkaError::UnknownTopicOrPartition:
    case KafkaError::UnknownTopicId:
    case KafkaError::NotLeaderOrFollower:
    case KafkaError::LeaderNotAvailable:
    case KafkaError::OffsetNotAvailable:
    case KafkaError::NotController:
    case KafkaError::NotEnoughReplicas:
    case KafkaError::InvalidTxnState: // a broker that has not heard yet that it need not ask
    case KafkaError::ConcurrentTransactions: // the last one is not complete yet
    case KafkaError::CoordinatorLoadInProgress:
    case KafkaError::CoordinatorNotAvailable:
    case KafkaError::NotCoordinator: break;
    default: return false;
    }
    return !m_expected.starts_with(name(static_cast<KafkaError>(code))) && timeLeft();
}

std::vector<std::string> Scenario::run(const Command& command) {
    using Handler = Lines (Scenario::*)(const Command&);
    static const std::map<std::string, Handler> handlers{{"topic", &Scenario::createTopic}, {"partitions", &Scenario::createPartitions},
        {"delete", &Scenario::deleteTopic}, {"produce", &Scenario::produce}, {"fetch", &Scenario::fetch}, {"offset", &Scenario::listOffset},
        {"epoch-end", &Scenario::epochEnd}, {"trim", &Scenario::trim}, {"get", &Scenario::getConfig}, {"pid", &Scenario::initProducer},
        {"join", &Scenario::join}, {"sync", &Scenario::sync}, {"await", &Scenario::await}, {"heartbeat", &Scenario::heartbeat},
        {"leave", &Scenario::leave}, {"commit", &Scenario::commit}, {"committed", &Scenario::committed}, {"describe", &Scenario::describe},
        {"remove", &Scenario::removeGroup}, {"topics", &Scenario::createTopics}, {"delete-all", &Scenario::deleteTopics},
        {"metadata", &Scenario::metadata}, {"describe-topics", &Scenario::describeTopics}, {"log-dirs", &Scenario::logDirs},
        {"forget", &Scenario::forgetOffsets}, {"groups", &Scenario::listGroups}, {"cluster", &Scenario::describeCluster},
        {"configs", &Scenario::allConfigs}, {"get-broker", &Scenario::brokerConfig}, {"set-broker", &Scenario::alterBroker}, {"set-many", &Scenario::alterMany},
        {"find", &Scenario::find}, {"feature", &Scenario::describeFeature}, {"features", &Scenario::updateFeatures}, {"compacted", &Scenario::compacted}, {"origins", &Scenario::getConfig}, {"as", &Scenario::becomeUser}, {"user", &Scenario::makeUser}, {"unuser", &Scenario::removeUser},
        {"login", &Scenario::logIn}, {"credentials", &Scenario::credentials}, {"acl", &Scenario::addAcl}, {"unacl", &Scenario::removeAcl},
        {"tx", &Scenario::beginProducer}, {"tx-add", &Scenario::addToTransaction}, {"tx-offsets", &Scenario::addOffsets},
        {"tx-commit", &Scenario::commitInTransaction}, {"tx-end", &Scenario::endTransaction}, {"tx-describe", &Scenario::describeTransaction},
        {"transactions", &Scenario::listTransactions}, {"producers", &Scenario::describeProducers},
        {"acls", &Scenario::listAcls}, {"try", &Scenario::tryApi}};
    m_expected = command.expected.empty() ? "" : command.expected.front();
    m_deadline = std::chrono::steady_clock::now() + kCommandTime;
    const std::string& verb = command.words.at(0);
    if (verb == "set")
        return alterConfig(command, 0);
    if (verb == "unset")
        return alterConfig(command, 1);
    if (verb == "append")
        return alterConfig(command, 2);
    if (verb == "subtract")
        return alterConfig(command, 3);
    const auto it = handlers.find(verb);
    if (it == handlers.end())
        throw ScenarioError("unknown command");
    return (this->*it->second)(command);
}

} // namespace scenarios
