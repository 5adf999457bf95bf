#include "embedded-broker/transactions/transaction_records.h"

#include "embedded-broker/protocol/messages/transaction_log_key.h"
#include "embedded-broker/protocol/messages/transaction_log_value.h"

namespace broker::transactions {
namespace {

using protocol::Reader;
using protocol::Writer;

constexpr std::int16_t kKeyVersion = 0;
constexpr std::int16_t kPlainValueVersion = 0;
constexpr std::int16_t kTaggedValueVersion = 1;

template <class Message>
Slice prefixed(std::int16_t prefix, const Message& message, std::int16_t version) {
    Writer writer;
    writer.int16(prefix);
    message.encode(writer, version);
    return writer.finishAsSlice();
}

Slice keyOf(const std::string& transactionalId) {
    protocol::TransactionLogKey key;
    key.transactionalId = transactionalId;
    return prefixed(kKeyVersion, key, 0);
}

} // namespace

TransactionRecord transactionRecord(const std::string& transactionalId, const Transaction& transaction, std::int16_t version) {
    const std::int16_t valueVersion = version >= 1 ? kTaggedValueVersion : kPlainValueVersion;
    protocol::TransactionLogValue value;
    value.producerId = transaction.producer.id;
    value.producerEpoch = transaction.producer.epoch;
    value.transactionTimeoutMs = transaction.timeoutMs;
    value.transactionStatus = static_cast<std::int8_t>(transaction.state);
    value.transactionLastUpdateTimestampMs = transaction.updatedAt;
    value.transactionStartTimestampMs = transaction.startedAt;
    if (valueVersion >= kTaggedValueVersion) {
        value.previousProducerId = transaction.previousId;
        value.nextProducerId = transaction.nextId;
        value.clientTransactionVersion = transaction.clientVersion;
    }
    if (transaction.state != State::Empty) {
        auto& topics = value.transactionPartitions.emplace();
        for (const auto& tp : transaction.partitions) { // in order: one topic's follow each other
            if (topics.empty() || topics.back().topic != tp.topic)
                topics.emplace_back().topic = tp.topic;
            topics.back().partitionIds.push_back(tp.partition);
        }
    }
    return {keyOf(transactionalId), prefixed(valueVersion, value, valueVersion)};
}

TransactionRecord transactionTombstone(const std::string& transactionalId) { return {keyOf(transactionalId), std::nullopt}; }

Result<std::optional<TransactionEntry>> parseRecord(const Slice& key, const std::optional<Slice>& value) {
    Reader keyReader(key);
    if (keyReader.int16() != kKeyVersion)
        return std::nullopt;
    const auto id = protocol::TransactionLogKey::decode(keyReader, 0);
    if (!id)
        return std::unexpected(id.error());
    TransactionEntry entry{id->transactionalId, std::nullopt};
    if (!value)
        return entry;
    Reader reader(*value);
    const std::int16_t version = reader.int16();
    if (version < kPlainValueVersion || version > kTaggedValueVersion)
        return std::nullopt;
    const auto stored = protocol::TransactionLogValue::decode(reader, version);
    if (!stored)
        return std::unexpected(stored.error());
    const auto state = stateOf(stored->transactionStatus);
    if (!state)
        return fail(ErrorCode::Corrupt, "a transaction is in a state that there is not");
    auto& transaction = entry.transaction.emplace();
    transaction.producer = {stored->producerId, stored->producerEpoch};
    transaction.previousId = stored->previousProducerId;
    transaction.nextId = stored->nextProducerId;
    transaction.timeoutMs = stored->transactionTimeoutMs;
    transaction.state = *state;
    transaction.startedAt = stored->transactionStartTimestampMs;
    transaction.updatedAt = stored->transactionLastUpdateTimestampMs;
    transaction.clientVersion = stored->clientTransactionVersion;
    if (*state != State::Empty && stored->transactionPartitions)
        for (const auto& topic : *stored->transactionPartitions)
            for (const auto index : topic.partitionIds)
                transaction.partitions.insert({topic.topic, index});
    return entry;
}

} // namespace broker::transactions
