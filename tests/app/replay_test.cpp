// samsa replay on a cluster of ours: messages with every kind of field, the program killed with -9 five times. Nothing is missing, all is byte for byte the same,
// and no more came twice than it said. Against Apache Kafka, where each arrives once, tests/compatibility/run does the same.
#include "models/client/record_reader.h"
#include "tests/support/process_cluster.h"
#include "tests/support/rdkafka_topic.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <librdkafka/rdkafka.h>

using namespace models;
using namespace models::client;
using namespace std::chrono_literals;

namespace {

constexpr int kPartitions = 3;
constexpr int kMessages = 12'000;
constexpr int kKills = 5;

std::optional<QByteArray> field(int i, int kind) {
    switch (kind % 5) {
    case 0: return std::nullopt;
    case 1: return QByteArray("");
    case 2: return QByteArray("text \xC3\xA9 ") + QByteArray::number(i);
    case 3: return QByteArray(1 + i % 300, static_cast<char>(i));
    default: return QByteArray("\0\xFF\x80 zero", 8);
    }
}

QList<Header> headers(int i) {
    static const QList<QList<Header>> kinds{{}, {{"trace", QByteArray("1")}, {"trace", QByteArray("1")}, {"trace", QByteArray("2")}}, {{"null", std::nullopt}, {"empty", QByteArray("")}},
        {{"b", QByteArray("\0\xFF", 2)}, {"a", std::nullopt}, {"b", QByteArray("again")}, {"", QByteArray("no name")}}};
    return kinds[i % kinds.size()];
}

/// A producer of the test's own: it must not be the code under test.
class Filler {
public:
    explicit Filler(const QByteArray& servers) {
        char reason[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers.constData(), reason, sizeof reason);
        m_handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    }
    ~Filler() { rd_kafka_destroy(m_handle); }
    bool createTopic(const char* name) {
        return tests::createTopic(m_handle, name, kPartitions, {{"retention.ms", "-1"}});
    }
    void fill(const char* topic) {
        for (int i = 0; i < kMessages; ++i) {
            const auto key = field(i, i / kPartitions), value = field(i + 1, i / 15);
            auto* native = rd_kafka_headers_new(4);
            for (const auto& header : headers(i))
                rd_kafka_header_add(native, header.name.constData(), header.name.size(), header.value ? header.value->constData() : nullptr, header.value ? header.value->size() : 0);
            const auto error = rd_kafka_producev(m_handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(i % kPartitions), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_KEY((key ? const_cast<char*>(key->constData()) : nullptr), static_cast<size_t>(key ? key->size() : 0)),
                RD_KAFKA_V_VALUE((value ? const_cast<char*>(value->constData()) : nullptr), static_cast<size_t>(value ? value->size() : 0)),
                RD_KAFKA_V_TIMESTAMP(1 + (i * 7919LL) % 1'000'003), RD_KAFKA_V_HEADERS(native), RD_KAFKA_V_END);
            QCOMPARE(error, RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        QCOMPARE(rd_kafka_flush(m_handle, 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    }

private:
    rd_kafka_t* m_handle = nullptr;
};

qint64 extent(RecordReader& reader) {
    qint64 total = 0;
    for (int p = 0; p < kPartitions; ++p)
        if (const auto found = reader.extent(p, 5s))
            total += found->second;
    return total;
}

/// Everything but offsets, as one value that can be counted.
using Content = QHash<QByteArray, int>;
QByteArray valueOf(const Record& record) {
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    const auto put = [&out](const std::optional<QByteArray>& part) { out << part.has_value() << part.value_or(QByteArray()); };
    out << record.partition << record.timestampMs;
    put(record.key);
    put(record.value);
    for (const auto& header : record.headers) {
        out << header.name;
        put(header.value);
    }
    return bytes;
}

Content contentOf(const ClientConfig& config, const QString& topic) {
    Content content;
    auto reader = RecordReader::open(config, topic, true, true);
    QList<RecordReader::Start> starts;
    for (int p = 0; p < kPartitions; ++p)
        starts.append({p, 0});
    if (!reader || !(*reader)->assign(starts))
        return content;
    QSet<int> ended;
    QElapsedTimer since;
    since.start();
    while (ended.size() < kPartitions && since.elapsed() < 60'000) {
        const auto batch = (*reader)->poll(1000, 4 << 20, 500ms);
        if (!batch)
            break;
        for (const auto& record : batch->records)
            ++content[valueOf(record)];
        for (const int partition : batch->endReached)
            ended.insert(partition);
    }
    return ended.size() == kPartitions ? content : Content();
}

} // namespace

class ReplayCommandTest : public QObject {
    Q_OBJECT
private slots:
    void killedFiveTimes() {
        tests::ProcessCluster cluster(1, 1);
        QVERIFY(cluster.start());
        const QByteArray servers = QByteArray::fromStdString(cluster.bootstrap());
        Filler filler(servers);
        QVERIFY(filler.createTopic("from"));
        QVERIFY(filler.createTopic("to"));
        filler.fill("from");
        QTemporaryDir home;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("SAMSA_HOME"), home.path());
        const ClientConfig config{QString::fromLatin1(servers), {}, {}};
        const auto watch = RecordReader::open(config, QStringLiteral("to")).value();
        QString told;
        int kills = 0;
        for (bool done = false; !done;) {
            QProcess replay;
            replay.setProcessEnvironment(environment);
            replay.start(QStringLiteral(SAMSA_TEST_PROGRAM), {QStringLiteral("replay"), QStringLiteral("-b"), QString::fromLatin1(servers), QStringLiteral("-t"), QStringLiteral("from"),
                                                                 QStringLiteral("--to-topic"), QStringLiteral("to"), QStringLiteral("--partition"), QStringLiteral("keep"), QStringLiteral("--rate"), QStringLiteral("4000")});
            QVERIFY(replay.waitForStarted());
            if (kills < kKills) {
                // Each time while new messages arrive, so that something is on its way.
                const qint64 before = extent(*watch);
                QElapsedTimer since;
                since.start();
                while (extent(*watch) < before + 300 && replay.state() == QProcess::Running && since.elapsed() < 60'000)
                    replay.waitForFinished(1);
                if (replay.state() == QProcess::Running) {
                    replay.kill();
                    ++kills;
                }
            }
            QVERIFY(replay.waitForFinished(120'000));
            told = QString::fromUtf8(replay.readAllStandardError());
            if (replay.exitStatus() == QProcess::NormalExit)
                QVERIFY2(replay.exitCode() == 0, qPrintable(told));
            done = replay.exitStatus() == QProcess::NormalExit;
        }
        QCOMPARE(kills, kKills);
        const auto wanted = contentOf(config, QStringLiteral("from"));
        const auto got = contentOf(config, QStringLiteral("to"));
        QVERIFY(!wanted.isEmpty());
        qint64 twice = 0;
        for (auto it = wanted.cbegin(); it != wanted.cend(); ++it)
            QVERIFY2(got.value(it.key()) >= it.value(), "a message is missing");
        for (auto it = got.cbegin(); it != got.cend(); ++it) {
            QVERIFY2(wanted.contains(it.key()), "something arrived that was not sent");
            twice += it.value() - wanted.value(it.key());
        }
        auto said = QRegularExpression(QStringLiteral("up to ([\\d,]+) may have arrived twice")).match(told).captured(1);
        QVERIFY2(twice <= said.remove(QLatin1Char(',')).toLongLong(), qPrintable(QStringLiteral("%1 twice; %2").arg(twice).arg(told)));
        // All of it was sent: asked again, it is a new replay, and a plan alone sends nothing.
        const qint64 before = extent(*watch);
        QProcess plan;
        plan.setProcessEnvironment(environment);
        plan.start(QStringLiteral(SAMSA_TEST_PROGRAM), {QStringLiteral("replay"), QStringLiteral("-b"), QString::fromLatin1(servers), QStringLiteral("-t"), QStringLiteral("from"), QStringLiteral("--to-topic"),
                                                           QStringLiteral("nowhere"), QStringLiteral("--plan")});
        QVERIFY(plan.waitForFinished(60'000));
        QCOMPARE(plan.exitCode(), 3);
        QVERIFY(plan.readAllStandardError().contains("does not exist"));
        QCOMPARE(extent(*watch), before);
    }
};

SAMSA_TEST(ReplayCommandTest)
#include "replay_test.moc"
