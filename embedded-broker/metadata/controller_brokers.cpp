// Registration, heartbeats, fencing, controlled shutdown, producer ids.

#include "embedded-broker/metadata/controller_impl.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_request.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_response.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "embedded-broker/protocol/messages/broker_registration_request.h"
#include "embedded-broker/protocol/messages/broker_registration_response.h"
#include "embedded-broker/protocol/messages/controller_registration_request.h"
#include "embedded-broker/protocol/messages/controller_registration_response.h"
#include "embedded-broker/protocol/messages/unregister_broker_request.h"
#include "embedded-broker/protocol/messages/unregister_broker_response.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::metadata {

namespace {

constexpr std::int32_t kProducerIdBlock = 1000;
constexpr std::int8_t kFence = 1;
constexpr std::int8_t kUnfence = -1;

template <class Response>
Response withError(KafkaError error) {
    Response response;
    response.errorCode = code(error);
    return response;
}

protocol::BrokerRegistrationChangeRecord changeOf(const BrokerImage& broker) {
    protocol::BrokerRegistrationChangeRecord record;
    record.brokerId = broker.id;
    record.brokerEpoch = broker.epoch;
    return record;
}

} // namespace

KafkaError QuorumController::Impl::checkBrokerEpoch(NodeId id, BrokerEpoch epoch) const {
    const BrokerImage* broker = state().broker(id);
    // Kafka says STALE_BROKER_EPOCH in both cases.
    return broker == nullptr || broker->epoch != epoch ? KafkaError::StaleBrokerEpoch : KafkaError::None;
}

void QuorumController::Impl::registerBroker(const protocol::BrokerRegistrationRequest& request,
                                            Reply<protocol::BrokerRegistrationResponse> reply) {
    using Response = protocol::BrokerRegistrationResponse;
    if (!active())
        return reply(withError<Response>(KafkaError::NotController));
    if (request.clusterId != m_options.clusterId)
        return reply(withError<Response>(KafkaError::InconsistentClusterId));
    if (request.brokerId < 0 || request.listeners.empty() || request.logDirs.empty())
        return reply(withError<Response>(KafkaError::InvalidRegistration));
    for (const Uuid& directory : request.logDirs)
        for (const auto& [id, other] : state().brokers())
            if (id != request.brokerId && std::ranges::find(other->directories, directory) != other->directories.end()) {
                log::warning("controller", "Broker {} has log directory {} of broker {}.", request.brokerId, directory.toString(), id);
                return reply(withError<Response>(KafkaError::InvalidRegistration));
            }
    for (const auto& [name, level] : state().features()) {
        const auto feature = std::ranges::find(request.features, name, &protocol::BrokerRegistrationRequest::Feature::name);
        const bool supported = feature == request.features.end() ? name != kMetadataVersionFeature
                                                                 : feature->minSupportedVersion <= level && level <= feature->maxSupportedVersion;
        if (!supported)
            return reply(withError<Response>(KafkaError::UnsupportedVersion));
    }

    const BrokerImage* existing = state().broker(request.brokerId);
    const bool other = existing != nullptr && existing->incarnation != request.incarnationId;
    const auto session = m_sessions.find(request.brokerId);
    const bool sessionLives = session != m_sessions.end() && !session->second.dead && existing != nullptr && !existing->fenced &&
                              !existing->inControlledShutdown &&
                              m_seams.scheduler.now() - session->second.lastContact < m_options.brokerSessionTimeout;
    if (other && sessionLives) {
        // Two processes cannot listen on one port: who registers with the address of the old one has its place.
        const bool samePlace = std::ranges::all_of(existing->endpoints, [&](const BrokerEndpoint& old) {
            return std::ranges::any_of(request.listeners, [&](const auto& l) { return l.host == old.host && l.port == old.port; });
        });
        if (!samePlace) {
            probeBroker(request.brokerId, [this, request, reply = std::move(reply)](bool refused) {
                if (!active())
                    return reply(withError<Response>(KafkaError::NotController));
                if (!refused)
                    return reply(withError<Response>(KafkaError::DuplicateBrokerRegistration));
                acceptRegistration(request, reply);
            });
            return;
        }
    }
    acceptRegistration(request, std::move(reply));
}

