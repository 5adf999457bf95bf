#include "embedded-broker/protocol/messages/create_partitions_request.h"
#include "embedded-broker/protocol/messages/create_partitions_response.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/delete_topics_request.h"
#include "embedded-broker/protocol/messages/delete_topics_response.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"
#include "tests/support/simulation/sim_controller.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <set>

using namespace broker;
using namespace broker::metadata;
using tests::simulation::SimController;

namespace {

int codeOf(KafkaError error) { return static_cast<int>(error); }

class Cluster : public SimController {
public:
    Cluster() {
        for (const NodeId id : {1, 2, 3})
            join(id);
    }
    protocol::CreateTopicsResponse create(const protocol::CreateTopicsRequest& request) {
        return ask<protocol::CreateTopicsResponse>([&](auto reply) { controller().createTopics(request, reply); });
    }
    protocol::CreateTopicsResponse::CreatableTopicResult create(const std::string& name, std::int32_t partitions, std::int16_t factor,
                                                                const std::map<std::string, std::string>& configs = {},
                                                                bool validateOnly = false) {
        protocol::CreateTopicsRequest request;
        request.validateOnly = validateOnly;
        auto& topic = request.topics.emplace_back();
        topic.name = name;
        topic.numPartitions = partitions;
        topic.replicationFactor = factor;
        for (const auto& [key, value] : configs) {
            auto& config = topic.configs.emplace_back();
            config.name = key;
            config.value = value;
        }
        return create(request).topics.front();
    }
    int alter(const std::string& topic, const std::string& key, std::int8_t operation, std::optional<std::string> value) {
        protocol::IncrementalAlterConfigsRequest request;
        auto& resource = request.resources.emplace_back();
        resource.resourceType = 2;
        resource.resourceName = topic;
        auto& config = resource.configs.emplace_back();
        config.name = key;
        config.configOperation = operation;
        config.value = std::move(value);
        return ask<protocol::IncrementalAlterConfigsResponse>([&](auto reply) { controller().incrementalAlterConfigs(request, reply); })
            .responses.front()
            .errorCode;
    }
};

} // namespace

class ControllerTopicsTest : public QObject {
    Q_OBJECT
private slots:
    void aTopicIsSpreadOverTheBrokers() {
        Cluster cluster;
        const auto made = cluster.create("orders", 6, 2, {{"retention.ms", "1000"}});
        QCOMPARE(int(made.errorCode), 0);
        QCOMPARE(made.numPartitions, 6);
        const TopicImage* topic = cluster.image().topic("orders");
        QVERIFY(topic != nullptr && topic->partitions.size() == 6);
        std::map<NodeId, int> leaders;
        for (const auto& partition : topic->partitions) {
            ++leaders[partition->leader];
            QCOMPARE(std::set(partition->replicas.begin(), partition->replicas.end()).size(), std::size_t{2});
            QVERIFY(partition->isr == partition->replicas);
            QVERIFY(!partition->directories.front().isZero());
        }
        QCOMPARE(leaders.size(), std::size_t{3});
        for (const auto& [id, count] : leaders)
            QCOMPARE(count, 2);
        QCOMPARE(*cluster.image().topicConfig("orders", "retention.ms"), std::string("1000"));
        QCOMPARE(cluster.image().partitionCount(), std::size_t{6});
    }

    void whatCannotBeIsRefused() {
        Cluster cluster;
        QCOMPARE(int(cluster.create("a.b", 1, 1).errorCode), 0);
        QCOMPARE(int(cluster.create("a.b", 1, 1).errorCode), codeOf(KafkaError::TopicAlreadyExists));
        for (const std::string& name : {std::string("a_b"), std::string("a b"), std::string(), std::string(".."), std::string(250, 'x')})
            QCOMPARE(int(cluster.create(name, 1, 1).errorCode), codeOf(KafkaError::InvalidTopicException));
        QCOMPARE(int(cluster.create("x", 0, 1).errorCode), codeOf(KafkaError::InvalidPartitions));
        QCOMPARE(int(cluster.create("x", 1, 0).errorCode), codeOf(KafkaError::InvalidReplicationFactor));
        QCOMPARE(int(cluster.create("x", 1, 4).errorCode), codeOf(KafkaError::InvalidReplicationFactor));
        QCOMPARE(int(cluster.create("x", 1, 1, {{"retention.ms", "soon"}}).errorCode), codeOf(KafkaError::InvalidConfig));
        QCOMPARE(int(cluster.create("x", 1, 1, {{"no.such.setting", "1"}}).errorCode), codeOf(KafkaError::InvalidConfig));
        QCOMPARE(int(cluster.create("x", 1, 1, {}, true).errorCode), 0);
        QVERIFY(cluster.image().topic("x") == nullptr);
        const auto defaults = cluster.create("x", -1, -1);
        QCOMPARE(defaults.numPartitions, 1);
        QCOMPARE(int(defaults.replicationFactor), 1);
    }

