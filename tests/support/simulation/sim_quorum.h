#pragma once
// A quorum of N voters (and observers) in one process: real RaftDrivers, simulated network and disks, and the rules that must hold
// after every step:
//
//   - at most one leader per epoch, over all time; one vote per node and epoch, crashes included
//   - committed at an offset is the same record on every node, for ever; a new leader has all of it
//   - an acknowledged record is committed; the high watermark of an incarnation never falls
//   - a node's quorum-state is one that Apache Kafka starts from: it never makes a node stand in an epoch that its log has records of

#include "embedded-broker/raft/raft_driver.h"
#include "tests/support/simulation/sim_raft_log.h"
#include "tests/support/simulation/sim_world.h"

#include <fmt/format.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tests::simulation {

struct QuorumOptions {
    int voters = 3;
    int observers = 0;
    SimDiskSpeed disk = {};
    Duration delayMin = broker::microseconds(50);
    Duration delayMax = broker::milliseconds(2);
};

class SimQuorum {
public:
    SimQuorum(std::uint64_t seed, QuorumOptions options);
    ~SimQuorum();

    // --- faults ---------------------------------------------------------------------------------------------------------
    void start(broker::NodeId node);
    void crash(broker::NodeId node);       ///< kill -9 and a power cut for its disk: sockets close, unsynced writes may be lost
    void pause(broker::NodeId node);
    void resume(broker::NodeId node);
    void cut(broker::NodeId a, broker::NodeId b);  ///< packets vanish; nothing is refused
    void heal();
    [[nodiscard]] bool running(broker::NodeId node) const;
    [[nodiscard]] bool paused(broker::NodeId node) const;

    // --- driving --------------------------------------------------------------------------------------------------------
    /// Runs for `time`; stops at the first broken rule.
    void run(Duration time);
    /// Until `done` or `limit`; answers how long it took, nothing when it did not happen.
    std::optional<Duration> runUntil(Duration limit, const std::function<bool()>& done);
    /// Appends a fresh value at whoever thinks it leads; false when nobody does.
    bool append();
    /// That node writes down what it has been given up to now.
    void snapshot(broker::NodeId node);
    [[nodiscard]] std::size_t snapshotsLoaded() const { return m_snapshotsLoaded; } ///< from another node, not from its own disk
    [[nodiscard]] broker::Offset logStart(broker::NodeId node) const;
    [[nodiscard]] broker::NodeId leader() const; ///< the leader of the highest epoch among running nodes; -1
    [[nodiscard]] bool allCaughtUp() const;      ///< everybody runs and has delivered everything committed
    [[nodiscard]] std::size_t acknowledged() const { return m_acknowledged.size(); }
    [[nodiscard]] std::size_t elections() const { return m_leaders.size(); }
    [[nodiscard]] const std::string& violation() const { return m_violation; } ///< empty = all is well
    [[nodiscard]] std::string describe() const;
    [[nodiscard]] SimWorld& world() { return m_world; }
    [[nodiscard]] broker::raft::RaftDriver& driver(broker::NodeId node);
    [[nodiscard]] std::vector<broker::NodeId> nodes() const;
    /// What the node's quorum-state says (or is about to), running or not.
    [[nodiscard]] broker::raft::ElectionState electionState(broker::NodeId node) const;
    [[nodiscard]] int voterCount() const { return m_options.voters; }

private:
    class Transport;
    class Listener;
    struct Node;
    void check();
    void broken(std::string what);
    template <class... Args>
    void trace(fmt::format_string<Args...> format, Args&&... args);
    void committed(Node& node, const std::vector<broker::raft::Batch>& batches);
    void loaded(Node& node, const broker::raft::Batch& state);
    /// What the records below `end` come to here: each of them.
    [[nodiscard]] std::vector<std::string> stateBelow(broker::Offset end) const;
    [[nodiscard]] bool reachable(broker::NodeId a, broker::NodeId b) const { return !m_cuts.contains(std::minmax(a, b)); }

    struct Committed {
        broker::QuorumEpoch epoch = 0;
        std::string value;
        broker::QuorumEpoch committedIn = 0; ///< epoch of the node that first said so
    };

    QuorumOptions m_options;
    SimWorld m_world;
    std::vector<broker::NodeId> m_voters;
    std::map<broker::NodeId, std::unique_ptr<Node>> m_nodes;
    std::set<std::pair<broker::NodeId, broker::NodeId>> m_cuts;
    std::map<broker::QuorumEpoch, broker::NodeId> m_leaders;
    std::map<std::pair<broker::NodeId, broker::QuorumEpoch>, broker::NodeId> m_votes;
    std::map<broker::Offset, Committed> m_committed;
    std::map<std::pair<broker::Offset, broker::QuorumEpoch>, std::string> m_pending; ///< appended, by last offset
    std::set<std::string> m_acknowledged;
    std::uint64_t m_nextValue = 0;
    std::size_t m_snapshotsLoaded = 0;
    std::string m_violation;
    bool m_tracing = false; ///< SAMSA_TRACE: every change of every node's state
    std::string m_lastTrace;
};

} // namespace tests::simulation
