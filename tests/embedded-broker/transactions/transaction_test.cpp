#include "embedded-broker/transactions/transaction.h"
#include "embedded-broker/transactions/transaction_records.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::transactions;

// Qt Test would print these enums through their toString, which gives a string_view.
#define SAME(actual, expected) QVERIFY((actual) == (expected))

namespace {

constexpr WallMs kNow = 1000;
constexpr ProducerEpoch kLast = 32766; ///< the last epoch that a producer is given
const TopicPartition kOrders{"orders", 0};

Transaction in(State state, ProducerEpoch epoch = 3) {
    Transaction transaction;
    transaction.producer = {7, epoch};
    transaction.timeoutMs = 60'000;
    transaction.state = state;
    if (state != State::Empty)
        transaction.startedAt = 500;
    if (state == State::Ongoing || transaction.ending())
        transaction.partitions = {kOrders};
    transaction.clientVersion = state == State::Empty ? 0 : 2;
    return transaction;
}

EndRequest commitOf(ProducerEpoch epoch, std::int16_t version = 2) { return {{7, epoch}, true, version}; }
EndRequest abortOf(ProducerEpoch epoch, std::int16_t version = 2) { return {{7, epoch}, false, version}; }

TransactionError errorOf(const MaybeMove& move) { return move ? TransactionError::None : move.error(); }

} // namespace

class TransactionTest : public QObject {
    Q_OBJECT
private slots:
    void aProducerBegins() {
        Transaction fresh;
        fresh.producer.id = 7;
        const auto first = initProducer(fresh, {}, 5000, kNoProducerId, kNow);
        QVERIFY(first);
        SAME(first->producer, (Producer{7, 0}));
        QCOMPARE(first->timeoutMs, 5000);
        SAME(first->state, State::Empty);
        const auto second = initProducer(*first, {}, 5000, kNoProducerId, kNow);
        SAME(second->producer, (Producer{7, 1})); // fences the first
    }

    void aProducerGoesOnAfterAnError() { // KIP-360
        const auto now = in(State::CompleteAbort);
        auto next = initProducer(now, Producer{7, 3}, 5000, kNoProducerId, kNow);
        SAME(next->producer, (Producer{7, 4}));
        // The answer was lost: the same again.
        next = initProducer(*next, Producer{7, 3}, 5000, kNoProducerId, kNow);
        SAME(next->producer, (Producer{7, 4}));
        SAME(initProducer(*next, Producer{7, 2}, 5000, kNoProducerId, kNow).error(), TransactionError::ProducerFenced);
        SAME(initProducer(*next, Producer{8, 4}, 5000, kNoProducerId, kNow).error(), TransactionError::ProducerFenced);
        // Another producer came between.
        const auto other = initProducer(*next, {}, 5000, kNoProducerId, kNow);
        SAME(initProducer(*other, Producer{7, 3}, 5000, kNoProducerId, kNow).error(), TransactionError::ProducerFenced);
    }

    void epochsEndInANewId() {
        const auto now = in(State::CompleteCommit, kLast);
        QVERIFY(initNeedsId(now, {}));
        QVERIFY(initNeedsId(now, Producer{7, kLast}));
        QVERIFY(!initNeedsId(now, Producer{7, 5}));
        auto next = initProducer(now, Producer{7, kLast}, 5000, 99, kNow);
        SAME(next->producer, (Producer{99, 0}));
        QCOMPARE(next->previousId, ProducerId{7});
        // The answer was lost: its id is the one before, and used up.
        QVERIFY(!fenced(*next, Producer{7, kLast}));
        QVERIFY(fenced(*next, Producer{7, 5}));
    }

    void aNewProducerWaitsForTheOldTransaction() {
        for (const State state : {State::Ongoing, State::PrepareCommit, State::PrepareAbort})
            SAME(initProducer(in(state), {}, 5000, kNoProducerId, kNow).error(), TransactionError::ConcurrentTransactions);
    }

    void partitionsAreAdded() {
        for (const State state : {State::Empty, State::CompleteCommit, State::CompleteAbort}) {
            const auto next = addPartitions(in(state), {7, 3}, {kOrders}, 2, kNow);
            QVERIFY(next && *next);
            SAME((*next)->state, State::Ongoing);
            QCOMPARE((*next)->startedAt, kNow);
        }
        const auto more = addPartitions(in(State::Ongoing), {7, 3}, {{"orders", 1}}, 2, kNow);
        QCOMPARE((*more)->partitions.size(), 2U);
        QCOMPARE((*more)->startedAt, WallMs{500});
        QVERIFY(!*addPartitions(in(State::Ongoing), {7, 3}, {kOrders}, 2, kNow)); // known: nothing to write
    }

