#include "embedded-broker/metadata/controller_impl.h"

#include "embedded-broker/base/log.h"

namespace broker::metadata {

std::string defaultMessage(KafkaError error) {
    switch (error) {
    case KafkaError::NotController: return "This is not the correct controller for this cluster.";
    case KafkaError::UnknownTopicOrPartition: return "This server does not host this topic-partition.";
    case KafkaError::UnknownTopicId: return "This server does not host this topic ID.";
    case KafkaError::ElectionNotNeeded: return "Leader election not needed for topic partition.";
    case KafkaError::PreferredLeaderNotAvailable: return "The preferred leader was not available.";
    case KafkaError::EligibleLeadersNotAvailable: return "Eligible topic partition leaders are not available.";
    case KafkaError::BrokerIdNotRegistered: return "The given broker ID was not registered.";
    case KafkaError::UnknownServerError: return "The server experienced an unexpected error when processing the request.";
    default: return std::string(protocol::name(error));
    }
}

QuorumController::Impl::Impl(QuorumController& owner, ControllerOptions options, ControllerSeams seams)
    : m_owner(owner), m_options(std::move(options)), m_seams(std::move(seams)), m_committed(std::make_shared<MetadataImage>()) {
    m_owner.m_state = m_committed;
}

QuorumController::Impl::~Impl() {
    m_alive.reset();
    m_owner.m_active = false;
    m_waiting.clear(); // requests that nobody will answer close their connections, and that is told to us while we still stand
    m_seams.scheduler.cancel(m_sessionTimer);
    m_seams.scheduler.cancel(m_balanceTimer);
}

void QuorumController::Impl::write(Records records, std::function<void(bool)> done) {
    if (!active())
        return done(false);
    if (records.empty()) {
        if (m_waiting.empty())
            return done(true);
        m_waiting.push_back({m_lastWritten, std::move(done)});
        return;
    }
    std::vector<Slice> values;
    values.reserve(records.size());
    for (const auto& record : records)
        values.push_back(encodeRecord(record));
    const auto last = m_seams.raft.append(m_epoch, values);
    if (!last) {
        log::warning("controller", "Nothing can be written: {}", last.error().message);
        done(false);
        return deactivate();
    }
    m_lastWritten = *last;
    MetadataDelta delta(m_owner.m_state);
    for (const auto& record : records)
        delta.apply(record);
    m_owner.m_state = delta.finish(*last, m_epoch);
    m_waiting.push_back({*last, std::move(done)});
}

void QuorumController::Impl::onMetadata(const ImagePtr& image) {
    m_committed = image;
    if (!active()) {
        m_owner.m_state = image;
        return;
    }
    while (active() && !m_waiting.empty() && m_waiting.front().offset <= image->offset()) {
        auto done = std::move(m_waiting.front().done);
        m_waiting.pop_front();
        done(true);
    }
    if (active() && m_lastWritten <= m_committed->offset())
        m_owner.m_state = m_committed; // equal, and shared with the rest of the node
}

void QuorumController::Impl::onController(NodeId controller, QuorumEpoch epoch) {
    if (controller == m_options.nodeId)
        activate(epoch);
    else if (active())
        deactivate();
}

void QuorumController::Impl::activate(QuorumEpoch epoch) {
    if (active())
        deactivate();
    if (!m_seams.raft.isLeader() || m_seams.raft.epoch() != epoch)
        return;
    m_owner.m_active = true;
    m_owner.m_state = m_committed;
    m_epoch = epoch;
    m_lastWritten = m_committed->offset();
    log::info("controller", "Node {} is the active controller in epoch {}.", m_options.nodeId, epoch);
    if (state().features().empty() && !m_options.bootstrap.empty()) {
        Records records;
        for (const auto& record : m_options.bootstrap)
            records.push_back(*record);
        write(std::move(records), [](bool) {});
    }
    const Instant now = m_seams.scheduler.now();
    for (const auto& [id, broker] : state().brokers()) {
        m_sessions[id].lastContact = now; // a fresh session; who is dead is found by asking, not by waiting
        probeAndFence(id);
    }
    checkSessions();
    scheduleBalance(m_options.leaderImbalanceCheck);
}

void QuorumController::Impl::deactivate() {
    if (!active())
        return;
    log::info("controller", "Node {} is no longer the active controller.", m_options.nodeId);
    m_owner.m_active = false;
    m_owner.m_state = m_committed;
    m_sessions.clear();
    m_probing.clear();
    m_seams.scheduler.cancel(m_sessionTimer);
    m_seams.scheduler.cancel(m_balanceTimer);
    m_sessionTimer = m_balanceTimer = 0;
    std::deque<Waiting> waiting;
    waiting.swap(m_waiting);
    for (auto& entry : waiting)
        entry.done(false);
}

// --- the door ----------------------------------------------------------------------------------------------------------

QuorumController::QuorumController(ControllerOptions options, ControllerSeams seams)
    : m_impl(std::make_unique<Impl>(*this, std::move(options), std::move(seams))) {}
QuorumController::~QuorumController() = default;

void QuorumController::onMetadata(const MetadataDelta&, const ImagePtr& image) { m_impl->onMetadata(image); }
void QuorumController::onController(NodeId controller, QuorumEpoch epoch) { m_impl->onController(controller, epoch); }

void QuorumController::registerBroker(const protocol::BrokerRegistrationRequest& request, Reply<protocol::BrokerRegistrationResponse> reply) {
    m_impl->registerBroker(request, std::move(reply));
}
void QuorumController::brokerHeartbeat(const protocol::BrokerHeartbeatRequest& request, Reply<protocol::BrokerHeartbeatResponse> reply) {
    m_impl->heartbeat(request, std::move(reply));
}
void QuorumController::unregisterBroker(const protocol::UnregisterBrokerRequest& request, Reply<protocol::UnregisterBrokerResponse> reply) {
    m_impl->unregisterBroker(request, std::move(reply));
}
void QuorumController::registerController(const protocol::ControllerRegistrationRequest& request,
                                          Reply<protocol::ControllerRegistrationResponse> reply) {
    m_impl->registerController(request, std::move(reply));
}
void QuorumController::allocateProducerIds(const protocol::AllocateProducerIdsRequest& request,
                                           Reply<protocol::AllocateProducerIdsResponse> reply) {
    m_impl->allocateProducerIds(request, std::move(reply));
}
void QuorumController::brokerConnectionDied(NodeId broker) { m_impl->probeAndFence(broker); }
void QuorumController::createTopics(const protocol::CreateTopicsRequest& request, Reply<protocol::CreateTopicsResponse> reply) {
    m_impl->createTopics(request, std::move(reply));
}
void QuorumController::deleteTopics(const protocol::DeleteTopicsRequest& request, Reply<protocol::DeleteTopicsResponse> reply) {
    m_impl->deleteTopics(request, std::move(reply));
}
void QuorumController::createPartitions(const protocol::CreatePartitionsRequest& request, Reply<protocol::CreatePartitionsResponse> reply) {
    m_impl->createPartitions(request, std::move(reply));
}
void QuorumController::alterPartition(const protocol::AlterPartitionRequest& request, std::int16_t version,
                                      Reply<protocol::AlterPartitionResponse> reply) {
    m_impl->alterPartition(request, version, std::move(reply));
}
void QuorumController::electLeaders(const protocol::ElectLeadersRequest& request, std::int16_t version,
                                    Reply<protocol::ElectLeadersResponse> reply) {
    m_impl->electLeaders(request, version, std::move(reply));
}
void QuorumController::incrementalAlterConfigs(const protocol::IncrementalAlterConfigsRequest& request,
                                               Reply<protocol::IncrementalAlterConfigsResponse> reply) {
    m_impl->incrementalAlterConfigs(request, std::move(reply));
}
void QuorumController::alterConfigs(const protocol::AlterConfigsRequest& request, Reply<protocol::AlterConfigsResponse> reply) {
    m_impl->alterConfigs(request, std::move(reply));
}
void QuorumController::updateFeatures(const protocol::UpdateFeaturesRequest& request, std::int16_t version,
                                      Reply<protocol::UpdateFeaturesResponse> reply) {
    m_impl->updateFeatures(request, version, std::move(reply));
}
void QuorumController::createAcls(const protocol::CreateAclsRequest& request, Reply<protocol::CreateAclsResponse> reply) {
    m_impl->createAcls(request, std::move(reply));
}
void QuorumController::deleteAcls(const protocol::DeleteAclsRequest& request, Reply<protocol::DeleteAclsResponse> reply) {
    m_impl->deleteAcls(request, std::move(reply));
}
void QuorumController::alterUserScramCredentials(const protocol::AlterUserScramCredentialsRequest& request,
                                                 Reply<protocol::AlterUserScramCredentialsResponse> reply) {
    m_impl->alterUserScramCredentials(request, std::move(reply));
}

} // namespace broker::metadata
