#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/transactions/transaction_coordinator.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <map>
#include <optional>

using namespace broker;
using namespace broker::transactions;

// Qt Test would print these enums through their toString, which gives a string_view.
#define SAME(actual, expected) QVERIFY((actual) == (expected))

namespace {

/// __transaction_state in memory: what was committed, in order. Holds writes back when told to.
class FakeStateLog final : public StateLog {
public:
    explicit FakeStateLog(Scheduler& scheduler) : m_scheduler(scheduler) {}
    void append(PartitionIndex, TransactionRecord record, std::move_only_function<void(TransactionError)> done) override {
        auto commit = [this, record = std::move(record), done = std::move(done)]() mutable {
            if (nextError == TransactionError::None)
                committed.push_back(std::move(record));
            done(nextError);
        };
        if (hold)
            m_held.push_back(std::move(commit));
        else
            m_scheduler.post(std::move(commit));
    }
    void load(PartitionIndex, std::move_only_function<void(const Slice&, const std::optional<Slice>&)> each,
              std::move_only_function<void(Result<void>)> done) override {
        m_scheduler.post([this, each = std::move(each), done = std::move(done)]() mutable {
            for (const auto& record : committed)
                each(record.key, record.value);
            done({});
        });
    }
    void release() {
        hold = false;
        for (auto& task : std::exchange(m_held, {}))
            m_scheduler.post(std::move(task));
    }
    std::vector<TransactionRecord> committed;
    TransactionError nextError = TransactionError::None;
    bool hold = false;

private:
    Scheduler& m_scheduler;
    std::vector<Task> m_held;
};

/// Brokers that note the markers they are sent.
class FakeBrokers final : public MarkerLink {
public:
    explicit FakeBrokers(Scheduler& scheduler) : m_scheduler(scheduler) {}
    [[nodiscard]] std::optional<NodeId> leaderOf(const TopicPartition& tp) const override {
        const auto found = leaders.find(tp);
        return found == leaders.end() ? std::nullopt : std::optional(found->second);
    }
    void write(NodeId node, const protocol::WriteTxnMarkersRequest& request, OnWritten done) override {
        ++requests;
        m_scheduler.post([this, node, request, done = std::move(done)]() mutable {
            if (down.contains(node))
                return done(fail(ErrorCode::Unavailable, "gone"));
            protocol::WriteTxnMarkersResponse response;
            for (const auto& marker : request.markers) {
                auto& answer = response.markers.emplace_back();
                answer.producerId = marker.producerId;
                for (const auto& topic : marker.topics) {
                    auto& topicAnswer = answer.topics.emplace_back();
                    topicAnswer.name = topic.name;
                    for (const auto index : topic.partitionIndexes) {
                        auto& partition = topicAnswer.partitions.emplace_back();
                        partition.partitionIndex = index;
                        const TopicPartition tp{topic.name, index};
                        if (leaders[tp] != node)
                            partition.errorCode = protocol::code(protocol::KafkaError::NotLeaderOrFollower);
                        else if (const auto refused = refusals.find(tp); refused != refusals.end())
                            partition.errorCode = protocol::code(refused->second);
                        else
                            written.push_back({tp, {marker.producerId, marker.producerEpoch}, marker.transactionResult});
                    }
                }
            }
            done(std::move(response));
        });
    }
    struct Written {
        TopicPartition tp;
        Producer producer;
        bool commit = false;
        bool operator==(const Written&) const = default;
    };
    std::map<TopicPartition, NodeId> leaders;
    std::map<TopicPartition, protocol::KafkaError> refusals;
    std::set<NodeId> down;
    std::vector<Written> written;
    int requests = 0;

private:
    Scheduler& m_scheduler;
};

const TopicPartition kOrders{"orders", 0};
const TopicPartition kBills{"bills", 0};

struct Bench {
    tests::ManualScheduler scheduler;
    FakeStateLog log{scheduler};
    FakeBrokers brokers{scheduler};
    ProducerId lastId = 99;
    std::int16_t version = 2;
    TransactionConfig config;
    std::unique_ptr<TransactionCoordinator> coordinator;