void QuorumController::Impl::acceptRegistration(const protocol::BrokerRegistrationRequest& request,
                                                Reply<protocol::BrokerRegistrationResponse> reply) {
    Records records;
    const BrokerImage* existing = state().broker(request.brokerId);
    BrokerEpoch epoch = m_seams.raft.logEndOffset(); // offset of the first record of this registration, as in Kafka
    bool fenced = true;
    if (existing != nullptr && existing->incarnation == request.incarnationId) {
        epoch = existing->epoch;
        fenced = existing->fenced;
    } else if (existing != nullptr) {
        // What the old incarnation led or was in sync with is over. Unclean: this one may lack records that were acknowledged.
        const bool unclean = request.previousBrokerEpoch != existing->epoch;
        if (unclean)
            log::warning("controller", "Broker {} comes back without proof of its last records (epoch {} instead of {}).", request.brokerId,
                         request.previousBrokerEpoch, existing->epoch);
        addPartitionChanges(request.brokerId, kNoNode, unclean, records);
    }
    protocol::RegisterBrokerRecord record;
    record.brokerId = request.brokerId;
    record.incarnationId = request.incarnationId;
    record.brokerEpoch = epoch;
    record.rack = request.rack;
    record.fenced = fenced;
    record.logDirs = request.logDirs;
    std::ranges::sort(record.logDirs);
    for (const auto& listener : request.listeners) {
        auto& endpoint = record.endPoints.emplace_back();
        endpoint.name = listener.name;
        endpoint.host = listener.host;
        endpoint.port = listener.port;
        endpoint.securityProtocol = listener.securityProtocol;
    }
    for (const auto& offered : request.features) {
        auto& feature = record.features.emplace_back();
        feature.name = offered.name;
        feature.minSupportedVersion = offered.minSupportedVersion;
        feature.maxSupportedVersion = offered.maxSupportedVersion;
    }
    records.emplace_back(std::move(record));
    m_sessions[request.brokerId] = {m_seams.scheduler.now(), -1, -1, false};
    log::info("controller", "Broker {} registers with epoch {}.", request.brokerId, epoch);
    write(std::move(records), [epoch, reply = std::move(reply)](bool committed) {
        protocol::BrokerRegistrationResponse response;
        if (committed)
            response.brokerEpoch = epoch;
        else
            response.errorCode = code(KafkaError::NotController);
        reply(response);
    });
}

bool QuorumController::Impl::leadsAny(NodeId id) const {
    for (const auto& [name, topic] : state().topics())
        for (const auto& partition : topic->partitions)
            if (partition->leader == id)
                return true;
    return false;
}