    void aManualAssignmentIsChecked() {
        Cluster cluster;
        const auto create = [&](std::vector<std::vector<NodeId>> assignments, std::int32_t partitions = -1) {
            protocol::CreateTopicsRequest request;
            auto& topic = request.topics.emplace_back();
            topic.name = "manual";
            topic.numPartitions = partitions;
            topic.replicationFactor = -1;
            std::int32_t index = 0;
            for (auto& replicas : assignments) {
                auto& assignment = topic.assignments.emplace_back();
                assignment.partitionIndex = index++;
                assignment.brokerIds = std::move(replicas);
            }
            return int(cluster.create(request).topics.front().errorCode);
        };
        QCOMPARE(create({{1, 2}}, 1), codeOf(KafkaError::InvalidRequest));
        QCOMPARE(create({{1, 1}}), codeOf(KafkaError::InvalidReplicaAssignment));
        QCOMPARE(create({{1, 9}}), codeOf(KafkaError::InvalidReplicaAssignment));
        QCOMPARE(create({{1, 2}, {1}}), codeOf(KafkaError::InvalidReplicaAssignment));
        QCOMPARE(create({std::vector<NodeId>{}}), codeOf(KafkaError::InvalidReplicaAssignment));
        QCOMPARE(create({{3, 1}, {2, 3}}), 0);
        QCOMPARE(cluster.image().partition("manual", 0)->leader, 3);
    }

    void duplicatesInOneRequest() {
        Cluster cluster;
        protocol::CreateTopicsRequest request;
        for (const char* name : {"twice", "once", "twice"}) {
            auto& topic = request.topics.emplace_back();
            topic.name = name;
            topic.numPartitions = 1;
            topic.replicationFactor = 1;
        }
        const auto response = cluster.create(request);
        QCOMPARE(response.topics.size(), std::size_t{2});
        QCOMPARE(int(response.topics[0].errorCode), codeOf(KafkaError::InvalidRequest));
        QCOMPARE(int(response.topics[1].errorCode), 0);
    }

    void topicsAreDeletedByNameAndById() {
        Cluster cluster;
        const auto one = cluster.create("one", 2, 1, {{"retention.ms", "5"}});
        const auto two = cluster.create("two", 1, 1);
        protocol::DeleteTopicsRequest request;
        request.topics.emplace_back().name = "one";
        request.topics.emplace_back().topicId = two.topicId;
        request.topics.emplace_back().name = "three";
        const auto response =
            cluster.ask<protocol::DeleteTopicsResponse>([&](auto reply) { cluster.controller().deleteTopics(request, reply); });
        QCOMPARE(int(response.responses[0].errorCode), 0);
        QVERIFY(response.responses[0].topicId == one.topicId);
        QCOMPARE(int(response.responses[1].errorCode), 0);
        QCOMPARE(*response.responses[1].name, std::string("two"));
        QCOMPARE(int(response.responses[2].errorCode), codeOf(KafkaError::UnknownTopicOrPartition));
        QVERIFY(cluster.image().topics().empty());
        QCOMPARE(cluster.image().partitionCount(), std::size_t{0});
        QVERIFY(!cluster.image().topicConfig("one", "retention.ms"));
    }

    void partitionsAreAdded() {
        Cluster cluster;
        cluster.create("grows", 1, 2);
        const auto grow = [&](std::int32_t count) {
            protocol::CreatePartitionsRequest request;
            auto& topic = request.topics.emplace_back();
            topic.name = "grows";
            topic.count = count;
            topic.assignments.reset();
            return int(cluster
                           .ask<protocol::CreatePartitionsResponse>([&](auto reply) { cluster.controller().createPartitions(request, reply); })
                           .results.front()
                           .errorCode);
        };
        QCOMPARE(grow(1), codeOf(KafkaError::InvalidPartitions));
        QCOMPARE(grow(4), 0);
        QCOMPARE(cluster.image().topic("grows")->partitions.size(), std::size_t{4});
        QCOMPARE(cluster.image().partition("grows", 3)->replicas.size(), std::size_t{2});
        QCOMPARE(grow(2), codeOf(KafkaError::InvalidPartitions));
    }

    void settingsAreSetAppendedAndRemoved() {
        Cluster cluster;
        cluster.create("orders", 1, 1);
        QCOMPARE(cluster.alter("orders", "retention.ms", 0, "100"), 0);
        QCOMPARE(*cluster.image().topicConfig("orders", "retention.ms"), std::string("100"));
        QCOMPARE(cluster.alter("orders", "cleanup.policy", 2, "compact"), 0);
        QCOMPARE(*cluster.image().topicConfig("orders", "cleanup.policy"), std::string("delete,compact"));
        QCOMPARE(cluster.alter("orders", "cleanup.policy", 3, "delete"), 0);
        QCOMPARE(*cluster.image().topicConfig("orders", "cleanup.policy"), std::string("compact"));
        QCOMPARE(cluster.alter("orders", "retention.ms", 2, "1"), codeOf(KafkaError::InvalidConfig));
        QCOMPARE(cluster.alter("orders", "retention.ms", 1, std::nullopt), 0);
        QVERIFY(!cluster.image().topicConfig("orders", "retention.ms"));
        QCOMPARE(cluster.alter("orders", "segment.bytes", 0, "x"), codeOf(KafkaError::InvalidConfig));
        QCOMPARE(cluster.alter("nowhere", "retention.ms", 0, "1"), codeOf(KafkaError::UnknownTopicOrPartition));
    }
};

SAMSA_TEST(ControllerTopicsTest)
#include "controller_topics_test.moc"
