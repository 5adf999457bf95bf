#include "embedded-broker/handlers/dispatch.h"
#include "embedded-broker/handlers/group_handlers.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/describe_cluster_request.h"
#include "embedded-broker/protocol/messages/describe_cluster_response.h"
#include "embedded-broker/protocol/messages/describe_configs_request.h"
#include "embedded-broker/protocol/messages/describe_configs_response.h"
#include "embedded-broker/protocol/messages/describe_topic_partitions_request.h"
#include "embedded-broker/protocol/messages/describe_topic_partitions_response.h"
#include "embedded-broker/protocol/messages/find_coordinator_request.h"
#include "embedded-broker/protocol/messages/find_coordinator_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <set>

using namespace broker;
using namespace broker::handlers;
using protocol::KafkaError;

namespace {

struct Peers final : PeerFacts {
    std::set<NodeId> dead;
    std::set<NodeId> suspects;
    [[nodiscard]] bool knownDead(NodeId node) const override { return dead.contains(node); }
    [[nodiscard]] bool suspect(NodeId node) const override { return dead.contains(node) || suspects.contains(node); }
};

struct Gate final : ControllerGate {
    std::vector<std::string> created;
    void forward(RequestContext request) override { request.refuse("not in this test"); }
    void createTopics(const std::vector<std::string>& names) override { created.insert(created.end(), names.begin(), names.end()); }
    void allocateProducerIds(std::function<void(Result<std::pair<ProducerId, std::int32_t>>)>) override {}
};

/// What a request was answered with.
struct Caught {
    std::vector<Slice> frames;
    std::vector<std::string> refusals;
};
class CatchingPath final : public ReplyPath {
public:
    explicit CatchingPath(std::shared_ptr<Caught> caught) : m_caught(std::move(caught)) {}
    void answer(Payload response) override { m_caught->frames.push_back(std::get<Slice>(response.parts().front())); }
    void nothing() override {}
    void refuse(std::string why) override { m_caught->refusals.push_back(std::move(why)); }

private:
    std::shared_ptr<Caught> m_caught;
};

Uuid topicId(std::uint8_t last) {
    Uuid id;
    id.bytes[0] = 1;
    id.bytes[15] = last;
    return id;
}

/// Brokers 1 to 3, topics "a" (3 partitions, led by 1, 2, 3) and "b" (one partition without a leader).
struct House {
    tests::ManualScheduler scheduler;
    std::unique_ptr<Random> random = makeSeededRandom(1);
    HandlerTable table;
    Peers peers;
    Gate gate;
    std::unique_ptr<BrokerContext> context;
    std::shared_ptr<Caught> caught = std::make_shared<Caught>();

    House() {
        addMetadataHandler(table);
        addDescribeClusterHandler(table);
        addDescribeTopicPartitionsHandler(table);
        addDescribeConfigsHandlers(table);
        addFindCoordinator(table);
        context.reset(new BrokerContext{.scheduler = scheduler, .random = *random, .table = table, .settings = {}});
        context->settings.nodeId = 1;
        context->settings.clusterId = "cluster";
        context->peers = &peers;
        context->controllerGate = &gate;
        context->activeController = [] { return NodeId{2}; };
        context->describeBroker = [] {
            SettingView view;
            view.name = "num.partitions";
            view.value = "1";
            return std::vector{view};
        };
        context->image = std::make_shared<metadata::MetadataImage>();
        change([](metadata::MetadataDelta& delta) {
            for (NodeId id = 1; id <= 3; ++id) {
                protocol::RegisterBrokerRecord broker;
                broker.brokerId = id;
                broker.brokerEpoch = id;
                broker.fenced = false;
                auto& endpoint = broker.endPoints.emplace_back();
                endpoint.name = "PLAINTEXT";
                endpoint.host = "host-" + std::to_string(id);
                endpoint.port = static_cast<std::uint16_t>(9000 + id);
                delta.apply(broker);
            }
            addTopic(delta, "a", topicId(1), {1, 2, 3});
            addTopic(delta, "b", topicId(2), {-1});
        });
    }