    Bench() {
        brokers.leaders = {{kOrders, 1}, {kBills, 2}};
        restart();
    }
    /// A new broker takes over with what was committed.
    void restart() {
        coordinator = std::make_unique<TransactionCoordinator>(
            config, TransactionCoordinator::Seams{scheduler, log, brokers, [this](auto done) { done(++lastId); }, [this] { return version; }});
        coordinator->setPartitionCount(1);
        coordinator->elected(0, 1);
        scheduler.run();
    }
    struct Answer {
        std::optional<TransactionError> error;
        Producer producer;
    };
    std::shared_ptr<Answer> init(std::optional<Producer> expected = {}, std::int32_t timeoutMs = 60'000) {
        auto answer = std::make_shared<Answer>();
        coordinator->initProducer("tx", timeoutMs, expected, [answer](TransactionError error, Producer producer) { *answer = {error, producer}; });
        scheduler.run();
        return answer;
    }
    std::shared_ptr<Answer> add(const Producer& producer, std::set<TopicPartition> partitions) {
        auto answer = std::make_shared<Answer>();
        coordinator->addPartitions("tx", producer, std::move(partitions), version, [answer](TransactionError error) { answer->error = error; });
        scheduler.run();
        return answer;
    }
    std::shared_ptr<Answer> end(const Producer& producer, bool commit, bool run = true) {
        auto answer = std::make_shared<Answer>();
        coordinator->end("tx", {producer, commit, version}, [answer](TransactionError error, Producer after) { *answer = {error, after}; });
        if (run)
            scheduler.run();
        return answer;
    }
    State state() const { return coordinator->describe("tx")->state; }
};

} // namespace

class TransactionCoordinatorTest : public QObject {
    Q_OBJECT
private slots:
    void aTransactionCommits() {
        Bench bench;
        const auto producer = bench.init()->producer;
        SAME(producer, (Producer{100, 0}));
        SAME(bench.add(producer, {kOrders, kBills})->error, TransactionError::None);
        SAME(bench.state(), State::Ongoing);
        const auto ended = bench.end(producer, true);
        SAME(ended->error, TransactionError::None);
        SAME(ended->producer, (Producer{100, 1}));
        SAME(bench.state(), State::CompleteCommit);
        QCOMPARE(bench.brokers.written.size(), 2U);
        for (const auto& written : bench.brokers.written)
            QVERIFY(written.commit && written.producer == (Producer{100, 1}));
        QCOMPARE(bench.brokers.requests, 2); // one a broker
        bench.scheduler.advance(seconds(600));
        QCOMPARE(bench.brokers.written.size(), 2U); // no timeout, no second marker (KAFKA-10080)
    }

