#include "tests/embedded-broker/storage/storage_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::storage;
using tests::makeBatch;
using tests::StorageRig;

class RecoveryTest : public QObject {
    Q_OBJECT
private slots:
    /// A power cut may leave a partition's directory with records but without partition.metadata; nothing in it was acknowledged. A new log
    /// of that name must not find those bytes after the next crash, where its own first record was.
    void whatLiesInTheWayIsSetAside() {
        StorageRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.create("orders", 0, 7)->appendAsLeader(makeBatch({.text = "stale"}), 0));
        rig.settle();
        QVERIFY(rig.manager->shutdown(1));
        rig.kill();
        QVERIFY(rig.disk.remove("/data/1/orders-0/partition.metadata"));
        QVERIFY(rig.disk.syncDirectory("/data/1/orders-0"));

        QVERIFY(rig.open());
        QVERIFY(!rig.log("orders", 0));
        QCOMPARE(rig.create("orders", 0, 8)->logEndOffset(), Offset{0});
        QVERIFY(rig.log("orders", 0)->appendAsLeader(makeBatch({.text = "new"}), 0));
        rig.settle();
        QCOMPARE(rig.log("orders", 0)->syncedEndOffset(), Offset{1});
        rig.kill();
        rig.disk.killed();

        QVERIFY(rig.open());
        const auto found = rig.log("orders", 0)->readBytes(0, 1, 1);
        QVERIFY(found);
        QVERIFY(found->text().find("new") != std::string_view::npos);
        QVERIFY(rig.disk.exists("/data/1/orders-0.00000000000000000000000000000000-stray"));
    }

    void cleanStopLeavesWhatKafkaExpects() {
        StorageRig rig;
        rig.config.segmentBytes = 2000;
        QVERIFY(rig.open());
        QVERIFY(!rig.manager->wasCleanStop() && rig.manager->previousBrokerEpoch() == -1);
        for (int partition = 0; partition < 5; ++partition)
            rig.create("orders", partition);
        for (int i = 0; i < 12; ++i) {
            for (int partition = 0; partition < 5; ++partition)
                QVERIFY(rig.log("orders", partition)->appendAsLeader(
                    makeBatch({.valueBytes = 200, .producerId = 7, .producerEpoch = 0, .sequence = i}), 1));
        }
        rig.create("empty", 0);
        rig.settle();
        QVERIFY(rig.manager->shutdown(57));
        rig.kill();
        const auto files = rig.disk.files();
        const std::set<std::string> all(files.begin(), files.end());
        for (const auto* name : {".kafka_cleanshutdown", "recovery-point-offset-checkpoint", "replication-offset-checkpoint",
                                 "log-start-offset-checkpoint", "meta.properties", "orders-0/partition.metadata",
                                 "orders-0/leader-epoch-checkpoint", "orders-0/00000000000000000000.log",
                                 "orders-0/00000000000000000000.index", "orders-0/00000000000000000000.timeindex",
                                 "orders-0/00000000000000000012.snapshot",
                                 // Kafka takes a segment without its index for damaged, be it empty.
                                 "empty-0/00000000000000000000.index", "empty-0/00000000000000000000.timeindex"})
            QVERIFY2(all.contains(std::string("/data/1/") + name), name);
        for (const auto& path : files)
            QVERIFY2(!path.contains("journal") && !path.ends_with(".tmp"), path.c_str());
        QVERIFY(rig.disk.content("/data/1/orders-0/leader-epoch-checkpoint") == "0\n1\n1 0\n");
        QVERIFY(rig.disk.content("/data/1/recovery-point-offset-checkpoint")->contains("\norders 0 12\n"));

        QVERIFY(rig.open());
        QVERIFY(rig.manager->wasCleanStop());
        QCOMPARE(rig.manager->previousBrokerEpoch(), BrokerEpoch{57});
        QVERIFY(!rig.disk.content("/data/1/.kafka_cleanshutdown"));
        auto log = rig.log("orders", 3);
        QVERIFY(log->logEndOffset() == 12 && log->syncedEndOffset() == 12 && log->latestEpoch() == 1);
        for (int i = 7; i < 12; ++i) {
            const auto again = log->appendAsLeader(makeBatch({.valueBytes = 200, .producerId = 7, .producerEpoch = 0, .sequence = i}), 2);
            QVERIFY(again && again->duplicate && again->firstOffset == i);
        }
        QCOMPARE(log->appendAsLeader(makeBatch(), 2)->firstOffset, Offset{12});
    }

    void journalIsReplayedAfterAKill() {
        StorageRig rig;
        QVERIFY(rig.open());
        for (int partition = 0; partition < 10; ++partition)
            rig.create("many", partition);
        for (int partition = 0; partition < 10; ++partition)
            QVERIFY(rig.log("many", partition)->appendAsLeader(makeBatch({.records = 3}), 4));
        rig.settle(); // acknowledged, and not yet in any segment
        QCOMPARE(rig.log("many", 4)->syncedEndOffset(), Offset{3});
        const auto random = makeSeededRandom(5);
        rig.powerCut(*random);
        QVERIFY(rig.open());
        for (int partition = 0; partition < 10; ++partition) {
            auto log = rig.log("many", partition);
            QVERIFY(log && log->logEndOffset() == 3 && log->syncedEndOffset() == 3 && log->latestEpoch() == 4);
            QVERIFY(log->topicId() == tests::topicIdOf(1));
        }
        for (const auto& path : rig.disk.files())
            QVERIFY2(!path.contains("journal"), path.c_str());
    }

    void tornTailIsCut() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (int i = 0; i < 5; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 100}), 0));
        rig.settle();
        rig.kill();
        const std::string path = "/data/1/orders-0/00000000000000000000.log";
        const auto whole = rig.disk.content(path).value();
        for (const auto& tail : {std::string("abc"), std::string(4096, '\0'), whole.substr(0, 150), whole.substr(0, whole.size() / 5)}) {
            rig.disk.setContent(path, whole + tail);
            QVERIFY(rig.open());
            QVERIFY(rig.log()->logEndOffset() == 5);
            QCOMPARE(rig.disk.content(path).value().size(), whole.size());
            rig.kill();
        }
        auto damaged = whole;
        damaged[whole.size() / 5 * 3 + 80] ^= 1; // in the fourth batch
        rig.disk.setContent(path, damaged);
        QVERIFY(rig.open());
        QCOMPARE(rig.log()->logEndOffset(), Offset{3});
    }

    void refusesForeignAndBusyDirectories() {
        StorageRig rig;
        QVERIFY(rig.open());
        tests::ManualScheduler scheduler;
        tests::ManualPool pool(scheduler);
        const auto code = [&](const std::string& directory, NodeId node, const std::string& cluster) {
            LogManagerOptions options;
            options.logDirs = {directory};
            options.nodeId = node;
            options.clusterId = cluster;
            LogManager other({rig.disk, scheduler, pool}, options);
            const auto opened = other.open();
            return opened ? ErrorCode::Internal : opened.error().code;
        };
        QVERIFY(code(StorageRig::kDir, 1, "") == ErrorCode::Busy);
        rig.kill();
        QVERIFY(code(StorageRig::kDir, 2, "") == ErrorCode::InvalidArgument);
        QVERIFY(code(StorageRig::kDir, 1, "other") == ErrorCode::InvalidArgument);
        QVERIFY(code("/nowhere", 1, "") == ErrorCode::InvalidArgument);
    }

    /// A directory that Apache Kafka 4.3.1 wrote: topic "gold", one batch of eight records; stopped cleanly, and killed.
    void opensKafkasDirectory() {
        const auto log = QByteArray::fromHex("0000000000000000000000b10000000002ce18dac9000000000007000001a1fd797528000001a1fd7975430000000000000000"
                                             "000000000000000000081e00000001126d6573736167652d31001e00360201126d6573736167652d32001e00360401126d657373"
                                             "6167652d33001e00360601126d6573736167652d34001e00360801126d6573736167652d35001e00360a01126d6573736167652d"
                                             "36001e00360c01126d6573736167652d37001e00360e01126d6573736167652d3800")
                             .toStdString();
        const auto snapshot = QByteArray::fromHex("0001b84b6b85000000010000000000000000000000000007000000000000000700000007000001a1fd797543ffffffffffffffff"
                                                  "ffffffff")
                                  .toStdString();
        for (const bool clean : {true, false}) {
            StorageRig rig;
            rig.config.timestampAfterMaxMs = std::numeric_limits<std::int64_t>::max(); // Kafka's clock was ahead of the rig's
            QVERIFY(rig.disk.createDirectories("/data/1/gold-0") && rig.disk.syncDirectory("/data/1"));
            const auto put = [&](const std::string& name, const std::string& content) { rig.disk.setContent("/data/1/" + name, content); };
            put("gold-0/00000000000000000000.log", log);
            put("gold-0/leader-epoch-checkpoint", "0\n1\n0 0\n");
            put("gold-0/partition.metadata", "version: 0\ntopic_id: nKlFAU4ZRBy1v4B1h2_5dw");
            put("cleaner-offset-checkpoint", "");
            put("log-start-offset-checkpoint", "0\n0\n");
            if (clean) {
                put(".kafka_cleanshutdown", R"({"version":0,"brokerEpoch":11})");
                put("gold-0/00000000000000000000.index", "");
                put("gold-0/00000000000000000000.timeindex", QByteArray::fromHex("000001a1fd79754300000007").toStdString());
                put("gold-0/00000000000000000008.snapshot", snapshot);
                put("recovery-point-offset-checkpoint", "0\n1\ngold 0 8\n");
                put("replication-offset-checkpoint", "0\n1\ngold 0 8\n");
            } else {
                put("gold-0/00000000000000000000.index", std::string(10485760, '\0'));
                put("gold-0/00000000000000000000.timeindex", std::string(10485756, '\0'));
            }
            QVERIFY(rig.open());
            const auto gold = rig.log("gold", 0);
            QVERIFY(gold && gold->topicId().toString() == "nKlFAU4ZRBy1v4B1h2_5dw");
            QVERIFY(gold->logEndOffset() == 8 && gold->logStartOffset() == 0 && gold->latestEpoch() == 0);
            QCOMPARE(gold->highWatermark(), Offset{clean ? 8 : 0});
            QVERIFY(rig.manager->wasCleanStop() == clean && rig.manager->previousBrokerEpoch() == (clean ? 11 : -1));
            QVERIFY(gold->readBytes(0, 1000, 8).value().text() == log);
            const auto retry = gold->appendAsLeader(Slice::copy(log), 1);
            QVERIFY(retry && retry->duplicate && retry->firstOffset == 0 && retry->lastOffset == 7);
            // What is stopped again is what Kafka would have left.
            QVERIFY(rig.manager->shutdown(11));
            QVERIFY(rig.disk.content("/data/1/gold-0/00000000000000000008.snapshot") == snapshot);
            QVERIFY(rig.disk.content("/data/1/gold-0/00000000000000000000.log") == log);
            QVERIFY(rig.disk.content("/data/1/gold-0/00000000000000000000.timeindex") ==
                    QByteArray::fromHex("000001a1fd79754300000007").toStdString());
            QVERIFY(rig.disk.content("/data/1/gold-0/00000000000000000000.index") == "");
            QVERIFY(rig.disk.content("/data/1/recovery-point-offset-checkpoint") == "0\n1\ngold 0 8\n");
        }
    }

    void transactionsSurvive() {
        StorageRig rig;
        rig.config.segmentBytes = 600;
        QVERIFY(rig.open());
        auto log = rig.create();
        const auto marker = [&](ProducerId id, bool commit) {
            protocol::BatchOptions options;
            options.producerId = id;
            options.producerEpoch = 0;
            options.transactional = true;
            options.control = true;
            protocol::RecordBatchBuilder builder(options);
            builder.appendControl(rig.scheduler->wallNow(), commit ? protocol::ControlRecordType::Commit : protocol::ControlRecordType::Abort,
                                  protocol::endTransactionMarkerValue(3));
            return log->appendAsLeader(builder.build(), 0, {.origin = AppendOptions::Origin::Coordinator});
        };
        QVERIFY(log->appendAsLeader(makeBatch({.producerId = 1, .producerEpoch = 0, .sequence = 0, .transactional = true}), 0));
        QVERIFY(log->appendAsLeader(makeBatch({.producerId = 2, .producerEpoch = 0, .sequence = 0, .transactional = true}), 0));
        QCOMPARE(log->firstUnstableOffset(), Offset{0});
        QVERIFY(marker(1, false));
        QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 450}), 0)); // rolls
        log->setHighWatermark(4);
        QCOMPARE(log->firstUnstableOffset(), Offset{1});
        for (const bool clean : {true, false}) {
            rig.advance(milliseconds(60));
            if (clean)
                QVERIFY(rig.manager->shutdown(1));
            rig.kill();
            QVERIFY(rig.open());
            log = rig.log();
            const auto aborted = log->abortedTransactions(0, 4);
            QVERIFY(aborted.size() == 1 && aborted[0].producerId == 1 && aborted[0].firstOffset == 0 && aborted[0].lastOffset == 2);
            log->setHighWatermark(4);
            QCOMPARE(log->firstUnstableOffset(), Offset{1});
            QVERIFY(log->abortedTransactions(3, 4).empty());
        }
        QVERIFY(marker(2, true));
        log->setHighWatermark(5);
        QCOMPARE(log->firstUnstableOffset(), Offset{5});
    }

    void checkpointBoundsTheWork() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (int i = 0; i < 200; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 500, .producerId = 1, .producerEpoch = 0, .sequence = i}), 0));
        rig.advance(seconds(61));
        QVERIFY(rig.disk.content("/data/1/recovery-point-offset-checkpoint") == "0\n1\norders 0 200\n");
        QVERIFY(rig.disk.content("/data/1/orders-0/00000000000000000200.snapshot"));
        // Damage below the recovery point is not looked for at start: that is what the checkpoint is for.
        const std::string path = "/data/1/orders-0/00000000000000000000.log";
        auto damaged = rig.disk.content(path).value();
        damaged[100] ^= 1;
        rig.kill();
        rig.disk.setContent(path, damaged);
        QVERIFY(rig.open());
        log = rig.log();
        QCOMPARE(log->logEndOffset(), Offset{200});
        for (int i = 195; i < 200; ++i) {
            const auto again = log->appendAsLeader(makeBatch({.valueBytes = 500, .producerId = 1, .producerEpoch = 0, .sequence = i}), 0);
            QVERIFY(again && again->duplicate && again->firstOffset == i);
        }
    }
};

SAMSA_TEST(RecoveryTest)
#include "recovery_test.moc"
