#include "embedded-broker/node/node.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/session.h"
#include "embedded-broker/metadata/features.h"
#include "embedded-broker/metadata/image_records.h"
#include "embedded-broker/metadata/metadata_loader.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/node/broker_lifecycle.h"
#include "embedded-broker/node/describe_broker.h"
#include "embedded-broker/node/format.h"
#include "embedded-broker/node/front_door.h"
#include "embedded-broker/node/group_log.h"
#include "embedded-broker/node/metadata_follower.h"
#include "embedded-broker/node/part_settings.h"
#include "embedded-broker/node/quorum_transport.h"
#include "embedded-broker/node/replication_links.h"
#include "embedded-broker/node/security_setup.h"
#include "embedded-broker/node/topic_config.h"
#include "embedded-broker/node/transaction_parts.h"
#include "embedded-broker/raft/storage_raft_log.h"
#include "embedded-broker/raft/wire.h"
#include "embedded-broker/storage/log_manager.h"

#include <map>
#include <set>

namespace broker::node {

namespace {

constexpr Duration kLeaveMax = seconds(1);
constexpr Duration kResignMax = milliseconds(200);
constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

} // namespace

class Node::Impl {
public:
    Impl(BrokerConfig config, NodeSeams seams)
        : m_config(std::move(config)), m_seams(seams), m_table(handlers::allHandlers(m_config.isBroker)), m_topicConfigs(m_config.nodeId, m_config.givenValues()) {}

    ~Impl() { *m_alive = false; }

    Result<void> start() {
        m_logs = std::make_unique<storage::LogManager>(storage::LogManagerSeams{m_seams.disk, m_seams.scheduler, m_seams.pool}, logOptions(m_config, m_topicConfigs.cleaner({})));
        m_logs->onFatal([this](const Error& error) {
            m_logs->forgetBrokerEpoch(); // what was acknowledged may be gone: the next start must not claim otherwise
            fatal(error);
        });
        if (const auto opened = m_logs->open(); !opened)
            return opened;
        m_context.reset(new handlers::BrokerContext{.scheduler = m_seams.scheduler,
                                                    .random = m_seams.random,
                                                    .table = m_table,
                                                    .settings = brokerSettings(m_config, m_logs->clusterId())});
        m_context->logs = m_logs.get();
        if (const auto loaded = m_security.load(m_config, m_seams.disk, m_seams.makeTls); !loaded)
            return loaded;
        m_context->authorizer = m_security.authorizer();
        if (const auto quorum = buildQuorum(); !quorum)
            return quorum;
        if (m_config.isBroker)
            buildBroker();
        if (m_config.isController)
            if (const auto built = buildController(); !built)
                return built;
        if (const auto listening = m_frontDoor->open([this] { return m_follower->started(); }); !listening)
            return listening;
        if (const auto started = m_raft->start(); !started)
            return started;
        if (m_config.isBroker)
            startBroker();
        return {};
    }

    void stop() {
        if (std::exchange(m_stopping, true))
            return;
        log::info("node", "stopping");
        if (!m_lifecycle || !m_config.flag("controlled.shutdown.enable"))
            return leaveQuorum();
        m_lifecycle->leave(kLeaveMax, [this, alive = m_alive] {
            if (*alive)
                leaveQuorum();
        });
        stopWithoutQuorum();
    }