    static void addTopic(metadata::MetadataDelta& delta, const std::string& name, const Uuid& id, const std::vector<NodeId>& leaders) {
        protocol::TopicRecord topic;
        topic.name = name;
        topic.topicId = id;
        delta.apply(topic);
        for (std::size_t index = 0; index < leaders.size(); ++index) {
            protocol::PartitionRecord partition;
            partition.partitionId = static_cast<std::int32_t>(index);
            partition.topicId = id;
            partition.replicas = {1, 2, 3};
            partition.isr = {1, 2, 3};
            partition.leader = leaders[index];
            partition.leaderEpoch = 4;
            delta.apply(partition);
        }
    }

    void change(const std::function<void(metadata::MetadataDelta&)>& apply) {
        metadata::MetadataDelta delta(context->image);
        apply(delta);
        context->image = delta.finish(context->image->offset() + 1, 1);
        context->waiters.changed();
    }

    template <class Message>
    void ask(const Message& message, std::int16_t version) {
        auto origin = std::make_shared<Origin>();
        origin->listener = "PLAINTEXT";
        const Payload frame = protocol::encodeRequest(message, version, 1, std::string("test"));
        dispatch(*context, origin, std::get<Slice>(frame.parts().front()), std::make_unique<CatchingPath>(caught));
    }
    [[nodiscard]] bool answered() const { return !caught->frames.empty(); }
    template <class Response>
    Response answer(std::int16_t version) {
        const Slice frame = caught->frames.at(0);
        caught->frames.erase(caught->frames.begin());
        protocol::Reader reader(frame);
        [[maybe_unused]] const auto head = protocol::decodeResponseHead(reader, Response::kApiKey, version);
        return *Response::decode(reader, version);
    }
};

protocol::MetadataRequest naming(const std::vector<std::string>& names) {
    protocol::MetadataRequest request;
    for (const auto& name : names) {
        auto& topic = request.topics->emplace_back();
        topic.name = name;
    }
    return request;
}

} // namespace

class MetadataTest : public QObject {
    Q_OBJECT
private slots:
    void tellsLeadersAndAddresses() {
        House house;
        house.ask(naming({"a"}), 12);
        const auto answer = house.answer<protocol::MetadataResponse>(12);
        QCOMPARE(answer.brokers.size(), std::size_t(3));
        QCOMPARE(answer.brokers[1].host, std::string("host-2"));
        QCOMPARE(answer.brokers[1].port, 9002);
        QCOMPARE(answer.controllerId, 2);
        QCOMPARE(answer.topics.size(), std::size_t(1));
        QCOMPARE(answer.topics[0].partitions[2].leaderId, 3);
        QCOMPARE(answer.topics[0].partitions[2].leaderEpoch, 4);
    }

    void allTopicsByNullOrByAnEmptyListInVersion0() {
        House house;
        protocol::MetadataRequest request;
        request.topics.reset();
        house.ask(request, 9);
        QCOMPARE(house.answer<protocol::MetadataResponse>(9).topics.size(), std::size_t(2));
        house.ask(naming({}), 0);
        QCOMPARE(house.answer<protocol::MetadataResponse>(0).topics.size(), std::size_t(2));
        house.ask(naming({}), 9);
        QVERIFY(house.answer<protocol::MetadataResponse>(9).topics.empty());
    }

    void aPartitionWithoutALeaderSaysSo() {
        House house;
        house.ask(naming({"b"}), 9);
        const auto answer = house.answer<protocol::MetadataResponse>(9);
        QCOMPARE(answer.topics[0].partitions[0].errorCode, protocol::code(KafkaError::LeaderNotAvailable));
        QCOMPARE(answer.topics[0].partitions[0].leaderId, -1);
    }

    void waitsForTheElectionWhenTheLeaderIsDead() {
        House house;
        house.peers.dead = {2};
        house.ask(naming({"a"}), 9);
        QVERIFY(!house.answered());
        house.scheduler.advance(milliseconds(20));
        house.change([](metadata::MetadataDelta& delta) {
            protocol::PartitionChangeRecord change;
            change.topicId = topicId(1);
            change.partitionId = 1;
            change.leader = 3;
            change.isr = std::vector<std::int32_t>{1, 3};
            delta.apply(change);
        });
        QVERIFY(house.answered());
        QCOMPARE(house.answer<protocol::MetadataResponse>(9).topics[0].partitions[1].leaderId, 3);
    }

