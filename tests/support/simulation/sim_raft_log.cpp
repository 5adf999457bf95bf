#include "tests/support/simulation/sim_raft_log.h"

#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/raft/metadata_snapshot.h"

#include <algorithm>

namespace tests::simulation {

using namespace broker;

void SimDiskState::crash(SimWorld& world) {
    if (voteInFlight && world.chance(50))
        vote = voteInFlight;
    voteInFlight.reset();
    if (start != syncedStart) { // it begins anew behind a snapshot, or it does not yet
        if (world.chance(50)) {
            synced.clear();
            syncedStart = start;
        }
        inFlight.reset();
        written = synced;
        start = syncedStart;
        return;
    }
    // Either the last completed sync, or that and any prefix of what was written since.
    const auto& newer = inFlight && world.chance(50) ? *inFlight : written;
    std::size_t common = 0;
    while (common < synced.size() && common < newer.size() && synced[common] == newer[common])
        ++common;
    if (world.chance(50)) {
        if (common < synced.size()) { // a cut was on its way: it happened or it did not
            std::vector<SimEntry> cut(newer.begin(), newer.begin() + static_cast<std::ptrdiff_t>(common));
            synced = std::move(cut);
        }
        const std::size_t more = newer.size() - common;
        if (more > 0 && synced.size() == common) {
            const auto take = world.random().below(more + 1);
            synced.insert(synced.end(), newer.begin() + static_cast<std::ptrdiff_t>(common),
                          newer.begin() + static_cast<std::ptrdiff_t>(common + take));
        }
    }
    inFlight.reset();
    written = synced;
}

SimRaftLog::SimRaftLog(SimScheduler& scheduler, SimWorld& world, SimDiskState& disk, SimDiskSpeed speed)
    : m_scheduler(scheduler), m_world(world), m_disk(disk), m_speed(speed) {
    m_disk.written = m_disk.synced;
    m_disk.start = m_disk.syncedStart;
    if (const auto latest = latestSnapshot()) {
        if (endOffset() < latest->offset || lastEpoch() < latest->epoch) { // the crash came between the snapshot and the log that follows it
            m_disk.written.clear();
            m_disk.synced.clear();
            m_disk.start = m_disk.syncedStart = latest->offset;
        }
        if (m_disk.start > 0)
            m_snapshot = *raft::parseSnapshot(m_disk.snapshots.rbegin()->second.second, *latest, "a simulated snapshot");
    }
    m_syncedEnd = endOffset();
}

Offset SimRaftLog::endOffset() const { return m_disk.written.empty() ? m_disk.start : m_disk.written.back().next; }
QuorumEpoch SimRaftLog::lastEpoch() const { return m_disk.written.empty() ? std::max(epochBeforeStart(), 0) : m_disk.written.back().epoch; }

QuorumEpoch SimRaftLog::epochBeforeStart() const {
    const auto found = m_disk.snapshots.find(m_disk.start);
    return found == m_disk.snapshots.end() ? -1 : found->second.first.epoch;
}

std::optional<raft::OffsetAndEpoch> SimRaftLog::latestSnapshot() const {
    return m_disk.snapshots.empty() ? std::nullopt : std::optional(m_disk.snapshots.rbegin()->second.first);
}

void SimRaftLog::writeSnapshot(const raft::OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, raft::LogReply<void> reply) {
    const Slice content = Slice::copy(std::string_view(raft::buildSnapshot(end, lastTimestamp, lastTimestamp, values)));
    m_scheduler.deliver(m_world.between(m_speed.syncMin, m_speed.syncMax), [this, end, content, reply = std::move(reply)] {
        m_disk.snapshots[end.offset] = {end, content};
        cutBeginning();
        reply({});
    });
}

/// What is below the newest snapshot goes as soon as there are two.
void SimRaftLog::cutBeginning() {
    if (m_disk.snapshots.size() < 2)
        return;
    m_disk.snapshots.erase(m_disk.snapshots.begin(), std::prev(m_disk.snapshots.end()));
    const Offset start = m_disk.snapshots.begin()->first;
    if (start <= m_disk.start || m_disk.start != m_disk.syncedStart)
        return;
    const auto old = [&](const SimEntry& entry) { return entry.next <= start; };
    std::erase_if(m_disk.written, old);
    std::erase_if(m_disk.synced, old);
    if (m_disk.inFlight)
        std::erase_if(*m_disk.inFlight, old);
    m_disk.start = m_disk.syncedStart = start;
}

void SimRaftLog::readSnapshot(const raft::OffsetAndEpoch& end, std::uint64_t position, std::uint32_t, raft::LogReply<raft::SnapshotPiece> reply) {
    Result<raft::SnapshotPiece> piece = fail(ErrorCode::NotFound, "There is no such snapshot.");
    if (const auto found = m_disk.snapshots.find(end.offset); found != m_disk.snapshots.end() && found->second.first == end) {
        const Slice& content = found->second.second;
        if (position >= content.size()) {
            piece = fail(ErrorCode::OutOfRange, "The snapshot ends before that.");
        } else {
            piece = raft::SnapshotPiece{content.size(), {}};
            piece->bytes.append(content.sub(position, std::min<std::uint64_t>(m_world.random().between(1, 400), content.size() - position)));
        }
    }
    m_scheduler.deliver(m_world.between(m_speed.syncMin, m_speed.syncMax), [reply = std::move(reply), piece] { reply(piece); });
}

void SimRaftLog::receiveSnapshot(const raft::OffsetAndEpoch& end, std::uint64_t size, Payload bytes, raft::LogReply<bool> reply) {
    if (!m_receiving || m_receiving->first != end)
        m_receiving = {end, {}};
    for (const auto& part : bytes.parts())
        m_receiving->second += std::get<Slice>(part).text();
    m_scheduler.deliver(m_world.between(m_speed.syncMin, m_speed.syncMax), [this, end, size, reply = std::move(reply)] {
        if (!m_receiving || m_receiving->first != end || m_receiving->second.size() < size)
            return reply(false);
        const Slice content = Slice::copy(std::string_view(m_receiving->second));
        m_receiving.reset();
        auto parsed = raft::parseSnapshot(content, end, "a simulated snapshot");
        if (!parsed)
            return reply(std::unexpected(parsed.error()));
        m_disk.snapshots[end.offset] = {end, content};
        m_snapshot = std::move(*parsed);
        reply(true);
    });
}

Result<void> SimRaftLog::adoptSnapshot(const raft::OffsetAndEpoch& end) {
    m_disk.written.clear();
    m_disk.start = end.offset;
    m_disk.snapshots.erase(m_disk.snapshots.begin(), m_disk.snapshots.find(end.offset));
    m_syncedEnd = end.offset;
    sync();
    return {};
}

raft::OffsetAndEpoch SimRaftLog::endOffsetForEpoch(QuorumEpoch epoch) const {
    const auto& log = m_disk.written;
    const auto after = std::ranges::upper_bound(log, epoch, {}, &SimEntry::epoch);
    if (after == log.begin()) {
        const QuorumEpoch before = epochBeforeStart();
        return {before >= 0 && epoch >= before ? before : -1, m_disk.start};
    }
    return {std::prev(after)->epoch, std::prev(after)->next};
}

Result<Offset> SimRaftLog::add(Slice batch, QuorumEpoch epoch) {
    std::vector<std::byte> bytes(batch.bytes().begin(), batch.bytes().end());
    protocol::setBaseOffset(bytes, endOffset());
    protocol::setPartitionLeaderEpoch(bytes, epoch);
    const auto view = protocol::RecordBatchView::parse(bytes);
    SimEntry entry{view->baseOffset(), view->nextOffset(), epoch, {}};
    entry.bytes = Slice::take(std::move(bytes));
    m_disk.written.push_back(std::move(entry));
    sync();
    return endOffset() - 1;
}

Result<Offset> SimRaftLog::append(QuorumEpoch epoch, WallMs now, const std::vector<Slice>& values) {
    return add(raft::buildRecordsBatch(now, values), epoch);
}

Result<Offset> SimRaftLog::appendLeaderChange(QuorumEpoch epoch, WallMs now, NodeId leader, const std::vector<NodeId>& voters,
                                              const std::vector<NodeId>& granting) {
    return add(raft::buildLeaderChangeBatch(now, leader, voters, granting), epoch);
}

Result<void> SimRaftLog::appendFetched(const Payload& batches) {
    for (const auto& part : batches.parts()) {
        const Slice& bytes = std::get<Slice>(part);
        protocol::BatchWalker walker(bytes.bytes());
        std::size_t start = 0;
        while (auto view = walker.next()) {
            if (view->baseOffset() != endOffset())
                return fail(ErrorCode::Corrupt, "These batches do not continue the log.");
            m_disk.written.push_back({view->baseOffset(), view->nextOffset(), view->partitionLeaderEpoch(),
                                      bytes.sub(start, view->sizeInBytes())});
            start = walker.position();
        }
    }
    sync();
    return {};
}

Result<void> SimRaftLog::truncate(Offset offset) {
    std::erase_if(m_disk.written, [&](const SimEntry& entry) { return entry.next > offset; });
    m_syncedEnd = std::min(m_syncedEnd, endOffset());
    sync();
    return {};
}

void SimRaftLog::sync() {
    m_dirty = true;
    if (m_syncing)
        return;
    m_syncing = true;
    m_dirty = false;
    m_disk.inFlight = m_disk.written;
    m_scheduler.deliver(m_world.between(m_speed.syncMin, m_speed.syncMax), [this, start = m_disk.start] {
        m_syncing = false;
        m_disk.synced = *m_disk.inFlight;
        m_disk.syncedStart = std::max(start, m_disk.syncedStart);
        m_disk.inFlight.reset();
        // What was cut while the sync ran does not count.
        Offset same = m_disk.start;
        for (std::size_t i = 0; i < m_disk.synced.size() && i < m_disk.written.size() && m_disk.synced[i] == m_disk.written[i]; ++i)
            same = m_disk.synced[i].next;
        m_syncedEnd = same;
        if (m_dirty)
            sync();
        if (m_watcher)
            m_watcher();
    });
}

Result<Payload> SimRaftLog::readBytes(Offset from, std::uint64_t maxBytes) {
    Payload payload;
    for (const auto& entry : m_disk.written) {
        if (entry.next <= from)
            continue;
        if (!payload.empty() && payload.size() + entry.bytes.size() > maxBytes)
            break;
        payload.append(entry.bytes);
    }
    return payload;
}

Result<std::vector<raft::Batch>> SimRaftLog::readBatches(Offset from, Offset upTo, std::uint64_t) {
    std::vector<raft::Batch> batches;
    for (const auto& entry : m_disk.written) {
        if (entry.next <= from || entry.next > upTo)
            continue;
        auto parsed = raft::parseBatches(entry.bytes);
        if (!parsed)
            return std::unexpected(parsed.error());
        batches.push_back(std::move(parsed->front()));
    }
    return batches;
}

void SimElectionStore::save(const raft::ElectionState& state, std::function<void(Result<void>)> done) {
    // One write after another, as in the pool's lane.
    const Duration took = m_world.between(m_speed.syncMin, m_speed.syncMax);
    m_busyUntil = std::max(m_busyUntil, m_world.now()) + took;
    m_disk.voteInFlight = state;
    m_scheduler.deliver(m_busyUntil - m_world.now(), [this, state, done = std::move(done)] {
        m_disk.vote = state;
        if (m_disk.voteInFlight == state)
            m_disk.voteInFlight.reset();
        done({});
    });
}

} // namespace tests::simulation
