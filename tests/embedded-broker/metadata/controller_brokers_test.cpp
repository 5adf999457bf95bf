#include "embedded-broker/protocol/messages/allocate_producer_ids_request.h"
#include "embedded-broker/protocol/messages/allocate_producer_ids_response.h"
#include "embedded-broker/protocol/messages/alter_partition_request.h"
#include "embedded-broker/protocol/messages/alter_partition_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "tests/support/simulation/sim_controller.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::metadata;
using tests::simulation::SimController;

namespace {

int codeOf(KafkaError error) { return static_cast<int>(error); }

Uuid createTopic(SimController& sim, const std::string& name, std::vector<NodeId> replicas) {
    protocol::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.numPartitions = -1;
    topic.replicationFactor = -1;
    topic.assignments.emplace_back().brokerIds = std::move(replicas);
    const auto response = sim.ask<protocol::CreateTopicsResponse>([&](auto reply) { sim.controller().createTopics(request, reply); });
    return response.topics.front().errorCode == 0 ? response.topics.front().topicId : Uuid{};
}

protocol::AlterPartitionResponse alterIsr(SimController& sim, NodeId leader, const Uuid& topic, std::vector<NodeId> isr,
                                          std::optional<std::int32_t> partitionEpoch = {}, std::optional<BrokerEpoch> memberEpoch = {}) {
    const auto* now = sim.controller().state()->partition(topic, 0);
    protocol::AlterPartitionRequest request;
    request.brokerId = leader;
    request.brokerEpoch = sim.epochs[leader];
    auto& asked = request.topics.emplace_back();
    asked.topicId = topic;
    auto& partition = asked.partitions.emplace_back();
    partition.leaderEpoch = now->leaderEpoch;
    partition.partitionEpoch = partitionEpoch.value_or(now->partitionEpoch);
    for (const NodeId node : isr) {
        auto& member = partition.newIsrWithEpochs.emplace_back();
        member.brokerId = node;
        member.brokerEpoch = memberEpoch.value_or(sim.epochs[node]);
    }
    return sim.ask<protocol::AlterPartitionResponse>([&](auto reply) { sim.controller().alterPartition(request, 3, reply); });
}

int errorOf(const protocol::AlterPartitionResponse& response) { return response.topics.front().partitions.front().errorCode; }

} // namespace

class ControllerBrokersTest : public QObject {
    Q_OBJECT
private slots:
    void startsWithTheBootstrapRecords() {
        SimController sim(ConfigMap{{"min.insync.replicas", "2"}});
        QVERIFY(sim.controller().active());
        QCOMPARE(sim.image().feature("metadata.version"), std::int16_t{30});
        QCOMPARE(sim.image().feature("eligible.leader.replicas.version"), std::int16_t{1});
        QCOMPARE(sim.image().config(ResourceType::Broker, "").at("min.insync.replicas"), std::string("2"));
    }

    void aBrokerRegistersAndIsUnfenced() {
        SimController sim;
        QCOMPARE(int(sim.registerBroker(sim.registration(1)).errorCode), 0);
        QVERIFY(sim.image().broker(1) != nullptr && sim.image().broker(1)->fenced);
        QCOMPARE(sim.image().broker(1)->epoch, sim.epochs[1]);
        const auto beat = sim.heartbeat(1);
        QVERIFY(beat.isCaughtUp && !beat.isFenced);
        QVERIFY(sim.image().broker(1)->active());

        auto wrong = sim.registration(2);
        wrong.clusterId = "another";
        QCOMPARE(int(sim.registerBroker(wrong).errorCode), codeOf(KafkaError::InconsistentClusterId));
        auto old = sim.registration(2);
        old.features.front().maxSupportedVersion = 20;
        QCOMPARE(int(sim.registerBroker(old).errorCode), codeOf(KafkaError::UnsupportedVersion));
        auto thief = sim.registration(2);
        thief.logDirs = sim.registration(1).logDirs;
        QCOMPARE(int(sim.registerBroker(thief).errorCode), codeOf(KafkaError::InvalidRegistration));
    }