    void partitionsAreRefused() {
        SAME(errorOf(addPartitions(in(State::Ongoing), {8, 3}, {kOrders}, 2, kNow)), TransactionError::InvalidProducerIdMapping);
        SAME(errorOf(addPartitions(in(State::Ongoing), {7, 2}, {kOrders}, 2, kNow)), TransactionError::ProducerFenced);
        SAME(errorOf(addPartitions(in(State::Ongoing), {7, 4}, {kOrders}, 2, kNow)), TransactionError::ProducerFenced);
        SAME(errorOf(addPartitions(in(State::PrepareCommit), {7, 3}, {kOrders}, 2, kNow)), TransactionError::ConcurrentTransactions);
        SAME(errorOf(addPartitions(in(State::PrepareAbort), {7, 3}, {kOrders}, 2, kNow)), TransactionError::ConcurrentTransactions);
    }

    void everyEndOfVersionTwoBumpsTheEpoch() {
        for (const bool commit : {true, false}) {
            const auto next = end(in(State::Ongoing), commit ? commitOf(3) : abortOf(3), kNoProducerId, kNow);
            QVERIFY(next && *next);
            SAME((*next)->state, commit ? State::PrepareCommit : State::PrepareAbort);
            SAME((*next)->producer, (Producer{7, 4}));
            const auto done = complete(**next, kNow);
            SAME(done.state, commit ? State::CompleteCommit : State::CompleteAbort);
            SAME(done.producer, (Producer{7, 4}));
            QVERIFY(done.partitions.empty());
        }
    }

    /// The table of KIP-890: what an end is answered when no transaction is open. Again = with the epoch before the bump.
    void endsWithoutATransaction_data() {
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("commit");
        QTest::addColumn<bool>("again");
        QTest::addColumn<int>("error");
        QTest::addColumn<bool>("writes");
        const auto row = [](const char* name, State state, bool commit, bool again, TransactionError error, bool writes) {
            QTest::newRow(name) << static_cast<int>(state) << commit << again << static_cast<int>(error) << writes;
        };
        row("empty, abort again", State::Empty, false, true, TransactionError::ProducerFenced, false);
        row("empty, abort", State::Empty, false, false, TransactionError::None, true);
        row("empty, commit again", State::Empty, true, true, TransactionError::ProducerFenced, false);
        row("empty, commit", State::Empty, true, false, TransactionError::InvalidTransactionState, false);
        row("aborted, abort again", State::CompleteAbort, false, true, TransactionError::None, false);
        row("aborted, abort", State::CompleteAbort, false, false, TransactionError::None, true);
        row("aborted, commit again", State::CompleteAbort, true, true, TransactionError::InvalidTransactionState, false);
        row("aborted, commit", State::CompleteAbort, true, false, TransactionError::InvalidTransactionState, false);
        row("committed, abort again", State::CompleteCommit, false, true, TransactionError::InvalidTransactionState, false);
        row("committed, abort", State::CompleteCommit, false, false, TransactionError::None, true);
        row("committed, commit again", State::CompleteCommit, true, true, TransactionError::None, false);
        row("committed, commit", State::CompleteCommit, true, false, TransactionError::InvalidTransactionState, false);
    }
    void endsWithoutATransaction() {
        QFETCH(int, state);
        QFETCH(bool, commit);
        QFETCH(bool, again);
        QFETCH(int, error);
        QFETCH(bool, writes);
        const EndRequest request{{7, static_cast<ProducerEpoch>(again ? 2 : 3)}, commit, 2};
        const auto move = end(in(static_cast<State>(state)), request, kNoProducerId, kNow);
        SAME(errorOf(move), static_cast<TransactionError>(error));
        QCOMPARE(move && *move, writes);
        if (writes) {
            SAME((*move)->state, State::PrepareAbort);
            QCOMPARE((*move)->startedAt, kNow);
        }
    }

