#include "models/session/offset_trail.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::session;
using Moment = OffsetTrail::Moment;

class OffsetTrailTest : public QObject {
    Q_OBJECT
private slots:
    void tellsWhenAMessageWasWritten() {
        OffsetTrail trail;
        trail.note(1000, 100);
        trail.note(2000, 200);
        trail.note(3000, 200);
        trail.note(4000, 300);
        QCOMPARE(trail.writtenAt(150), (Moment{1500, false}));
        QCOMPARE(trail.writtenAt(200), (Moment{3000, false})); // nothing was written until then
        QCOMPARE(trail.writtenAt(250), (Moment{3500, false}));
        QCOMPARE(trail.writtenAt(300), (Moment{0, false}));    // not written yet
        QCOMPARE(trail.writtenAt(20), (Moment{1000, true}));   // before anybody looked
        QCOMPARE(OffsetTrail().writtenAt(5), (Moment{0, false}));
    }

    void staysSmallAndRight() {
        OffsetTrail trail;
        for (int i = 0; i < 100'000; ++i)
            trail.note(i * 1000LL, i * 10LL);
        QVERIFY(trail.points().size() <= OffsetTrail::kPointsMax);
        QCOMPARE(trail.points().front().end, 0); // how far back it is known is not lost
        // At an even rate the straight line between points is the truth, however few they are.
        for (const qint64 offset : {5LL, 4'999LL, 500'000LL, 999'900LL})
            QVERIFY2(std::abs(trail.writtenAt(offset).timeMs - offset * 100) <= 1000, qPrintable(QString::number(offset)));
        // What is near is known to the second.
        QCOMPARE(trail.points().back().fromMs - (trail.points().end() - 2)->fromMs, 1000);
    }

    void aTopicMadeAnewBeginsAnew() {
        OffsetTrail trail;
        trail.note(1000, 100);
        trail.note(2000, 3);
        QCOMPARE(trail.points().size(), std::size_t(1));
        QCOMPARE(trail.writtenAt(1), (Moment{2000, true}));
    }

    void goesOnWhereAnEarlierRunEnded() {
        OffsetTrail trail;
        trail.note(9000, 900);
        trail.note(10'000, 1000);
        trail.prepend({{1000, 1000, 100}, {2000, 2000, 200}, {3000, 3000, 900}});
        QCOMPARE(trail.points().size(), std::size_t(4));
        QCOMPARE(trail.writtenAt(900), (Moment{9000, false})); // it stood at 900 from then to then
        QCOMPARE(trail.writtenAt(150), (Moment{1500, false}));
        // Of another topic of the same name: does not fit, is not taken.
        OffsetTrail anew;
        anew.note(9000, 5);
        anew.prepend({{1000, 1000, 100}});
        QCOMPARE(anew.points().size(), std::size_t(1));
    }
};

SAMSA_TEST(OffsetTrailTest)
#include "offset_trail_test.moc"
