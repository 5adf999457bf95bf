// Topics, records, offsets and settings.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"
#include "embedded-broker/protocol/record_batch.h"

#include <fmt/format.h>
#include <map>
#include <set>
#include <sstream>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {

std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }

Codec codecNamed(const std::string& text) {
    if (text == "gzip")
        return Codec::Gzip;
    if (text == "snappy")
        return Codec::Snappy;
    if (text == "lz4")
        return Codec::Lz4;
    if (text == "zstd")
        return Codec::Zstd;
    return Codec::None;
}

/// "1/2,2/3": the brokers of each partition.
std::vector<std::vector<std::int32_t>> assignments(const std::string& text) {
    std::vector<std::vector<std::int32_t>> all;
    std::istringstream partitions(text);
    for (std::string partition; std::getline(partitions, partition, ',');) {
        auto& brokers = all.emplace_back();
        std::istringstream ids(partition);
        for (std::string id; std::getline(ids, id, '/');)
            brokers.push_back(std::stoi(id));
    }
    return all;
}

constexpr std::int8_t kTopicResource = 2;
constexpr WallMs kScenarioTime = 1'700'000'000'000;

} // namespace

Scenario::Lines Scenario::createTopic(const Command& command) {
    const auto given = options(command.words, 1);
    CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = given.words.at(0) == "-raw" ? expanded(given.words.at(1)) : real(given.words.at(0));
    topic.numPartitions = static_cast<std::int32_t>(given.number("partitions", 1));
    topic.replicationFactor = static_cast<std::int16_t>(given.number("rf", 3));
    request.validateOnly = given.get("validate", "") == "only";
    std::int32_t index = 0;
    for (const auto& brokers : assignments(given.get("assign", ""))) {
        auto& assignment = topic.assignments.emplace_back();
        assignment.partitionIndex = index++;
        assignment.brokerIds = brokers;
    }
    for (const auto& [key, value] : given.pairs)
        if (key != "partitions" && key != "rf" && key != "validate" && key != "assign") {
            auto& config = topic.configs.emplace_back();
            config.name = key;
            config.value = value;
        }
    const auto response = any().ask<CreateTopicsResponse>(request, 7);
    return {named(response.topics.at(0).errorCode)};
}

Scenario::Lines Scenario::createPartitions(const Command& command) {
    CreatePartitionsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = real(command.words.at(1));
    topic.count = std::stoi(command.words.at(2));
    topic.assignments.reset();
    if (command.words.size() > 3) {
        topic.assignments.emplace();
        for (const auto& brokers : assignments(command.words[3]))
            topic.assignments->emplace_back().brokerIds = brokers;
    }
    request.timeoutMs = 10000;
    return {named(any().ask<CreatePartitionsResponse>(request, 3).results.at(0).errorCode)};
}

Scenario::Lines Scenario::deleteTopic(const Command& command) {
    DeleteTopicsRequest request;
    request.topics.emplace_back().name = real(command.words.at(1));
    request.timeoutMs = 10000;
    return {named(any().ask<DeleteTopicsResponse>(request, 6).responses.at(0).errorCode)};
}

Scenario::Lines Scenario::initProducer(const Command& command) {
    InitProducerIdRequest request;
    request.transactionalId.reset();
    request.transactionTimeoutMs = 60000;
    const auto response = patiently([&] { return any().ask<InitProducerIdResponse>(request, 4); });
    m_producers[command.words.at(1)] = {response.producerId, 0};
    return {fmt::format("{} epoch={}", named(response.errorCode), response.producerEpoch)};
}