    void endsAreRefused() {
        SAME(errorOf(end(in(State::Ongoing), commitOf(2), kNoProducerId, kNow)), TransactionError::ProducerFenced); // of the transaction before
        SAME(errorOf(end(in(State::Ongoing), commitOf(4), kNoProducerId, kNow)), TransactionError::ProducerFenced);
        SAME(errorOf(end(in(State::Ongoing), {{8, 3}, true, 2}, kNoProducerId, kNow)), TransactionError::InvalidProducerIdMapping);
        SAME(errorOf(end(in(State::PrepareCommit, 4), commitOf(3), kNoProducerId, kNow)), TransactionError::ConcurrentTransactions);
        SAME(errorOf(end(in(State::PrepareCommit, 4), abortOf(3), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(end(in(State::PrepareAbort, 4), commitOf(3), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(end(in(State::PrepareAbort, 4), abortOf(4), kNoProducerId, kNow)), TransactionError::ProducerFenced);
    }

    void olderClientsKeepTheirEpoch() {
        const auto next = end(in(State::Ongoing), commitOf(3, 0), kNoProducerId, kNow);
        SAME((*next)->producer, (Producer{7, 3}));
        SAME(errorOf(end(in(State::Ongoing), commitOf(2, 0), kNoProducerId, kNow)), TransactionError::ProducerFenced); // KAFKA-9600
        SAME(errorOf(end(in(State::Empty), abortOf(3, 0), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(end(in(State::CompleteCommit), abortOf(3, 0), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(end(in(State::CompleteAbort), commitOf(3, 0), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        QVERIFY(!*end(in(State::CompleteCommit), commitOf(3, 0), kNoProducerId, kNow));
        QVERIFY(!*end(in(State::CompleteAbort), abortOf(3, 0), kNoProducerId, kNow));
        SAME(errorOf(end(in(State::PrepareCommit), commitOf(3, 0), kNoProducerId, kNow)), TransactionError::ConcurrentTransactions);
        SAME(errorOf(end(in(State::PrepareCommit), abortOf(3, 0), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
    }

    void theLastEpochEndsInANewId() { // KAFKA-18660
        const auto now = in(State::Ongoing, kLast);
        QVERIFY(endNeedsId(now, commitOf(kLast)));
        const auto next = end(now, commitOf(kLast), 99, kNow);
        SAME((*next)->producer, (Producer{7, 32767})); // the markers
        const auto done = complete(**next, kNow);
        SAME(done.producer, (Producer{99, 0}));
        QCOMPARE(done.previousId, ProducerId{7});
        QVERIFY(!*end(done, commitOf(kLast), kNoProducerId, kNow)); // again: it is done
        SAME(errorOf(end(done, abortOf(kLast), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(end(done, commitOf(5), kNoProducerId, kNow)), TransactionError::InvalidProducerIdMapping);
    }

    void aFenceBumpsTheEpoch() {
        const auto old = fence(in(State::Ongoing), 0, kNoProducerId, kNow);
        SAME(old.state, State::PrepareAbort);
        SAME(old.producer, (Producer{7, 4}));
        SAME(initProducer(complete(old, kNow), Producer{7, 3}, 5000, kNoProducerId, kNow).error(), TransactionError::ProducerFenced);
        // Of version 2 it is as if the producer had asked for it: it may go on, if nobody else came.
        const auto done = complete(fence(in(State::Ongoing), 2, kNoProducerId, kNow), kNow);
        SAME(done.producer, (Producer{7, 4}));
        SAME(initProducer(done, Producer{7, 3}, 5000, kNoProducerId, kNow)->producer, (Producer{7, 4}));
        QVERIFY(!*end(done, abortOf(3), kNoProducerId, kNow));
        SAME(errorOf(end(done, commitOf(3), kNoProducerId, kNow)), TransactionError::InvalidTransactionState);
        SAME(errorOf(addPartitions(done, {7, 3}, {kOrders}, 2, kNow)), TransactionError::ProducerFenced);
        const auto second = *initProducer(done, {}, 5000, kNoProducerId, kNow);
        SAME(initProducer(second, Producer{7, 3}, 5000, kNoProducerId, kNow).error(), TransactionError::ProducerFenced);
        SAME(errorOf(end(second, abortOf(3), kNoProducerId, kNow)), TransactionError::ProducerFenced);
        // The last epoch is kept for it.
        SAME(fence(in(State::Ongoing, kLast), 0, kNoProducerId, kNow).producer, (Producer{7, 32767}));
        QVERIFY(fenceNeedsId(in(State::Ongoing, kLast), 2));
        SAME(complete(fence(in(State::Ongoing, kLast), 2, 99, kNow), kNow).producer, (Producer{99, 0}));
    }

    void recordsReadBack() {
        Transaction transaction = in(State::PrepareCommit, kLast);
        transaction.partitions = {{"a", 1}, {"a", 2}, {"b", 0}};
        transaction.previousId = 7;
        transaction.nextId = 99;
        transaction.updatedAt = 600;
        auto record = transactionRecord("tx", transaction, 2);
        auto back = parseRecord(record.key, record.value);
        QVERIFY(back && *back && (*back)->transaction);
        QCOMPARE(QString::fromStdString((*back)->transactionalId), QStringLiteral("tx"));
        QVERIFY(*(*back)->transaction == transaction);
        record = transactionRecord("tx", transaction, 0); // of a cluster that has not raised transaction.version
        back = parseRecord(record.key, record.value);
        QVERIFY(back && *back && (*back)->transaction);
        QCOMPARE((*back)->transaction->nextId, kNoProducerId);
        SAME((*back)->transaction->producer, transaction.producer);
        const auto gone = parseRecord(transactionTombstone("tx").key, {});
        QVERIFY(gone && *gone && !(*gone)->transaction);
        QVERIFY(!*parseRecord(Slice::copy(std::string_view("\x00\x09zz", 4)), {})); // a key of another kind
        QVERIFY(!parseRecord(record.key, Slice::copy(std::string_view("\x00\x01\x00", 3))));
    }
};

SAMSA_TEST(TransactionTest)
#include "transaction_test.moc"
