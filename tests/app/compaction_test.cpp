// What was foretold is what is done: a topic of a real cluster is measured, asked about settings that are not applied, then these are applied, the broker cleans it, and it is
// measured again. What went must be what was said, to the record.
#include "models/compaction/forecast.h"
#include "models/compaction/topic_survey.h"
#include "tests/support/process_cluster.h"
#include "tests/support/rdkafka_topic.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QTest>
#include <librdkafka/rdkafka.h>

using namespace models;
using namespace models::compaction;

namespace {

constexpr int kMessages = 9'000;
constexpr int kKeys = 700;
constexpr qint64 kSegment = 1 << 20;

class Client {
public:
    explicit Client(const std::string& servers) {
        char reason[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers.c_str(), reason, sizeof reason);
        rd_kafka_conf_set(conf, "batch.num.messages", "50", reason, sizeof reason);
        m_handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    }
    ~Client() { rd_kafka_destroy(m_handle); }
    bool create(const char* name, const std::vector<std::pair<const char*, const char*>>& settings) { return tests::createTopic(m_handle, name, 1, settings); }
    bool set(const char* topic, const char* key, const char* value) {
        auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
        rd_kafka_error_destroy(rd_kafka_ConfigResource_add_incremental_config(resource, key, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value));
        auto* queue = rd_kafka_queue_new(m_handle);
        rd_kafka_IncrementalAlterConfigs(m_handle, &resource, 1, nullptr, queue);
        rd_kafka_ConfigResource_destroy(resource);
        return tests::done(queue);
    }
    void write(const char* topic, int from, int count) {
        for (int i = from; i < from + count; ++i) {
            const QByteArray key = "key-" + QByteArray::number((i * 31) % kKeys), value(400, 'v');
            const auto error = rd_kafka_producev(m_handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_KEY(const_cast<char*>(key.constData()), static_cast<size_t>(key.size())), RD_KAFKA_V_VALUE(const_cast<char*>(value.constData()), static_cast<size_t>(value.size())),
                RD_KAFKA_V_END);
            QCOMPARE(error, RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        QCOMPARE(rd_kafka_flush(m_handle, 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    }

private:
    rd_kafka_t* m_handle = nullptr;
};

} // namespace

class CompactionTest : public QObject {
    Q_OBJECT
    std::unique_ptr<tests::ProcessCluster> m_cluster;

    TopicSurvey measure(bool withFiles) {
        JobRunner jobs;
        TopicSurvey measured;
        bool over = false;
        SurveyOptions options;
        if (withFiles) {
            options.local.ofBroker = {{1, QString::fromStdString(m_cluster->directory(1))}};
            options.local.leaders = {{0, 1}};
        }
        jobs.start<TopicSurvey>(QStringLiteral("measure"),
            [config = client::ClientConfig{QString::fromStdString(m_cluster->bootstrap()), {}, {}}, options](JobControl& running) { return surveyTopic(config, QStringLiteral("customers"), options, running); }, this,
            [&](Result<TopicSurvey> outcome) {
                over = true;
                if (outcome)
                    measured = *outcome;
                else
                    qWarning("%s", qPrintable(outcome.error().toString()));
            });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(over, 60'000); }();
        return measured;
    }

private slots:
    void foretellsWhatCompactionDoes() {
        m_cluster = std::make_unique<tests::ProcessCluster>(1, 1, "log.cleaner.backoff.ms=200\n");
        QVERIFY2(m_cluster->start(), m_cluster->logs().c_str());
        Client client(m_cluster->bootstrap());
        QVERIFY(client.create("customers", {{"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}, {"min.compaction.lag.ms", "86400000"}, {"min.cleanable.dirty.ratio", "0.1"}}));
        client.write("customers", 0, kMessages);

        CompactionSettings inForce;
        inForce.compacts = true;
        inForce.deletes = false;
        inForce.segmentBytes = kSegment;
        inForce.dirtyRatioMin = 0.1;
        inForce.lagMinMs = 86'400'000;
        auto wanted = inForce;
        wanted.lagMinMs = 0;
        const auto before = measure(true);
        QCOMPARE(before.partitions.size(), 1);
        QCOMPARE(before.partitions[0].records, kMessages);
        QCOMPARE(before.partitions[0].keys, double(kKeys));
        QVERIFY(before.fromFiles);
        QVERIFY(before.partitions[0].segmentBases.size() >= 3);
        QVERIFY(!before.partitions[0].cleanOffset || *before.partitions[0].cleanOffset == 0);
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        const auto asItIs = forecast(before.partitions[0], inForce, inForce, now);
        QCOMPARE(asItIs.goesBytes, 0.0);
        QVERIFY(asItIs.when != When::Now);
        const auto foretold = forecast(before.partitions[0], inForce, wanted, now);
        QCOMPARE(foretold.when, When::Now);
        QVERIFY(!foretold.segmentsEstimated);
        QVERIFY(foretold.goesRecords > kKeys);

        QVERIFY(client.set("customers", "min.compaction.lag.ms", "0"));
        TopicSurvey after;
        QElapsedTimer since;
        since.start();
        do
            after = measure(true);
        while (since.elapsed() < 60'000 && after.partitions.value(0).cleanOffset.value_or(0) < foretold.uncleanable);
        const auto& seen = after.partitions[0];
        QCOMPARE(seen.cleanOffset, std::optional<qint64>(foretold.uncleanable)); // so far, and not the active segment
        QCOMPARE(kMessages - seen.records, qint64(foretold.goesRecords));
        const double freed = before.partitions[0].bytes - seen.bytes;
        QVERIFY2(std::abs(freed - foretold.goesBytes) < foretold.goesBytes * 0.05, qPrintable(QStringLiteral("%1 foretold, %2 freed").arg(foretold.goesBytes).arg(freed)));
        QCOMPARE(forecast(seen, inForce, wanted, now).goesBytes, 0.0); // and not again
    }

    void estimatesWithoutTheFiles() {
        // As of a cluster somewhere else: what cleaning left shows how far it came.
        if (!m_cluster)
            QFAIL("needs what the test before left");
        const auto exact = measure(true), estimated = measure(false);
        QVERIFY(!estimated.fromFiles);
        CompactionSettings settings;
        settings.compacts = true;
        settings.deletes = false;
        settings.segmentBytes = kSegment;
        const auto a = forecast(exact.partitions[0], settings, settings, exact.takenMs), b = forecast(estimated.partitions[0], settings, settings, estimated.takenMs);
        QVERIFY(b.segmentsEstimated && b.cleanEstimated);
        QVERIFY2(std::abs(a.cleanBytes - b.cleanBytes) < 0.2 * estimated.partitions[0].bytes, qPrintable(QStringLiteral("%1 of %2").arg(b.cleanBytes).arg(a.cleanBytes)));
        QVERIFY(estimated.partitions[0].cleanAtLeast <= *exact.partitions[0].cleanOffset);
        QVERIFY(estimated.partitions[0].cleanAtMost >= *exact.partitions[0].cleanOffset);
    }
};

SAMSA_TEST(CompactionTest)
#include "compaction_test.moc"
