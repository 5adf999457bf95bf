#pragma once
// Inside models/session: one thread and one connection per broker, so that a broker that hangs delays nobody else. Used from the poll thread.

#include "models/client/kafka_types.h"
#include "models/wire/wire_client.h"

#include <functional>
#include <map>
#include <memory>

namespace models::session {

class WireLanes {
public:
    using Task = std::function<void(wire::WireClient&, const wire::Address&)>;
    static constexpr int kBrokersMax = 24; ///< beyond it so many threads are no longer polite

    explicit WireLanes(const client::ClientConfig& config);
    ~WireLanes(); ///< cancels what runs; waits for nobody

    /// False where the connection is of a kind that only librdkafka speaks, or the cluster is too large: then librdkafka asks.
    [[nodiscard]] bool usable() const { return m_spoken && !m_lanes.empty(); }
    void setBrokers(const QList<client::Node>& brokers);
    [[nodiscard]] QList<int> brokers() const;
    /// Tasks that run or wait there.
    [[nodiscard]] int backlog(int broker) const;
    /// Queues a task; tasks of a broker run in order. Unknown brokers: nothing happens, false.
    bool run(int broker, Task task);
    void cancel();

private:
    struct Lane;
    const client::ClientConfig m_config;
    const bool m_spoken;
    std::map<int, std::shared_ptr<Lane>> m_lanes;
};

} // namespace models::session
