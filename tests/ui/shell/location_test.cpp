#include "tests/support/test_registry.h"
#include "ui/shell/location.h"

#include <QTest>

using ui::shell::Location;

class LocationTest : public QObject {
    Q_OBJECT
private slots:
    void roundTrips_data() {
        QTest::addColumn<Location>("location");
        QTest::newRow("list") << Location{QStringLiteral("local:orders-dev"), QStringLiteral("topics"), {}, {}};
        QTest::newRow("thing") << Location{QStringLiteral("c-abcdefgh"), QStringLiteral("topics"), QStringLiteral("payments.eu/settled?#%"), {}};
        QTest::newRow("view") << Location{QStringLiteral("x"), QStringLiteral("messages"), QStringLiteral("a"), {{QStringLiteral("filter"), QStringLiteral("value.a > 9 && b == \"&=\"")}, {QStringLiteral("empty"), {}}}};
        QTest::newRow("program") << Location{{}, QStringLiteral("gallery"), {}, {}};
    }
    void roundTrips() {
        QFETCH(Location, location);
        const auto back = Location::fromText(location.toText());
        QVERIFY(back);
        QCOMPARE(back->toText(), location.toText());
        QVERIFY(*back == location);
    }
    void refusesWhatIsNoPlace() {
        for (const char* text : {"", "samsa:", "http://x/y", "samsa:cluster", "samsa:a/", "samsa:a/b/c/d"})
            QVERIFY2(!Location::fromText(QLatin1String(text)), text);
        QVERIFY(!Location::fromText(QStringLiteral("samsa:a/b/") + QString(5000, u'x')));
    }
};

SAMSA_TEST(LocationTest)
#include "location_test.moc"
