#include "models/groups/lag_alert.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::groups;
using State = LagAlert::State;
using Effect = LagAlert::Effect;

namespace {

struct Step {
    qint64 second;
    std::optional<qint64> value;
};
/// "F60 R95": what was told at which second.
QString told(LagAlert& alert, const QList<Step>& steps) {
    QStringList all;
    for (const auto& step : steps) {
        const auto effect = alert.step(1'800'000'000'000 + step.second * 1000, step.value);
        if (effect != Effect::None)
            all.append((effect == Effect::Fired ? QStringLiteral("F%1") : QStringLiteral("R%1")).arg(step.second));
    }
    return all.join(u' ');
}
/// The same reading every ten seconds of [from, to].
QList<Step> steady(qint64 from, qint64 to, std::optional<qint64> value) {
    QList<Step> all;
    for (qint64 second = from; second <= to; second += 10)
        all.append({second, value});
    return all;
}

} // namespace

class LagAlertTest : public QObject {
    Q_OBJECT
    static LagRule rule(qint64 forSeconds = 60) { return {QStringLiteral("billing"), LagRule::Measure::Messages, 100, forSeconds * 1000}; }

private slots:
    void tells_data() {
        QTest::addColumn<qint64>("forSeconds");
        QTest::addColumn<QList<Step>>("steps");
        QTest::addColumn<QString>("wanted");
        QTest::newRow("never over") << 60LL << steady(0, 300, 100) << QString();
        QTest::newRow("over, but not for long enough") << 60LL << steady(0, 50, 500) + steady(60, 300, 10) << QString();
        QTest::newRow("over for as long as it says") << 60LL << steady(0, 300, 101) << QStringLiteral("F60");
        QTest::newRow("at once") << 0LL << steady(10, 300, 500) << QStringLiteral("F10");
        QTest::newRow("a dip below begins the wait anew") << 60LL << steady(0, 50, 500) + steady(60, 60, 90) + steady(70, 200, 500) << QStringLiteral("F130");
        QTest::newRow("recovers after half as long well below") << 60LL << steady(0, 100, 500) + steady(110, 300, 80) << QStringLiteral("F60 R140");
        QTest::newRow("just below is not well below") << 60LL << steady(0, 100, 500) + steady(110, 600, 90) << QStringLiteral("F60");
        QTest::newRow("trembling around the threshold tells once") << 60LL
            << steady(0, 100, 500) + steady(110, 130, 95) + steady(140, 200, 130) + steady(210, 230, 85) + steady(240, 400, 101) << QStringLiteral("F60");
        QTest::newRow("a short visit below does not end it") << 60LL << steady(0, 100, 500) + steady(110, 130, 10) + steady(140, 400, 500) << QStringLiteral("F60");
        QTest::newRow("a second episode tells again") << 60LL << steady(0, 100, 500) + steady(110, 200, 0) + steady(210, 400, 500) << QStringLiteral("F60 R140 F270");
        QTest::newRow("silence is no lag") << 60LL << steady(0, 20, 500) + steady(30, 300, std::nullopt) << QString();
        QTest::newRow("after silence the wait begins anew") << 60LL << steady(0, 20, 500) + steady(30, 90, std::nullopt) + steady(100, 200, 500) << QStringLiteral("F160");
        QTest::newRow("readings that stop and come again are silence too") << 60LL << steady(0, 20, 500) + steady(100, 200, 500) << QStringLiteral("F160");
        QTest::newRow("a short silence is forgiven") << 60LL << steady(0, 30, 500) + steady(40, 50, std::nullopt) + steady(60, 100, 500) << QStringLiteral("F60");
        QTest::newRow("silence does not end an episode") << 60LL << steady(0, 100, 500) + steady(110, 600, std::nullopt) + steady(610, 700, 500) << QStringLiteral("F60");
        QTest::newRow("a clock that goes back waits anew") << 60LL << steady(1000, 1050, 500) + steady(0, 100, 500) << QStringLiteral("F60");
    }
    void tells() {
        QFETCH(qint64, forSeconds);
        QFETCH(QList<Step>, steps);
        QFETCH(QString, wanted);
        LagAlert alert(rule(forSeconds));
        QCOMPARE(told(alert, steps), wanted);
    }

    void aToldEpisodeIsNotToldAgainAfterARestart() {
        LagAlert alert(rule());
        alert.resumeFiring(1'800'000'000'000);
        QVERIFY(alert.state() == State::Firing);
        QCOMPARE(told(alert, steady(10, 300, 500)), QString());
        QCOMPARE(told(alert, steady(310, 400, 0)), QStringLiteral("R340"));
    }
};

SAMSA_TEST(LagAlertTest)
#include "lag_alert_test.moc"
