#include "embedded-broker/raft/storage_raft_log.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/messages/leader_change_message.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/raft/metadata_snapshot.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::raft {

namespace {

Error toError(const storage::AppendFailure& failure) {
    return {failure.kind == storage::AppendRefusal::StorageFailed ? ErrorCode::IoError : ErrorCode::Corrupt, failure.message};
}

} // namespace

Slice buildLeaderChangeBatch(WallMs now, NodeId leader, const std::vector<NodeId>& voters, const std::vector<NodeId>& granting) {
    protocol::LeaderChangeMessage message;
    message.leaderId = leader;
    for (const NodeId voter : voters)
        message.voters.emplace_back().voterId = voter;
    for (const NodeId voter : granting)
        message.grantingVoters.emplace_back().voterId = voter;
    protocol::Writer writer;
    message.encode(writer, 0);
    const Slice value = writer.finishAsSlice();
    protocol::RecordBatchBuilder builder({.control = true});
    builder.appendControl(now, protocol::ControlRecordType::LeaderChange, value.bytes());
    return builder.build();
}

Slice buildRecordsBatch(WallMs now, const std::vector<Slice>& values) {
    protocol::RecordBatchBuilder builder;
    for (const auto& value : values)
        builder.append(now, std::nullopt, value.bytes());
    return builder.build();
}

Result<std::vector<Batch>> parseBatches(const Slice& bytes) {
    std::vector<Batch> batches;
    protocol::BatchWalker walker(bytes.bytes());
    while (auto view = walker.next()) {
        if (!view->crcValid())
            return fail(ErrorCode::Corrupt, "A batch of the quorum's log has a wrong checksum.");
        Batch batch;
        batch.baseOffset = view->baseOffset();
        batch.nextOffset = view->nextOffset();
        batch.epoch = view->partitionLeaderEpoch();
        batch.timestamp = view->maxTimestamp();
        batch.control = view->isControl();
        batch.bytes = view->sizeInBytes();
        const bool shared = view->codec() == protocol::Codec::None;
        auto read = protocol::forEachRecord(*view, [&](const protocol::RecordView& record) {
            if (!record.value)
                batch.records.emplace_back();
            else if (shared)
                batch.records.push_back(Slice(bytes.owner(), *record.value));
            else
                batch.records.push_back(Slice::copy(*record.value));
            return true;
        });
        if (!read)
            return std::unexpected(read.error());
        batches.push_back(std::move(batch));
    }
    return batches;
}

StorageRaftLog::StorageRaftLog(std::shared_ptr<storage::Log> log, Disk& disk, DiskPool& pool, Scheduler& scheduler, SnapshotRetention retention)
    : m_log(std::move(log)), m_disk(disk), m_scheduler(scheduler), m_retention(retention), m_files(disk, pool, scheduler, m_log->directory()) {}
StorageRaftLog::~StorageRaftLog() {
    *m_alive = false;
    m_log->onSyncedEndOffset({});
}

Offset StorageRaftLog::startOffset() const { return m_log->logStartOffset(); }
Offset StorageRaftLog::endOffset() const { return m_log->logEndOffset(); }
Offset StorageRaftLog::syncedEndOffset() const { return m_log->syncedEndOffset(); }
QuorumEpoch StorageRaftLog::lastEpoch() const { return std::max({m_log->latestEpoch(), epochBeforeStart(), 0}); }

QuorumEpoch StorageRaftLog::epochBeforeStart() const {
    const auto found = m_files.all().find(m_log->logStartOffset());
    return found == m_files.all().end() ? -1 : found->second.end.epoch;
}

std::optional<OffsetAndEpoch> StorageRaftLog::latestSnapshot() const {
    return m_files.all().empty() ? std::nullopt : std::optional(m_files.all().rbegin()->second.end);
}

Result<void> StorageRaftLog::loadSnapshot() {
    if (auto opened = m_files.open(); !opened)
        return opened;
    const auto latest = latestSnapshot();
    // As Kafka: also when the log has more, but of a history that ended before the snapshot's.
    const bool behind = latest && (m_log->logEndOffset() < latest->offset || lastEpoch() < latest->epoch);
    if (m_log->logStartOffset() == 0 && !behind)
        return {};
    if (!latest || latest->offset < m_log->logStartOffset())
        return fail(ErrorCode::Corrupt, fmt::format("{} begins at offset {}, and no snapshot has what was before.", m_log->directory(), m_log->logStartOffset()));
    auto snapshot = raft::readSnapshot(m_disk, {m_log->directory() + "/" + snapshotName(*latest), *latest});
    if (!snapshot)
        return std::unexpected(snapshot.error());
    if (behind)
        if (auto started = m_log->truncateFullyAndStartAt(latest->offset); !started)
            return started;
    m_snapshot = std::move(*snapshot);
    return {};
}

void StorageRaftLog::writeSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, LogReply<void> reply) {
    m_files.write(end, lastTimestamp, std::move(values), [this, reply = std::move(reply)](Result<void> written) {
        if (written) {
            // What the next snapshot makes needless ends with a segment, else its file would have to stay.
            if (auto rolled = m_log->roll(); !rolled)
                log::warning("raft", "The metadata log goes on in its old segment: {}", rolled.error().message);
            cutBeginning();
        }
        reply(std::move(written));
    });
}

