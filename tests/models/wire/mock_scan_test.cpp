// The reader against librdkafka's own mock brokers, which somebody else wrote: every codec that its producer has, three leaders.
#include "models/client/cluster_handle.h"
#include "models/wire/borrowed_scan.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <mutex>

using namespace models;
using namespace models::wire;

namespace {

class Counted : public ScanSink {
public:
    Result<void> take(int, const ScanBatch& batch) override {
        RecordCursor cursor(batch);
        RawRecord record;
        const std::lock_guard lock(mutex);
        while (cursor.next(record))
            seen[batch.partition].append(QByteArray(record.value.data(), static_cast<qsizetype>(record.value.size())));
        return cursor.broken() ? Result<void>(fail(ErrorCode::Corrupt, {}, {})) : Result<void>();
    }
    void problem(const ScanProblem& problem) override {
        const std::lock_guard lock(mutex);
        problems.append(problem.error.toString());
    }
    std::mutex mutex;
    QMap<int, QList<QByteArray>> seen;
    QStringList problems;
};

} // namespace

class MockScanTest : public QObject {
    Q_OBJECT
private slots:
    void cleanupTestCase() { QVERIFY(client::waitForDestroyed(std::chrono::seconds(20))); }
    void readsWhatLibrdkafkaWrote_data() {
        QTest::addColumn<QByteArray>("codec");
        for (const char* codec : {"none", "gzip", "snappy", "lz4", "zstd"})
            QTest::newRow(codec) << QByteArray(codec);
    }
    void readsWhatLibrdkafkaWrote() {
        QFETCH(QByteArray, codec);
        constexpr int kPartitions = 4;
        constexpr int kRecords = 4000;
        char reason[256];
        rd_kafka_t* host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
        auto* cluster = rd_kafka_mock_cluster_new(host, 3);
        rd_kafka_mock_topic_create(cluster, "orders", kPartitions, 3);
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), reason, sizeof reason);
        rd_kafka_conf_set(conf, "compression.type", codec.constData(), reason, sizeof reason);
        rd_kafka_conf_set(conf, "linger.ms", "50", reason, sizeof reason);
        rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
        for (int i = 0; i < kRecords; ++i) {
            const QByteArray value = "{\"n\":" + QByteArray::number(i) + ",\"text\":\"the same in every message\"}";
            rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("orders"), RD_KAFKA_V_PARTITION(i % kPartitions), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_VALUE(const_cast<char*>(value.constData()), static_cast<size_t>(value.size())), RD_KAFKA_V_END);
        }
        rd_kafka_flush(producer, 20'000);

        const client::ClientConfig config{QString::fromUtf8(rd_kafka_mock_cluster_bootstraps(cluster)), {}, {}};
        auto scan = TopicScan::open(config).value();
        const auto spans = scan->spans(QStringLiteral("orders"), {});
        QVERIFY2(spans.has_value(), spans ? "" : qPrintable(spans.error().toString()));
        QList<ScanRange> ranges;
        for (auto it = spans->begin(); it != spans->end(); ++it) {
            QVERIFY2(!it->error, it->error ? qPrintable(it->error->toString()) : "");
            QCOMPARE(it->end, kRecords / kPartitions);
            ranges.append({it.key(), it->begin, it->end});
        }
        Counted counted;
        const auto end = scan->run(QStringLiteral("orders"), ranges, {.checkCrc = true}, counted);
        QVERIFY(end.has_value() && *end == ScanEnd::Finished);
        QVERIFY2(counted.problems.isEmpty(), qPrintable(counted.problems.join(u'\n')));
        QCOMPARE(counted.seen.size(), kPartitions);
        for (int partition = 0; partition < kPartitions; ++partition) {
            QCOMPARE(counted.seen[partition].size(), kRecords / kPartitions);
            for (int i = 0; i < counted.seen[partition].size(); ++i)
                QVERIFY(counted.seen[partition][i].startsWith("{\"n\":" + QByteArray::number(i * kPartitions + partition) + ','));
        }
        // The way through librdkafka brings the same, batch by batch as if it were our own.
        BorrowedScan borrowed(config, QStringLiteral("for the test"));
        QVERIFY(borrowed.route() == TopicScan::Route::Librdkafka);
        const auto again = borrowed.spans(QStringLiteral("orders"), {});
        QVERIFY2(again.has_value(), again ? "" : qPrintable(again.error().toString()));
        for (auto it = again->begin(); it != again->end(); ++it)
            QCOMPARE(it->end, kRecords / kPartitions);
        Counted other;
        const auto otherEnd = borrowed.run(QStringLiteral("orders"), ranges, {}, other);
        QVERIFY(otherEnd.has_value() && *otherEnd == ScanEnd::Finished);
        QCOMPARE(other.problems, QStringList());
        QCOMPARE(other.seen, counted.seen);
        QCOMPARE(borrowed.positions(), scan->positions());
        Counted part;
        QVERIFY(borrowed.run(QStringLiteral("orders"), {{1, 10, 20}}, {}, part).has_value());
        QCOMPARE(part.seen[1], counted.seen[1].mid(10, 10));
        rd_kafka_destroy(producer);
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
    }
};

SAMSA_TEST(MockScanTest)
#include "mock_scan_test.moc"
