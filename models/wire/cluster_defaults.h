#pragma once
// Settings that hold for all brokers: librdkafka takes no broker without a name. Blocking; one worker at a time.

#include "models/client/approved_plan.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <chrono>

namespace models::wire {

/// Asked of the first bootstrap server that answers, which forwards it to the controller. Unsupported: a connection that our own client cannot make.
Result<void> alterAllBrokers(const client::ApprovedPlan& plan, const client::ClientConfig& config, const QList<client::ConfigChange>& changes, std::chrono::milliseconds timeout);

} // namespace models::wire