    void aSilentBrokerIsFencedWithinItsSession() {
        SimController sim;
        for (const NodeId id : {1, 2, 3})
            sim.join(id);
        sim.beating = {1, 2, 3};
        const Uuid topic = createTopic(sim, "orders", {1, 2, 3});
        sim.run(seconds(3));
        QCOMPARE(sim.image().partition(topic, 0)->leader, 1);
        sim.beating = {2, 3};
        sim.run(milliseconds(1900));
        QVERIFY(sim.image().broker(1)->fenced);
        const auto* partition = sim.image().partition(topic, 0);
        QCOMPARE(partition->leader, 2);
        QCOMPARE(partition->leaderEpoch, 1);
        QVERIFY((partition->isr == std::vector<NodeId>{2, 3}));
        QVERIFY(!sim.image().broker(2)->fenced && !sim.image().broker(3)->fenced);
    }

    void aRefusedConnectFencesAtOnce() {
        SimController sim;
        for (const NodeId id : {1, 2})
            sim.join(id);
        const Uuid topic = createTopic(sim, "orders", {1, 2});
        sim.controller().brokerConnectionDied(1); // it lives: only the connection ended
        sim.run(milliseconds(20));
        QVERIFY(!sim.image().broker(1)->fenced);
        sim.dead = {9001};
        sim.controller().brokerConnectionDied(1);
        sim.run(milliseconds(20));
        QVERIFY(sim.image().broker(1)->fenced);
        QCOMPARE(sim.image().partition(topic, 0)->leader, 2);
    }

    /// The first connection of a dying process ends while its listener still takes connects; the others end when it does not.
    void aDeathDuringAProbeIsNotMissed() {
        SimController sim;
        for (const NodeId id : {1, 2})
            sim.join(id);
        sim.controller().brokerConnectionDied(1);
        sim.dead = {9001};
        sim.controller().brokerConnectionDied(1);
        sim.run(milliseconds(20));
        QVERIFY(sim.image().broker(1)->fenced);
        QVERIFY(!sim.image().broker(2)->fenced);
    }

    void aSecondIncarnationWaitsForTheProof() {
        SimController sim;
        sim.join(1);
        const auto before = sim.epochs[1];
        auto elsewhere = sim.registration(1, 2, before);
        elsewhere.listeners.front().port = 9999;
        QCOMPARE(int(sim.registerBroker(elsewhere).errorCode), codeOf(KafkaError::DuplicateBrokerRegistration));
        sim.dead = {9001};
        QCOMPARE(int(sim.registerBroker(elsewhere).errorCode), 0);
        QVERIFY(sim.epochs[1] > before);
        sim.epochs[1] = before; // a heartbeat of the old one
        QCOMPARE(int(sim.heartbeat(1).errorCode), codeOf(KafkaError::StaleBrokerEpoch));
    }

    void aCleanReturnKeepsItsPlace() {
        SimController sim;
        sim.join(1);
        const Uuid topic = createTopic(sim, "orders", {1});
        sim.registerBroker(sim.registration(1, 2, sim.epochs[1])); // the same address: the old process is gone
        const auto fenced = *sim.image().partition(topic, 0);
        QCOMPARE(fenced.leader, kNoLeader);
        QVERIFY(fenced.isr.empty() && fenced.elr == std::vector<NodeId>{1});
        sim.heartbeat(1);
        const auto back = *sim.image().partition(topic, 0);
        QCOMPARE(back.leader, 1);
        QVERIFY(back.isr == std::vector<NodeId>{1} && back.elr.empty());
        QCOMPARE(back.leaderRecoveryState, kRecovered);
        QVERIFY(back.leaderEpoch >= 2);
    }

    void anUncleanReturnIsOnlyTheLastKnownLeader() {
        SimController sim;
        for (const NodeId id : {1, 2})
            sim.join(id);
        const Uuid topic = createTopic(sim, "orders", {1, 2});
        sim.registerBroker(sim.registration(1, 2, -1)); // lost its tail: 2 leads, 1 is not in sync
        QCOMPARE(sim.image().partition(topic, 0)->leader, 2);
        QVERIFY((sim.image().partition(topic, 0)->isr == std::vector<NodeId>{2}));
        sim.heartbeat(1);
        sim.registerBroker(sim.registration(2, 2, -1));
        const auto nobody = *sim.image().partition(topic, 0);
        QCOMPARE(nobody.leader, kNoLeader);
        QVERIFY(nobody.isr.empty() && nobody.elr.empty() && nobody.lastKnownElr == std::vector<NodeId>{2});
        sim.heartbeat(2);
        QCOMPARE(sim.image().partition(topic, 0)->leader, 2);
        QCOMPARE(sim.image().partition(topic, 0)->leaderRecoveryState, kRecovering);
    }

