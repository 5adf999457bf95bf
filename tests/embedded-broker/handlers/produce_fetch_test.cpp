#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/delete_records_request.h"
#include "embedded-broker/protocol/messages/delete_records_response.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_request.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_response.h"
#include "embedded-broker/protocol/messages/describe_producers_request.h"
#include "embedded-broker/protocol/messages/describe_producers_response.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "embedded-broker/protocol/messages/init_producer_id_request.h"
#include "embedded-broker/protocol/messages/init_producer_id_response.h"
#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"
#include "embedded-broker/protocol/messages/offset_for_leader_epoch_request.h"
#include "embedded-broker/protocol/messages/offset_for_leader_epoch_response.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "embedded-broker/protocol/messages/produce_response.h"
#include "tests/embedded-broker/handlers/replica_handlers_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace tests;
using namespace broker;
using protocol::code;
using protocol::KafkaError;

namespace {

constexpr std::int16_t kProduce = 12;
constexpr std::int16_t kFetch = 17;

protocol::ProduceRequest produceOf(const std::string& topic, const Slice& records, std::int16_t acks = -1) {
    protocol::ProduceRequest request;
    request.acks = acks;
    request.timeoutMs = 1000;
    auto& data = request.topicData.emplace_back();
    data.name = topic;
    auto& partition = data.partitionData.emplace_back();
    partition.index = 0;
    partition.records = protocol::Records(records);
    return request;
}

protocol::FetchRequest fetchOf(const Uuid& topic, Offset offset, NodeId replica = -1) {
    protocol::FetchRequest request;
    request.replicaState.replicaId = replica;
    request.replicaState.replicaEpoch = replica;
    request.maxWaitMs = 500;
    request.minBytes = 1;
    request.maxBytes = 1 << 20;
    auto& data = request.topics.emplace_back();
    data.topicId = topic;
    auto& partition = data.partitions.emplace_back();
    partition.partition = 0;
    partition.fetchOffset = offset;
    partition.partitionMaxBytes = 1 << 20;
    return request;
}

const auto& only(const protocol::ProduceResponse& response) { return response.responses.at(0).partitionResponses.at(0); }
const auto& only(const protocol::FetchResponse& response) { return response.responses.at(0).partitions.at(0); }

} // namespace

