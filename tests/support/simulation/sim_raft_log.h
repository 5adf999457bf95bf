#pragma once
// The quorum's log and vote of one node on a disk that loses what was not synced.

#include "embedded-broker/raft/election_store.h"
#include "embedded-broker/raft/raft_log.h"
#include "embedded-broker/raft/storage_raft_log.h"
#include "tests/support/simulation/sim_world.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tests::simulation {

struct SimEntry {
    broker::Offset base = 0;
    broker::Offset next = 0;
    broker::QuorumEpoch epoch = 0;
    broker::Slice bytes;
    bool operator==(const SimEntry& other) const { return base == other.base && next == other.next && epoch == other.epoch && bytes == other.bytes; }
};

/// What survives a crash. A snapshot is there when its write is done.
struct SimDiskState {
    std::map<broker::Offset, std::pair<broker::raft::OffsetAndEpoch, broker::Slice>> snapshots;
    broker::Offset start = 0;       ///< of `written`
    broker::Offset syncedStart = 0; ///< of `synced`: differs while a log that begins anew behind a snapshot is not on disk
    std::vector<SimEntry> synced;
    std::optional<std::vector<SimEntry>> inFlight; ///< being synced: any part of it may or may not have arrived
    std::vector<SimEntry> written;                 ///< what the process sees
    std::optional<broker::raft::ElectionState> vote;
    std::optional<broker::raft::ElectionState> voteInFlight;
    /// Called at a crash: decides what is left.
    void crash(SimWorld& world);
};

struct SimDiskSpeed {
    Duration syncMin = broker::microseconds(100);
    Duration syncMax = broker::milliseconds(3);
};

class SimRaftLog final : public broker::raft::RaftLog {
public:
    SimRaftLog(SimScheduler& scheduler, SimWorld& world, SimDiskState& disk, SimDiskSpeed speed);
    [[nodiscard]] broker::Offset startOffset() const override { return m_disk.start; }
    [[nodiscard]] broker::Offset endOffset() const override;
    [[nodiscard]] broker::Offset syncedEndOffset() const override { return m_syncedEnd; }
    [[nodiscard]] broker::QuorumEpoch lastEpoch() const override;
    [[nodiscard]] broker::raft::OffsetAndEpoch endOffsetForEpoch(broker::QuorumEpoch epoch) const override;
    broker::Result<broker::Offset> append(broker::QuorumEpoch epoch, broker::WallMs now, const std::vector<broker::Slice>& values) override;
    broker::Result<broker::Offset> appendLeaderChange(broker::QuorumEpoch epoch, broker::WallMs now, broker::NodeId leader,
                                                      const std::vector<broker::NodeId>& voters,
                                                      const std::vector<broker::NodeId>& granting) override;
    broker::Result<void> appendFetched(const broker::Payload& batches) override;
    broker::Result<void> truncate(broker::Offset offset) override;
    broker::Result<broker::Payload> readBytes(broker::Offset from, std::uint64_t maxBytes) override;
    broker::Result<std::vector<broker::raft::Batch>> readBatches(broker::Offset from, broker::Offset upTo, std::uint64_t maxBytes) override;
    void onSynced(std::function<void()> watcher) override { m_watcher = std::move(watcher); }
    [[nodiscard]] std::optional<broker::raft::OffsetAndEpoch> latestSnapshot() const override;
    std::optional<broker::raft::Batch> takeSnapshot() override { return std::exchange(m_snapshot, std::nullopt); }
    void writeSnapshot(const broker::raft::OffsetAndEpoch& end, broker::WallMs lastTimestamp, std::vector<broker::Slice> values,
                       broker::raft::LogReply<void> reply) override;
    /// In pieces of some bytes only, so that each needs many.
    void readSnapshot(const broker::raft::OffsetAndEpoch& end, std::uint64_t position, std::uint32_t maxBytes,
                      broker::raft::LogReply<broker::raft::SnapshotPiece> reply) override;
    [[nodiscard]] std::uint64_t received(const broker::raft::OffsetAndEpoch& end) const override {
        return m_receiving && m_receiving->first == end ? m_receiving->second.size() : 0;
    }
    void receiveSnapshot(const broker::raft::OffsetAndEpoch& end, std::uint64_t size, broker::Payload bytes, broker::raft::LogReply<bool> reply) override;
    broker::Result<void> adoptSnapshot(const broker::raft::OffsetAndEpoch& end) override;

private:
    broker::Result<broker::Offset> add(broker::Slice batch, broker::QuorumEpoch epoch);
    void sync();
    [[nodiscard]] broker::QuorumEpoch epochBeforeStart() const;
    void cutBeginning();

    SimScheduler& m_scheduler;
    SimWorld& m_world;
    SimDiskState& m_disk;
    SimDiskSpeed m_speed;
    std::optional<broker::raft::Batch> m_snapshot;
    std::optional<std::pair<broker::raft::OffsetAndEpoch, std::string>> m_receiving;
    broker::Offset m_syncedEnd = 0;
    bool m_syncing = false;
    bool m_dirty = false;
    std::function<void()> m_watcher;
};

class SimElectionStore final : public broker::raft::ElectionStore {
public:
    SimElectionStore(SimScheduler& scheduler, SimWorld& world, SimDiskState& disk, SimDiskSpeed speed)
        : m_scheduler(scheduler), m_world(world), m_disk(disk), m_speed(speed) {}
    broker::Result<std::optional<broker::raft::ElectionState>> load() override { return m_disk.vote; }
    void save(const broker::raft::ElectionState& state, std::function<void(broker::Result<void>)> done) override;

private:
    SimScheduler& m_scheduler;
    SimWorld& m_world;
    SimDiskState& m_disk;
    SimDiskSpeed m_speed;
    Instant m_busyUntil{};
};

} // namespace tests::simulation
