#pragma once
// One controller on a quorum of one, in virtual time: register brokers, ask, look at the image. Calls run until they are answered.

#include "embedded-broker/metadata/bootstrap.h"
#include "embedded-broker/metadata/metadata_loader.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "embedded-broker/protocol/messages/broker_registration_request.h"
#include "embedded-broker/protocol/messages/broker_registration_response.h"
#include "tests/support/simulation/sim_raft_log.h"
#include "tests/support/simulation/sim_world.h"

#include <optional>
#include <set>

namespace tests::simulation {

class SimController {
public:
    explicit SimController(broker::metadata::ConfigMap staticConfig = {}, broker::Duration session = broker::milliseconds(1500))
        : m_world(7), m_scheduler(m_world), m_random(broker::makeSeededRandom(7)), m_log(m_scheduler, m_world, m_disk, {}),
          m_store(m_scheduler, m_world, m_disk, {}) {
        broker::raft::RaftOptions raftOptions;
        raftOptions.nodeId = kNode;
        raftOptions.voters = {kNode};
        m_raft = std::make_unique<broker::raft::RaftDriver>(
            raftOptions, broker::raft::RaftSeams{m_scheduler, *m_random, m_transport, m_log, m_store});
        broker::metadata::ControllerOptions options;
        options.nodeId = kNode;
        options.clusterId = "cluster";
        options.brokerSessionTimeout = session;
        options.staticConfig = staticConfig;
        for (const auto& record : broker::metadata::bootstrapRecords(staticConfig))
            options.bootstrap.push_back(std::make_shared<const broker::metadata::Record>(record));
        broker::metadata::ControllerSeams seams{m_scheduler, *m_random, *m_raft, [this](const broker::metadata::BrokerEndpoint& at, auto result) {
                                                    const bool refused = dead.contains(at.port);
                                                    m_scheduler.deliver(broker::milliseconds(1), [refused, result] { result(refused); });
                                                }};
        m_controller = std::make_unique<broker::metadata::QuorumController>(std::move(options), std::move(seams));
        m_loader.addPublisher(m_controller.get());
        m_raft->setListener(&m_loader);
        static_cast<void>(m_raft->start());
        run(broker::milliseconds(100));
    }

    static constexpr broker::NodeId kNode = 100; ///< the controller's own id; brokers are 1, 2, 3...

    void run(broker::Duration time) {
        const auto end = m_world.now() + time;
        while (m_world.step(end))
            if (m_beating && m_world.now() >= m_nextBeat)
                beat();
    }
    /// `call` gets a function to answer with; runs until it did.
    template <class Response, class Call>
    Response ask(Call call) {
        std::optional<Response> answer;
        call([&](Response response) { answer = std::move(response); });
        const auto end = m_world.now() + broker::seconds(5);
        while (!answer && m_world.step(end)) {
        }
        return answer.value_or(Response{});
    }

    broker::protocol::BrokerRegistrationRequest registration(broker::NodeId id, std::uint8_t incarnation = 1, broker::BrokerEpoch previous = -1) {
        broker::protocol::BrokerRegistrationRequest request;
        request.brokerId = id;
        request.clusterId = "cluster";
        request.incarnationId.bytes = {static_cast<std::uint8_t>(id), incarnation};
        auto& listener = request.listeners.emplace_back();
        listener.name = "PLAINTEXT";
        listener.host = "127.0.0.1";
        listener.port = static_cast<std::uint16_t>(9000 + id);
        auto& feature = request.features.emplace_back();
        feature.name = "metadata.version";
        feature.minSupportedVersion = 7;
        feature.maxSupportedVersion = 30;
        auto& elr = request.features.emplace_back();
        elr.name = "eligible.leader.replicas.version";
        elr.maxSupportedVersion = 1;
        request.logDirs.emplace_back().bytes = {9, static_cast<std::uint8_t>(id)};
        request.previousBrokerEpoch = previous;
        return request;
    }
    broker::protocol::BrokerRegistrationResponse registerBroker(const broker::protocol::BrokerRegistrationRequest& request) {
        auto response = ask<broker::protocol::BrokerRegistrationResponse>([&](auto reply) { m_controller->registerBroker(request, reply); });
        if (response.errorCode == 0)
            epochs[request.brokerId] = response.brokerEpoch;
        return response;
    }
    broker::protocol::BrokerHeartbeatResponse heartbeat(broker::NodeId id, bool wantShutDown = false, bool wantFence = false) {
        broker::protocol::BrokerHeartbeatRequest request;
        request.brokerId = id;
        request.brokerEpoch = epochs[id];
        request.currentMetadataOffset = image().offset();
        request.wantShutDown = wantShutDown;
        request.wantFence = wantFence;
        return ask<broker::protocol::BrokerHeartbeatResponse>([&](auto reply) { m_controller->brokerHeartbeat(request, reply); });
    }
    /// Registered and unfenced.
    void join(broker::NodeId id, std::uint8_t incarnation = 1, broker::BrokerEpoch previous = -1) {
        registerBroker(registration(id, incarnation, previous));
        heartbeat(id);
    }

    [[nodiscard]] const broker::metadata::MetadataImage& image() const { return *m_loader.image(); }
    [[nodiscard]] broker::metadata::QuorumController& controller() { return *m_controller; }
    [[nodiscard]] broker::raft::RaftDriver& raft() { return *m_raft; }
    [[nodiscard]] SimDiskState& disk() { return m_disk; }

    std::set<std::uint16_t> dead;                        ///< ports that refuse
    std::map<broker::NodeId, broker::BrokerEpoch> epochs;
    std::set<broker::NodeId> beating;                    ///< brokers whose heartbeats come by themselves while run() runs

private:
    void beat() {
        m_nextBeat = m_world.now() + broker::milliseconds(300);
        for (const auto id : beating)
            heartbeat(id);
    }
    /// A quorum of one asks nobody.
    class NoTransport final : public broker::raft::Transport {
        void vote(broker::NodeId, const broker::raft::VoteRequest&, broker::raft::TransportReply<broker::raft::VoteResponse>) override {}
        void beginQuorumEpoch(broker::NodeId, const broker::raft::BeginQuorumEpochRequest&,
                              broker::raft::TransportReply<broker::raft::EpochResponse>) override {}
        void endQuorumEpoch(broker::NodeId, const broker::raft::EndQuorumEpochRequest&,
                            broker::raft::TransportReply<broker::raft::EpochResponse>) override {}
        void fetch(broker::NodeId, const broker::raft::FetchRequest&, broker::raft::TransportReply<broker::raft::FetchResponse>) override {}
        void fetchSnapshot(broker::NodeId, const broker::raft::FetchSnapshotRequest&,
                           broker::raft::TransportReply<broker::raft::FetchSnapshotResponse>) override {}
        void probe(broker::NodeId, std::function<void(bool)>) override {}
    };

    SimWorld m_world;
    SimScheduler m_scheduler;
    std::unique_ptr<broker::Random> m_random;
    SimDiskState m_disk;
    SimRaftLog m_log;
    SimElectionStore m_store;
    NoTransport m_transport;
    std::unique_ptr<broker::raft::RaftDriver> m_raft;
    broker::metadata::MetadataLoader m_loader;
    std::unique_ptr<broker::metadata::QuorumController> m_controller;
    bool m_beating = true;
    Instant m_nextBeat{};
};

} // namespace tests::simulation
