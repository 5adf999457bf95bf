#include "embedded-broker/raft/storage_raft_log.h"

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

StorageRaftLog::StorageRaftLog(std::shared_ptr<storage::Log> log) : m_log(std::move(log)) {}
StorageRaftLog::~StorageRaftLog() { m_log->onSyncedEndOffset({}); }

Offset StorageRaftLog::startOffset() const { return m_log->logStartOffset(); }
Offset StorageRaftLog::endOffset() const { return m_log->logEndOffset(); }
Offset StorageRaftLog::syncedEndOffset() const { return m_log->syncedEndOffset(); }
QuorumEpoch StorageRaftLog::lastEpoch() const { return std::max({m_log->latestEpoch(), m_snapshotEnd.epoch, 0}); }

Result<void> StorageRaftLog::loadSnapshot(Disk& disk) {
    auto found = latestSnapshot(disk, m_log->directory());
    if (!found)
        return std::unexpected(found.error());
    const bool behind = *found && m_log->logEndOffset() < (*found)->end.offset;
    if (m_log->logStartOffset() == 0 && !behind)
        return {};
    if (!*found || (*found)->end.offset < m_log->logStartOffset())
        return fail(ErrorCode::Corrupt, fmt::format("{} begins at offset {}, and no snapshot has what was before.", m_log->directory(), m_log->logStartOffset()));
    auto snapshot = readSnapshot(disk, **found);
    if (!snapshot)
        return std::unexpected(snapshot.error());
    if (behind)
        if (auto started = m_log->truncateFullyAndStartAt((*found)->end.offset); !started)
            return started;
    m_snapshotEnd = (*found)->end;
    m_snapshot = std::move(*snapshot);
    return {};
}

OffsetAndEpoch StorageRaftLog::endOffsetForEpoch(QuorumEpoch epoch) const {
    const auto end = m_log->endOffsetForEpoch(epoch);
    if (end.epoch < 0 && m_snapshotEnd.epoch >= 0 && epoch >= m_snapshotEnd.epoch)
        return m_snapshotEnd;
    if (end.epoch < 0)
        return {-1, m_log->logStartOffset()};
    return {end.epoch, end.endOffset};
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