    std::function<void()> ready;
    std::function<void(Result<void>)> stopped;

private:
    // --- assembling ------------------------------------------------------------------------------------------------------
    Result<void> buildQuorum() {
        std::optional<Uuid> directory;
        for (const auto& facts : m_logs->directories())
            if (facts.path == m_config.metadataLogDir)
                directory = facts.directoryId;
        storage::LogConfig metadataConfig;
        metadataConfig.metadataLog = true;
        auto metadataLog = m_logs->createLog({std::string(raft::kMetadataTopic), 0}, metadataTopicId(), metadataConfig, directory);
        if (!metadataLog)
            return std::unexpected(metadataLog.error());
        m_raftLog = std::make_unique<raft::StorageRaftLog>(
            *metadataLog, m_seams.disk, m_seams.pool, m_seams.scheduler,
            raft::SnapshotRetention{.bytes = m_config.number("metadata.max.retention.bytes"), .ms = m_config.number("metadata.max.retention.ms")});
        if (const auto loaded = m_raftLog->loadSnapshot(); !loaded)
            return loaded;

        m_wire.clusterId = m_logs->clusterId();
        m_wire.listener = m_config.controllerListenerNames.front();
        raft::RaftOptions options;
        options.nodeId = m_config.nodeId;
        options.directoryId = directory.value_or(Uuid{});
        options.electionTimeout = m_config.durationMs("controller.quorum.election.timeout.ms");
        options.fetchTimeout = m_config.durationMs("controller.quorum.fetch.timeout.ms");
        for (const Voter& voter : m_config.voters) {
            m_wire.voters.emplace(voter.id, voter.endpoint);
            options.voters.push_back(voter.id);
        }
        m_store = std::make_unique<raft::FileElectionStore>(m_seams.disk, m_seams.pool, (*metadataLog)->directory(), options.voters);
        m_transport = std::make_unique<QuorumTransport>(quorumNetwork(), m_seams.scheduler, m_wire,
                                                        m_config.durationMs("controller.quorum.request.timeout.ms"), m_security.linkSecret());
        m_transport->onFact([this](NodeId node, PeerChannel::Fact fact) { peerFact(node, fact); });
        m_raft = std::make_unique<raft::RaftDriver>(
            options, raft::RaftSeams{m_seams.scheduler, m_seams.random, *m_transport, *m_raftLog, *m_store});
        m_raft->setListener(&m_loader);
        m_loader.onFailed([this](const Error& error) { fatal(error); });
        m_snapshots = std::make_unique<metadata::SnapshotGenerator>(
            metadata::SnapshotGenerator::Options{.bytes = static_cast<std::uint64_t>(m_config.number("metadata.log.max.record.bytes.between.snapshots")),
                                                 .interval = m_config.durationMs("metadata.log.max.snapshot.interval.ms")},
            m_seams.scheduler, [this](const metadata::ImagePtr& image, WallMs timestamp, std::function<void(Result<void>)> done) {
                std::vector<Slice> values;
                for (const auto& record : metadata::imageRecords(*image))
                    values.push_back(metadata::encodeRecord(record));
                m_raft->writeSnapshot({image->epoch(), image->offset() + 1}, timestamp, std::move(values), std::move(done));
            });
        m_loader.setSnapshots(m_snapshots.get());

        ControllerChannel::Options channel;
        channel.self = m_config.nodeId;
        channel.selfIsController = m_config.isController;
        channel.requestTimeout = m_config.durationMs("request.timeout.ms");
        channel.controllers = m_wire.voters;
        channel.linkSecret = m_security.linkSecret();
        m_controllerChannel = std::make_unique<ControllerChannel>(std::move(channel), *m_context, quorumNetwork());

        m_context->image = m_loader.image();
        m_context->raft = m_raft.get();
        m_context->quorum = &m_wire;
        m_context->controllerGate = m_controllerChannel.get();
        m_context->activeController = [this] { return m_controllerChannel->controller(); };
        m_context->identifyPeer = [this](std::uint64_t connection, NodeId node) {
            if (connection != 0 && node >= 0)
                m_peerOf[connection] = node;
        };
        m_context->describeBroker = [this] { return describeBroker(m_config, *m_context->image); };
        m_sessions = std::make_unique<handlers::Sessions>(*m_context, m_config.durationMs("connections.max.idle.ms"));
        if (m_config.isBroker)
            m_sessions->hold();
        m_sessions->onClosed([this](std::uint64_t connection) { connectionClosed(connection); });
        m_frontDoor = std::make_unique<FrontDoor>(m_config, m_security, m_seams.network, *m_context, *m_sessions);

        MetadataFollower::Deeds deeds;
        deeds.beforeReplicas = [this](const metadata::MetadataImage& image) {
            if (m_links)
                m_links->update(image);
        };
        deeds.firstReplicas = [this](const replication::MetadataChanges& all) {
            if (m_replicas)
                m_replicas->applyFirst(all);
            m_seams.scheduler.post([this, alive = m_alive] {
                if (*alive)
                    m_frontDoor->letIn();
            });
        };
        deeds.replicas = [this](const replication::MetadataChanges& changes) {
            if (m_replicas)
                m_replicas->apply(changes);
        };
        deeds.reconfigure = [this](const std::string& topic) {
            if (m_replicas)
                m_replicas->reconfigure(topic);
        };
        deeds.brokerSettings = [this] {
            m_logs->setCleaner(m_topicConfigs.cleaner(*m_context->image));
            m_context->settings.transactionVerification = m_topicConfigs.ofBroker(*m_context->image, "transaction.partition.verification.enable") != "false";
        };
        deeds.groups = [this](const std::vector<std::string>& deleted) {
            if (!m_groups)
                return;
            const auto* topic = m_context->image->topic(kOffsetsTopic);
            m_groups->setPartitionCount(topic != nullptr ? static_cast<std::int32_t>(topic->partitions.size()) : 0);
            if (!deleted.empty())
                m_groups->topicsDeleted(deleted);
            m_transactions->lookAgain();
        };
        deeds.brokerBack = [this](NodeId node) {
            if (m_replicas)
                m_replicas->peerBack(node);
            if (m_transactions)
                m_transactions->lookAgain();
        };
        deeds.loaded = [this](Offset offset) {
            if (m_lifecycle)
                m_lifecycle->loaded(offset);
        };
        deeds.controller = [this](NodeId controller) {
            m_controllerChannel->setController(controller);
            if (m_lifecycle)
                m_lifecycle->controllerChanged();
            if (!m_config.isBroker && controller != kNoNode)
                tellReady();
        };
        m_follower = std::make_unique<MetadataFollower>(m_config.nodeId, *m_context, std::move(deeds));
        m_loader.addPublisher(m_follower.get());
        return {};
    }

