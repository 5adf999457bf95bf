// The client and the message window over real sockets, against librdkafka's own mock brokers: three of them in this process.
#include "models/client/cluster_handle.h"
#include "models/client/native.h"
#include "models/client/record_reader.h"
#include "models/messages/message_window.h"
#include "tests/support/test_registry.h"

#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

using namespace models;
using namespace models::client;
using namespace models::messages;

namespace {

constexpr int kPartitions = 4;
constexpr int kRecords = 3000;
constexpr int kOffsetFetch = 9; // api keys
constexpr int kInitProducerId = 22;

/// Mock brokers with one topic, filled round-robin with timestamps that rise.
class MockCluster {
public:
    MockCluster() {
        char reason[256];
        m_host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
        m_cluster = rd_kafka_mock_cluster_new(m_host, 3);
        rd_kafka_mock_topic_create(m_cluster, "orders", kPartitions, 3);
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(m_cluster), reason, sizeof reason);
        m_producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
        for (int i = 0; i < kRecords; ++i)
            produce(i % kPartitions, 1'000'000 + i, "{\"n\":" + QByteArray::number(i) + '}');
        rd_kafka_flush(m_producer, 20'000);
    }
    ~MockCluster() {
        rd_kafka_destroy(m_producer);
        rd_kafka_mock_cluster_destroy(m_cluster);
        rd_kafka_destroy(m_host);
    }
    void produce(int partition, qint64 timestamp, const QByteArray& value) {
        rd_kafka_producev(m_producer, RD_KAFKA_V_TOPIC("orders"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE(const_cast<char*>(value.constData()), static_cast<size_t>(value.size())), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_END);
    }
    /// The next answers to this request say that the coordinator still reads its log.
    void coordinatorLoads(int apiKey, int answers) {
        const std::vector<rd_kafka_resp_err_t> errors(static_cast<std::size_t>(answers), RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
        rd_kafka_mock_push_request_errors_array(m_cluster, static_cast<int16_t>(apiKey), errors.size(), errors.data());
    }
    void coordinatorHasLoaded(int apiKey) { rd_kafka_mock_clear_request_errors(m_cluster, static_cast<int16_t>(apiKey)); }
    void flush() { rd_kafka_flush(m_producer, 20'000); }
    [[nodiscard]] ClientConfig config() const { return {QString::fromUtf8(rd_kafka_mock_cluster_bootstraps(m_cluster)), {}, {}}; }

private:
    rd_kafka_t* m_host = nullptr;
    rd_kafka_mock_cluster_t* m_cluster = nullptr;
    rd_kafka_t* m_producer = nullptr;
};

} // namespace

class MockClusterTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { m_cluster = std::make_unique<MockCluster>(); }
    void cleanupTestCase() {
        m_cluster.reset();
        QVERIFY(waitForDestroyed(std::chrono::seconds(20)));
    }

    void asks() {
        auto handle = ClusterHandle::open(m_cluster->config()).value();
        const auto metadata = handle->metadata().result();
        QVERIFY2(metadata.has_value(), metadata ? "" : qPrintable(metadata.error().toString()));
        QCOMPARE(metadata->brokers.size(), 3);
        QCOMPARE(metadata->topics.size(), 1);
        QCOMPARE(metadata->topics[0].partitions.size(), kPartitions);
        QList<OffsetQuery> queries;
        for (int i = 0; i < kPartitions; ++i)
            queries.append({{QStringLiteral("orders"), i}, OffsetAt::Latest});
        const auto offsets = handle->listOffsets(queries).result();
        QVERIFY2(offsets.has_value(), offsets ? "" : qPrintable(offsets.error().toString()));
        qint64 total = 0;
        for (const auto& answer : *offsets)
            total += answer.offset;
        QCOMPARE(total, kRecords);
        QVERIFY(handle->listOffsets({}).result()->isEmpty());
    }

    // A new cluster makes the log of its transactions when the first one begins: that takes seconds, and is no refusal.
    void aCoordinatorThatStillLoadsIsWaitedFor() {
        m_cluster->coordinatorLoads(kInitProducerId, 3);
        auto* conf = rd_kafka_conf_new();
        char reason[256] = "";
        rd_kafka_conf_set(conf, "bootstrap.servers", m_cluster->config().bootstrapServers.toUtf8().constData(), reason, sizeof reason);
        rd_kafka_conf_set(conf, "transactional.id", "again", reason, sizeof reason);
        rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
        QVERIFY2(producer != nullptr, reason);
        const auto leave = qScopeGuard([producer] { rd_kafka_destroy(producer); });
        auto* error = rd_kafka_init_transactions(producer, 400); // the library asks every half second
        QVERIFY(error != nullptr);
        const auto early = native::takeStartError(QStringLiteral("start"), error);
        QVERIFY2(early.code == ErrorCode::TimedOut && early.why.contains(QStringLiteral("oordinator load")), qPrintable(early.toString()));
        error = rd_kafka_init_transactions(producer, 20'000);
        QVERIFY2(error == nullptr, rd_kafka_error_string(error));
    }

    void committedOffsetsWaitForACoordinatorThatLoads() {
        m_cluster->coordinatorLoads(kOffsetFetch, 3);
        auto handle = ClusterHandle::open(m_cluster->config()).value();
        const auto offsets = handle->committedOffsets(QStringLiteral("late")).result();
        QVERIFY2(offsets.has_value(), offsets ? "" : qPrintable(offsets.error().toString()));
        // For ever it is not waited, and what it was waited for is said.
        m_cluster->coordinatorLoads(kOffsetFetch, 1000);
        handle->setTimeout(std::chrono::milliseconds(300));
        const auto never = handle->committedOffsets(QStringLiteral("late")).result();
        QVERIFY(!never.has_value());
        QVERIFY2(never.error().code == ErrorCode::Busy, qPrintable(never.error().toString()));
        // Who closes meanwhile is answered at once.
        handle->setTimeout(std::chrono::minutes(2));
        const auto waiting = handle->committedOffsets(QStringLiteral("late"));
        handle->close();
        const auto closed = waiting.result();
        QVERIFY(!closed && closed.error().code == ErrorCode::Cancelled);
        m_cluster->coordinatorHasLoaded(kOffsetFetch);
    }

    void aTicketOfTheUsersOwnNeedsNoKeyTable() {
        ClientConfig config;
        config.bootstrapServers = QStringLiteral("127.0.0.1:1"); // nobody is there: what matters is that a client begins
        config.set(QStringLiteral("security.protocol"), QStringLiteral("SASL_PLAINTEXT"));
        config.set(QStringLiteral("sasl.mechanisms"), QStringLiteral("GSSAPI"));
        const auto handle = ClusterHandle::open(config);
        QVERIFY2(handle.has_value(), handle ? "" : qPrintable(handle.error().toString()));
        config.set(QStringLiteral("sasl.kerberos.kinit.cmd"), QStringLiteral("kinit -t %{sasl.kerberos.keytab}")); // what was written is not touched
        QVERIFY(!ClusterHandle::open(config).has_value());
    }

    void reads() {
        auto reader = RecordReader::open(m_cluster->config(), QStringLiteral("orders")).value();
        for (const qint64 from : {0, 500}) { // assigned anew: nothing of before may come along
            QVERIFY(reader->assign({{2, from}}).has_value());
            QList<Record> records;
            for (int turn = 0; turn < 100 && records.size() < 100; ++turn)
                records += reader->poll(100, 1 << 20, std::chrono::milliseconds(200))->records;
            QVERIFY(records.size() >= 100);
            for (int i = 0; i < records.size(); ++i) {
                QCOMPARE(records[i].partition, 2);
                QCOMPARE(records[i].offset, from + i);
            }
        }
    }

    void windowOpensAtTheEndAndGoesBack() {
        MessageWindow window;
        open(window, OpenAt::Kind::End);
        QVERIFY2(window.state() == MessageWindow::State::Ready, qPrintable(window.error().toString()));
        QVERIFY(window.rowCount() >= 500 && window.atEnd() && window.anchorAtBottom());
        QCOMPARE(window.row(window.anchorRow()).value.value(), QByteArray("{\"n\":2999}"));
        QSignalSpy resets(&window, &MessageWindow::reset);
        while (!window.atBeginning()) {
            const int before = window.rowCount();
            window.setVisible(0, 30);
            QTRY_VERIFY_WITH_TIMEOUT(window.rowCount() > before || window.atBeginning(), 10'000);
        }
        QCOMPARE(window.rowCount(), kRecords);
        QCOMPARE(resets.count(), 0);
        for (int i = 0; i < kRecords; ++i)
            QCOMPARE(window.row(i).timestampMs, 1'000'000 + i);
        QCOMPARE(window.totalOffsets(), kRecords);
    }

    void windowOpensAnywhere() {
        MessageWindow window;
        open(window, OpenAt::Kind::Beginning);
        QVERIFY(window.atBeginning());
        QCOMPARE(window.row(window.anchorRow()).timestampMs, 1'000'000);
        OpenAt at;
        at.kind = OpenAt::Kind::Offset;
        at.partition = 1;
        at.offset = 400;
        go(window, [&] { window.goTo(at); });
        QCOMPARE(window.row(window.anchorRow()).partition, 1);
        QCOMPARE(window.row(window.anchorRow()).offset, 400);
        QVERIFY(window.anchorRow() > 0); // what came before it is there too
        go(window, [&] { window.setPartitions({3}); });
        for (int i = 0; i < window.rowCount(); ++i)
            QCOMPARE(window.row(i).partition, 3);
        go(window, [&] { window.goToFraction(0.5); }); // of one partition: the mock knows no offsets by time
        QVERIFY(std::abs(window.fractionAt(window.anchorRow()) - 0.5) < 0.02);
    }

    void liveRowsComeToTheEnd() {
        MessageWindow window;
        open(window, OpenAt::Kind::End);
        window.setLive(true);
        const int before = window.rowCount();
        m_cluster->produce(0, 2'000'000, "{\"live\":true}");
        m_cluster->flush();
        QTRY_COMPARE_WITH_TIMEOUT(window.rowCount(), before + 1, 10'000);
        QCOMPARE(window.row(before).value.value(), QByteArray("{\"live\":true}"));
        // Who reads further up is not disturbed, only told.
        window.setVisible(0, 20);
        const int shown = window.rowCount();
        m_cluster->produce(0, 2'000'001, "{}");
        m_cluster->flush();
        QTRY_COMPARE_WITH_TIMEOUT(window.newCount(), 1, 10'000);
        QVERIFY(window.rowCount() >= shown);
        QVERIFY(window.row(window.rowCount() - 1).timestampMs == 2'000'000);
    }

    void aTopicThatIsNotThereSaysSo() {
        MessageWindow window;
        window.open(m_cluster->config(), QStringLiteral("no-such-topic"), {});
        QTRY_VERIFY_WITH_TIMEOUT(window.state() != MessageWindow::State::Loading, 15'000);
        QVERIFY(window.state() == MessageWindow::State::Failed);
        QVERIFY(!window.error().why.isEmpty());
    }

private:
    void open(MessageWindow& window, OpenAt::Kind kind) {
        OpenAt at;
        at.kind = kind;
        window.open(m_cluster->config(), QStringLiteral("orders"), at);
        QTRY_VERIFY_WITH_TIMEOUT(window.state() != MessageWindow::State::Loading, 15'000);
    }
    template <class Act>
    void go(MessageWindow& window, Act act) {
        act();
        QTRY_VERIFY_WITH_TIMEOUT(window.state() != MessageWindow::State::Loading, 15'000);
        QVERIFY2(window.state() == MessageWindow::State::Ready, qPrintable(window.error().toString()));
    }
    std::unique_ptr<MockCluster> m_cluster;
};

SAMSA_TEST(MockClusterTest)
#include "mock_cluster_test.moc"
