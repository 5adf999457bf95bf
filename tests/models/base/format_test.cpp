#include "models/base/format.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <cmath>

using namespace models;

class FormatTest : public QObject {
    Q_OBJECT
private slots:
    void counts() {
        const QLocale english(QLocale::English);
        QCOMPARE(format::count(48'812'975, english), QStringLiteral("48,812,975"));
        QCOMPARE(format::count(-1, english), QStringLiteral("\u2013"));
        QCOMPARE(format::countShort(812, english), QStringLiteral("812"));
        QCOMPARE(format::countShort(12'400, english), QStringLiteral("12.4 k"));
        QCOMPARE(format::countShort(48'812'975, english), QStringLiteral("48.8 M"));
        QCOMPARE(format::count(1234, QLocale(QLocale::German)), QStringLiteral("1.234"));
    }

    void bytes() {
        const QLocale english(QLocale::English);
        QCOMPARE(format::bytes(1, english), QStringLiteral("1 B"));
        QCOMPARE(format::bytes(999, english), QStringLiteral("999 B"));
        QCOMPARE(format::bytes(4'100'000, english), QStringLiteral("4.1 MB"));
        QCOMPARE(format::bytes(21'300'000'000, english), QStringLiteral("21.3 GB"));
        QCOMPARE(format::bytes(999'999, english), QStringLiteral("1 MB"));
        QCOMPARE(format::byteRate(3'100'000, english), QStringLiteral("3.1 MB/s"));
        QCOMPARE(format::rate(2431.7, english), QStringLiteral("2,432/s"));
        QCOMPARE(format::rate(std::nan(""), english), QStringLiteral("\u2013"));
    }

    void times() {
        const QLocale english(QLocale::English);
        QCOMPARE(format::duration(23, english), QStringLiteral("23 ms"));
        QCOMPARE(format::duration(1200, english), QStringLiteral("1.2 s"));
        QCOMPARE(format::duration(8'040'000, english), QStringLiteral("2 h 14 min"));
        QCOMPARE(format::duration(604'800'000, english), QStringLiteral("7 days"));
        QCOMPARE(format::age(400, english), QStringLiteral("now"));
        QCOMPARE(format::age(14'000, english), QStringLiteral("14 s ago"));
        QCOMPARE(format::age(7'200'000, english), QStringLiteral("2 h ago"));
    }

    void aNameKeepsItsOrder() {
        QCOMPARE(format::inOrder(QStringLiteral("orders")), QStringLiteral("orders"));
        QCOMPARE(format::inOrder(QStringLiteral("a\u202Eb\u2066c")), QStringLiteral("a\\u{202E}b\\u{2066}c"));
        QCOMPARE(format::firstTurn(QStringLiteral("orders")), -1);
        QCOMPARE(format::firstTurn(QStringLiteral("a\u2069b\u202Ec")), 1);
    }
};

SAMSA_TEST(FormatTest)
#include "format_test.moc"
