#pragma once
// One node of a cluster: broker, controller or both, built from its settings and the seams of base/, so that it runs alike on
// real sockets and files and in a simulator. Loop thread only.
//
//   start():  lock and recover the directories (blocking) -> listeners -> quorum -> register -> catch up -> unfenced -> ready
//   stop():   hand leaderships over (at most a second) -> leave the quorum -> everything on disk, the clean-shutdown marker

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/base/tls.h"
#include "embedded-broker/node/broker_config.h"

#include <functional>
#include <memory>

namespace broker::node {

struct NodeSeams {
    Scheduler& scheduler;
    DiskPool& pool;
    Disk& disk;
    Network& network;
    Random& random;
    MakeTlsNetwork makeTls = nullptr; ///< null: listeners with TLS are refused
};

class Node {
public:
    Node(BrokerConfig config, NodeSeams seams);
    ~Node(); ///< without stop(): as a crash
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// Registered, unfenced and known as such by its own metadata (a controller alone: a leader is known). Once.
    void onReady(std::function<void()> handler);
    /// After stop(), or on a failure that ends the node (a disk that failed, a registration that is hopeless).
    void onStopped(std::function<void(Result<void>)> handler);

    /// Blocks for the disk only. After an error the node is of no use.
    Result<void> start();
    void stop();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace broker::node