void StorageRaftLog::cutBeginning() {
    const auto& all = m_files.all();
    const auto tooMuch = [&] {
        const bool tooLarge = m_retention.bytes >= 0 && m_log->sizeBytes() + m_files.bytes() > static_cast<std::uint64_t>(m_retention.bytes);
        const WallMs oldest = all.begin()->second.lastTimestamp;
        return tooLarge || (m_retention.ms >= 0 && oldest >= 0 && m_scheduler.wallNow() - oldest > m_retention.ms);
    };
    while (all.size() > 1 && tooMuch()) {
        const Offset next = std::next(all.begin())->first;
        // Never the whole log: Apache Kafka, started on these files, takes its first segment's base for its start, finds neither an epoch
        // in it nor the snapshot at it, and ends. The next snapshot cuts what stays now.
        if (next >= m_log->logEndOffset())
            return;
        if (next > m_log->logStartOffset())
            if (auto cut = m_log->deleteRecordsBefore(next); !cut) {
                log::warning("raft", "The beginning of the metadata log stays: {}", cut.error().message);
                return;
            }
        m_files.removeBelow(next);
    }
}

void StorageRaftLog::receiveSnapshot(const OffsetAndEpoch& end, std::uint64_t size, Payload bytes, LogReply<bool> reply) {
    m_files.receive(end, size, std::move(bytes), [this, reply = std::move(reply)](Result<std::optional<Batch>> result) {
        if (!result)
            return reply(std::unexpected(result.error()));
        const bool whole = result->has_value();
        if (whole)
            m_snapshot = std::move(**result);
        reply(whole);
    });
}

Result<void> StorageRaftLog::adoptSnapshot(const OffsetAndEpoch& end) {
    if (auto started = m_log->truncateFullyAndStartAt(end.offset); !started)
        return started;
    m_files.removeBelow(end.offset);
    return {};
}

OffsetAndEpoch StorageRaftLog::endOffsetForEpoch(QuorumEpoch epoch) const {
    const Offset start = m_log->logStartOffset();
    const QuorumEpoch latest = m_log->latestEpoch();
    if (latest >= 0 && epoch > latest)
        return {latest, m_log->logEndOffset()};
    // The log answers as clients are answered: of an epoch before its beginning it says that it ended there. Here it is none that we have.
    if (latest >= 0 && epoch >= m_log->epochAt(start)) {
        const auto end = m_log->endOffsetForEpoch(epoch);
        return {end.epoch, end.endOffset};
    }
    const QuorumEpoch before = epochBeforeStart();
    return {before >= 0 && epoch >= before ? before : -1, start};
}

Result<Offset> StorageRaftLog::appendBatch(const Slice& batch, QuorumEpoch epoch) {
    storage::AppendOptions options;
    options.origin = storage::AppendOptions::Origin::Raft;
    auto info = m_log->appendAsLeader(batch, epoch, options);
    if (!info)
        return std::unexpected(toError(info.error()));
    return info->lastOffset;
}

Result<Offset> StorageRaftLog::append(QuorumEpoch epoch, WallMs now, const std::vector<Slice>& values) {
    return appendBatch(buildRecordsBatch(now, values), epoch);
}

Result<Offset> StorageRaftLog::appendLeaderChange(QuorumEpoch epoch, WallMs now, NodeId leader, const std::vector<NodeId>& voters,
                                                  const std::vector<NodeId>& granting) {
    m_log->assignEpochStart(epoch, m_log->logEndOffset());
    return appendBatch(buildLeaderChangeBatch(now, leader, voters, granting), epoch);
}

Result<void> StorageRaftLog::appendFetched(const Payload& batches) {
    auto info = m_log->appendAsFollower(batches);
    if (!info)
        return std::unexpected(toError(info.error()));
    return {};
}

Result<void> StorageRaftLog::truncate(Offset offset) { return m_log->truncateTo(offset); }

Result<Payload> StorageRaftLog::readBytes(Offset from, std::uint64_t maxBytes) {
    auto read = m_log->read(from, maxBytes, m_log->logEndOffset(), true);
    if (!read)
        return std::unexpected(read.error());
    return std::move(read->records);
}

Result<std::vector<Batch>> StorageRaftLog::readBatches(Offset from, Offset upTo, std::uint64_t maxBytes) {
    auto bytes = m_log->readBytes(from, maxBytes, upTo, true);
    if (!bytes)
        return std::unexpected(bytes.error());
    auto batches = parseBatches(*bytes);
    if (batches)
        std::erase_if(*batches, [&](const Batch& batch) { return batch.nextOffset <= from; });
    return batches;
}

void StorageRaftLog::onSynced(std::function<void()> watcher) {
    if (!watcher)
        return m_log->onSyncedEndOffset({});
    m_log->onSyncedEndOffset([watcher = std::move(watcher)](Offset) { watcher(); });
}

} // namespace broker::raft
