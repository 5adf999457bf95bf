#include "tests/support/simulation/sim_raft_log.h"

#include "embedded-broker/protocol/record_batch.h"

#include <algorithm>

namespace tests::simulation {

using namespace broker;

void SimDiskState::crash(SimWorld& world) {
    if (voteInFlight && world.chance(50))
        vote = voteInFlight;
    voteInFlight.reset();
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
    m_syncedEnd = endOffset();
}

Offset SimRaftLog::endOffset() const { return m_disk.written.empty() ? 0 : m_disk.written.back().next; }
QuorumEpoch SimRaftLog::lastEpoch() const { return m_disk.written.empty() ? 0 : m_disk.written.back().epoch; }

raft::OffsetAndEpoch SimRaftLog::endOffsetForEpoch(QuorumEpoch epoch) const {
    const auto& log = m_disk.written;
    const auto after = std::ranges::upper_bound(log, epoch, {}, &SimEntry::epoch);
    if (after == log.begin())
        return {-1, 0};
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
    m_scheduler.deliver(m_world.between(m_speed.syncMin, m_speed.syncMax), [this] {
        m_syncing = false;
        m_disk.synced = *m_disk.inFlight;
        m_disk.inFlight.reset();
        // What was cut while the sync ran does not count.
        Offset same = 0;
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