    void nothingIsBelievedBeforeItIsCommitted() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.log.hold = true;
        const auto first = bench.add(producer, {kOrders});
        QVERIFY(!first->error);
        SAME(bench.state(), State::Empty);
        SAME(bench.init()->error, TransactionError::ConcurrentTransactions);
        bench.log.nextError = TransactionError::CoordinatorNotAvailable;
        bench.log.release();
        bench.scheduler.run();
        SAME(first->error, TransactionError::CoordinatorNotAvailable);
        SAME(bench.state(), State::Empty);
    }

    void theNextTransactionWaitsForTheMarkers() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.brokers.down = {1};
        const auto after = bench.end(producer, true)->producer;
        SAME(bench.state(), State::PrepareCommit);
        const auto waiting = bench.add(after, {kBills});
        QVERIFY(!waiting->error);
        bench.brokers.down.clear();
        bench.coordinator->lookAgain();
        bench.scheduler.run();
        SAME(waiting->error, TransactionError::None); // woken by the completion
        SAME(bench.state(), State::Ongoing);
        const auto impatient = bench.end(after, false)->producer;
        bench.brokers.down = {2};
        bench.add(impatient, {kBills});
        const auto last = bench.end(impatient, false)->producer;
        const auto late = bench.add(last, {kBills});
        bench.scheduler.advance(milliseconds(100));
        SAME(late->error, TransactionError::ConcurrentTransactions);
    }

    void markersGoToTheLeaderOfTheDay() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders, kBills});
        bench.brokers.refusals = {{kOrders, protocol::KafkaError::NotEnoughReplicas}};
        bench.brokers.leaders[kBills] = kNoNode;
        bench.end(producer, false);
        SAME(bench.state(), State::PrepareAbort);
        bench.brokers.refusals.clear();
        bench.brokers.leaders = {{kOrders, 3}, {kBills, 3}};
        bench.coordinator->lookAgain();
        bench.scheduler.run();
        SAME(bench.state(), State::CompleteAbort);
        QCOMPARE(bench.brokers.written.size(), 2U);
    }

    void deletedTopicsNeedNoMarker() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders, kBills});
        bench.brokers.leaders.erase(kBills);
        bench.end(producer, true);
        SAME(bench.state(), State::CompleteCommit);
    }

    void theNextCoordinatorGoesOn() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.brokers.down = {1};
        bench.end(producer, true);
        bench.restart();
        SAME(bench.state(), State::PrepareCommit);
        bench.brokers.down.clear();
        bench.coordinator->lookAgain();
        bench.scheduler.run();
        SAME(bench.state(), State::CompleteCommit);
        QVERIFY(bench.brokers.written == (std::vector<FakeBrokers::Written>{{kOrders, {100, 1}, true}}));
        bench.restart();
        SAME(bench.state(), State::CompleteCommit);
        SAME(bench.end(producer, true)->error, TransactionError::None); // the answer was lost with the old coordinator
    }

    void completionIsWrittenAgainWhenItCouldNotBe() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.brokers.down = {1};
        bench.end(producer, true);
        bench.brokers.down.clear();
        bench.log.nextError = TransactionError::CoordinatorNotAvailable;
        bench.coordinator->lookAgain();
        bench.scheduler.run();
        SAME(bench.state(), State::PrepareCommit);
        bench.log.nextError = TransactionError::None;
        bench.scheduler.advance(seconds(1));
        SAME(bench.state(), State::CompleteCommit);
        QCOMPARE(bench.brokers.written.size(), 1U);
    }

    void aSecondProducerFencesTheFirst() {
        Bench bench;
        const auto first = bench.init()->producer;
        bench.add(first, {kOrders});
        SAME(bench.init()->error, TransactionError::ConcurrentTransactions); // its transaction is aborted first
        SAME(bench.state(), State::CompleteAbort);
        const auto second = bench.init()->producer;
        SAME(second, (Producer{100, 2}));
        SAME(bench.add(first, {kOrders})->error, TransactionError::ProducerFenced);
        SAME(bench.end(first, true)->error, TransactionError::ProducerFenced);
        SAME(bench.init(first)->error, TransactionError::ProducerFenced);
        QCOMPARE(bench.brokers.written.size(), 1U);
        QVERIFY(!bench.brokers.written.front().commit);
    }

    void aTransactionEndsWithItsTimeout() {
        Bench bench;
        const auto producer = bench.init({}, 5000)->producer;
        QCOMPARE(bench.scheduler.pendingTimers(), 1U); // the hourly look for old ids
        bench.add(producer, {kOrders});
        bench.scheduler.advance(milliseconds(4999));
        SAME(bench.state(), State::Ongoing);
        bench.scheduler.advance(milliseconds(2));
        SAME(bench.state(), State::CompleteAbort);
        SAME(bench.end(producer, true)->error, TransactionError::InvalidTransactionState);
        const auto after = bench.end(producer, false); // as if it had been its own abort
        SAME(after->error, TransactionError::None);
        SAME(after->producer, (Producer{100, 1}));
        QCOMPARE(bench.scheduler.pendingTimers(), 1U);
    }

    /// Who says how often to look gets what Kafka does: the abort comes at the first look after the timeout.
    void aTransactionOverItsTimeoutEndsAtTheNextLook() {
        Bench bench;
        bench.config.abortCheckMs = 20'000;
        bench.restart();
        const WallMs begin = bench.scheduler.wallNow();
        bench.add(bench.init({}, 5000)->producer, {kOrders});
        const WallMs look = (begin + 5000 + 19'999) / 20'000 * 20'000;
        bench.scheduler.advance(milliseconds(look - begin - 1));
        SAME(bench.state(), State::Ongoing);
        bench.scheduler.advance(milliseconds(1));
        SAME(bench.state(), State::CompleteAbort);
    }

    void idsThatNobodyUsesAreForgottenAtTheNextLook() {
        Bench bench;
        bench.config.expirationMs = 10'000;
        bench.config.expirationCheckMs = 4000;
        bench.restart();
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.scheduler.advance(seconds(50));
        SAME(bench.state(), State::Ongoing); // an open transaction is in use
        bench.end(producer, true);
        bench.scheduler.advance(milliseconds(9999));
        SAME(bench.state(), State::CompleteCommit);
        bench.scheduler.advance(milliseconds(4001));
        QVERIFY(!bench.coordinator->describe("tx").has_value());
        QVERIFY(!bench.log.committed.back().value.has_value()); // a tombstone: the next coordinator does not know it either
        bench.restart();
        QVERIFY(!bench.coordinator->describe("tx").has_value());
    }

    void theTimeoutOutlivesTheCoordinator() {
        Bench bench;
        const auto producer = bench.init({}, 5000)->producer;
        bench.add(producer, {kOrders});
        bench.scheduler.advance(milliseconds(3000));
        bench.restart();
        bench.scheduler.advance(milliseconds(2001));
        SAME(bench.state(), State::CompleteAbort);
    }

    void theTimeoutsAbortComesAgainWhenItCannotBeWritten() {
        Bench bench;
        const auto producer = bench.init({}, 5000)->producer;
        bench.add(producer, {kOrders});
        bench.log.nextError = TransactionError::CoordinatorNotAvailable;
        bench.scheduler.advance(milliseconds(5500));
        SAME(bench.state(), State::Ongoing);
        bench.log.nextError = TransactionError::None;
        bench.scheduler.advance(milliseconds(200));
        SAME(bench.state(), State::CompleteAbort);
    }

    void epochsEndInANewId() { // KAFKA-18660
        Bench bench;
        auto producer = bench.init()->producer;
        Transaction used = *bench.coordinator->describe("tx");
        used.producer.epoch = 32766;
        bench.log.committed.push_back(transactionRecord("tx", used, 2));
        bench.restart();
        producer = {100, 32766};
        SAME(bench.add(producer, {kOrders})->error, TransactionError::None);
        const auto after = bench.end(producer, true)->producer;
        QVERIFY(after.id != 100 && after.epoch == 0);
        QVERIFY(bench.brokers.written == (std::vector<FakeBrokers::Written>{{kOrders, {100, 32767}, true}}));
        SAME(bench.add(after, {kOrders})->error, TransactionError::None);
        SAME(bench.add(producer, {kOrders})->error, TransactionError::InvalidProducerIdMapping);
    }

    void verificationLooksAndChangesNothing() {
        Bench bench;
        SAME(bench.coordinator->verify("tx", {100, 0}, {kOrders}).front(), TransactionError::InvalidProducerIdMapping);
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        QVERIFY(bench.coordinator->verify("tx", producer, {kOrders, kBills}) == (std::vector{TransactionError::None, TransactionError::TransactionAbortable}));
        SAME(bench.coordinator->verify("tx", {100, 5}, {kOrders}).front(), TransactionError::ProducerFenced);
        SAME(bench.coordinator->verify("tx", {1, 0}, {kOrders}).front(), TransactionError::InvalidProducerIdMapping);
        bench.brokers.down = {1};
        const auto after = bench.end(producer, true)->producer;
        SAME(bench.coordinator->verify("tx", after, {kOrders}).front(), TransactionError::ConcurrentTransactions);
    }

    void idsThatNobodyUsesAreForgotten() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.scheduler.advance(milliseconds(10));
        bench.end(producer, true);
        bench.scheduler.advance(seconds(6 * 24 * 3600));
        QCOMPARE(bench.coordinator->list().transactions.size(), 1U);
        bench.scheduler.advance(seconds(25 * 3600));
        QVERIFY(bench.coordinator->list().transactions.empty());
        bench.restart();
        QVERIFY(bench.coordinator->list().transactions.empty());
    }

    void requestsAreRefused() {
        Bench bench;
        SAME(bench.init({}, 0)->error, TransactionError::InvalidTransactionTimeout);
        SAME(bench.init({}, 900'001)->error, TransactionError::InvalidTransactionTimeout);
        SAME(bench.add({1, 0}, {kOrders})->error, TransactionError::InvalidProducerIdMapping);
        SAME(bench.end({1, 0}, true)->error, TransactionError::InvalidProducerIdMapping);
        SAME(bench.coordinator->describe("tx").error(), TransactionError::TransactionalIdNotFound);
        SAME(bench.coordinator->describe("").error(), TransactionError::InvalidRequest);
        bench.coordinator->resigned(0);
        SAME(bench.init()->error, TransactionError::NotCoordinator);
    }

    void whoWaitsIsToldWhenLeadershipGoes() {
        Bench bench;
        const auto producer = bench.init()->producer;
        bench.add(producer, {kOrders});
        bench.brokers.down = {1};
        const auto after = bench.end(producer, true)->producer;
        const auto waiting = bench.add(after, {kBills});
        bench.log.hold = true;
        bench.coordinator->resigned(0);
        SAME(waiting->error, TransactionError::NotCoordinator);
        bench.scheduler.advance(seconds(3600)); // nothing of the old shard fires into nothing
    }
};

SAMSA_TEST(TransactionCoordinatorTest)
#include "transaction_coordinator_test.moc"