    void buildBroker() {
        m_links = std::make_unique<ReplicationLinks>(m_security.networkFor(m_config.interBrokerListener, m_seams.network), m_seams.scheduler,
                                                     *m_controllerChannel, m_config.interBrokerListener, m_security.linkSecret());
        m_links->onFact([this](NodeId node, PeerChannel::Fact fact) { brokerFact(node, fact); });
        m_context->peers = m_links.get();
        m_replicas = std::make_unique<replication::ReplicaManager>(
            replication::ReplicaManager::Seams{
                .scheduler = m_seams.scheduler,
                .logs = *m_logs,
                .peers = *m_links,
                .controller = *m_links,
                .self = m_config.nodeId,
                .clusterId = m_logs->clusterId(),
                .selfEpoch = [this] { return m_lifecycle ? m_lifecycle->epoch() : BrokerEpoch{-1}; },
                .eligible =
                    [this](NodeId node, BrokerEpoch epoch) {
                        const auto* broker = m_context->image->broker(node);
                        return broker != nullptr && broker->active() && (epoch < 0 || broker->epoch == epoch);
                    },
                .logConfig = [this](const std::string& topic) { return m_topicConfigs.logConfig(*m_context->image, topic); },
                .minInsyncReplicas = [this](const std::string& topic) { return m_topicConfigs.minInsyncReplicas(*m_context->image, topic); }},
            replicaSettings(m_config));
        m_context->replicas = m_replicas.get();
        m_groupLog = std::make_unique<GroupLog>(*m_replicas, m_seams.scheduler);
        m_groups = std::make_unique<groups::GroupCoordinator>(groupConfig(m_config), m_seams.scheduler, m_seams.random, *m_groupLog);
        m_context->groups = m_groups.get();
        m_transactions = std::make_unique<TransactionParts>(m_config, *m_context, m_security.networkFor(m_config.interBrokerListener, m_seams.network),
                                                            m_security.linkSecret());
        m_replicas->onRoleChange([this](const TopicPartition& tp, replication::Partition::Role role, LeaderEpoch epoch) {
            m_transactions->roleChanged(tp, role, epoch);
            if (tp.topic != kOffsetsTopic)
                return;
            if (role == replication::Partition::Role::Leader)
                m_groups->elected(tp.partition, epoch);
            else
                m_groups->resigned(tp.partition);
        });
    }

    [[nodiscard]] Network& quorumNetwork() const { return m_security.networkFor(m_config.controllerListenerNames.front(), m_seams.network); }

