#include "embedded-broker/storage/producer_state.h"

#include "embedded-broker/protocol/crc32c.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/storage/bytes.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::storage {
namespace {

constexpr std::int16_t kSnapshotVersion = 1;
constexpr std::size_t kSnapshotHeaderBytes = 10; // version, checksum, count
constexpr std::size_t kSnapshotEntryBytes = 46;
constexpr std::string_view kCompanionMagic = "SMSP";
constexpr std::size_t kCompanionHeaderBytes = 16; // magic, checksum, the snapshot's checksum, count
constexpr std::size_t kCompanionBatchBytes = 24;
constexpr std::size_t kControlBytesMax = 64 * 1024;

bool follows(std::int32_t last, std::int32_t next) {
    return next == (last == std::numeric_limits<std::int32_t>::max() ? 0 : last + 1);
}

AppendFailure refusal(AppendRefusal kind, std::string message) { return {kind, std::move(message), {}}; }

} // namespace

std::int32_t ProducerBatch::firstSequence() const {
    if (lastSequence < 0)
        return -1;
    const std::int64_t first = std::int64_t{lastSequence} - offsetDelta;
    return static_cast<std::int32_t>(first >= 0 ? first : first + std::numeric_limits<std::int32_t>::max() + 1LL);
}

const ProducerBatch* ProducerEntry::find(ProducerEpoch batchEpoch, std::int32_t first, std::int32_t last) const {
    if (batchEpoch != epoch)
        return nullptr;
    const auto found = std::ranges::find_if(
        batches, [&](const auto& batch) { return batch.firstSequence() == first && batch.lastSequence == last; });
    return found == batches.end() ? nullptr : &*found;
}

std::optional<EndMarker> parseEndMarker(Bytes batch, const BatchHeader& header) {
    if (!header.control())
        return std::nullopt;
    const auto view = protocol::RecordBatchView::parse(batch);
    if (!view)
        return std::nullopt;
    auto reader = protocol::RecordReader::open(*view, kControlBytesMax);
    const auto record = reader ? reader->next() : Result<std::optional<protocol::RecordView>>(std::unexpected(reader.error()));
    if (!record || !*record)
        return std::nullopt;
    const auto type = protocol::controlRecordType((*record)->key);
    const auto epoch = protocol::endTransactionMarkerEpoch((*record)->value);
    if (!epoch || (type != protocol::ControlRecordType::Commit && type != protocol::ControlRecordType::Abort))
        return std::nullopt;
    return EndMarker{type == protocol::ControlRecordType::Commit, *epoch};
}

std::string encodeAborted(const AbortedTransaction& transaction) {
    std::string bytes;
    appendBig(bytes, std::int16_t{0});
    appendBig(bytes, transaction.producerId);
    appendBig(bytes, transaction.firstOffset);
    appendBig(bytes, transaction.lastOffset);
    appendBig(bytes, transaction.lastStableOffset);
    return bytes;
}

std::vector<AbortedTransaction> decodeAborted(std::string_view text) {
    constexpr std::size_t kEntryBytes = 34;
    std::vector<AbortedTransaction> all;
    for (auto bytes = asBytes(text); bytes.size() >= kEntryBytes; bytes = bytes.subspan(kEntryBytes)) {
        const auto* at = bytes.data();
        if (loadBig<std::int16_t>(at) != 0)
            break;
        all.push_back({loadBig<std::int64_t>(at + 2), loadBig<std::int64_t>(at + 10), loadBig<std::int64_t>(at + 18),
                       loadBig<std::int64_t>(at + 26)});
    }
    return all;
}

const ProducerEntry* ProducerStates::find(ProducerId id) const {
    const auto found = m_producers.find(id);
    return found == m_producers.end() ? nullptr : &found->second;
}

