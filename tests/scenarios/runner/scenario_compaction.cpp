// What compaction leaves.

#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "embedded-broker/protocol/record_batch.h"

#include <fmt/format.h>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {
std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }
} // namespace

/// All batches of a partition, as a reader from the beginning gets them. The cleaner comes in its own time: asked for until they are the
/// expected ones.
Scenario::Lines Scenario::compacted(const Command& command) {
    const std::string topic = real(command.words.at(1));
    const std::int32_t partition = std::stoi(command.words.at(2));
    return settled(command, [&] {
        Lines lines;
        Offset at = 0;
        for (Offset end = 1; at < end;) {
            FetchRequest request;
            request.maxWaitMs = 500;
            request.minBytes = 0;
            request.maxBytes = 10 << 20;
            request.sessionEpoch = -1;
            auto& asked = request.topics.emplace_back();
            asked.topic = topic;
            auto& part = asked.partitions.emplace_back();
            part.partition = partition;
            part.fetchOffset = at;
            part.partitionMaxBytes = 1 << 20;
            const auto answer = leader(topic, partition).ask<FetchResponse>(request, 12).responses.at(0).partitions.at(0);
            if (answer.errorCode != 0)
                return Lines{named(answer.errorCode)};
            end = answer.highWatermark;
            BatchWalker walker(answer.records.slice().bytes());
            const auto before = at;
            while (const auto batch = walker.next()) {
                if (!batch->crcValid())
                    throw ScenarioError("a batch with a bad checksum");
                auto line = fmt::format("{}-{}{}{}{}", batch->baseOffset(), batch->lastOffset(), batch->isControl() ? " control" : "",
                                        batch->isTransactional() ? " transactional" : "", batch->hasDeleteHorizon() ? " horizon" : "");
                const auto read = forEachRecord(*batch, [&](const RecordView& record) {
                    line += fmt::format(" {}={}:{}", record.offset, record.key ? asText(*record.key) : "", record.value ? asText(*record.value) : "null");
                    return true;
                });
                if (!read)
                    throw ScenarioError(read.error().message);
                lines.push_back(std::move(line));
                at = batch->nextOffset();
            }
            if (at == before)
                break;
        }
        return lines;
    });
}

} // namespace scenarios