    Result<void> buildController() {
        metadata::ControllerOptions options = controllerOptions(m_config, m_logs->clusterId());
        auto records = firstRecords(m_config, m_seams.disk);
        if (!records)
            return std::unexpected(records.error());
        for (auto& record : *records)
            options.bootstrap.push_back(std::make_shared<const metadata::Record>(std::move(record)));
        m_controller = std::make_unique<metadata::QuorumController>(
            std::move(options),
            metadata::ControllerSeams{.scheduler = m_seams.scheduler,
                                      .random = m_seams.random,
                                      .raft = *m_raft,
                                      .probe = [this](const metadata::BrokerEndpoint& endpoint, std::function<void(bool)> result) {
                                          probeEndpoint(m_seams.network, {endpoint.host, endpoint.port},
                                                        [alive = m_alive, result = std::move(result)](bool refused) {
                                                            if (*alive)
                                                                result(refused);
                                                        });
                                      }});
        m_context->controller = m_controller.get();
        m_loader.addPublisher(m_controller.get());
        return {};
    }

    void startBroker() {
        BrokerLifecycle::Facts facts;
        facts.clusterId = m_logs->clusterId();
        facts.advertised = m_config.advertised;
        for (const auto& directory : m_logs->directories())
            facts.directories.push_back(directory.directoryId);
        facts.previousEpoch = m_logs->previousBrokerEpoch();
        m_lifecycle = std::make_unique<BrokerLifecycle>(m_config, std::move(facts), m_seams.scheduler, m_seams.random, *m_controllerChannel);
        m_lifecycle->onEpoch([this](BrokerEpoch epoch) {
            m_logs->rememberBrokerEpoch(epoch);
            m_follower->registered(epoch);
        });
        m_lifecycle->onCaughtUp([this] { m_sessions->serve(); });
        m_lifecycle->onRefused([this](const Error& error) { fatal(error); });
        m_lifecycle->onRunning([this] {
            // Ready when its own metadata say so too: a client that asks this broker now must find it among the living.
            m_context->waiters.until(
                [this] {
                    const auto* self = m_context->image->broker(m_config.nodeId);
                    return self != nullptr && !self->fenced;
                },
                seconds(60), [this](bool) { tellReady(); });
        });
        m_lifecycle->start();
    }

    void tellReady() {
        if (std::exchange(m_ready, true))
            return;
        log::info("node", "ready");
        for (const auto& upgrade : metadata::possibleUpgrades(m_context->image->features()))
            log::info("node", "{} is at level {} in this cluster and could be at {}: 'samsa cluster upgrade' raises it", upgrade.feature,
                      m_context->image->feature(upgrade.feature), upgrade.level);
        if (ready)
            ready();
    }

    // --- facts ---------------------------------------------------------------------------------------------------------
    /// What a quorum connection says of a controller's process; in a combined node that is also the broker.
    void peerFact(NodeId node, PeerChannel::Fact fact) {
        switch (fact) {
        case PeerChannel::Fact::Connected: m_deadVoters.erase(node); break;
        case PeerChannel::Fact::Closed: m_raft->connectionClosed(node); break;
        case PeerChannel::Fact::Refused:
            m_deadVoters.insert(node);
            m_raft->peerRefused(node);
            break;
        }
        stopWithoutQuorum();
        if (m_links)
            m_links->noteFact(node, fact);
        if (fact == PeerChannel::Fact::Closed)
            suspicionEnds();
        if (fact == PeerChannel::Fact::Refused && m_controller && m_controller->active())
            m_controller->brokerConnectionDied(node);
    }

    /// Answers that wait to know whether a peer lives look again when no suspicion is left.
    void suspicionEnds() {
        m_seams.scheduler.after(ReplicationLinks::kSuspicion, [this, alive = m_alive] {
            if (*alive)
                m_context->waiters.changed();
        });
    }

    /// When the whole cluster stops, the last nodes have no controller to ask.
    void stopWithoutQuorum() {
        if (m_stopping && m_lifecycle && m_wire.voters.size() - m_deadVoters.size() < m_wire.voters.size() / 2 + 1)
            m_seams.scheduler.post([this, alive = m_alive] {
                if (*alive)
                    m_lifecycle->stopWaiting();
            });
    }

    void brokerFact(NodeId node, PeerChannel::Fact fact) {
        if (fact == PeerChannel::Fact::Closed)
            suspicionEnds();
        if (fact == PeerChannel::Fact::Closed || fact == PeerChannel::Fact::Refused) {
            if (m_wire.voters.contains(node))
                m_raft->connectionClosed(node);
            if (m_controller && m_controller->active())
                m_controller->brokerConnectionDied(node);
        } else if (m_replicas) {
            m_replicas->peerBack(node);
            m_transactions->lookAgain();
        }
    }

