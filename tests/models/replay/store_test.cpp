// Replays in the database: begun, checkpointed, found again by what was asked for.
#include "models/replay/replay_store.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace models::replay;

class ReplayStoreTest : public QObject {
    Q_OBJECT
private slots:
    void goesOnWhereItWas() {
        QTemporaryDir directory;
        const QString path = directory.filePath(QStringLiteral("samsa.db"));
        Order order;
        order.id = QStringLiteral("r-1");
        order.source.bootstrapServers = QStringLiteral("a:1");
        order.source.set(QStringLiteral("sasl.password"), QStringLiteral("planted-secret"));
        order.target = order.source;
        order.sourceTopic = QStringLiteral("from");
        order.targetTopic = QStringLiteral("to");
        order.placement = Placement::Keep;
        order.ranges = {{0, 0, 10}, {0, 20, 30}, {1, 5, 6}};
        {
            ReplayStore store(models::store::Database::open(path).value());
            QVERIFY(!store.unfinished(QStringLiteral("asked")).value());
            QVERIFY(store.begin(order, QStringLiteral("asked"), true));
            QVERIFY(store.checkpoint(order.id, {{0, 7}, {1, 5}}, {7, 700, 0}));
            QVERIFY(store.checkpoint(order.id, {{0, 25}}, {12, 1200, 3}));
        }
        ReplayStore store(models::store::Database::open(path).value());
        const auto found = store.unfinished(QStringLiteral("asked")).value();
        QVERIFY(found.has_value());
        QVERIFY(found->state == ReplayState::Running); // nobody closed it: it crashed
        QCOMPARE(found->ranges, order.ranges);
        QCOMPARE(found->positions, (QMap<int, qint64>{{0, 25}, {1, 5}}));
        QCOMPARE(found->tally, (Tally{12, 1200, 3}));
        QVERIFY(found->keepPartition && found->transactional);
        QVERIFY(store.setState(order.id, ReplayState::Done));
        QVERIFY(!store.unfinished(QStringLiteral("asked")).value());
        QCOMPARE(store.newest(5).value().size(), 1);
        for (const auto& name : {"samsa.db", "samsa.db-wal"}) {
            QFile file(directory.filePath(QLatin1String(name)));
            if (file.open(QIODevice::ReadOnly))
                QVERIFY(!file.readAll().contains("planted-secret"));
        }
    }
};

SAMSA_TEST(ReplayStoreTest)
#include "store_test.moc"