    void givesTheElectionFiftyMilliseconds() {
        House house;
        house.peers.dead = {2};
        house.ask(naming({"a"}), 9);
        house.scheduler.advance(milliseconds(49));
        QVERIFY(!house.answered());
        house.scheduler.advance(milliseconds(2));
        const auto answer = house.answer<protocol::MetadataResponse>(9);
        QCOMPARE(answer.topics[0].partitions[1].errorCode, protocol::code(KafkaError::LeaderNotAvailable));
        QCOMPARE(answer.topics[0].partitions[0].leaderId, 1);
        QCOMPARE(answer.brokers.size(), std::size_t(2));
    }

    /// librdkafka asks again only after a second: a dead coordinator is not named while the next one is about to be known.
    void aCoordinatorThatDiesIsWaitedFor() {
        protocol::FindCoordinatorRequest request;
        request.coordinatorKeys = {"group"};
        for (const bool suspected : {false, true}) {
            House house;
            house.change([](metadata::MetadataDelta& delta) { House::addTopic(delta, "__consumer_offsets", topicId(9), {2}); });
            (suspected ? house.peers.suspects : house.peers.dead) = {2};
            house.ask(request, 4);
            QVERIFY(!house.answered());
            house.scheduler.advance(milliseconds(20));
            house.change([](metadata::MetadataDelta& delta) {
                protocol::PartitionChangeRecord change;
                change.topicId = topicId(9);
                change.partitionId = 0;
                change.leader = 3;
                delta.apply(change);
            });
            QVERIFY(house.answered());
            const auto answer = house.answer<protocol::FindCoordinatorResponse>(4);
            QCOMPARE(answer.coordinators[0].errorCode, std::int16_t(0));
            QCOMPARE(answer.coordinators[0].nodeId, 3);
        }
    }

    void aCoordinatorThatIsAliveIsNamedAtOnce() {
        House house;
        house.change([](metadata::MetadataDelta& delta) { House::addTopic(delta, "__consumer_offsets", topicId(9), {2}); });
        protocol::FindCoordinatorRequest request;
        request.key = "group";
        house.ask(request, 3);
        QCOMPARE(house.answer<protocol::FindCoordinatorResponse>(3).nodeId, 2);
        // Suspected in vain: its name is given when nothing came of it.
        house.peers.suspects = {2};
        house.ask(request, 3);
        QVERIFY(!house.answered());
        house.peers.suspects = {};
        house.context->waiters.changed();
        QCOMPARE(house.answer<protocol::FindCoordinatorResponse>(3).nodeId, 2);
    }

    void withoutACoordinatorTheAnswerComesInTheEnd() {
        House house;
        protocol::FindCoordinatorRequest request;
        request.coordinatorKeys = {"group"};
        house.ask(request, 4);
        QCOMPARE(house.gate.created.front(), std::string("__consumer_offsets"));
        house.scheduler.advance(milliseconds(249));
        QVERIFY(!house.answered());
        house.scheduler.advance(milliseconds(2));
        QCOMPARE(house.answer<protocol::FindCoordinatorResponse>(4).coordinators[0].errorCode, protocol::code(KafkaError::CoordinatorNotAvailable));
    }

    void createsWhatItIsAskedForAndWaitsForIt() {
        House house;
        house.ask(naming({"new", "bad name"}), 9);
        QCOMPARE(house.gate.created, std::vector<std::string>{"new"});
        QVERIFY(!house.answered());
        house.change([](metadata::MetadataDelta& delta) { House::addTopic(delta, "new", topicId(3), {1}); });
        const auto answer = house.answer<protocol::MetadataResponse>(9);
        QCOMPARE(answer.topics[0].errorCode, std::int16_t(0));
        QCOMPARE(answer.topics[0].partitions.size(), std::size_t(1));
        QCOMPARE(answer.topics[1].errorCode, protocol::code(KafkaError::InvalidTopicException));
    }

    void createsNothingWhereItMayNot() {
        House house;
        auto request = naming({"new"});
        request.allowAutoTopicCreation = false;
        house.ask(request, 9);
        QVERIFY(house.gate.created.empty());
        QCOMPARE(house.answer<protocol::MetadataResponse>(9).topics[0].errorCode, protocol::code(KafkaError::UnknownTopicOrPartition));
        house.context->settings.autoCreateTopics = false;
        house.ask(naming({"new"}), 9);
        QVERIFY(house.gate.created.empty());
    }