    void connectionClosed(std::uint64_t connection) {
        const auto peer = m_peerOf.find(connection);
        if (peer == m_peerOf.end())
            return;
        const NodeId node = peer->second;
        m_peerOf.erase(peer);
        if (m_stopping)
            return;
        if (m_links)
            m_links->noteFact(node, PeerChannel::Fact::Closed);
        suspicionEnds();
        m_raft->connectionClosed(node);
        if (m_controller && m_controller->active())
            m_controller->brokerConnectionDied(node);
    }

    // --- stopping --------------------------------------------------------------------------------------------------------
    void leaveQuorum() {
        m_raft->stop(kResignMax, [this, alive = m_alive] {
            if (*alive)
                closeAll();
        });
    }

    /// In a turn of its own: everything on this call stack belongs to what is closed here.
    void closeAll() {
        m_seams.scheduler.post([this, alive = m_alive] {
            if (!*alive)
                return;
            if (m_groups)
                m_groups->shutdown();
            if (m_transactions)
                m_transactions->shutdown();
            if (m_replicas)
                m_replicas->stop();
            m_frontDoor->close();
            m_sessions->closeAll();
            const auto closed = m_logs->shutdown(m_lifecycle ? m_lifecycle->epoch() : BrokerEpoch{-1});
            log::info("node", "stopped");
            finish(m_failure ? Result<void>(std::unexpected(*m_failure)) : closed);
        });
    }

    /// Nothing more may be acknowledged: the process ends, and recovers from its disk when it is started again.
    void fatal(const Error& error) {
        log::error("node", "{}", error.message);
        m_failure = error;
        m_stopping = true;
        m_seams.scheduler.post([this, alive = m_alive] {
            if (*alive)
                finish(std::unexpected(*m_failure));
        });
    }

    void finish(Result<void> result) {
        if (std::exchange(m_finished, true))
            return;
        if (stopped)
            stopped(std::move(result));
    }

    BrokerConfig m_config;
    NodeSeams m_seams;
    handlers::HandlerTable m_table;
    TopicConfigs m_topicConfigs;
    raft::WireFacts m_wire;
    std::map<std::uint64_t, NodeId> m_peerOf; ///< who is at the other end of incoming connections
    std::set<NodeId> m_deadVoters;            ///< whose processes are known to be gone
    bool m_ready = false;
    bool m_stopping = false;
    bool m_finished = false;
    std::optional<Error> m_failure;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);

    // In order of building; destroyed the other way round.
    SecuritySetup m_security;
    std::unique_ptr<storage::LogManager> m_logs;
    std::unique_ptr<handlers::BrokerContext> m_context;
    metadata::MetadataLoader m_loader;
    std::unique_ptr<raft::StorageRaftLog> m_raftLog;
    std::unique_ptr<raft::FileElectionStore> m_store;
    std::unique_ptr<QuorumTransport> m_transport;
    std::unique_ptr<raft::RaftDriver> m_raft;
    std::unique_ptr<metadata::SnapshotGenerator> m_snapshots;
    std::unique_ptr<ControllerChannel> m_controllerChannel;
    std::unique_ptr<handlers::Sessions> m_sessions;
    std::unique_ptr<MetadataFollower> m_follower;
    std::unique_ptr<ReplicationLinks> m_links;
    std::unique_ptr<replication::ReplicaManager> m_replicas;
    std::unique_ptr<GroupLog> m_groupLog;
    std::unique_ptr<groups::GroupCoordinator> m_groups;
    std::unique_ptr<TransactionParts> m_transactions;
    std::unique_ptr<metadata::QuorumController> m_controller;
    std::unique_ptr<BrokerLifecycle> m_lifecycle;
    std::unique_ptr<FrontDoor> m_frontDoor;
};

Node::Node(BrokerConfig config, NodeSeams seams) : m_impl(std::make_unique<Impl>(std::move(config), seams)) {}
Node::~Node() = default;
void Node::onReady(std::function<void()> handler) { m_impl->ready = std::move(handler); }
void Node::onStopped(std::function<void(Result<void>)> handler) { m_impl->stopped = std::move(handler); }
Result<void> Node::start() { return m_impl->start(); }
void Node::stop() { m_impl->stop(); }

} // namespace broker::node
