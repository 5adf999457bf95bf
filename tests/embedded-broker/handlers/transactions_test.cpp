// Batches of transactions at the leader of their partition: when the coordinator is asked, and what its answers come to (KIP-890).
#include "embedded-broker/handlers/write_txn_markers.h"
#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"
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

constexpr std::int16_t kOldest = 10;
constexpr std::int16_t kAbortable = 11;
constexpr std::int16_t kAdding = 12;

/// Answers when it is told to.
class FakeGate final : public handlers::TransactionGate {
public:
    void ask(const Question& question, std::move_only_function<void(std::vector<KafkaError>)> done) override {
        asked.push_back(question);
        m_waiting.push_back(std::move(done));
    }
    void answer(KafkaError error) {
        auto done = std::move(m_waiting.front());
        m_waiting.erase(m_waiting.begin());
        done({error});
    }
    std::vector<Question> asked;

private:
    std::vector<std::move_only_function<void(std::vector<KafkaError>)>> m_waiting;
};

struct Rig : ReplicaHandlersRig {
    FakeGate gate;
    Rig() {
        context->transactionGate = &gate;
        createTopic("t");
    }
    auto produce(std::int16_t version, std::int32_t sequence = 0, ProducerEpoch epoch = 0, ProducerId producer = 7) {
        protocol::ProduceRequest request;
        request.acks = -1;
        request.timeoutMs = 1000;
        request.transactionalId = "tx";
        auto& data = request.topicData.emplace_back();
        data.name = "t";
        auto& partition = data.partitionData.emplace_back();
        partition.records = protocol::Records(makeBatch({.producerId = producer, .producerEpoch = epoch, .sequence = sequence, .transactional = true}));
        auto pending = ask<protocol::ProduceResponse>(request, version);
        storage.settle();
        return pending;
    }
    KafkaError mark(ProducerEpoch epoch, bool commit, std::int8_t version = 2, std::int32_t coordinatorEpoch = 0) {
        protocol::WriteTxnMarkersRequest request;
        auto& marker = request.markers.emplace_back();
        marker.producerId = 7;
        marker.producerEpoch = epoch;
        marker.transactionResult = commit;
        marker.coordinatorEpoch = coordinatorEpoch;
        marker.transactionVersion = version;
        auto& topic = marker.topics.emplace_back();
        topic.name = "t";
        topic.partitionIndexes.push_back(0);
        std::optional<std::int16_t> error;
        handlers::writeTxnMarkers(*context, request, [&](const protocol::WriteTxnMarkersResponse& response) {
            error = response.markers.at(0).topics.at(0).partitions.at(0).errorCode;
        });
        storage.settle();
        return static_cast<KafkaError>(error.value_or(-1));
    }
    Offset end(std::int8_t isolation) {
        protocol::ListOffsetsRequest request;
        request.replicaId = -1;
        request.isolationLevel = isolation;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().timestamp = -1;
        return call<protocol::ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0).offset;
    }
};

std::int16_t errorOf(const ReplicaHandlersRig::Pending<protocol::ProduceResponse>& pending) {
    return pending.answered() ? pending.get().responses.at(0).partitionResponses.at(0).errorCode : std::int16_t{-99};
}

} // namespace

class TransactionsTest : public QObject {
    Q_OBJECT
private slots:
    void theCoordinatorIsAskedOnceATransaction() {
        Rig rig;
        const auto first = rig.produce(kAdding);
        QVERIFY(!first.answered());
        QCOMPARE(rig.gate.asked.size(), std::size_t{1});
        QVERIFY(rig.gate.asked.front().add);
        rig.gate.answer(KafkaError::None);
        rig.storage.settle();
        QCOMPARE(errorOf(first), code(KafkaError::None));
        QCOMPARE(errorOf(rig.produce(kAdding, 1)), code(KafkaError::None)); // the log has it in an open transaction
        QCOMPARE(rig.gate.asked.size(), std::size_t{1});
        QCOMPARE(rig.end(0), Offset{2});
        QCOMPARE(rig.end(1), Offset{0});
        QVERIFY(rig.mark(1, true) == KafkaError::None);
        QCOMPARE(rig.end(1), Offset{3});
        rig.produce(kAdding, 0, 1);
        QCOMPARE(rig.gate.asked.size(), std::size_t{2}); // the next one is another
    }