void QuorumController::Impl::heartbeat(const protocol::BrokerHeartbeatRequest& request, Reply<protocol::BrokerHeartbeatResponse> reply) {
    using Response = protocol::BrokerHeartbeatResponse;
    if (!active())
        return reply(withError<Response>(KafkaError::NotController));
    const BrokerImage* broker = state().broker(request.brokerId);
    if (broker == nullptr)
        return reply(withError<Response>(KafkaError::BrokerIdNotRegistered));
    if (broker->epoch != request.brokerEpoch)
        return reply(withError<Response>(KafkaError::StaleBrokerEpoch));

    Session& session = m_sessions[request.brokerId];
    session.lastContact = m_seams.scheduler.now();
    session.metadataOffset = request.currentMetadataOffset;
    session.dead = false;
    const bool caughtUp = request.currentMetadataOffset >= broker->epoch;

    Records records;
    bool shouldShutDown = false;
    bool fenced = broker->fenced;
    if (broker->fenced) {
        if (request.wantShutDown) {
            shouldShutDown = true;
        } else if (!request.wantFence && caughtUp) {
            auto change = changeOf(*broker);
            change.fenced = kUnfence;
            records.emplace_back(change);
            addPartitionChanges(kNoNode, broker->id, false, records);
            fenced = false;
            log::info("controller", "Broker {} is unfenced.", broker->id);
        }
    } else if (request.wantFence) {
        addFencing(*broker, records, false);
        fenced = true;
        shouldShutDown = request.wantShutDown;
    } else if (request.wantShutDown && !broker->inControlledShutdown) {
        if (leadsAny(broker->id)) {
            addFencing(*broker, records, true);
            session.shutdownOffset = m_seams.raft.logEndOffset() + static_cast<Offset>(records.size()) - 1;
            log::info("controller", "Broker {} prepares to stop.", broker->id);
        } else {
            addFencing(*broker, records, false);
            fenced = shouldShutDown = true;
        }
    } else if (broker->inControlledShutdown) {
        // Everybody else must know its successors before it goes. What it alone has stays with it: waiting would not help.
        bool everybodyKnows = true;
        for (const auto& [id, other] : m_sessions) {
            const BrokerImage* image = state().broker(id);
            if (id != broker->id && image != nullptr && image->active() && other.metadataOffset < session.shutdownOffset)
                everybodyKnows = false;
        }
        if (everybodyKnows && !leadsAny(broker->id)) {
            addFencing(*broker, records, false);
            fenced = shouldShutDown = true;
        }
    }
    write(std::move(records), [caughtUp, fenced, shouldShutDown, reply = std::move(reply)](bool committed) {
        if (!committed)
            return reply(withError<Response>(KafkaError::NotController));
        Response response;
        response.isCaughtUp = caughtUp;
        response.isFenced = fenced;
        response.shouldShutDown = shouldShutDown;
        reply(response);
    });
}

void QuorumController::Impl::addFencing(const BrokerImage& broker, Records& out, bool controlledShutdown) {
    auto change = changeOf(broker);
    if (controlledShutdown)
        change.inControlledShutdown = 1;
    else
        change.fenced = kFence;
    addPartitionChanges(broker.id, kNoNode, false, out);
    out.emplace_back(change);
}

void QuorumController::Impl::fence(NodeId id, std::string_view why) {
    const BrokerImage* broker = state().broker(id);
    if (!active() || broker == nullptr || broker->fenced)
        return;
    log::info("controller", "Broker {} is fenced: {}.", id, why);
    Records records;
    addFencing(*broker, records, false);
    write(std::move(records), [](bool) {});
}

void QuorumController::Impl::probeBroker(NodeId id, std::function<void(bool)> then) {
    const BrokerImage* broker = state().broker(id);
    if (broker == nullptr || broker->endpoints.empty() || !m_seams.probe)
        return m_seams.scheduler.post(guarded([then = std::move(then)] { then(false); }));
    const auto epoch = broker->epoch;
    const auto term = m_epoch;
    m_seams.probe(broker->endpoints.front(), guarded([this, id, epoch, term, then = std::move(then)](bool refused) {
        const BrokerImage* now = state().broker(id);
        then(refused && active() && m_epoch == term && now != nullptr && now->epoch == epoch);
    }));
}

void QuorumController::Impl::probeAndFence(NodeId id) {
    const BrokerImage* broker = state().broker(id);
    if (!active() || broker == nullptr || broker->fenced || id == m_options.nodeId)
        return;
    if (const auto [probe, fresh] = m_probing.try_emplace(id, false); !fresh) {
        probe->second = true; // a process that is being killed may have taken the connect that is under way
        return;
    }
    probeBroker(id, [this, id](bool refused) {
        const auto probe = m_probing.extract(id);
        if (!refused) {
            if (!probe.empty() && probe.mapped())
                probeAndFence(id);
            return;
        }
        m_sessions[id].dead = true;
        fence(id, "nobody listens at its address any more");
    });
}