class ProduceFetchTest : public QObject {
    Q_OBJECT
private slots:
    void writesAndReads() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t");
        const auto written = rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch({.records = 3})), kProduce);
        QCOMPARE(only(written).errorCode, code(KafkaError::None));
        QCOMPARE(only(written).baseOffset, Offset{0});
        QCOMPARE(only(written).logAppendTimeMs, WallMs{-1});
        QCOMPARE(only(written).logStartOffset, Offset{0});
        const auto read = rig.call<protocol::FetchResponse>(fetchOf(id, 1), kFetch); // inside the batch: the whole batch comes
        QCOMPARE(only(read).highWatermark, Offset{3});
        QVERIFY(!only(read).abortedTransactions);
        QCOMPARE(only(read).preferredReadReplica, NodeId{-1});
        const auto batch = protocol::RecordBatchView::parse(only(read).records.slice().bytes());
        QVERIFY(batch && batch->baseOffset() == 0 && batch->recordCount() == 3);
    }

    void anAcknowledgementWaitsForTheDisk() {
        ReplicaHandlersRig rig;
        rig.createTopic("t");
        for (const std::int16_t acks : {std::int16_t{1}, std::int16_t{-1}}) {
            auto pending = rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch(), acks), kProduce);
            rig.storage.scheduler->run();
            QVERIFY(!pending.answered());
            rig.storage.settle();
            QVERIFY(pending.answered());
        }
    }

    void aWaitingFetchIsWokenByTheAppend() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t");
        auto pending = rig.ask<protocol::FetchResponse>(fetchOf(id, 0), kFetch);
        rig.storage.settle();
        QVERIFY(!pending.answered());
        rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch()), kProduce);
        rig.storage.scheduler->run();
        QVERIFY(!pending.answered()); // consumers see what is committed only
        rig.storage.settle();
        QVERIFY(pending.answered());
        QVERIFY(!only(pending.get()).records.empty());

        auto empty = rig.ask<protocol::FetchResponse>(fetchOf(id, 1), kFetch);
        rig.storage.advance(milliseconds(499));
        QVERIFY(!empty.answered());
        rig.storage.advance(milliseconds(2));
        QVERIFY(empty.answered());
        QVERIFY(only(empty.get()).records.empty());
    }

    void followersSeeUnsyncedDataAndMoveTheHighWatermark() {
        ReplicaHandlersRig rig;
        rig.minIsr = 2;
        const auto id = rig.createTopic("t", {1, 2, 3});
        auto parked = rig.ask<protocol::FetchResponse>(fetchOf(id, 0, 2), kFetch);
        auto produced = rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch({.records = 2})), kProduce);
        rig.storage.scheduler->run();
        QVERIFY(parked.answered()); // before it is on our own disk
        rig.storage.settle();
        QVERIFY(!produced.answered());
        rig.ask<protocol::FetchResponse>(fetchOf(id, 2, 2), kFetch);
        rig.storage.settle();
        QVERIFY(!produced.answered()); // 3 is in sync and has nothing
        rig.ask<protocol::FetchResponse>(fetchOf(id, 2, 3), kFetch);
        rig.storage.settle();
        QVERIFY(produced.answered());
        QCOMPARE(only(produced.get()).errorCode, code(KafkaError::None));
    }

    void aReplicaIdFromAClientIsRefused() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t", {1, 2, 3});
        auto pending = rig.ask<protocol::FetchResponse>(fetchOf(id, 0, 2), kFetch, "liar", false);
        rig.storage.settle();
        QVERIFY(pending.answered());
        QCOMPARE(only(pending.get()).errorCode, code(KafkaError::TopicAuthorizationFailed));
    }

    void tooFewReplicas() {
        ReplicaHandlersRig rig;
        rig.minIsr = 2;
        const auto id = rig.createTopic("t", {1, 2, 3});
        auto produced = rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch()), kProduce);
        rig.storage.settle();
        rig.elect("t", 1, 0, {1});
        rig.storage.settle();
        QVERIFY(!produced.answered()); // below the minimum nothing is committed
        const auto refused = rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch()), kProduce);
        QCOMPARE(only(refused).errorCode, code(KafkaError::NotEnoughReplicas));
        const auto one = rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch(), 1), kProduce);
        QCOMPARE(only(one).errorCode, code(KafkaError::None));
        rig.storage.advance(milliseconds(1001));
        QVERIFY(produced.answered());
        QCOMPARE(only(produced.get()).errorCode, code(KafkaError::RequestTimedOut));
        Q_UNUSED(id);
    }

    void theNewLeaderIsInTheAnswer() {
        ReplicaHandlersRig rig;
        rig.minIsr = 2;
        const auto id = rig.createTopic("t", {1, 2, 3});
        auto waiting = rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch()), kProduce);
        auto reading = rig.ask<protocol::FetchResponse>(fetchOf(id, 0), kFetch);
        rig.storage.settle();
        rig.elect("t", 2, 1, {2, 3});
        rig.storage.settle();
        QVERIFY(waiting.answered() && reading.answered());
        const auto response = waiting.get();
        QCOMPARE(only(response).errorCode, code(KafkaError::NotLeaderOrFollower));
        QCOMPARE(only(response).currentLeader.leaderId, NodeId{2});
        QCOMPARE(only(response).currentLeader.leaderEpoch, LeaderEpoch{1});
        QCOMPARE(response.nodeEndpoints.at(0).host, std::string("host2"));
        QCOMPARE(response.nodeEndpoints.at(0).port, 9092);
        const auto fetched = reading.get();
        QCOMPARE(only(fetched).errorCode, code(KafkaError::NotLeaderOrFollower));
        QCOMPARE(only(fetched).currentLeader.leaderId, NodeId{2});
        QCOMPARE(fetched.nodeEndpoints.at(0).nodeId, NodeId{2});
    }

    void refusesAsKafkaDoes() {
        ReplicaHandlersRig rig;
        rig.storage.config.maxMessageBytes = 400;
        rig.createTopic("t");
        rig.createTopic("__consumer_offsets");
        const auto ask = [&](const protocol::ProduceRequest& request, std::int16_t version = kProduce) {
            return static_cast<KafkaError>(only(rig.call<protocol::ProduceResponse>(request, version)).errorCode);
        };
        QVERIFY(ask(produceOf("nobody", makeBatch())) == KafkaError::UnknownTopicOrPartition);
        QVERIFY(ask(produceOf("t", makeBatch(), 2)) == KafkaError::InvalidRequiredAcks);
        QVERIFY(ask(produceOf("__consumer_offsets", makeBatch())) == KafkaError::InvalidTopicException);
        QVERIFY(ask(produceOf("t", makeBatch({.valueBytes = 1000}))) == KafkaError::MessageTooLarge);
        QVERIFY(ask(produceOf("t", Slice{})) == KafkaError::InvalidRecord);
        std::vector<std::byte> two;
        for (int i = 0; i < 2; ++i) {
            const auto batch = makeBatch();
            two.insert(two.end(), batch.bytes().begin(), batch.bytes().end());
        }
        QVERIFY(ask(produceOf("t", Slice::take(two))) == KafkaError::InvalidRecord);
        std::vector<std::byte> broken(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(two.size() / 2));
        broken.back() ^= std::byte{1};
        QVERIFY(ask(produceOf("t", Slice::take(broken))) == KafkaError::CorruptMessage);
        auto byId = produceOf("t", makeBatch());
        byId.topicData[0].topicId = topicIdOf(77);
        QVERIFY(ask(byId, 13) == KafkaError::UnknownTopicId);
        auto index = produceOf("t", makeBatch());
        index.topicData[0].partitionData[0].index = 4;
        QVERIFY(ask(index) == KafkaError::UnknownTopicOrPartition);
    }

    void withoutAcknowledgementThereIsNoAnswer() {
        ReplicaHandlersRig rig;
        rig.createTopic("t");
        auto good = rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch(), 0), kProduce);
        rig.storage.settle();
        QVERIFY(!good.answered() && *good.silent);
        auto bad = rig.ask<protocol::ProduceResponse>(produceOf("nobody", makeBatch(), 0), kProduce);
        rig.storage.settle();
        QVERIFY(!bad.answered() && *bad.refused);
    }

    void aRetryIsAnsweredWithItsFirstOffset() {
        ReplicaHandlersRig rig;
        rig.createTopic("t");
        for (int sequence = 0; sequence < 5; ++sequence)
            rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch({.producerId = 9, .producerEpoch = 0, .sequence = sequence})), kProduce);
        for (int sequence = 0; sequence < 5; ++sequence) {
            const auto again = rig.call<protocol::ProduceResponse>(
                produceOf("t", makeBatch({.producerId = 9, .producerEpoch = 0, .sequence = sequence})), kProduce);
            QCOMPARE(only(again).errorCode, code(KafkaError::None));
            QCOMPARE(only(again).baseOffset, Offset{sequence});
        }
        const auto gap = rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch({.producerId = 9, .producerEpoch = 0, .sequence = 7})), kProduce);
        QCOMPARE(only(gap).errorCode, code(KafkaError::OutOfOrderSequenceNumber));
        protocol::DescribeProducersRequest ask;
        auto& topic = ask.topics.emplace_back();
        topic.name = "t";
        topic.partitionIndexes = {0};
        const auto producers = rig.call<protocol::DescribeProducersResponse>(ask, 0);
        QCOMPARE(producers.topics[0].partitions[0].activeProducers.size(), std::size_t{1});
        QCOMPARE(producers.topics[0].partitions[0].activeProducers[0].lastSequence, 4);
    }

    void epochsFence() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t", {1, 2, 3});
        rig.elect("t", 1, 1, {1, 2, 3});
        const auto ask = [&](LeaderEpoch current) {
            auto request = fetchOf(id, 0);
            request.maxWaitMs = 0;
            request.topics[0].partitions[0].currentLeaderEpoch = current;
            return static_cast<KafkaError>(only(rig.call<protocol::FetchResponse>(request, kFetch)).errorCode);
        };
        QVERIFY(ask(0) == KafkaError::FencedLeaderEpoch);
        QVERIFY(ask(1) == KafkaError::None);
        QVERIFY(ask(2) == KafkaError::UnknownLeaderEpoch);
        auto far = fetchOf(id, 17);
        QVERIFY(only(rig.call<protocol::FetchResponse>(far, kFetch)).errorCode == code(KafkaError::OffsetOutOfRange));
        QVERIFY(only(rig.call<protocol::FetchResponse>(fetchOf(topicIdOf(88), 0), kFetch)).errorCode == code(KafkaError::UnknownTopicId));
    }

    void aDivergingFollowerIsToldWhere() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t", {1, 2, 3});
        rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch({.records = 4})), kProduce);
        rig.storage.settle();
        rig.elect("t", 1, 1, {1, 2, 3});
        auto request = fetchOf(id, 6, 2); // it has two records of epoch 0 more than we
        request.topics[0].partitions[0].lastFetchedEpoch = 0;
        const auto answer = rig.call<protocol::FetchResponse>(request, kFetch);
        QCOMPARE(only(answer).errorCode, code(KafkaError::None));
        QCOMPARE(only(answer).divergingEpoch.epoch, LeaderEpoch{0});
        QCOMPARE(only(answer).divergingEpoch.endOffset, Offset{4});
        QVERIFY(only(answer).records.empty());

        protocol::OffsetForLeaderEpochRequest epochs;
        auto& topic = epochs.topics.emplace_back();
        topic.topic = "t";
        auto& partition = topic.partitions.emplace_back();
        partition.partition = 0;
        partition.leaderEpoch = 0;
        const auto ends = rig.call<protocol::OffsetForLeaderEpochResponse>(epochs, 4);
        QCOMPARE(ends.topics[0].partitions[0].endOffset, Offset{4});
    }

    void sessionsSayOnlyWhatIsNew() {
        ReplicaHandlersRig rig;
        const auto a = rig.createTopic("a");
        const auto b = rig.createTopic("b");
        auto full = fetchOf(a, 0);
        full.sessionEpoch = 0;
        full.topics.push_back(fetchOf(b, 0).topics[0]);
        full.maxWaitMs = 0;
        const auto opened = rig.call<protocol::FetchResponse>(full, kFetch);
        QVERIFY(opened.sessionId > 0);
        QCOMPARE(opened.responses.size(), std::size_t{2});

        protocol::FetchRequest next;
        next.maxWaitMs = 500;
        next.minBytes = 1;
        next.maxBytes = 1 << 20;
        next.sessionId = opened.sessionId;
        next.sessionEpoch = 1;
        auto waiting = rig.ask<protocol::FetchResponse>(next, kFetch);
        rig.storage.settle();
        QVERIFY(!waiting.answered());
        rig.call<protocol::ProduceResponse>(produceOf("b", makeBatch()), kProduce);
        QVERIFY(waiting.answered());
        const auto news = waiting.get();
        QCOMPARE(news.responses.size(), std::size_t{1});
        QVERIFY(news.responses[0].topicId == b);

        next.sessionEpoch = 1; // again: out of turn
        QCOMPARE(rig.call<protocol::FetchResponse>(next, kFetch).errorCode, code(KafkaError::InvalidFetchSessionEpoch));
        next.sessionEpoch = 2;
        next.topics = fetchOf(b, 1).topics;
        auto older = rig.ask<protocol::FetchResponse>(next, kFetch);
        rig.storage.settle();
        QVERIFY(!older.answered());
        next.sessionEpoch = 3;
        auto newer = rig.ask<protocol::FetchResponse>(next, kFetch); // something else is on its mind: the older one is answered
        QVERIFY(older.answered());
        QVERIFY(!newer.answered());
        QVERIFY(older.get().responses.empty());
        next.sessionId = 12345;
        QCOMPARE(rig.call<protocol::FetchResponse>(next, kFetch).errorCode, code(KafkaError::FetchSessionIdNotFound));
    }

    void listsOffsets() {
        ReplicaHandlersRig rig;
        rig.createTopic("t", {1, 2, 3});
        rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch({.records = 3, .timestamp = 1'700'000'000'000}), 1), kProduce);
        rig.storage.settle();
        const auto ask = [&](std::int64_t timestamp, std::int16_t version = 10) {
            protocol::ListOffsetsRequest request;
            request.replicaId = -1;
            auto& topic = request.topics.emplace_back();
            topic.name = "t";
            auto& partition = topic.partitions.emplace_back();
            partition.partitionIndex = 0;
            partition.timestamp = timestamp;
            return rig.call<protocol::ListOffsetsResponse>(request, version).topics[0].partitions[0];
        };
        QCOMPARE(ask(-2).offset, Offset{0});
        QCOMPARE(ask(-1).offset, Offset{0}); // nothing is committed
        const auto id = rig.context->image->topic("t")->id;
        for (const NodeId follower : {2, 3})
            rig.ask<protocol::FetchResponse>(fetchOf(id, 3, follower), kFetch);
        QCOMPARE(ask(-1).offset, Offset{3});
        QCOMPARE(ask(1'700'000'000'001).offset, Offset{1});
        QCOMPARE(ask(1'700'000'000'001).timestamp, WallMs{1'700'000'000'001});
        QCOMPARE(ask(1'800'000'000'000).offset, Offset{-1});
        QCOMPARE(ask(-3).offset, Offset{2});
        QCOMPARE(ask(-3, 6).errorCode, code(KafkaError::UnsupportedVersion));
        QCOMPARE(ask(-5).offset, Offset{-1});
        // A new epoch: what is committed is not known before the followers have fetched in it (KIP-207).
        rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch(), 1), kProduce);
        rig.storage.settle();
        rig.elect("t", 1, 1, {1, 2, 3});
        QCOMPARE(ask(-1).errorCode, code(KafkaError::OffsetNotAvailable));
        QCOMPARE(ask(-1, 4).errorCode, code(KafkaError::LeaderNotAvailable));
        QCOMPARE(ask(-2).offset, Offset{0});
    }

    void deletesRecordsWhenAllReplicasFollow() {
        ReplicaHandlersRig rig;
        const auto id = rig.createTopic("t", {1, 2, 3});
        rig.ask<protocol::ProduceResponse>(produceOf("t", makeBatch({.records = 3}), 1), kProduce);
        rig.storage.settle();
        const auto follow = [&](NodeId node, Offset start) {
            auto request = fetchOf(id, 3, node);
            request.topics[0].partitions[0].logStartOffset = start;
            rig.ask<protocol::FetchResponse>(request, kFetch);
            rig.storage.settle();
        };
        follow(2, 0);
        follow(3, 0);
        protocol::DeleteRecordsRequest request;
        request.timeoutMs = 1000;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        auto& partition = topic.partitions.emplace_back();
        partition.offset = 2;
        auto pending = rig.ask<protocol::DeleteRecordsResponse>(request, 2);
        rig.storage.settle();
        QVERIFY(!pending.answered());
        follow(2, 2);
        QVERIFY(!pending.answered());
        follow(3, 2);
        QVERIFY(pending.answered());
        QCOMPARE(pending.get().topics[0].partitions[0].lowWatermark, Offset{2});
        request.topics[0].partitions[0].offset = 9;
        QCOMPARE(rig.call<protocol::DeleteRecordsResponse>(request, 2).topics[0].partitions[0].errorCode, code(KafkaError::OffsetOutOfRange));
        request.topics[0].partitions[0].offset = -1;
        rig.ask<protocol::DeleteRecordsResponse>(request, 2);
        QCOMPARE(rig.replicas->find({"t", 0})->log().logStartOffset(), Offset{3});
    }

    void givesProducerIds() {
        ReplicaHandlersRig rig;
        protocol::InitProducerIdRequest request;
        request.transactionalId.reset();
        request.transactionTimeoutMs = 1000;
        for (ProducerId expected = 100; expected < 130; ++expected) {
            const auto answer = rig.call<protocol::InitProducerIdResponse>(request, 4);
            QCOMPARE(answer.errorCode, code(KafkaError::None));
            QCOMPARE(answer.producerId, expected);
            QCOMPARE(answer.producerEpoch, ProducerEpoch{0});
        }
    }

    void describesLogDirectories() {
        ReplicaHandlersRig rig;
        rig.createTopic("t");
        rig.call<protocol::ProduceResponse>(produceOf("t", makeBatch()), kProduce);
        protocol::DescribeLogDirsRequest request;
        request.topics.reset();
        const auto answer = rig.call<protocol::DescribeLogDirsResponse>(request, 4);
        QCOMPARE(answer.results.size(), std::size_t{1});
        QCOMPARE(answer.results[0].topics[0].name, std::string("t"));
        QVERIFY(answer.results[0].topics[0].partitions[0].partitionSize > 0);
        QVERIFY(answer.results[0].totalBytes > 0);
    }
};

SAMSA_TEST(ProduceFetchTest)
#include "produce_fetch_test.moc"
