#include "embedded-broker/storage/batch_filter.h"

#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/storage/bytes.h"

namespace broker::storage {

using protocol::ControlRecordType;
using protocol::RecordBatchView;
using protocol::RecordView;

// --- transactions ---------------------------------------------------------------------------------------------------

void CleanedTransactions::add(std::span<const AbortedTransaction> aborted) {
    for (const auto& transaction : aborted)
        m_ahead.emplace(transaction.firstOffset, transaction);
}

void CleanedTransactions::begin(Offset upTo) {
    while (!m_ahead.empty() && m_ahead.begin()->first <= upTo) {
        const auto& transaction = m_ahead.begin()->second;
        m_aborted.try_emplace(transaction.producerId, Ongoing{transaction, false});
        m_ahead.erase(m_ahead.begin());
    }
}

bool CleanedTransactions::onBatch(const RecordBatchView& batch) {
    begin(batch.lastOffset());
    if (!batch.isTransactional())
        return false;
    const auto found = m_aborted.find(batch.producerId());
    if (found == m_aborted.end()) {
        m_committed.insert(batch.producerId());
        return false;
    }
    found->second.seen = true;
    return true;
}

bool CleanedTransactions::onControl(const RecordBatchView& batch, std::vector<AbortedTransaction>* kept) {
    begin(batch.lastOffset());
    if (batch.recordCount() == 0)
        return true; // cleaned before, and stayed for its producer only
    auto reader = protocol::RecordReader::open(batch);
    const auto record = reader ? reader->next() : Result<std::optional<RecordView>>(std::unexpected(reader.error()));
    if (!record || !*record)
        return false;
    const auto type = protocol::controlRecordType((*record)->key);
    if (type == ControlRecordType::Abort) {
        const auto node = m_aborted.extract(batch.producerId());
        if (node.empty() || !node.mapped().seen)
            return true;
        if (kept != nullptr)
            kept->push_back(node.mapped().transaction);
        return false; // until all batches of the transaction have gone
    }
    if (type == ControlRecordType::Commit)
        return m_committed.erase(batch.producerId()) == 0;
    return false;
}

// --- batches --------------------------------------------------------------------------------------------------------

Slice emptyBatchOf(const RecordBatchView& batch) {
    using namespace protocol::batch_layout;
    std::vector<std::byte> bytes(batch.bytes().begin(), batch.bytes().begin() + kHeaderBytes);
    storeBig(bytes.data() + kLength, static_cast<std::int32_t>(kHeaderBytes - kLogOverhead));
    storeBig(bytes.data() + kAttributes, static_cast<std::int16_t>(batch.attributes() & ~(protocol::kCodecMask | protocol::kDeleteHorizonBit)));
    storeBig(bytes.data() + kBaseTimestamp, protocol::kNoTimestamp);
    storeBig(bytes.data() + kRecordCount, std::int32_t{0});
    storeBig(bytes.data() + kCrc, protocol::crc32c(Bytes(bytes).subspan(kAttributes)));
    return Slice::take(std::move(bytes));
}

bool BatchFilter::keeps(const RecordBatchView& batch, const RecordView& record) const {
    if (record.offset > m_newest.latest())
        return true; // another round's
    if (!record.key)
        return false; // from before the topic was compacted
    if (record.offset < m_newest.get(*record.key))
        return false;
    if (record.value)
        return true;
    const auto horizon = batch.deleteHorizon();
    return !horizon || m_rules.now < *horizon;
}

Result<BatchFilter::Outcome> BatchFilter::apply(const RecordBatchView& batch, const LastOfProducers& last,
                                                std::vector<AbortedTransaction>& keptAborted) {
    const bool control = batch.isControl();
    const auto horizon = batch.deleteHorizon();
    const bool discardable = control ? m_transactions.onControl(batch, &keptAborted) : m_transactions.onBatch(batch);
    const bool discard = discardable && (!control || (horizon && *horizon <= m_rules.now));

    bool staysEmpty = batch.nextOffset() == m_rules.upperBound;
    if (batch.hasProducerId()) {
        if (const auto found = last.find(batch.producerId()); found != last.end()) {
            const auto& of = found->second;
            staysEmpty = staysEmpty || (of.lastDataOffset >= 0 ? batch.lastOffset() == of.lastDataOffset
                                                               : control && batch.producerEpoch() == of.epoch);
        }
    }
    if (discard && !staysEmpty)
        return Outcome{Fate::Dropped, {}, 0};

    // Twice over the records, so that no more than a bit a record is kept of a batch of millions.
    std::vector<bool> stay;
    std::uint64_t kept = 0;
    bool tombstones = false;
    const auto judged = protocol::forEachRecord(batch, [&](const RecordView& record) {
        // Control records have keys too; they say what they are, not whose they are.
        const bool stays = !discard && (control || keeps(batch, record));
        stay.push_back(stays);
        kept += stays ? 1 : 0;
        tombstones = tombstones || (stays && !record.value);
        return true;
    });
    if (!judged)
        return std::unexpected(judged.error());
    if (kept == 0) {
        if (!staysEmpty)
            return Outcome{Fate::Dropped, {}, 0};
        auto empty = emptyBatchOf(batch);
        const bool same = empty.text() == asText(batch.bytes());
        return Outcome{same ? Fate::Kept : Fate::Rewritten, std::move(empty), 0};
    }
    const bool setHorizon = !horizon && (tombstones || (control && discardable));
    if (kept == stay.size() && !setHorizon)
        return Outcome{Fate::Kept, {}, kept};

    protocol::BatchOptions options;
    options.baseOffset = batch.baseOffset();
    options.partitionLeaderEpoch = batch.partitionLeaderEpoch();
    options.codec = batch.codec();
    options.timestampType = batch.timestampType();
    options.producerId = batch.producerId();
    options.producerEpoch = batch.producerEpoch();
    options.baseSequence = batch.baseSequence();
    options.transactional = batch.isTransactional();
    options.control = control;
    options.deleteHorizon = setHorizon ? std::optional(m_rules.now + m_rules.deleteRetentionMs) : horizon;
    protocol::RecordBatchBuilder builder(options);
    Offset next = batch.baseOffset();
    std::size_t index = 0;
    bool rising = true;
    const auto copied = protocol::forEachRecord(batch, [&](const RecordView& record) {
        if (!stay[index++])
            return true;
        rising = record.offset >= next;
        if (rising) {
            next = record.offset + 1;
            const auto headers = record.headers();
            builder.appendAt(record.offset, record.timestamp, record.key, record.value, headers);
        }
        return rising;
    });
    if (!copied)
        return std::unexpected(copied.error());
    if (!rising)
        return fail(ErrorCode::Corrupt, "Offsets within a batch go back.");
    builder.coverUntil(batch.lastOffset()); // the sequence of the last record, which may be gone, stays known
    return Outcome{Fate::Rewritten, builder.build(), kept};
}

} // namespace broker::storage