void QuorumController::Impl::checkSessions() {
    const Instant now = m_seams.scheduler.now();
    std::vector<NodeId> expired;
    for (const auto& [id, broker] : state().brokers())
        if (!broker->fenced && now - m_sessions[id].lastContact >= m_options.brokerSessionTimeout)
            expired.push_back(id);
    for (const NodeId id : expired)
        fence(id, "it has not been heard of within its session");
    m_sessionTimer = m_seams.scheduler.after(m_options.brokerSessionTimeout / 8, guarded([this] {
        m_sessionTimer = 0;
        if (active())
            checkSessions();
    }));
}

void QuorumController::Impl::unregisterBroker(const protocol::UnregisterBrokerRequest& request,
                                              Reply<protocol::UnregisterBrokerResponse> reply) {
    using Response = protocol::UnregisterBrokerResponse;
    Response response;
    const BrokerImage* broker = active() ? state().broker(request.brokerId) : nullptr;
    if (broker == nullptr) {
        response.errorCode = code(active() ? KafkaError::BrokerIdNotRegistered : KafkaError::NotController);
        response.errorMessage = active() ? fmt::format("Broker ID {} is not currently registered", request.brokerId)
                                         : defaultMessage(KafkaError::NotController);
        return reply(response);
    }
    Records records;
    addPartitionChanges(broker->id, kNoNode, false, records);
    protocol::UnregisterBrokerRecord record;
    record.brokerId = broker->id;
    record.brokerEpoch = broker->epoch;
    records.emplace_back(record);
    m_sessions.erase(broker->id);
    write(std::move(records), [response, reply = std::move(reply)](bool committed) mutable {
        response.errorMessage.reset();
        if (!committed) {
            response.errorCode = code(KafkaError::NotController);
            response.errorMessage = defaultMessage(KafkaError::NotController);
        }
        reply(response);
    });
}

void QuorumController::Impl::registerController(const protocol::ControllerRegistrationRequest& request,
                                                Reply<protocol::ControllerRegistrationResponse> reply) {
    using Response = protocol::ControllerRegistrationResponse;
    if (!active())
        return reply(withError<Response>(KafkaError::NotController));
    protocol::RegisterControllerRecord record;
    record.controllerId = request.controllerId;
    record.incarnationId = request.incarnationId;
    for (const auto& listener : request.listeners) {
        auto& endpoint = record.endPoints.emplace_back();
        endpoint.name = listener.name;
        endpoint.host = listener.host;
        endpoint.port = listener.port;
        endpoint.securityProtocol = listener.securityProtocol;
    }
    for (const auto& offered : request.features) {
        auto& feature = record.features.emplace_back();
        feature.name = offered.name;
        feature.minSupportedVersion = offered.minSupportedVersion;
        feature.maxSupportedVersion = offered.maxSupportedVersion;
    }
    write({std::move(record)}, [reply = std::move(reply)](bool committed) {
        Response response;
        response.errorMessage.reset();
        if (!committed)
            response.errorCode = code(KafkaError::NotController);
        reply(response);
    });
}

void QuorumController::Impl::allocateProducerIds(const protocol::AllocateProducerIdsRequest& request,
                                                 Reply<protocol::AllocateProducerIdsResponse> reply) {
    using Response = protocol::AllocateProducerIdsResponse;
    if (!active())
        return reply(withError<Response>(KafkaError::NotController));
    if (const auto error = checkBrokerEpoch(request.brokerId, request.brokerEpoch); error != KafkaError::None)
        return reply(withError<Response>(error));
    const ProducerId first = state().nextProducerId();
    protocol::ProducerIdsRecord record;
    record.brokerId = request.brokerId;
    record.brokerEpoch = request.brokerEpoch;
    record.nextProducerId = first + kProducerIdBlock;
    write({record}, [first, reply = std::move(reply)](bool committed) {
        if (!committed)
            return reply(withError<Response>(KafkaError::NotController));
        Response response;
        response.producerIdStart = first;
        response.producerIdLen = kProducerIdBlock;
        reply(response);
    });
}

} // namespace broker::metadata