std::optional<AppendFailure> ProducerStates::check(const ProducerEntry* entry, const BatchHeader& header,
                                                   const AppendOptions& options, const std::optional<EndMarker>& marker) {
    constexpr std::int16_t kBumpsEpochs = 2;
    const bool strict = options.transactionVersion >= kBumpsEpochs;
    const auto origin = options.origin;
    if (!entry) {
        if (strict && origin == AppendOptions::Origin::Client && header.transactional() && header.baseSequence > 0)
            return refusal(AppendRefusal::OutOfOrderSequence,
                           fmt::format("producer {} epoch {}: sequence {} where its first one is to be 0", header.producerId, header.producerEpoch,
                                       header.baseSequence));
        return std::nullopt; // never seen, or forgotten with its records: any sequence may start
    }
    if (marker) {
        // A marker that came before is the last thing of its epoch; a late one must not end the transaction after it.
        const bool again = header.producerEpoch == entry->epoch && entry->currentTxnFirstOffset < 0;
        if (header.producerEpoch < entry->epoch || (strict && header.producerEpoch == entry->epoch && !again))
            return refusal(AppendRefusal::InvalidProducerEpoch,
                           fmt::format("producer {}: an end marker of epoch {} after epoch {}", header.producerId,
                                       header.producerEpoch, entry->epoch));
        if (marker->coordinatorEpoch >= 0 && marker->coordinatorEpoch < entry->coordinatorEpoch)
            return refusal(AppendRefusal::CoordinatorFenced,
                           fmt::format("producer {}: an end marker of coordinator epoch {} after {}", header.producerId,
                                       marker->coordinatorEpoch, entry->coordinatorEpoch));
        return std::nullopt;
    }
    if (header.control())
        return std::nullopt;
    if (header.producerEpoch < entry->epoch) {
        if (origin == AppendOptions::Origin::Raft)
            return std::nullopt;
        return refusal(AppendRefusal::InvalidProducerEpoch,
                       fmt::format("producer {}: epoch {} after epoch {}", header.producerId, header.producerEpoch, entry->epoch));
    }
    if (origin == AppendOptions::Origin::Client && header.baseSequence >= 0) {
        const bool starts = header.producerEpoch > entry->epoch;
        const bool fits = starts ? header.baseSequence == 0 || entry->epoch < 0
                                 : follows(entry->lastSequence(), header.baseSequence);
        if (!fits)
            return refusal(AppendRefusal::OutOfOrderSequence,
                           fmt::format("producer {} epoch {}: sequence {} does not follow {}", header.producerId,
                                       header.producerEpoch, header.baseSequence, starts ? -1 : entry->lastSequence()));
    }
    if (entry->currentTxnFirstOffset >= 0 && !header.transactional())
        return refusal(AppendRefusal::InvalidTxnState,
                       fmt::format("producer {}: a plain batch within its transaction", header.producerId));
    return std::nullopt;
}

void ProducerStates::apply(const BatchHeader& header, const std::optional<EndMarker>& marker) {
    if (!header.hasProducer())
        return;
    auto& entry = m_producers[header.producerId];
    if (header.producerEpoch > entry.epoch) {
        entry.epoch = header.producerEpoch;
        entry.batches.clear();
    }
    entry.lastTimestamp = header.maxTimestamp;
    if (marker) {
        if (const auto watched = m_watched.extract(header.producerId); !watched.empty())
            if (const auto still = watched.mapped().lock())
                *still = false;
        entry.coordinatorEpoch = marker->coordinatorEpoch;
        const auto first = entry.currentTxnFirstOffset;
        entry.currentTxnFirstOffset = kNoOffset;
        if (first < 0)
            return; // an empty transaction
        m_open.erase(first);
        m_unreplicated[first] = {header.lastOffset()};
        if (!marker->commit)
            m_aborted.push_back({header.producerId, first, header.lastOffset(), m_open.empty() ? header.nextOffset() : m_open.begin()->first});
        return;
    }
    if (header.control() || header.producerEpoch < entry.epoch)
        return;
    if (header.baseSequence >= 0) {
        if (entry.batches.size() == kProducerBatchesKept)
            entry.batches.erase(entry.batches.begin());
        entry.batches.push_back({header.lastSequence(), header.lastOffset(), header.lastOffsetDelta, header.maxTimestamp});
    }
    if (header.transactional() && entry.currentTxnFirstOffset < 0) {
        entry.currentTxnFirstOffset = header.baseOffset;
        m_open[header.baseOffset] = header.producerId;
    }
}

