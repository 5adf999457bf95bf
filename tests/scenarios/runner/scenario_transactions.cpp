// Transactions: producers with a transactional id, what they add, and how it ends.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/base/ids.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <sstream>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {

std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }

constexpr std::int8_t kTransactionKey = 1;

} // namespace

Scenario::Producer& Scenario::producer(const std::string& name) {
    const auto it = m_producers.find(name);
    if (it == m_producers.end())
        throw ScenarioError("no producer " + name);
    return it->second;
}

KafkaLink& Scenario::transactionCoordinator(const std::string& id) {
    for (;;) {
        FindCoordinatorRequest request;
        request.keyType = kTransactionKey;
        request.coordinatorKeys.push_back(id);
        const auto found = admin().ask<FindCoordinatorResponse>(request, 4).coordinators.at(0);
        if (found.errorCode == 0)
            return at(found.host, found.port);
        if (!timeLeft())
            throw ScenarioError("no coordinator of " + id);
    }
}

/// tx ID PRODUCER [timeout=MS] [after=PRODUCER]: InitProducerId; `after`: who it was until now (KIP-360).
Scenario::Lines Scenario::beginProducer(const Command& command) {
    const auto given = options(command.words, 1);
    const std::string id = real(given.words.at(0));
    InitProducerIdRequest request;
    request.transactionalId = id;
    request.transactionTimeoutMs = static_cast<std::int32_t>(given.number("timeout", 60000));
    ProducerId before = m_lastIds.contains(id) ? m_lastIds[id] : kNoProducerId;
    if (given.pairs.contains("after")) {
        const Producer& old = producer(given.get("after", ""));
        request.producerId = old.id;
        request.producerEpoch = static_cast<ProducerEpoch>(given.number("epoch", old.epoch));
    }
    const auto response = patiently([&] { return transactionCoordinator(id).ask<InitProducerIdResponse>(request, 5); });
    if (response.errorCode != 0)
        return {named(response.errorCode)};
    m_producers[given.words.at(1)] = {response.producerId, response.producerEpoch};
    m_lastIds[id] = response.producerId;
    const bool newId = before != kNoProducerId && before != response.producerId;
    return {fmt::format("NONE epoch={}{}", response.producerEpoch, newId ? " new id" : "")};
}

/// tx-add ID PRODUCER TOPIC PARTITION [TOPIC PARTITION]... [epoch=N] [v=N]: AddPartitionsToTxn; one error a partition.
Scenario::Lines Scenario::addToTransaction(const Command& command) {
    const auto given = options(command.words, 1, {"epoch", "v"});
    const std::string id = real(given.words.at(0));
    const Producer& by = producer(given.words.at(1));
    AddPartitionsToTxnRequest request;
    request.v3AndBelowTransactionalId = id;
    request.v3AndBelowProducerId = by.id;
    request.v3AndBelowProducerEpoch = static_cast<ProducerEpoch>(given.number("epoch", by.epoch));
    for (std::size_t i = 2; i + 1 < given.words.size(); i += 2) {
        auto& topic = request.v3AndBelowTopics.emplace_back();
        topic.name = real(given.words[i]);
        topic.partitions.push_back(std::stoi(given.words[i + 1]));
    }
    const auto version = static_cast<std::int16_t>(given.number("v", 3));
    for (;;) {
        const auto response = transactionCoordinator(id).ask<AddPartitionsToTxnResponse>(request, version);
        std::string line;
        bool later = false;
        std::map<std::pair<std::string, std::int32_t>, std::int16_t> errors; // they come in any order
        for (const auto& topic : response.resultsByTopicV3AndBelow)
            for (const auto& partition : topic.resultsByPartition)
                errors[{topic.name, partition.partitionIndex}] = partition.partitionErrorCode;
        for (const auto& topic : request.v3AndBelowTopics) {
            const auto error = errors.at({topic.name, topic.partitions.front()});
            line += (line.empty() ? "" : " ") + named(error);
            later = later || again(error);
        }
        if (!later)
            return {line};
    }
}

/// tx-offsets ID PRODUCER GROUP: AddOffsetsToTxn.
Scenario::Lines Scenario::addOffsets(const Command& command) {
    const auto given = options(command.words, 1);
    const std::string id = real(given.words.at(0));
    const Producer& by = producer(given.words.at(1));
    AddOffsetsToTxnRequest request;
    request.transactionalId = id;
    request.producerId = by.id;
    request.producerEpoch = static_cast<ProducerEpoch>(given.number("epoch", by.epoch));
    request.groupId = real(given.words.at(2));
    return {named(patiently([&] { return transactionCoordinator(id).ask<AddOffsetsToTxnResponse>(request, 3); }).errorCode)};
}

