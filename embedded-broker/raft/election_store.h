#pragma once
// The one thing besides its log that a voter must never forget: the epoch it is in, and for whom it voted there.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/scheduler.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace broker::raft {

struct ElectionState {
    QuorumEpoch epoch = 0;
    NodeId leader = kNoNode;
    NodeId voted = kNoNode;
    bool operator==(const ElectionState&) const = default;
};

class ElectionStore {
public:
    virtual ~ElectionStore() = default;
    /// Nothing when this node has never been in an epoch. Blocking; called once, at start.
    virtual Result<std::optional<ElectionState>> load() = 0;
    /// `done` runs on the loop thread when `state` is durable. Saves are made in order.
    virtual void save(const ElectionState& state, std::function<void(Result<void>)> done) = 0;
};

/// Kafka's `quorum-state` file, data_version 0, in the directory of __cluster_metadata-0.
std::string printElectionState(const ElectionState& state, const std::vector<NodeId>& voters);
Result<ElectionState> parseElectionState(std::string_view json);

/// Outlives the pool's jobs: destroy it after the pool, or stop the pool first.
class FileElectionStore final : public ElectionStore {
public:
    /// `directory`: ".../__cluster_metadata-0"; made if missing. `voters` are written along, as Kafka does.
    FileElectionStore(Disk& disk, DiskPool& pool, std::string directory, std::vector<NodeId> voters);
    Result<std::optional<ElectionState>> load() override;
    void save(const ElectionState& state, std::function<void(Result<void>)> done) override;

private:
    Disk& m_disk;
    DiskPool& m_pool;
    std::string m_directory;
    std::vector<NodeId> m_voters;
};

} // namespace broker::raft
