#include "models/groups/verdict_text.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::groups;
using models::session::Group;
using models::session::GroupPace;
using models::session::GroupStanding;
using models::session::Judgement;
using models::session::Verdict;

class VerdictTextTest : public QObject {
    Q_OBJECT
    static constexpr qint64 kNow = 1'800'000'000'000;
    static Judgement judged(Verdict verdict) { return {verdict, {QStringLiteral("orders"), 3}, 1, true, kNow - 130'400, 9000, 1204}; }

private slots:
    void saysWhyWithTheFacts() {
        const auto why = [](Judgement judgement, qint64 lag = 1204) { return verdictReason(judgement, lag, kNow); };
        QCOMPARE(why(judged(Verdict::Stop)), QStringLiteral("Nobody has read orders-3 for 2 min 10 s; 1,204 messages wait."));
        QCOMPARE(why(judged(Verdict::Stall)), QStringLiteral("The reader of orders-3 has not moved for 2 min 10 s; 1,204 messages wait."));
        QVERIFY(why(judged(Verdict::Warn)).contains(QStringLiteral("has not fallen for 2 min 10 s: 9,000 then, 1,204 now")));
        QVERIFY(why(judged(Verdict::Rewind)).contains(QStringLiteral("went back from 9,000 to 1,204, 2 min ago")));
        QCOMPARE(why(judged(Verdict::Ok), 0), QStringLiteral("Everything is read."));
        QVERIFY(why({}, -1).isEmpty());
    }

    void oneWordForAGroup() {
        const auto standing = [](Verdict verdict, GroupPace pace, qint64 lag = 5600) {
            Group group;
            group.judgement = judged(verdict);
            group.pace = pace;
            group.lag = lag;
            return standingOf(group);
        };
        // What Burrow finds is never talked down by which way the sum goes.
        QVERIFY(standing(Verdict::Warn, GroupPace::CatchingUp) == GroupStanding::FallsBehind);
        QVERIFY(standing(Verdict::Stall, GroupPace::FallingBehind) == GroupStanding::Stalled);
        QVERIFY(standing(Verdict::Stop, GroupPace::UpToDate) == GroupStanding::Stopped);
        QVERIFY(standing(Verdict::Rewind, GroupPace::CatchingUp) == GroupStanding::WentBack);
        // A lag that falls now and then on each partition is fine for Burrow, also where it grows all the same.
        QVERIFY(standing(Verdict::Ok, GroupPace::FallingBehind) == GroupStanding::FallsBehind);
        QVERIFY(standing(Verdict::Ok, GroupPace::CatchingUp) == GroupStanding::CatchesUp);
        QVERIFY(standing(Verdict::Ok, GroupPace::Steady) == GroupStanding::StaysBehind);
        QVERIFY(standing(Verdict::Ok, GroupPace::Steady, 300) == GroupStanding::Fine);
        QVERIFY(standing(Verdict::Unknown, GroupPace::FallingBehind) == GroupStanding::FallsBehind);
        QVERIFY(standing(Verdict::Unknown, GroupPace::Stopped) == GroupStanding::Unknown);
        QVERIFY(standing(Verdict::Unknown, GroupPace::Unknown) == GroupStanding::Unknown);
        QVERIFY(standing(Verdict::Ok, GroupPace::Unknown) == GroupStanding::Fine);
    }

    void saysWhyAGroupStandsSo() {
        Group group;
        group.judgement = judged(Verdict::Ok);
        group.lag = 1200;
        group.lagPerSecond = 20.3;
        group.pace = GroupPace::FallingBehind;
        QCOMPARE(standingReason(group, kNow), QStringLiteral("20 messages/s more in than out."));
        group.paceSinceMs = kNow - 600'000;
        QVERIFY(standingReason(group, kNow).startsWith(QStringLiteral("20 messages/s more in than out, since ")));
        group.pace = GroupPace::CatchingUp;
        group.lagPerSecond = -100;
        QCOMPARE(standingReason(group, kNow), QStringLiteral("1,200 messages behind, about 12 s to go."));
        group.judgement = judged(Verdict::Stop);
        QCOMPARE(standingReason(group, kNow), verdictReason(group.judgement, group.lag, kNow));
    }

    void agesOfMessages() {
        QCOMPARE(lagTimeText(kNow - 12'900, false, kNow), QStringLiteral("12 s"));
        QCOMPARE(lagTimeText(kNow - 180'000, true, kNow), QStringLiteral("at least 3 min"));
        QCOMPARE(lagTimeText(0, false, kNow), QStringLiteral("0 s"));
        QCOMPARE(lagTimeText(-1, false, kNow), QString());
        QCOMPARE(lagTimeMs(kNow - 5, kNow), 5);
        QCOMPARE(lagTimeMs(0, kNow), 0);
        QCOMPARE(lagTimeMs(-1, kNow), -1);
    }
};

SAMSA_TEST(VerdictTextTest)
#include "verdict_text_test.moc"
