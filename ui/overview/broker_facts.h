#pragma once
// What one card says: Kafka's view of a broker joined with what the supervisor of a local cluster sees of its process. Pure.

#include "models/localcluster/local_cluster_service.h"
#include "models/session/snapshots.h"
#include "ui/overview/leadership_history.h"

#include <optional>

namespace ui::overview {

struct BrokerFacts {
    /// Ours = the supervisor knows it; the others are what Kafka says.
    enum class State { Up, Starting, Paused, Stopping, Down, Killed, Crashed, Stopped, Unknown };
    int id = -1;
    QString address;       ///< "localhost:19091"
    State state = State::Unknown;
    qint64 sinceMs = 0;    ///< wall clock when the state began; 0 = not known
    QString reason;        ///< of a death
    bool local = false;    ///< can be killed, paused, started
    bool quorumLeader = false;
    int leaders = 0;
    int replicas = 0;
    int notInSync = 0;
    qint64 bytes = -1;
    double bytesInPerSecond = -1;
    double messagesPerSecond = -1;

    [[nodiscard]] bool isDead() const { return state == State::Down || state == State::Killed || state == State::Crashed || state == State::Stopped; }
    [[nodiscard]] Standing standing() const { return isDead() ? Standing::Down : state == State::Paused ? Standing::Paused : Standing::Up; }
    bool operator==(const BrokerFacts&) const = default;
};

/// By id. Either side may be missing: no answer from Kafka yet, or a remote cluster.
QList<BrokerFacts> factsOf(const models::session::BrokersSnapshot* brokers, const std::optional<models::localcluster::LocalCluster>& cluster);

} // namespace ui::overview
