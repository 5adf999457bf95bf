#include "models/base/moment.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QTest>

using namespace models;

class MomentTest : public QObject {
    Q_OBJECT
private slots:
    void reads_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("wanted");
        const auto at = [](int day, int hour, int minute, int second = 0) { return QDateTime(QDate(2026, 11, day), QTime(hour, minute, second)).toMSecsSinceEpoch(); };
        QTest::newRow("hours") << QStringLiteral("2 h") << at(26, 14, 0);
        QTest::newRow("hours ago") << QStringLiteral(" 2H ago ") << at(26, 14, 0);
        QTest::newRow("minutes") << QStringLiteral("90min") << at(26, 14, 30);
        QTest::newRow("days") << QStringLiteral("1 d") << at(25, 16, 0);
        QTest::newRow("clock before now") << QStringLiteral("9:05") << at(26, 9, 5);
        QTest::newRow("clock after now is yesterday's") << QStringLiteral("17:00:01") << at(25, 17, 0, 1);
        QTest::newRow("day") << QStringLiteral("2026-11-20") << at(20, 0, 0);
        QTest::newRow("date and time") << QStringLiteral("2026-11-20 14:00") << at(20, 14, 0);
        QTest::newRow("universal") << QStringLiteral("2026-11-20T14:00:00.250Z") << QDateTime(QDate(2026, 11, 20), QTime(14, 0, 0, 250), Qt::UTC).toMSecsSinceEpoch();
    }
    void reads() {
        QFETCH(QString, text);
        QFETCH(qint64, wanted);
        const auto moment = parseMoment(text, QDateTime(QDate(2026, 11, 26), QTime(16, 0)).toMSecsSinceEpoch());
        QVERIFY2(moment.has_value(), qPrintable(text));
        QCOMPARE(*moment, wanted);
    }

    void refuses_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"", "soon", "25:00", "12", "2 parsecs", "2026-13-01", "1969-01-01"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void refuses() {
        QFETCH(QString, text);
        const auto moment = parseMoment(text, 1'800'000'000'000);
        QVERIFY(!moment && moment.error().code == ErrorCode::Invalid && !moment.error().why.isEmpty());
    }
};

SAMSA_TEST(MomentTest)
#include "moment_test.moc"