    void anUnknownIdIsItsOwnError() {
        House house;
        protocol::MetadataRequest request;
        auto& topic = request.topics->emplace_back();
        topic.name = std::nullopt;
        topic.topicId = topicId(9);
        house.ask(request, 12);
        QCOMPARE(house.answer<protocol::MetadataResponse>(12).topics[0].errorCode, protocol::code(KafkaError::UnknownTopicId));
    }

    void pagesOfPartitionsFollowTheCursor() {
        House house;
        protocol::DescribeTopicPartitionsRequest request;
        request.responsePartitionLimit = 2;
        std::vector<std::string> seen;
        for (int page = 0; page < 5; ++page) {
            house.ask(request, 0);
            const auto answer = house.answer<protocol::DescribeTopicPartitionsResponse>(0);
            for (const auto& topic : answer.topics)
                for (const auto& partition : topic.partitions)
                    seen.push_back(*topic.name + std::to_string(partition.partitionIndex));
            if (!answer.nextCursor)
                break;
            request.cursor.emplace();
            request.cursor->topicName = answer.nextCursor->topicName;
            request.cursor->partitionIndex = answer.nextCursor->partitionIndex;
        }
        QCOMPARE(seen, (std::vector<std::string>{"a0", "a1", "a2", "b0"}));
    }

    void theClusterIsDescribedToTheRightListener() {
        House house;
        protocol::DescribeClusterRequest request;
        house.ask(request, 1);
        QCOMPARE(house.answer<protocol::DescribeClusterResponse>(1).brokers.size(), std::size_t(3));
        request.endpointType = 2;
        house.ask(request, 1);
        QCOMPARE(house.answer<protocol::DescribeClusterResponse>(1).errorCode, protocol::code(KafkaError::MismatchedEndpointType));
    }

    void settingsSayWhereTheyComeFrom() {
        House house;
        house.change([](metadata::MetadataDelta& delta) {
            protocol::ConfigRecord own;
            own.resourceType = 2;
            own.resourceName = "a";
            own.name = "retention.ms";
            own.value = "5000";
            delta.apply(own);
        });
        protocol::DescribeConfigsRequest request;
        request.includeSynonyms = true;
        auto& resource = request.resources.emplace_back();
        resource.resourceType = 2;
        resource.resourceName = "a";
        resource.configurationKeys = std::vector<std::string>{"retention.ms", "segment.bytes"};
        house.ask(request, 4);
        const auto answer = house.answer<protocol::DescribeConfigsResponse>(4);
        QCOMPARE(answer.results[0].configs.size(), std::size_t(2));
        for (const auto& line : answer.results[0].configs) {
            const bool own = line.name == "retention.ms";
            QCOMPARE(line.configSource, std::int8_t(own ? 1 : 5));
            QCOMPARE(line.synonyms.size(), std::size_t(own ? 2 : 1));
        }
    }

    void settingsOfOthersAreRefused() {
        House house;
        protocol::DescribeConfigsRequest request;
        for (const auto& [type, name] : std::vector<std::pair<std::int8_t, std::string>>{{4, "2"}, {4, "x"}, {2, "nothing"}, {2, "bad name"}, {99, "a"}, {4, "1"}}) {
            auto& resource = request.resources.emplace_back();
            resource.resourceType = type;
            resource.resourceName = name;
            resource.configurationKeys.reset();
        }
        house.ask(request, 4);
        const auto answer = house.answer<protocol::DescribeConfigsResponse>(4);
        const std::vector<KafkaError> wanted{KafkaError::InvalidRequest, KafkaError::InvalidRequest, KafkaError::UnknownTopicOrPartition,
                                             KafkaError::InvalidTopicException, KafkaError::InvalidRequest, KafkaError::None};
        for (std::size_t i = 0; i < wanted.size(); ++i)
            QCOMPARE(answer.results[i].errorCode, protocol::code(wanted[i]));
        QCOMPARE(answer.results.back().configs.size(), std::size_t(1));
    }
};

SAMSA_TEST(MetadataTest)
#include "metadata_test.moc"
