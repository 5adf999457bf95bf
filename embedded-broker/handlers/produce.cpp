// Produce (0): appends as leader; answers when durable as `acks` asks. Batches are not decompressed here, and not copied.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/handlers/transaction_check.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "embedded-broker/protocol/messages/produce_response.h"
#include "embedded-broker/protocol/record_batch.h"

#include <fmt/format.h>

namespace broker::handlers {
namespace {

using protocol::KafkaError;
using TopicAnswer = protocol::ProduceResponse::TopicProduceResponse;

constexpr std::int16_t kTopicIdsFrom = 13;
constexpr std::int16_t kZstdFrom = 7;
constexpr std::int16_t kAbortableFrom = 11;
constexpr std::int16_t kAddingFrom = 12;

struct Refusal {
    KafkaError error = KafkaError::None;
    std::string message;
};

/// What Kafka checks before it looks at the log: one batch of the current format, in a codec that the version may use.
Refusal checkRecords(Bytes records, std::int16_t version) {
    if (records.empty())
        return {KafkaError::InvalidRecord, fmt::format("Produce requests with version {} must have at least one record batch per partition", version)};
    const auto batch = protocol::RecordBatchView::parse(records);
    if (!batch) {
        if (batch.error().code == ErrorCode::Unsupported)
            return {KafkaError::InvalidRecord, fmt::format("Produce requests with version {} are only allowed to contain record batches with magic version 2", version)};
        return {KafkaError::CorruptMessage, batch.error().message};
    }
    if (batch->sizeInBytes() != records.size())
        return {KafkaError::InvalidRecord, fmt::format("Produce requests with version {} are only allowed to contain exactly one record batch per partition", version)};
    if (version < kZstdFrom && batch->codec() == protocol::Codec::Zstd)
        return {KafkaError::UnsupportedCompressionType, fmt::format("Produce requests with version {} are not allowed to use ZStandard compression", version)};
    return {};
}

/// The transactional bit of the first batch, before anything else of it is looked at.
bool saysTransactional(Bytes records) {
    constexpr std::size_t kMagic = 16;
    constexpr std::size_t kAttributesLow = 22;
    return records.size() > kAttributesLow && records[kMagic] == std::byte{2} && (records[kAttributesLow] & std::byte{0x10}) != std::byte{0};
}

/// Batches of a transaction need the right to its id, and need one (CVE-2018-17196).
bool mayTransact(const Access& access, const protocol::ProduceRequest& request) {
    for (const auto& topic : request.topicData)
        for (const auto& partition : topic.partitionData)
            if (saysTransactional(partition.records.slice().bytes()))
                return request.transactionalId && access.may(Operation::Write, security::ResourceType::TransactionalId, *request.transactionalId);
    return true;
}

struct Waiting {
    Request<protocol::ProduceRequest> request;
    protocol::ProduceResponse response;
    std::vector<std::pair<std::size_t, std::size_t>> places; ///< of each appended entry: topic and partition in the answer
    std::vector<TopicPartition> partitions;
};

void answer(BrokerContext& broker, Waiting& waiting, std::vector<replication::AppendOutcome> outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto& outcome = outcomes[i];
        auto& partition = waiting.response.responses[waiting.places[i].first].partitionResponses[waiting.places[i].second];
        partition.errorCode = protocol::code(partitionError(broker, outcome.error, waiting.partitions[i]));
        partition.baseOffset = outcome.info.firstOffset;
        partition.logAppendTimeMs = outcome.info.appendTimeMs;
        partition.logStartOffset = outcome.info.firstOffset >= 0 ? outcome.info.logStartOffset : -1;
        if (!outcome.message.empty())
            partition.errorMessage = std::move(outcome.message);
        for (const std::int32_t index : outcome.batchIndexes)
            partition.recordErrors.emplace_back().batchIndex = index;
    }
    if (waiting.request->acks == 0) {
        // A producer that asks for no answer learns of an error by its connection: it looks for the leader again (as in Kafka).
        for (const auto& topic : waiting.response.responses)
            for (const auto& partition : topic.partitionResponses)
                if (partition.errorCode != 0)
                    return waiting.request.refuse(fmt::format("a produce request without acknowledgement failed: {}",
                                                              protocol::name(static_cast<KafkaError>(partition.errorCode))));
        return waiting.request.nothing();
    }
    LeaderHints hints(broker, waiting.request.origin());
    for (std::size_t i = 0; i < waiting.places.size(); ++i) {
        auto& partition = waiting.response.responses[waiting.places[i].first].partitionResponses[waiting.places[i].second];
        if (partition.errorCode == protocol::code(KafkaError::NotLeaderOrFollower))
            hints.tell(partition, waiting.partitions[i]);
    }
    hints.addEndpoints(waiting.response);
    waiting.request.reply(waiting.response);
}

TransactionDialect dialectOf(std::int16_t version) {
    return version >= kAddingFrom ? TransactionDialect::Adding : version >= kAbortableFrom ? TransactionDialect::Abortable : TransactionDialect::Oldest;
}

void appendAll(BrokerContext& broker, const std::shared_ptr<Waiting>& waiting, replication::AppendRequest append) {
    broker.replicas->append(std::move(append), [&broker, waiting](std::vector<replication::AppendOutcome> outcomes) {
        answer(broker, *waiting, std::move(outcomes));
    });
}

/// Leaves out what has a verdict against it; it is answered as that says.
void appendAllowed(BrokerContext& broker, const std::shared_ptr<Waiting>& waiting, replication::AppendRequest append,
                   const std::vector<std::size_t>& indexes, const std::vector<TransactionVerdict>& verdicts) {
    for (std::size_t n = indexes.size(); n-- > 0;) {
        if (verdicts[n].error == KafkaError::None)
            continue;
        const auto at = static_cast<std::ptrdiff_t>(indexes[n]);
        const auto place = waiting->places[indexes[n]];
        auto& partition = waiting->response.responses[place.first].partitionResponses[place.second];
        partition.errorCode = protocol::code(verdicts[n].error);
        if (!verdicts[n].message.empty())
            partition.errorMessage = verdicts[n].message;
        waiting->places.erase(waiting->places.begin() + at);
        waiting->partitions.erase(waiting->partitions.begin() + at);
        append.entries.erase(append.entries.begin() + at);
    }
    appendAll(broker, waiting, std::move(append));
}

/// Batches of a transaction are appended when its coordinator knows of them; the others do not wait for that by themselves.
void appendVerified(BrokerContext& broker, const std::shared_ptr<Waiting>& waiting, replication::AppendRequest append) {
    if (!waiting->request->transactionalId) // batches of a transaction without an id were refused: nothing of the others is looked at again
        return appendAll(broker, waiting, std::move(append));
    std::vector<std::size_t> indexes;
    std::vector<TopicPartition> partitions;
    std::optional<std::pair<ProducerId, ProducerEpoch>> producer;
    bool several = false;
    for (std::size_t i = 0; i < append.entries.size(); ++i) {
        const auto batch = protocol::RecordBatchView::parse(append.entries[i].records.bytes());
        if (!batch || !batch->isTransactional())
            continue;
        const std::pair each(batch->producerId(), batch->producerEpoch());
        several = several || (producer && producer->first != each.first);
        producer = each;
        indexes.push_back(i);
        partitions.push_back(append.entries[i].tp);
    }
    if (indexes.empty())
        return appendAll(broker, waiting, std::move(append));
    const auto dialect = dialectOf(waiting->request.version());
    append.options.transactionVersion = dialect == TransactionDialect::Adding ? 2 : 0;
    if (several) {
        const TransactionVerdict verdict{KafkaError::InvalidProducerIdMapping, "Transactional records contained more than one producer ID"};
        return appendAllowed(broker, waiting, std::move(append), indexes, std::vector(indexes.size(), verdict));
    }
    checkTransaction(broker, waiting->request->transactionalId.value_or(""), producer->first, producer->second, partitions, dialect,
                     [&broker, waiting, append = std::move(append), indexes = std::move(indexes)](const std::vector<TransactionVerdict>& verdicts) mutable {
                         appendAllowed(broker, waiting, std::move(append), indexes, verdicts);
                     });
}

void handle(BrokerContext& broker, Request<protocol::ProduceRequest> request) {
    const std::int16_t version = request.version();
    auto waiting = std::make_shared<Waiting>(Waiting{request, {}, {}, {}});
    replication::AppendRequest append;
    append.acks = request->acks;
    append.timeout = milliseconds(std::max(request->timeoutMs, 0));
    const Access access(broker, request.origin());
    const bool transactions = mayTransact(access, *request);
    for (const auto& topic : request->topicData) {
        const auto* image = version >= kTopicIdsFrom ? broker.image->topic(topic.topicId) : broker.image->topic(topic.name);
        auto& topicAnswer = waiting->response.responses.emplace_back();
        topicAnswer.name = image ? image->name : topic.name;
        topicAnswer.topicId = topic.topicId;
        const bool known = image != nullptr || version < kTopicIdsFrom; // an id that nobody has is no name to ask rights for
        const bool allowed = !known || access.topic(Operation::Write, topicAnswer.name);
        for (const auto& partition : topic.partitionData) {
            auto& partitionAnswer = topicAnswer.partitionResponses.emplace_back();
            partitionAnswer.index = partition.index;
            partitionAnswer.baseOffset = -1;
            Refusal refusal;
            if (!transactions) {
                refusal.error = KafkaError::TransactionalIdAuthorizationFailed;
            } else if (!allowed) {
                refusal.error = KafkaError::TopicAuthorizationFailed;
            } else if (request->acks != 0 && request->acks != 1 && request->acks != -1) {
                refusal.error = KafkaError::InvalidRequiredAcks;
            } else if (!image) {
                refusal.error = version >= kTopicIdsFrom ? KafkaError::UnknownTopicId : KafkaError::UnknownTopicOrPartition;
            } else if (isInternalTopic(image->name) && request.clientId() != "__admin_client") {
                refusal = {KafkaError::InvalidTopicException, fmt::format("Cannot append to internal topic {}", image->name)};
            } else if (partition.index < 0 || static_cast<std::size_t>(partition.index) >= image->partitions.size()) {
                refusal.error = KafkaError::UnknownTopicOrPartition;
            } else {
                refusal = checkRecords(partition.records.slice().bytes(), version);
            }
            if (refusal.error != KafkaError::None) {
                partitionAnswer.errorCode = protocol::code(refusal.error);
                if (!refusal.message.empty())
                    partitionAnswer.errorMessage = std::move(refusal.message);
                continue;
            }
            waiting->places.emplace_back(waiting->response.responses.size() - 1, topicAnswer.partitionResponses.size() - 1);
            waiting->partitions.push_back({image->name, partition.index});
            append.entries.push_back({waiting->partitions.back(), partition.records.slice()});
        }
    }
    appendVerified(broker, waiting, std::move(append));
}

} // namespace

void addProduce(HandlerTable& table) { table.add<protocol::ProduceRequest>(handle); }

} // namespace broker::handlers
