#pragma once
// A whole cluster in one process: real nodes (node::Node) on simulated sockets, disks and time, and a client that produces with
// acks=all or 1, consumes, and remembers what was acknowledged (acks=all) and what was read.

#include "embedded-broker/node/node.h"
#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "tests/support/fake_disk.h"
#include "tests/support/simulation/sim_network.h"
#include "tests/support/simulation/sim_pool.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests::simulation {

struct ClusterOptions {
    int nodes = 3;
    int partitions = 2;
    bool durable = true; ///< samsa.durability
    int snapshotBytes = 0; ///< of metadata between two snapshots, behind which the log is cut at once; 0: Kafka's defaults
    std::string settings; ///< further lines of each node's properties
    Duration delayMin = broker::microseconds(50);
    Duration delayMax = broker::milliseconds(1);
    Duration diskMin = broker::microseconds(100);
    Duration diskMax = broker::milliseconds(2);
};

class SimCluster {
public:
    SimCluster(std::uint64_t seed, ClusterOptions options);
    ~SimCluster();

    void start(int node);
    void kill(int node);     ///< kill -9: the page cache stays
    void powerCut(int node); ///< what was not synced may be lost
    void pause(int node);
    void resume(int node);
    void cut(int a, int b) { m_net.cut(a, b); }
    void heal() { m_net.heal(); }
    [[nodiscard]] bool running(int node) const { return m_nodes.at(node).node != nullptr; }
    [[nodiscard]] bool ready(int node) const { return m_nodes.at(node).ready; }

    void run(Duration time);
    bool runUntil(Duration limit, const std::function<bool()>& done);

    // --- the client ---------------------------------------------------------------------------------------------------------
    bool createTopic(Duration limit);
    void produce();              ///< one record to one of the partitions; its answer comes when it comes
    void consume();              ///< reads on in one of the partitions, and remembers: what was read once is there for ever
    void refresh();              ///< asks somebody who leads
    [[nodiscard]] std::size_t acknowledged() const { return m_acknowledged.size(); }
    [[nodiscard]] bool everyPartitionLed() const;
    /// Reads every partition from the start and compares; empty = nothing is missing.
    std::string verify(Duration limit);
    [[nodiscard]] const std::string& violation() const { return m_violation; }
    [[nodiscard]] SimWorld& world() { return m_world; }
    /// For other clients: the way to a node, who leads a partition (0: nobody is known to), their time.
    broker::node::PeerChannel& channel(int node);
    [[nodiscard]] int leaderOf(int partition) const;
    [[nodiscard]] SimScheduler& clientScheduler() { return *m_clientScheduler; }
    [[nodiscard]] int partitions() const { return m_options.partitions; }
    [[nodiscard]] int nodeCount() const { return m_options.nodes; }

private:
    struct Process {
        FakeDisk disk;
        std::unique_ptr<SimScheduler> scheduler;
        std::unique_ptr<broker::Random> random;
        std::unique_ptr<SimPool> pool;
        std::unique_ptr<SimStack> stack;
        std::unique_ptr<broker::node::Node> node;
        bool ready = false;
    };
    void stopProcess(int node);
    void broken(std::string what);
    void fetchPartition(int partition, broker::Offset from);
    static broker::protocol::FetchRequest fetchRequest(int partition, broker::Offset from, std::int32_t maxWaitMs);
    /// A record at or above `from` was acknowledged or read.
    [[nodiscard]] bool promisedFrom(int partition, broker::Offset from) const;
    void remember(int partition, broker::Offset offset, const std::string& value);

    ClusterOptions m_options;
    SimWorld m_world;
    SimNet m_net;
    std::map<int, Process> m_nodes;

    std::unique_ptr<SimScheduler> m_clientScheduler;
    std::unique_ptr<SimStack> m_clientStack;
    std::map<int, std::unique_ptr<broker::node::PeerChannel>> m_channels;
    std::map<int, int> m_leaders; ///< partition -> node
    std::map<std::pair<int, broker::Offset>, std::string> m_acknowledged;
    std::map<std::pair<int, broker::Offset>, std::string> m_consumed;
    std::map<int, broker::Offset> m_consumeFrom;
    std::set<int> m_consuming;
    std::map<std::pair<int, broker::Offset>, std::string> m_read;
    std::map<int, bool> m_readDone;
    std::uint64_t m_nextValue = 0;
    bool m_topicMade = false;
    std::string m_violation;
};

} // namespace tests::simulation