std::optional<Offset> ProducerStates::firstUnstableOffset() const {
    std::optional<Offset> first;
    if (!m_open.empty())
        first = m_open.begin()->first;
    if (!m_unreplicated.empty() && (!first || m_unreplicated.begin()->first < *first))
        first = m_unreplicated.begin()->first;
    return first;
}

void ProducerStates::onHighWatermark(Offset highWatermark) {
    std::erase_if(m_unreplicated, [&](const auto& item) { return item.second.last < highWatermark; });
}

std::shared_ptr<const bool> ProducerStates::watch(ProducerId producer) {
    constexpr std::size_t kTidyFrom = 1000;
    if (m_watched.size() >= kTidyFrom) // of producers whose batches were refused no marker may ever come
        std::erase_if(m_watched, [](const auto& item) { return item.second.expired(); });
    auto& watched = m_watched[producer];
    auto state = watched.lock();
    if (!state)
        watched = state = std::make_shared<bool>(true);
    return state;
}

void ProducerStates::replaceAborted(Offset from, Offset to, std::vector<AbortedTransaction> kept) {
    std::erase_if(m_aborted, [&](const auto& item) { return item.lastOffset >= from && item.lastOffset < to; });
    m_aborted.insert(m_aborted.end(), kept.begin(), kept.end());
    std::ranges::sort(m_aborted, {}, &AbortedTransaction::lastOffset);
}

void ProducerStates::expire(WallMs olderThan) {
    std::erase_if(m_producers, [&](const auto& item) {
        return item.second.currentTxnFirstOffset < 0 && item.second.lastTimestamp < olderThan;
    });
}

void ProducerStates::clear() {
    m_producers.clear();
    m_open.clear();
    m_unreplicated.clear();
    m_aborted.clear();
}

void ProducerStates::truncateFromStart(Offset start) {
    std::erase_if(m_unreplicated, [&](const auto& item) { return item.second.last < start; });
    std::erase_if(m_aborted, [&](const auto& item) { return item.lastOffset < start; });
}

std::string ProducerStates::encodeSnapshot() const {
    std::string body;
    body.reserve(m_producers.size() * kSnapshotEntryBytes + 4);
    appendBig(body, static_cast<std::int32_t>(m_producers.size()));
    // In order of id: the same state gives the same bytes.
    std::map<ProducerId, const ProducerEntry*> ordered;
    for (const auto& [id, entry] : m_producers)
        ordered[id] = &entry;
    for (const auto& [id, entry] : ordered) {
        const auto last = entry->batches.empty() ? ProducerBatch{} : entry->batches.back();
        appendBig(body, id);
        appendBig(body, entry->epoch);
        appendBig(body, last.lastSequence);
        appendBig(body, last.lastOffset);
        appendBig(body, last.offsetDelta);
        appendBig(body, entry->lastTimestamp);
        appendBig(body, entry->coordinatorEpoch);
        appendBig(body, entry->currentTxnFirstOffset);
    }
    std::string bytes;
    appendBig(bytes, kSnapshotVersion);
    appendBig(bytes, protocol::crc32c(asBytes(body)));
    return bytes + body;
}

std::string ProducerStates::encodeCompanion(std::string_view snapshot) const {
    std::string body;
    std::int32_t count = 0;
    for (const auto& [id, entry] : m_producers) {
        if (entry.batches.size() < 2)
            continue;
        ++count;
        appendBig(body, id);
        appendBig(body, entry.epoch);
        appendBig(body, static_cast<std::int16_t>(entry.batches.size()));
        for (const auto& batch : entry.batches) {
            appendBig(body, batch.lastSequence);
            appendBig(body, batch.lastOffset);
            appendBig(body, batch.offsetDelta);
            appendBig(body, batch.timestamp);
        }
    }
    std::string counted(snapshot.substr(2, 4));
    appendBig(counted, count);
    counted += body;
    std::string bytes(kCompanionMagic);
    appendBig(bytes, protocol::crc32c(asBytes(counted)));
    return bytes + counted;
}

