// Appends: what is checked, stamped and kept.

#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/storage/bytes.h"
#include "embedded-broker/storage/flusher.h"
#include "embedded-broker/storage/log_core.h"
#include "embedded-broker/storage/record_walk.h"

#include <fmt/format.h>
#include <limits>
#include <unordered_map>

namespace broker::storage {
namespace {

/// Up to here a batch is copied whole: it is read from memory for minutes, and would keep alive all that came with it from the socket.
constexpr std::uint64_t kCopyWholeBytes = 16U << 10;

using Refused = std::unexpected<AppendFailure>;
Refused refuse(AppendRefusal kind, std::string message) { return Refused(AppendFailure{kind, std::move(message), {}}); }

struct Checked {
    BatchHeader header;
    Slice bytes;
    std::optional<EndMarker> marker;
};

std::expected<Checked, AppendFailure> takeBatch(const Slice& from, std::size_t at) {
    const auto left = from.bytes().subspan(at);
    if (left.size() > 16) {
        const auto magic = static_cast<int>(loadBig<std::int8_t>(left.data() + 16));
        if (magic == 0 || magic == 1)
            return refuse(AppendRefusal::UnsupportedMagic, fmt::format("message format {} is not accepted any more", magic));
    }
    const auto header = parseBatchHeader(left);
    if (!header || header->size() > left.size())
        return refuse(AppendRefusal::CorruptBatch, fmt::format("no whole record batch at byte {} of {}", at, from.size()));
    auto bytes = from.sub(at, header->size());
    if (!batchChecksumHolds(bytes.bytes(), *header))
        return refuse(AppendRefusal::CorruptBatch, fmt::format("the checksum of the batch at byte {} is wrong", at));
    auto marker = parseEndMarker(bytes.bytes(), *header);
    return Checked{*header, std::move(bytes), marker};
}

std::optional<AppendFailure> checkHeader(const BatchHeader& header, const LogConfig& config, AppendOptions::Origin origin, WallMs now) {
    const auto failure = [](AppendRefusal kind, std::string message) { return AppendFailure{kind, std::move(message), {}}; };
    if (header.recordCount <= 0 || header.lastOffsetDelta != header.recordCount - 1)
        return failure(AppendRefusal::InvalidRecord,
                       fmt::format("a batch of {} records ends at delta {}", header.recordCount, header.lastOffsetDelta));
    if (header.codec() > 4)
        return failure(AppendRefusal::InvalidRecord, fmt::format("compression type {} is unknown", header.codec()));
    if (origin != AppendOptions::Origin::Raft && header.size() > static_cast<std::uint64_t>(config.maxMessageBytes))
        return failure(AppendRefusal::RecordTooLarge,
                       fmt::format("a batch of {} bytes; max.message.bytes is {}", header.size(), config.maxMessageBytes));
    if (origin != AppendOptions::Origin::Client)
        return std::nullopt;
    if (header.control())
        return failure(AppendRefusal::InvalidRecord, "clients cannot write control records");
    if (header.hasProducer() && (header.producerEpoch < 0 || header.baseSequence < 0))
        return failure(AppendRefusal::InvalidRecord,
                       fmt::format("producer {} has epoch {} and sequence {}", header.producerId, header.producerEpoch, header.baseSequence));
    if (header.transactional() && !header.hasProducer())
        return failure(AppendRefusal::InvalidRecord, "a transactional batch without a producer id");
    if (config.timestampType == TimestampType::CreateTime && header.maxTimestamp >= 0) {
        if (header.maxTimestamp > now && header.maxTimestamp - now > config.timestampAfterMaxMs)
            return failure(AppendRefusal::InvalidTimestamp, fmt::format("timestamp {} is more than {} ms ahead of {}", header.maxTimestamp,
                                                                        config.timestampAfterMaxMs, now));
    }
    return std::nullopt;
}

/// What only the records themselves can tell: keys where the topic is compacted, the oldest timestamp where that has a limit.
std::optional<AppendFailure> checkRecords(const Checked& batch, const LogConfig& config, WallMs now) {
    const bool keys = config.compact;
    const bool before = config.timestampType == TimestampType::CreateTime &&
                        config.timestampBeforeMaxMs != std::numeric_limits<std::int64_t>::max();
    if (!keys && !before)
        return std::nullopt;
    AppendFailure failure;
    std::int32_t index = 0;
    const auto walked = forEachRecord(batch.bytes.bytes(), [&](const RecordFacts& record) {
        if (keys && !record.hasKey) {
            failure.kind = AppendRefusal::InvalidRecord;
            failure.message = "a compacted topic takes no record without a key";
            failure.batchIndexes.push_back(index);
        } else if (before && record.timestamp >= 0 && record.timestamp < now && now - record.timestamp > config.timestampBeforeMaxMs) {
            failure.kind = AppendRefusal::InvalidTimestamp;
            failure.message = fmt::format("timestamp {} is more than {} ms behind {}", record.timestamp, config.timestampBeforeMaxMs, now);
            failure.batchIndexes.push_back(index);
        }
        ++index;
        return true;
    });
    if (!walked)
        return AppendFailure{AppendRefusal::CorruptBatch, walked.error().message, {}};
    if (failure.batchIndexes.empty())
        return std::nullopt;
    return failure;
}

/// The header on a copy, the rest shared.
void keep(LogCore& core, Checked& batch, Offset base, LeaderEpoch epoch, std::optional<WallMs> appendTime) {
    const auto size = batch.header.size();
    const auto own = size <= kCopyWholeBytes ? size : kBatchHeaderBytes;
    std::vector<std::byte> head(batch.bytes.data(), batch.bytes.data() + own);
    stampOffsetAndEpoch(head, base, epoch);
    auto rest = batch.bytes.sub(own, size - own);
    auto& header = batch.header;
    if (appendTime) {
        header.attributes = static_cast<std::int16_t>(header.attributes | 0x08);
        header.maxTimestamp = *appendTime;
        storeBig(head.data() + 21, header.attributes);
        storeBig(head.data() + 35, header.maxTimestamp);
        header.crc = protocol::crc32c(rest.bytes(), protocol::crc32c(Bytes(head).subspan(kCrcCoversFrom)));
        storeBig(head.data() + 17, header.crc);
    }
    header.baseOffset = base;
    header.leaderEpoch = epoch;
    core.store(header, Slice::take(std::move(head)), std::move(rest), batch.marker);
}

/// Several batches of one producer in one append are checked one after the other, before any of them is kept.
class StagedProducers {
public:
    explicit StagedProducers(const ProducerStates& states) : m_states(states) {}
    const ProducerEntry* find(ProducerId id) const {
        const auto found = m_staged.find(id);
        return found != m_staged.end() ? &found->second : m_states.find(id);
    }
    void apply(const BatchHeader& header) {
        const auto* known = find(header.producerId);
        ProducerEntry entry = known ? *known : ProducerEntry{};
        if (header.producerEpoch > entry.epoch)
            entry.batches.clear();
        entry.epoch = header.producerEpoch;
        if (header.baseSequence >= 0)
            entry.batches.push_back({header.lastSequence(), header.lastOffset(), header.lastOffsetDelta, header.maxTimestamp});
        m_staged[header.producerId] = std::move(entry);
    }

private:
    const ProducerStates& m_states;
    std::unordered_map<ProducerId, ProducerEntry> m_staged;
};

} // namespace

std::expected<AppendInfo, AppendFailure> Log::appendAsLeader(const Slice& batches, LeaderEpoch epoch, const AppendOptions& options) {
    auto& core = *m_core;
    if (storageFailed())
        return refuse(AppendRefusal::StorageFailed, fmt::format("{} takes no records: the disk is full or failed", core.directory));
    const auto now = core.context.scheduler.wallNow();
    const auto& config = core.config;
    AppendInfo info;
    info.logStartOffset = core.logStart;
    std::vector<Checked> checked;
    StagedProducers staged(core.producers);
    std::size_t duplicates = 0;
    for (std::size_t at = 0; at < batches.size();) {
        auto batch = takeBatch(batches, at);
        if (!batch)
            return Refused(std::move(batch.error()));
        at += batch->header.size();
        if (auto refused = checkHeader(batch->header, config, options.origin, now))
            return Refused(std::move(*refused));
        const auto& header = batch->header;
        if (header.hasProducer()) {
            const auto* entry = staged.find(header.producerId);
            const auto* known = entry && !header.control() && header.baseSequence >= 0
                                    ? entry->find(header.producerEpoch, header.baseSequence, header.lastSequence())
                                    : nullptr;
            if (known && options.origin == AppendOptions::Origin::Client) {
                ++duplicates;
                if (info.firstOffset < 0) {
                    info.firstOffset = known->firstOffset();
                    info.maxTimestamp = known->timestamp;
                }
                info.lastOffset = known->lastOffset;
                checked.push_back(std::move(*batch));
                continue;
            }
            if (auto refused = ProducerStates::check(entry, header, options, batch->marker))
                return Refused(std::move(*refused));
            staged.apply(header);
        }
        if (options.origin == AppendOptions::Origin::Client) {
            if (auto refused = checkRecords(*batch, config, now))
                return Refused(std::move(*refused));
        }
        checked.push_back(std::move(*batch));
    }
    if (checked.empty())
        return refuse(AppendRefusal::InvalidRecord, "no record batch");
    if (duplicates > 0) {
        if (duplicates != checked.size())
            return refuse(AppendRefusal::DuplicateSequence, "some batches of this request are in the log already");
        info.duplicate = true;
        if (config.timestampType == TimestampType::LogAppendTime)
            info.appendTimeMs = info.maxTimestamp;
        return info;
    }
    std::uint64_t bytes = 0;
    Offset end = core.logEnd;
    WallMs maxTimestamp = -1;
    const bool stampTime = config.timestampType == TimestampType::LogAppendTime && options.origin == AppendOptions::Origin::Client;
    for (const auto& batch : checked) {
        bytes += batch.header.size();
        end += batch.header.lastOffsetDelta + 1;
        maxTimestamp = std::max(maxTimestamp, stampTime ? now : batch.header.maxTimestamp);
    }
    if (options.origin == AppendOptions::Origin::Client && bytes > static_cast<std::uint64_t>(config.segmentBytes))
        return refuse(AppendRefusal::RecordListTooLarge, fmt::format("{} bytes; segment.bytes is {}", bytes, config.segmentBytes));
    if (core.mustRoll(bytes, end - 1, maxTimestamp, now))
        core.rollSegment();
    info.firstOffset = core.logEnd;
    info.bytes = bytes;
    info.maxTimestamp = maxTimestamp;
    if (stampTime)
        info.appendTimeMs = now;
    for (auto& batch : checked) {
        info.records += batch.header.recordCount;
        keep(core, batch, core.logEnd, epoch, stampTime ? std::optional(now) : std::nullopt);
    }
    info.lastOffset = core.logEnd - 1;
    core.context.flusher.changed(core);
    return info;
}

std::expected<AppendInfo, AppendFailure> Log::appendAsFollower(const Slice& batches) {
    auto& core = *m_core;
    if (storageFailed())
        return refuse(AppendRefusal::StorageFailed, fmt::format("{} takes no records: the disk is full or failed", core.directory));
    AppendInfo info;
    info.logStartOffset = core.logStart;
    std::vector<Checked> checked;
    Offset expected = core.logEnd;
    auto epoch = core.epochs.latest();
    for (std::size_t at = 0; at < batches.size();) {
        const auto left = batches.bytes().subspan(at);
        // A fetch may cut its last batch anywhere.
        if (left.size() < kBatchOverheadBytes)
            break;
        if (const auto length = loadBig<std::int32_t>(left.data() + 8); length >= 0 && left.size() - kBatchOverheadBytes < static_cast<std::size_t>(length))
            break;
        auto batch = takeBatch(batches, at);
        if (!batch)
            return Refused(std::move(batch.error()));
        const auto& header = batch->header;
        if (header.baseOffset < expected)
            return refuse(AppendRefusal::OffsetsOutOfOrder, fmt::format("offset {} where {} is next", header.baseOffset, expected));
        if (header.leaderEpoch < epoch && header.leaderEpoch >= 0)
            return refuse(AppendRefusal::OffsetsOutOfOrder, fmt::format("epoch {} after {}", header.leaderEpoch, epoch));
        expected = header.nextOffset();
        epoch = std::max(epoch, header.leaderEpoch);
        at += header.size();
        checked.push_back(std::move(*batch));
    }
    if (checked.empty()) {
        info.firstOffset = core.logEnd;
        info.lastOffset = core.logEnd - 1;
        return info;
    }
    info.firstOffset = checked.front().header.baseOffset;
    const auto now = core.context.scheduler.wallNow();
    for (auto& batch : checked) {
        const auto& header = batch.header;
        if (core.mustRoll(header.size(), header.lastOffset(), header.maxTimestamp, now))
            core.rollSegment();
        // Compaction of the leader may leave a gap wider than a segment's offsets can say (KAFKA-5413).
        if (header.lastOffset() - core.active().base > std::numeric_limits<std::int32_t>::max())
            core.addSegment(header.baseOffset);
        info.bytes += header.size();
        info.records += header.recordCount;
        info.maxTimestamp = std::max(info.maxTimestamp, header.maxTimestamp);
        keep(core, batch, header.baseOffset, header.leaderEpoch, std::nullopt);
    }
    info.lastOffset = core.logEnd - 1;
    core.context.flusher.changed(core);
    return info;
}

std::expected<AppendInfo, AppendFailure> Log::appendAsFollower(const Payload& batches) {
    if (batches.parts().size() == 1 && std::holds_alternative<Slice>(batches.parts().front()))
        return appendAsFollower(std::get<Slice>(batches.parts().front()));
    std::vector<std::byte> joined;
    joined.reserve(batches.size());
    for (const auto& part : batches.parts()) {
        const auto* slice = std::get_if<Slice>(&part);
        if (!slice)
            return refuse(AppendRefusal::CorruptBatch, "a follower appends from memory only");
        joined.insert(joined.end(), slice->bytes().begin(), slice->bytes().end());
    }
    return appendAsFollower(Slice::take(std::move(joined)));
}

} // namespace broker::storage
