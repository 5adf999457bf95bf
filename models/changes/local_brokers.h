#pragma once
// Brokers of this machine's clusters as changes reach them: over the service that the window watches them with.

#include "models/changes/operations.h"

#include <QPointer>
#include <chrono>

namespace models::localcluster {
class LocalClusterService;
}

namespace models::changes {

/// Made on the interface thread; its calls come from a worker, cross to the service's thread as messages and wait there, at most for `timeout`.
/// Never call it on the service's own thread.
class LocalBrokers : public LocalBrokerControl {
public:
    explicit LocalBrokers(localcluster::LocalClusterService* service, std::chrono::milliseconds timeout = std::chrono::seconds(20));
    Result<QString> brokerState(const QString& cluster, int broker) override;
    Result<void> perform(const client::ApprovedPlan& plan, const BrokerAction& action) override;

private:
    QPointer<localcluster::LocalClusterService> m_service;
    std::chrono::milliseconds m_timeout;
};

} // namespace models::changes