Scenario::Lines Scenario::produce(const Command& command) {
    const auto given = options(command.words, 1, {"acks", "codec", "pid", "epoch", "seq", "time", "tx", "v"});
    const std::string topic = real(given.words.at(0));
    const std::int32_t partition = std::stoi(given.words.at(1));
    BatchOptions batch;
    batch.codec = codecNamed(given.get("codec", "none"));
    if (given.pairs.contains("pid")) {
        const Producer& by = producer(given.get("pid", ""));
        batch.producerId = by.id;
        batch.producerEpoch = static_cast<ProducerEpoch>(given.number("epoch", by.epoch));
        batch.transactional = given.pairs.contains("tx");
        batch.baseSequence = static_cast<std::int32_t>(given.number("seq", 0));
    }
    RecordBatchBuilder builder(batch);
    for (std::size_t i = 2; i < given.words.size(); ++i) {
        const auto& word = given.words[i];
        const auto colon = word.find(':');
        std::optional<Bytes> key;
        if (colon != std::string::npos)
            key = asBytes(std::string_view(word).substr(0, colon));
        const auto value = std::string_view(word).substr(colon == std::string::npos ? 0 : colon + 1);
        builder.append(given.number("time", kScenarioTime) + static_cast<WallMs>(i) - 2, key,
            value == "null" ? std::nullopt : std::optional(asBytes(value)));
    }
    ProduceRequest request;
    if (given.pairs.contains("tx"))
        request.transactionalId = real(given.get("tx", ""));
    const auto version = static_cast<std::int16_t>(given.number("v", 9));
    const std::string acks = given.get("acks", "all");
    request.acks = acks == "all" ? std::int16_t{-1} : static_cast<std::int16_t>(std::stoi(acks));
    request.timeoutMs = 10000;
    auto& data = request.topicData.emplace_back();
    data.name = topic;
    auto& part = data.partitionData.emplace_back();
    part.index = partition;
    part.records = Records(builder.build());
    if (request.acks == 0) {
        leader(topic, partition).send(request, version);
        return {"sent"};
    }
    const auto answer = patiently([&] { return leader(topic, partition).ask<ProduceResponse>(request, version).responses.at(0).partitionResponses.at(0); });
    if (answer.errorCode != 0)
        return {named(answer.errorCode)};
    return {fmt::format("NONE base={} start={}", answer.baseOffset, answer.logStartOffset)};
}

Scenario::Lines Scenario::fetch(const Command& command) {
    const auto given = options(command.words, 1, {"max", "isolation"});
    const bool committed = given.get("isolation", "") == "committed";
    const std::string topic = real(given.words.at(0));
    const std::int32_t partition = std::stoi(given.words.at(1));
    const Offset from = std::stoll(given.words.at(2));
    FetchRequest request;
    request.maxWaitMs = 500;
    request.minBytes = 0;
    request.maxBytes = 10 << 20;
    request.sessionEpoch = -1;
    request.isolationLevel = committed ? 1 : 0;
    auto& asked = request.topics.emplace_back();
    asked.topic = topic;
    auto& part = asked.partitions.emplace_back();
    part.partition = partition;
    part.fetchOffset = from;
    part.partitionMaxBytes = static_cast<std::int32_t>(given.number("max", 1 << 20));
    // Apache Kafka gives no more than a segment has, and the first marker begins one: its time is of today.
    Lines lines;
    const auto askFrom = [&](Offset start) {
        Offset next = start;
        part.fetchOffset = start;
        const auto answer = patiently([&] { return leader(topic, partition).ask<FetchResponse>(request, 12).responses.at(0).partitions.at(0); });
        const auto end = committed ? fmt::format("lso={}", answer.lastStableOffset) : fmt::format("hw={}", answer.highWatermark);
        const auto head = fmt::format("{} {} start={}", named(answer.errorCode), end, answer.logStartOffset);
        if (lines.empty())
            lines.push_back(head);
        lines.front() = head;
        // As consumers do it: of a producer whose transaction is listed, everything from there to its marker is left out.
        std::multimap<Offset, ProducerId> aborted;
        if (answer.abortedTransactions)
            for (const auto& each : *answer.abortedTransactions)
                aborted.emplace(each.firstOffset, each.producerId);
        std::set<ProducerId> leftOut;
        const Slice bytes = answer.records.slice();
        BatchWalker walker(bytes.bytes());
        while (const auto batch = walker.next()) {
            if (!batch->crcValid())
                throw ScenarioError("a batch with a bad checksum");
            next = batch->nextOffset();
            while (!aborted.empty() && aborted.begin()->first <= batch->lastOffset()) {
                leftOut.insert(aborted.begin()->second);
                aborted.erase(aborted.begin());
            }
            const auto read = forEachRecord(*batch, [&](const RecordView& record) {
                const auto marker = batch->isControl() ? controlRecordType(record.key) : std::nullopt;
                if (marker == ControlRecordType::Abort)
                    leftOut.erase(batch->producerId());
                if (record.offset < start)
                    return true;
                if (marker)
                    lines.push_back(fmt::format("{} {}", record.offset, marker == ControlRecordType::Commit ? "commit" : "abort"));
                else if (!batch->isTransactional() || !leftOut.contains(batch->producerId()))
                    lines.push_back(fmt::format("{} {}={}", record.offset, record.key ? asText(*record.key) : "", record.value ? asText(*record.value) : "null"));
                return true;
            });
            if (!read)
                throw ScenarioError(read.error().message);
        }
        return committed && next > start && next < answer.lastStableOffset ? next : kNoOffset;
    };
    const auto ask = [&] {
        lines.clear();
        for (Offset next = askFrom(from); next >= 0;)
            next = askFrom(next);
        return lines;
    };
    return given.pairs.contains("isolation") ? settled(command, ask) : ask(); // markers come after the answer to the end of a transaction
}

