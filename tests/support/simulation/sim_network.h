#pragma once
// The network of a simulated machine room: processes, ports, connections that keep their order and lose nothing until a process dies.
// A dead process refuses connects and closes its connections; a cut holds everything back (as TCP would) until it heals.

#include "embedded-broker/base/network.h"
#include "tests/support/simulation/sim_world.h"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace tests::simulation {

class SimStack;
class SimConnection;

/// What all processes share.
class SimNet {
public:
    SimNet(SimWorld& virtualTime, Duration delayMin, Duration delayMax) : world(virtualTime), m_delayMin(delayMin), m_delayMax(delayMax) {}
    void cut(int a, int b) { m_cuts.insert(std::minmax(a, b)); }
    void heal() { m_cuts.clear(); }
    [[nodiscard]] bool connected(int a, int b) const { return !m_cuts.contains(std::minmax(a, b)); }
    Duration delay() { return world.between(m_delayMin, m_delayMax); }

    SimWorld& world;
    std::map<std::uint16_t, SimStack*> listeners; ///< by port: hosts are all the same machine

private:
    Duration m_delayMin;
    Duration m_delayMax;
    std::set<std::pair<int, int>> m_cuts;
};

/// The network as one process sees it. Destroyed with the process: then its ports are free and its connections closed.
class SimStack final : public broker::Network {
public:
    SimStack(SimNet& net, SimScheduler& scheduler, int process) : m_net(net), m_scheduler(scheduler), m_process(process) {}
    ~SimStack() override;
    broker::Result<std::unique_ptr<broker::Listener>> listen(const broker::Endpoint& at, std::uint32_t frameBytesMax, OnAccept onAccept) override;
    void connect(const broker::Endpoint& to, Duration timeout, std::uint32_t frameBytesMax, OnConnect onConnect) override;

private:
    friend class SimConnection;
    friend class SimListener;
    SimNet& m_net;
    SimScheduler& m_scheduler;
    int m_process;
    std::map<std::uint16_t, OnAccept> m_accept;
    std::map<std::uint64_t, SimConnection*> m_connections; ///< by number: addresses would give every run another order
    std::uint64_t m_lastConnection = 0;
};

} // namespace tests::simulation
