#pragma once
// Raises every feature of a running cluster to the highest level that its nodes have, as a node of the cluster that somebody started for
// just that (`samsa-broker --upgrade-features`). A cluster that an older engine formatted goes on at its old levels until then: whoever
// runs it decides, as with Apache Kafka. Loop thread only.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/node/peer_channel.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace broker::node {

struct RaisedFeature {
    std::string name;
    std::int16_t before = 0;
    std::int16_t after = 0;
};

class FeatureUpgrade {
public:
    /// `network`: of the controllers' listener.
    FeatureUpgrade(const BrokerConfig& config, Network& network, Scheduler& scheduler, std::shared_ptr<const security::ByteVector> linkSecret);
    ~FeatureUpgrade();
    FeatureUpgrade(const FeatureUpgrade&) = delete;
    FeatureUpgrade& operator=(const FeatureUpgrade&) = delete;

    /// `done`, once: what was raised, nothing where all is at its highest level, or the controller's sentence; TimedOut when no active
    /// controller was found before `deadline`.
    void run(Duration deadline, std::function<void(Result<std::vector<RaisedFeature>>)> done);

private:
    struct Controller {
        NodeId id = kNoNode;
        std::unique_ptr<PeerChannel> channel;
    };
    void ask();
    void askNext();
    void raise(std::map<std::string, std::int16_t> levels);
    void finish(Result<std::vector<RaisedFeature>> result);

    Scheduler& m_scheduler;
    std::vector<Controller> m_controllers;
    std::size_t m_asked = 0;                        ///< index of who is asked
    std::map<std::string, std::int16_t> m_before;   ///< levels when we came
    std::function<void(Result<std::vector<RaisedFeature>>)> m_done;
    TimerId m_deadlineTimer = 0;
    TimerId m_retryTimer = 0;
};

} // namespace broker::node
