#pragma once
// Turns each new metadata image into deeds of this broker: replicas take their roles, logs their settings, coordinators their
// partitions; waiting answers look again. Loop thread only.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/replication/replica_manager.h"

#include <functional>

namespace broker::node {

class MetadataFollower final : public metadata::MetadataPublisher {
public:
    struct Deeds {
        std::function<void(const metadata::MetadataImage&)> beforeReplicas; ///< connections learn where the brokers are
        std::function<void(const replication::MetadataChanges&)> firstReplicas; ///< all of them, once; what else lies on disk is stray
        std::function<void(const replication::MetadataChanges&)> replicas;
        std::function<void(const std::string& topic)> reconfigure;
        std::function<void()> brokerSettings; ///< this broker's, or all brokers'
        std::function<void(const std::vector<std::string>& deletedTopics)> groups;
        std::function<void(NodeId)> brokerBack;                             ///< registered anew or unfenced
        std::function<void(Offset)> loaded;
        std::function<void(NodeId controller)> controller;
    };
    MetadataFollower(NodeId self, handlers::BrokerContext& broker, Deeds deeds) : m_self(self), m_broker(broker), m_deeds(std::move(deeds)) {}

    /// The controller knows this incarnation. Replicas take no role before the metadata say so too: what comes earlier is history, and
    /// who acted on it could lead an epoch that ended long ago.
    void registered(BrokerEpoch epoch);
    [[nodiscard]] bool started() const { return m_started; }
    void onMetadata(const metadata::MetadataDelta& delta, const metadata::ImagePtr& image) override;
    void onController(NodeId controller, QuorumEpoch epoch) override;

private:
    NodeId m_self;
    void startWhenCurrent();

    handlers::BrokerContext& m_broker;
    Deeds m_deeds;
    BrokerEpoch m_selfEpoch = -1;
    bool m_started = false;
};

} // namespace broker::node