Scenario::Lines Scenario::listOffset(const Command& command) {
    const std::string topic = real(command.words.at(1));
    const std::string& when = command.words.at(3);
    ListOffsetsRequest request;
    request.replicaId = -1;
    const bool committed = command.words.size() > 4 && command.words[4] == "committed";
    request.isolationLevel = committed ? 1 : 0;
    auto& asked = request.topics.emplace_back();
    asked.name = topic;
    auto& part = asked.partitions.emplace_back();
    part.partitionIndex = std::stoi(command.words.at(2));
    part.timestamp = when == "earliest" ? -2 : when == "latest" ? -1 : when == "max" ? -3 : std::stoll(when);
    const auto ask = [&] {
        const auto answer =
            patiently([&] { return leader(topic, part.partitionIndex).ask<ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0); });
        return Lines{fmt::format("{} offset={} time={}", named(answer.errorCode), answer.offset,
            answer.timestamp < 0 ? answer.timestamp : answer.timestamp - kScenarioTime)};
    };
    return committed ? settled(command, ask) : ask();
}

Scenario::Lines Scenario::epochEnd(const Command& command) {
    const std::string topic = real(command.words.at(1));
    OffsetForLeaderEpochRequest request;
    request.replicaId = -1;
    auto& asked = request.topics.emplace_back();
    asked.topic = topic;
    auto& part = asked.partitions.emplace_back();
    part.partition = std::stoi(command.words.at(2));
    part.leaderEpoch = std::stoi(command.words.at(3));
    const auto answer =
        patiently([&] { return leader(topic, part.partition).ask<OffsetForLeaderEpochResponse>(request, 4).topics.at(0).partitions.at(0); });
    return {fmt::format("{} epoch={} end={}", named(answer.errorCode), answer.leaderEpoch, answer.endOffset)};
}

Scenario::Lines Scenario::trim(const Command& command) {
    const std::string topic = real(command.words.at(1));
    DeleteRecordsRequest request;
    request.timeoutMs = 10000;
    auto& asked = request.topics.emplace_back();
    asked.name = topic;
    auto& part = asked.partitions.emplace_back();
    part.partitionIndex = std::stoi(command.words.at(2));
    part.offset = std::stoll(command.words.at(3));
    const auto answer =
        patiently([&] { return leader(topic, part.partitionIndex).ask<DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0); });
    return {fmt::format("{} low={}", named(answer.errorCode), answer.lowWatermark)};
}

Scenario::Lines Scenario::alterConfig(const Command& command, std::int8_t operation) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = kTopicResource;
    resource.resourceName = real(command.words.at(1));
    for (std::size_t i = 2; i < command.words.size(); ++i) {
        const auto equals = command.words[i].find('=');
        auto& config = resource.configs.emplace_back();
        config.name = command.words[i].substr(0, equals);
        config.configOperation = operation;
        if (equals != std::string::npos)
            config.value = command.words[i].substr(equals + 1);
        else
            config.value.reset();
    }
    return {named(any().ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).errorCode)};
}

Scenario::Lines Scenario::getConfig(const Command& command) {
    // A change travels through the metadata log, so the value is asked for until it is the expected one.
    DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = kTopicResource;
    resource.resourceName = real(command.words.at(1));
    resource.configurationKeys.emplace({command.words.at(2)});
    request.includeSynonyms = true;
    return settled(command, [&] {
        const auto result = any().ask<DescribeConfigsResponse>(request, 4).results.at(0);
        if (result.errorCode != 0)
            return Lines{named(result.errorCode)};
        Lines lines;
        for (const auto& config : result.configs) {
            if (command.words.at(0) == "origins")
                for (const auto& synonym : config.synonyms)
                    lines.push_back(fmt::format("{}={} source={}", synonym.name, synonym.value.value_or("null"), synonym.source));
            else
                lines.push_back(fmt::format("{}={} source={} type={} readonly={}", config.name, config.value.value_or("null"), config.configSource,
                    config.configType, config.readOnly));
        }
        return lines;
    });
}

} // namespace scenarios