    void controlledShutdownMovesLeadersFirst() {
        SimController sim;
        for (const NodeId id : {1, 2})
            sim.join(id);
        const Uuid topic = createTopic(sim, "orders", {1, 2});
        auto beat = sim.heartbeat(1, true);
        QVERIFY(!beat.shouldShutDown && !beat.isFenced);
        QVERIFY(sim.image().broker(1)->inControlledShutdown);
        QCOMPARE(sim.image().partition(topic, 0)->leader, 2);
        QVERIFY(!sim.heartbeat(1, true).shouldShutDown); // 2 has not seen it yet
        sim.heartbeat(2);
        beat = sim.heartbeat(1, true);
        QVERIFY(beat.shouldShutDown && beat.isFenced);
    }

    void alterPartitionRefusesWhatIsOld() {
        SimController sim;
        for (const NodeId id : {1, 2, 3})
            sim.join(id);
        const Uuid topic = createTopic(sim, "orders", {1, 2, 3});
        const auto answer = alterIsr(sim, 1, topic, {1, 2});
        QCOMPARE(errorOf(answer), 0);
        QCOMPARE(answer.topics.front().partitions.front().partitionEpoch, 1);
        QVERIFY((sim.image().partition(topic, 0)->isr == std::vector<NodeId>{1, 2}));
        QCOMPARE(errorOf(alterIsr(sim, 1, topic, {1, 2, 3}, 0)), codeOf(KafkaError::InvalidUpdateVersion));
        QCOMPARE(errorOf(alterIsr(sim, 1, topic, {1, 2, 3}, 9)), codeOf(KafkaError::NotController));
        QCOMPARE(errorOf(alterIsr(sim, 2, topic, {1, 2})), codeOf(KafkaError::InvalidRequest));
        QCOMPARE(errorOf(alterIsr(sim, 1, topic, {2})), codeOf(KafkaError::InvalidRequest));
        QCOMPARE(errorOf(alterIsr(sim, 1, topic, {1, 2, 3}, {}, 12345)), codeOf(KafkaError::IneligibleReplica));
        sim.dead = {9003};
        sim.controller().brokerConnectionDied(3);
        sim.run(milliseconds(20));
        QCOMPARE(errorOf(alterIsr(sim, 1, topic, {1, 2, 3})), codeOf(KafkaError::IneligibleReplica));
        sim.epochs[1] += 1;
        QCOMPARE(int(alterIsr(sim, 1, topic, {1}).errorCode), codeOf(KafkaError::StaleBrokerEpoch));
    }

    void preferredLeadersComeBack() {
        SimController sim;
        for (const NodeId id : {1, 2})
            sim.join(id);
        sim.beating = {1, 2};
        const Uuid topic = createTopic(sim, "orders", {1, 2});
        sim.registerBroker(sim.registration(1, 2, sim.epochs[1]));
        sim.heartbeat(1);
        QCOMPARE(sim.image().partition(topic, 0)->leader, 2);
        QCOMPARE(errorOf(alterIsr(sim, 2, topic, {2, 1})), 0);
        sim.run(seconds(3));
        QCOMPARE(sim.image().partition(topic, 0)->leader, 1);
    }

    void producerIdsComeInBlocks() {
        SimController sim;
        sim.join(1);
        const auto block = [&] {
            protocol::AllocateProducerIdsRequest request;
            request.brokerId = 1;
            request.brokerEpoch = sim.epochs[1];
            return sim.ask<protocol::AllocateProducerIdsResponse>([&](auto reply) { sim.controller().allocateProducerIds(request, reply); });
        };
        QCOMPARE(block().producerIdStart, ProducerId{0});
        const auto second = block();
        QCOMPARE(second.producerIdStart, ProducerId{1000});
        QCOMPARE(second.producerIdLen, 1000);
        sim.epochs[1] = 99;
        QCOMPARE(int(block().errorCode), codeOf(KafkaError::StaleBrokerEpoch));
    }

    void whoStopsLeadingAnswersNotController() {
        SimController sim;
        sim.join(1);
        std::optional<protocol::BrokerRegistrationResponse> answer;
        sim.controller().registerBroker(sim.registration(2), [&](auto response) { answer = response; });
        QVERIFY(!answer); // not committed yet
        sim.raft().stop(seconds(1), [] {});
        sim.run(milliseconds(100));
        QVERIFY(answer);
        QVERIFY(!sim.controller().active());
    }
};

SAMSA_TEST(ControllerBrokersTest)
#include "controller_brokers_test.moc"
