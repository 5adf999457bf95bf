#include "embedded-broker/base/random.h"
#include "embedded-broker/base/uuid.h"
#include "tests/support/test_registry.h"

#include <QTest>

class UuidTest : public QObject {
    Q_OBJECT
private slots:
    void writesAsKafkaDoes() {
        QCOMPARE(broker::metadataTopicId().toString(), std::string("AAAAAAAAAAAAAAAAAAAAAQ"));
        QCOMPARE(broker::Uuid{}.toString(), std::string("AAAAAAAAAAAAAAAAAAAAAA"));
    }

    void roundTrips() {
        const auto random = broker::makeSeededRandom(1);
        for (int i = 0; i < 1000; ++i) {
            const auto id = broker::Uuid::random(*random);
            const auto text = id.toString();
            QVERIFY(text.size() == 22 && text.front() != '-');
            const auto parsed = broker::Uuid::parse(text);
            QVERIFY(parsed.has_value());
            QVERIFY(*parsed == id);
        }
    }

    void refusesWhatIsNotOne() {
        QVERIFY(!broker::Uuid::parse(""));
        QVERIFY(!broker::Uuid::parse("short"));
        QVERIFY(!broker::Uuid::parse("AAAAAAAAAAAAAAAAAAAA+Q"));
    }
};

SAMSA_TEST(UuidTest)
#include "uuid_test.moc"
