#include "embedded-broker/replication/fetch_session.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::replication;

class FetchSessionTest : public QObject {
    Q_OBJECT
    static FetchSession::Key key(std::int32_t index) { return {reservedUuid(9), index}; }
private slots:
    void saysAllThenOnlyNews() {
        FetchSession session;
        session.want(key(0), {.offset = 5, .maxBytes = 10});
        session.want(key(1), {.offset = 6, .maxBytes = 10});
        protocol::FetchRequest full;
        session.write(full);
        QCOMPARE(full.sessionEpoch, 0);
        QCOMPARE(full.topics.size(), std::size_t{1});
        QCOMPARE(full.topics[0].partitions.size(), std::size_t{2});
        session.answered(77);

        QVERIFY(!session.hasNews());
        session.want(key(1), {.offset = 6, .maxBytes = 10}); // the same: no news
        QVERIFY(!session.hasNews());
        session.want(key(1), {.offset = 9, .maxBytes = 10});
        session.forget(key(0));
        protocol::FetchRequest next;
        session.write(next);
        QCOMPARE(next.sessionId, 77);
        QCOMPARE(next.sessionEpoch, 1);
        QCOMPARE(next.topics[0].partitions.size(), std::size_t{1});
        QCOMPARE(next.topics[0].partitions[0].fetchOffset, Offset{9});
        QCOMPARE(next.forgottenTopicsData[0].partitions, std::vector<std::int32_t>{0});

        protocol::FetchRequest idle;
        session.write(idle);
        QCOMPARE(idle.sessionEpoch, 2);
        QVERIFY(idle.topics.empty() && idle.forgottenTopicsData.empty());
    }

    /// A leader that is not told keeps the partition in its session, and answers every fetch at once with its error.
    void whatIsForgottenWhileTheSessionOpensIsSaid() {
        FetchSession session;
        session.want(key(0), {.offset = 5});
        session.want(key(1), {.offset = 6});
        protocol::FetchRequest full;
        session.write(full);
        session.forget(key(0));
        session.answered(77);
        QVERIFY(session.hasNews());
        protocol::FetchRequest next;
        session.write(next);
        QCOMPARE(next.sessionEpoch, 1);
        QCOMPARE(next.forgottenTopicsData.size(), std::size_t{1});
        QCOMPARE(next.forgottenTopicsData[0].partitions, std::vector<std::int32_t>{0});
        QVERIFY(!session.hasNews());
    }

    void withoutASessionEachRequestIsFull() {
        FetchSession session;
        session.want(key(0), {.offset = 1});
        for (int i = 0; i < 2; ++i) {
            protocol::FetchRequest request;
            session.write(request);
            QCOMPARE(request.sessionEpoch, 0);
            QCOMPARE(request.topics.size(), std::size_t{1});
            session.answered(0);
        }
    }

    void aLostSessionStartsOver() {
        FetchSession session;
        session.want(key(0), {.offset = 1});
        protocol::FetchRequest request;
        session.write(request);
        session.answered(3);
        session.reset();
        protocol::FetchRequest again;
        session.write(again);
        QCOMPARE(again.sessionId, 0);
        QCOMPARE(again.sessionEpoch, 0);
        QCOMPARE(again.topics.size(), std::size_t{1});
    }
};

SAMSA_TEST(FetchSessionTest)
#include "fetch_session_test.moc"