Result<bool> ProducerStates::decode(std::string_view snapshot, std::string_view companion) {
    const auto bytes = asBytes(snapshot);
    if (bytes.size() < kSnapshotHeaderBytes || loadBig<std::int16_t>(bytes.data()) != kSnapshotVersion)
        return fail(ErrorCode::Corrupt, "a producer snapshot is not of version 1");
    if (protocol::crc32c(bytes.subspan(6)) != loadBig<std::uint32_t>(bytes.data() + 2))
        return fail(ErrorCode::Corrupt, "a producer snapshot's checksum is wrong");
    const auto count = loadBig<std::int32_t>(bytes.data() + 6);
    if (count < 0 || bytes.size() != kSnapshotHeaderBytes + static_cast<std::size_t>(count) * kSnapshotEntryBytes)
        return fail(ErrorCode::Corrupt, "a producer snapshot's length does not fit its count");
    clear();
    const auto* at = bytes.data() + kSnapshotHeaderBytes;
    for (std::int32_t i = 0; i < count; ++i, at += kSnapshotEntryBytes) {
        ProducerEntry entry;
        const auto id = loadBig<std::int64_t>(at);
        entry.epoch = loadBig<std::int16_t>(at + 8);
        ProducerBatch last{loadBig<std::int32_t>(at + 10), loadBig<std::int64_t>(at + 14), loadBig<std::int32_t>(at + 22),
                           loadBig<std::int64_t>(at + 26)};
        entry.lastTimestamp = last.timestamp;
        entry.coordinatorEpoch = loadBig<std::int32_t>(at + 34);
        entry.currentTxnFirstOffset = loadBig<std::int64_t>(at + 38);
        if (last.lastOffset >= 0)
            entry.batches.push_back(last);
        if (entry.currentTxnFirstOffset >= 0)
            m_open[entry.currentTxnFirstOffset] = id;
        m_producers[id] = std::move(entry);
    }
    if (count == 0)
        return true;
    const auto more = asBytes(companion);
    if (more.size() < kCompanionHeaderBytes || companion.substr(0, 4) != kCompanionMagic ||
        protocol::crc32c(more.subspan(8)) != loadBig<std::uint32_t>(more.data() + 4) || companion.substr(8, 4) != snapshot.substr(2, 4))
        return false;
    auto rest = more.subspan(kCompanionHeaderBytes);
    while (rest.size() >= 12) {
        const auto id = loadBig<std::int64_t>(rest.data());
        const auto epoch = loadBig<std::int16_t>(rest.data() + 8);
        const auto batches = loadBig<std::int16_t>(rest.data() + 10);
        rest = rest.subspan(12);
        if (batches < 0 || static_cast<std::size_t>(batches) > kProducerBatchesKept ||
            rest.size() < static_cast<std::size_t>(batches) * kCompanionBatchBytes)
            return false;
        std::vector<ProducerBatch> list;
        for (std::int16_t i = 0; i < batches; ++i, rest = rest.subspan(kCompanionBatchBytes))
            list.push_back({loadBig<std::int32_t>(rest.data()), loadBig<std::int64_t>(rest.data() + 4),
                            loadBig<std::int32_t>(rest.data() + 12), loadBig<std::int64_t>(rest.data() + 16)});
        const auto found = m_producers.find(id);
        if (found == m_producers.end() || found->second.epoch != epoch || found->second.batches.empty() || list.empty() ||
            list.back().lastOffset != found->second.batches.back().lastOffset ||
            list.back().lastSequence != found->second.batches.back().lastSequence)
            continue;
        found->second.batches = std::move(list);
    }
    return true;
}

void ProducerStates::addOlderBatches(const ProducerStates& scanned) {
    for (auto& [id, entry] : m_producers) {
        const auto* other = scanned.find(id);
        if (other && other->epoch == entry.epoch && !other->batches.empty() && !entry.batches.empty() &&
            other->batches.back().lastOffset == entry.batches.back().lastOffset)
            entry.batches = other->batches;
    }
}

} // namespace broker::storage
