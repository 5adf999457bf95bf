#pragma once
// Logs of keyed records on a FakeDisk, compacted by hand: what a consumer from the beginning gets, as text.

#include "embedded-broker/storage/log_core.h"
#include "tests/embedded-broker/storage/storage_rig.h"

#include <map>
#include <string>
#include <vector>

namespace tests {

struct KeyedRecord {
    std::string key;
    std::optional<std::string> value;
};

struct KeyedBatch {
    std::vector<KeyedRecord> records;
    broker::WallMs timestamp = 1'700'000'000'000;
    broker::ProducerId producerId = broker::kNoProducerId;
    broker::ProducerEpoch epoch = -1;
    std::int32_t sequence = -1;
    bool transactional = false;
    broker::protocol::Codec codec = broker::protocol::Codec::None;
};

inline broker::Slice keyedBatch(const KeyedBatch& spec) {
    broker::protocol::BatchOptions options;
    options.producerId = spec.producerId;
    options.producerEpoch = spec.epoch;
    options.baseSequence = spec.sequence;
    options.transactional = spec.transactional;
    options.codec = spec.codec;
    broker::protocol::RecordBatchBuilder builder(options);
    for (const auto& record : spec.records)
        builder.append(spec.timestamp, broker::asBytes(record.key), record.value ? std::optional(broker::asBytes(*record.value)) : std::nullopt);
    return builder.build();
}

inline broker::Slice endMarker(broker::ProducerId producer, broker::ProducerEpoch epoch, bool commit, broker::WallMs timestamp = 1'700'000'000'000) {
    broker::protocol::BatchOptions options;
    options.producerId = producer;
    options.producerEpoch = epoch;
    options.transactional = true;
    options.control = true;
    broker::protocol::RecordBatchBuilder builder(options);
    const auto value = broker::protocol::endTransactionMarkerValue(0);
    builder.appendControl(timestamp, commit ? broker::protocol::ControlRecordType::Commit : broker::protocol::ControlRecordType::Abort, broker::Bytes(value));
    return builder.build();
}

/// Every batch of the log: "offset-lastOffset[flags]: offset=key:value ...", - for no value; C control, T transactional, H horizon set.
inline std::vector<std::string> batchesOf(broker::storage::Log& log) {
    std::vector<std::string> lines;
    for (auto at = log.logStartOffset(); at < log.logEndOffset();) {
        const auto bytes = log.readBytes(at, 1, log.logEndOffset());
        if (!bytes || bytes->empty())
            break;
        const auto batch = broker::protocol::RecordBatchView::parse(bytes->bytes());
        if (!batch)
            qFatal("a batch at %lld cannot be read", static_cast<long long>(at));
        auto line = fmt::format("{}-{}[{}{}{}]:", batch->baseOffset(), batch->lastOffset(), batch->isControl() ? "C" : "",
                                batch->isTransactional() ? "T" : "", batch->hasDeleteHorizon() ? "H" : "");
        const auto read = broker::protocol::forEachRecord(*batch, [&](const broker::protocol::RecordView& record) {
            if (batch->isControl())
                line += fmt::format(" {}", record.offset);
            else
                line += fmt::format(" {}={}:{}", record.offset, record.key ? broker::asText(*record.key) : "?", record.value ? broker::asText(*record.value) : "-");
            return true;
        });
        if (!read || !batch->crcValid())
            qFatal("a batch at %lld is damaged", static_cast<long long>(at));
        lines.push_back(std::move(line));
        at = batch->nextOffset();
    }
    return lines;
}

class CompactionRig : public StorageRig {
public:
    explicit CompactionRig(broker::storage::LogManagerOptions options = {}) : StorageRig(std::move(options)) {
        config.compact = true;
        config.deleteOld = false;
        config.minCleanableDirtyRatio = 0;
        config.segmentBytes = 4000;
        config.indexIntervalBytes = 100;
        config.deleteRetentionMs = 1000;
    }
    void append(broker::storage::Log& log, const KeyedBatch& batch) {
        if (const auto info = log.appendAsLeader(keyedBatch(batch), 0); !info)
            qFatal("append: %s", info.error().message.c_str());
    }
    void mark(broker::storage::Log& log, broker::ProducerId producer, bool commit) {
        broker::storage::AppendOptions options;
        options.origin = broker::storage::AppendOptions::Origin::Coordinator;
        if (const auto info = log.appendAsLeader(endMarker(producer, 0, commit), 0, options); !info)
            qFatal("marker: %s", info.error().message.c_str());
    }
    void roll(broker::storage::Log& log) {
        settle();
        (void)log.roll();
        settle();
        log.setHighWatermark(log.logEndOffset());
    }
    /// Everything that is due: the first look may wait for a sync, and segments come in with the next write-back.
    void compact() {
        for (int i = 0; i < 4; ++i) {
            settle();
            manager->compact();
            advance(broker::milliseconds(60));
        }
    }
};

} // namespace tests
