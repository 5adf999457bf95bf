#include "ui/overview/broker_facts.h"

#include <QMap>

namespace ui::overview {

using models::localcluster::NodeState;
using models::session::BrokerState;

namespace {

BrokerFacts::State stateOf(NodeState state) {
    switch (state) {
    case NodeState::Stopped: return BrokerFacts::State::Stopped;
    case NodeState::Starting: return BrokerFacts::State::Starting;
    case NodeState::Running: return BrokerFacts::State::Up;
    case NodeState::Paused: return BrokerFacts::State::Paused;
    case NodeState::Stopping: return BrokerFacts::State::Stopping;
    case NodeState::Killed: return BrokerFacts::State::Killed;
    case NodeState::Crashed: return BrokerFacts::State::Crashed;
    }
    return BrokerFacts::State::Unknown;
}

} // namespace

QList<BrokerFacts> factsOf(const models::session::BrokersSnapshot* brokers, const std::optional<models::localcluster::LocalCluster>& cluster) {
    QMap<int, BrokerFacts> all;
    if (brokers) {
        for (const auto& broker : brokers->brokers) {
            BrokerFacts& facts = all[broker.id];
            facts.id = broker.id;
            facts.address = broker.host.isEmpty() ? QString() : QStringLiteral("%1:%2").arg(broker.host).arg(broker.port);
            facts.state = broker.state == BrokerState::Up ? BrokerFacts::State::Up : broker.state == BrokerState::Down ? BrokerFacts::State::Down : BrokerFacts::State::Unknown;
            facts.sinceMs = broker.stateSinceMs;
            facts.quorumLeader = broker.quorumLeader;
            facts.leaders = broker.leaders;
            facts.replicas = broker.replicas;
            facts.notInSync = broker.notInSync;
            facts.bytes = broker.bytes;
            facts.bytesInPerSecond = broker.bytesInPerSecond;
            facts.messagesPerSecond = broker.messagesPerSecond;
        }
    }
    if (cluster) {
        for (const auto& node : cluster->nodes) {
            BrokerFacts& facts = all[node.id];
            facts.id = node.id;
            facts.local = true;
            facts.state = stateOf(node.state);
            facts.sinceMs = node.since.isValid() ? node.since.toMSecsSinceEpoch() : 0;
            facts.reason = node.lastExit;
            if (facts.address.isEmpty() && node.port > 0)
                facts.address = QStringLiteral("localhost:%1").arg(node.port);
        }
    }
    for (auto& facts : all) {
        if (facts.isDead()) { // what it did before says nothing of now
            facts.quorumLeader = false;
            facts.bytesInPerSecond = -1;
            facts.messagesPerSecond = -1;
        }
    }
    return all.values();
}

} // namespace ui::overview