    void olderClientsAreLookedUp() {
        Rig rig;
        const auto first = rig.produce(kOldest);
        QVERIFY(!rig.gate.asked.front().add);
        rig.gate.answer(KafkaError::TransactionAbortable);
        QCOMPARE(errorOf(first), code(KafkaError::InvalidTxnState));
        const auto second = rig.produce(kAbortable);
        rig.gate.answer(KafkaError::TransactionAbortable);
        QCOMPARE(errorOf(second), code(KafkaError::TransactionAbortable));
        const auto third = rig.produce(kAbortable);
        rig.gate.answer(KafkaError::ConcurrentTransactions);
        QCOMPARE(errorOf(third), code(KafkaError::NotEnoughReplicas)); // which they repeat
        const auto fourth = rig.produce(kAdding);
        rig.gate.answer(KafkaError::ConcurrentTransactions);
        QCOMPARE(errorOf(fourth), code(KafkaError::ConcurrentTransactions));
        const auto fifth = rig.produce(kAdding);
        rig.gate.answer(KafkaError::ProducerFenced);
        QCOMPARE(errorOf(fifth), code(KafkaError::InvalidProducerEpoch));
        QCOMPARE(rig.end(0), Offset{0});
    }

    void verificationCanBeSwitchedOff() {
        Rig rig;
        rig.context->settings.transactionVerification = false;
        const auto first = rig.produce(kAbortable);
        QVERIFY(rig.gate.asked.empty());
        QCOMPARE(errorOf(first), code(KafkaError::None));
    }

    /// The transaction ends while its coordinator's answer is under way: the batch would open one that nobody ends.
    void aMarkerThatOvertakesTheAnswerRefuses() {
        Rig rig;
        const auto late = rig.produce(kOldest, 0);
        QVERIFY(rig.mark(0, false, 0) == KafkaError::None);
        rig.gate.answer(KafkaError::None);
        rig.storage.settle();
        QCOMPARE(errorOf(late), code(KafkaError::InvalidTxnState));
        QCOMPARE(rig.end(1), rig.end(0));
    }

    void anEndOfVersionTwoShutsOutItsEpoch() {
        Rig rig;
        const auto late = rig.produce(kAdding, 0);
        QVERIFY(rig.mark(1, false) == KafkaError::None);
        rig.gate.answer(KafkaError::None);
        rig.storage.settle();
        QCOMPARE(errorOf(late), code(KafkaError::InvalidProducerEpoch));
        QCOMPARE(rig.end(1), rig.end(0));
    }

    void markersAreChecked() {
        Rig rig;
        rig.produce(kAdding, 0, 3);
        rig.gate.answer(KafkaError::None);
        rig.storage.settle();
        QVERIFY(rig.mark(3, true) == KafkaError::InvalidProducerEpoch); // of the transaction before
        QVERIFY(rig.mark(4, true, 2, 5) == KafkaError::None);
        QVERIFY(rig.mark(4, true, 2, 5) == KafkaError::None); // again: its answer was lost
        QVERIFY(rig.mark(5, true, 2, 4) == KafkaError::TransactionCoordinatorFenced);
        QVERIFY(rig.mark(3, true, 0, 5) == KafkaError::InvalidProducerEpoch);
    }

    void anUnknownProducerOfVersionTwoBeginsAtZero() {
        Rig rig;
        const auto gap = rig.produce(kAdding, 5);
        rig.gate.answer(KafkaError::None);
        rig.storage.settle();
        QCOMPARE(errorOf(gap), code(KafkaError::OutOfOrderSequenceNumber));
    }
};

SAMSA_TEST(TransactionsTest)
#include "transactions_test.moc"
