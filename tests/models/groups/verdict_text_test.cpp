#include "models/groups/verdict_text.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::groups;
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