/// tx-commit ID PRODUCER GROUP TOPIC PARTITION OFFSET [member=M] [generation=N] [epoch=N] [v=N]: TxnOffsetCommit.
Scenario::Lines Scenario::commitInTransaction(const Command& command) {
    const auto given = options(command.words, 1);
    const Producer& by = producer(given.words.at(1));
    TxnOffsetCommitRequest request;
    request.transactionalId = real(given.words.at(0));
    request.producerId = by.id;
    request.producerEpoch = static_cast<ProducerEpoch>(given.number("epoch", by.epoch));
    request.groupId = real(given.words.at(2));
    if (given.pairs.contains("member")) {
        const Member& member = this->member(given.words.at(2), given.get("member", ""));
        request.memberId = member.id;
        request.generationId = member.generation;
    }
    request.generationId = static_cast<std::int32_t>(given.number("generation", request.generationId));
    auto& topic = request.topics.emplace_back();
    topic.name = real(given.words.at(3));
    auto& partition = topic.partitions.emplace_back();
    partition.partitionIndex = std::stoi(given.words.at(4));
    partition.committedOffset = std::stoll(given.words.at(5));
    partition.committedMetadata = "";
    const auto version = static_cast<std::int16_t>(given.number("v", 3));
    return {named(patiently([&] { return coordinator(request.groupId).ask<TxnOffsetCommitResponse>(request, version).topics.at(0).partitions.at(0); }).errorCode)};
}

/// tx-end ID PRODUCER commit|abort [epoch=N] [v=N]: EndTxn. From version 5 on the producer goes on as the answer says.
Scenario::Lines Scenario::endTransaction(const Command& command) {
    const auto given = options(command.words, 1);
    const std::string id = real(given.words.at(0));
    Producer& by = producer(given.words.at(1));
    EndTxnRequest request;
    request.transactionalId = id;
    request.producerId = by.id;
    request.producerEpoch = static_cast<ProducerEpoch>(given.number("epoch", by.epoch));
    request.committed = given.words.at(2) == "commit";
    const auto version = static_cast<std::int16_t>(given.number("v", 3));
    const auto response = patiently([&] { return transactionCoordinator(id).ask<EndTxnResponse>(request, version); });
    if (response.errorCode != 0 || version < 5)
        return {named(response.errorCode)};
    const bool newId = response.producerId != by.id;
    by = {response.producerId, response.producerEpoch};
    m_lastIds[id] = by.id;
    return {fmt::format("NONE epoch={}{}", by.epoch, newId ? " new id" : "")};
}

/// tx-describe ID: state and partitions, as soon as they are what is expected.
Scenario::Lines Scenario::describeTransaction(const Command& command) {
    const std::string id = real(command.words.at(1));
    DescribeTransactionsRequest request;
    request.transactionalIds.push_back(id);
    return settled(command, [&] {
        const auto found = transactionCoordinator(id).ask<DescribeTransactionsResponse>(request, 0).transactionStates.at(0);
        if (found.errorCode != 0)
            return Lines{named(found.errorCode)};
        Lines partitions;
        for (const auto& topic : found.topics)
            for (const auto index : topic.partitions)
                partitions.push_back(topic.topic.starts_with("__") ? topic.topic : fmt::format("{}-{}", scenarioName(topic.topic), index));
        std::ranges::sort(partitions);
        std::string line = fmt::format("NONE {} timeout={}", found.transactionState, found.transactionTimeoutMs);
        for (const auto& each : partitions)
            line += " " + each;
        return Lines{line};
    });
}

/// transactions [states=A,B] [longer=MS] [pattern=REGEX]: of this scenario, on all brokers, as soon as they are what is expected.
Scenario::Lines Scenario::listTransactions(const Command& command) {
    const auto given = options(command.words, 1);
    ListTransactionsRequest request;
    request.durationFilter = given.number("longer", -1);
    request.transactionalIdPattern.reset();
    if (given.pairs.contains("pattern"))
        request.transactionalIdPattern = given.get("pattern", "");
    std::istringstream states(given.get("states", ""));
    for (std::string state; std::getline(states, state, ',');)
        request.stateFilters.push_back(state);
    return settled(command, [&] {
        Lines lines;
        std::string head = "NONE";
        for (const auto& node : admin().ask<MetadataResponse>(MetadataRequest{}, 12).brokers) {
            const auto response = at(node.host, node.port).ask<ListTransactionsResponse>(request, 2);
            if (response.errorCode != 0)
                return Lines{named(response.errorCode)};
            head = "NONE";
            for (const auto& unknown : response.unknownStateFilters)
                head += " unknown=" + unknown;
            for (const auto& each : response.transactionStates)
                if (each.transactionalId.ends_with(m_suffix))
                    lines.push_back(scenarioName(each.transactionalId) + " " + each.transactionState);
        }
        std::ranges::sort(lines);
        lines.insert(lines.begin(), head);
        return lines;
    });
}

/// producers TOPIC PARTITION: those of this scenario that its leader remembers, as soon as they are what is expected.
Scenario::Lines Scenario::describeProducers(const Command& command) {
    DescribeProducersRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = real(command.words.at(1));
    topic.partitionIndexes.push_back(std::stoi(command.words.at(2)));
    return settled(command, [&] {
        const auto found = leader(topic.name, topic.partitionIndexes[0]).ask<DescribeProducersResponse>(request, 0).topics.at(0).partitions.at(0);
        Lines lines{named(found.errorCode)};
        for (const auto& each : found.activeProducers)
            for (const auto& [name, known] : m_producers)
                if (known.id == each.producerId)
                    lines.push_back(fmt::format("{} epoch={} last={} open={}", name, each.producerEpoch, each.lastSequence, each.currentTxnStartOffset));
        std::ranges::sort(lines.begin() + 1, lines.end());
        return lines;
    });
}

} // namespace scenarios
