// The position of a replay as offsets of a group: there and back, and what others wrote.
#include "models/replay/replay_position.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::replay;
using models::client::CommittedOffset;

class ReplayPositionTest : public QObject {
    Q_OBJECT
private slots:
    void thereAndBack() {
        const QString topic = QStringLiteral("again");
        TargetPosition position;
        for (int i = 0; i < 10; ++i)
            position.positions[i] = 1'000'000'000'000 + i;
        position.tally = {77, 1234, 0};
        const auto offsets = toCommitted(position, topic, 3);
        QVERIFY(offsets.has_value());
        QCOMPARE(offsets->size(), 3); // only partitions that the target has
        const auto back = fromCommitted(*offsets, topic);
        QVERIFY(back && *back);
        QCOMPARE((*back)->positions, position.positions);
        QCOMPARE((*back)->tally, position.tally);
    }

    void tooManyPartitionsAreAnError() {
        TargetPosition position;
        for (int i = 0; i < 1000; ++i)
            position.positions[i] = 1'000'000'000'000;
        QVERIFY(!toCommitted(position, QStringLiteral("again"), 1));
        QVERIFY(toCommitted(position, QStringLiteral("again"), 100).has_value());
    }

    void othersAreLeftOut() {
        CommittedOffset foreign;
        foreign.partition = {QStringLiteral("again"), 0};
        foreign.offset = 5;
        foreign.metadata = QStringLiteral("somebody else's");
        const auto none = fromCommitted({foreign}, QStringLiteral("again"));
        QVERIFY(none && !*none);
        foreign.metadata = QStringLiteral("samsa1 0:x");
        QVERIFY(!fromCommitted({foreign}, QStringLiteral("again")));
        foreign.metadata = QStringLiteral("samsa1 0:-4");
        QVERIFY(!fromCommitted({foreign}, QStringLiteral("again")));
    }
};

SAMSA_TEST(ReplayPositionTest)
#include "position_test.moc"
