// The command line with the real samsa-broker and the real demo load: what a newcomer types first.
#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/update_features_request.h"
#include "embedded-broker/protocol/messages/update_features_response.h"
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/demo_lines.h"
#include "tests/support/test_registry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpSocket>
#include <QTest>
#include <QtEndian>

using namespace Qt::StringLiterals;
using tests::ClusterHome;
using tests::samsa;

namespace {

/// transaction.version of the broker at `port` becomes `level`, as an operator of Apache Kafka would do it; the error code, or -1.
int lowerTransactionVersion(int port, std::int16_t level) {
    using namespace broker;
    protocol::UpdateFeaturesRequest request;
    auto& update = request.featureUpdates.emplace_back();
    update.feature = "transaction.version";
    update.maxVersionLevel = level;
    update.upgradeType = 2;
    QByteArray frame;
    const Payload payload = protocol::encodeRequest(request, 2, 1, std::string("test"));
    for (const auto& part : payload.parts())
        if (const auto* slice = std::get_if<Slice>(&part))
            frame.append(reinterpret_cast<const char*>(slice->data()), static_cast<qsizetype>(slice->size()));
    QTcpSocket socket;
    socket.connectToHost(u"localhost"_s, static_cast<quint16>(port));
    if (!socket.waitForConnected(10'000))
        return -1;
    const quint32 length = qToBigEndian(static_cast<quint32>(frame.size()));
    socket.write(reinterpret_cast<const char*>(&length), sizeof length);
    socket.write(frame);
    while (socket.bytesAvailable() < 4 || socket.bytesAvailable() < 4 + qFromBigEndian<qint32>(socket.peek(4).constData()))
        if (!socket.waitForReadyRead(10'000))
            return -1;
    const QByteArray answer = socket.readAll().mid(4);
    protocol::Reader reader(Slice::copy(std::string_view(answer.constData(), static_cast<std::size_t>(answer.size()))));
    if (!protocol::decodeResponseHead(reader, protocol::UpdateFeaturesResponse::kApiKey, 2))
        return -1;
    const auto response = protocol::UpdateFeaturesResponse::decode(reader, 2);
    return response ? response->errorCode : -1;
}

} // namespace

class RealClusterTest : public QObject {
    Q_OBJECT
private slots:
    void aKilledBrokerCostsNoAcknowledgedMessage() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"3"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);

        QProcess demo;
        demo.start(QStringLiteral(SAMSA_TEST_PROGRAM), {u"demo"_s, u"local"_s, u"--rate"_s, u"500"_s, u"--json"_s});
        QJsonObject last;
        const auto acknowledged = [](qint64 count) {
            return [count](const QJsonObject& line) { return line[u"acknowledged"_s].toInteger() >= count; };
        };
        QVERIFY(tests::readUntil(demo, last, acknowledged(300)));
        QCOMPARE(samsa({u"cluster"_s, u"kill"_s, u"local"_s, u"2"_s}).code, 0);
        const qint64 before = last[u"acknowledged"_s].toInteger();
        QVERIFY(tests::readUntil(demo, last, acknowledged(before + 1000)));
        const auto restarted = samsa({u"cluster"_s, u"restart"_s, u"local"_s, u"2"_s});
        QVERIFY2(restarted.code == 0, restarted.err);
        QVERIFY(tests::readUntil(demo, last, [](const QJsonObject& line) {
            const QJsonObject consumed = line[u"consumed"_s].toObject();
            return consumed[u"billing"_s].toInteger() > 500 && consumed[u"warehouse"_s].toInteger() > 100;
        }));
        QCOMPARE(last[u"failed"_s].toInteger(), 0);
        demo.terminate();
        QVERIFY(demo.waitForFinished(60'000));
        QCOMPARE(demo.exitCode(), 0);

        // A load that was killed left members behind, which the cluster remembers: they do not hold the next one up for long.
        demo.start(QStringLiteral(SAMSA_TEST_PROGRAM), {u"demo"_s, u"local"_s, u"--json"_s});
        const auto reads = [](const QJsonObject& line) { return line[u"consumed"_s].toObject()[u"billing"_s].toInteger() > 0; };
        QVERIFY(tests::readUntil(demo, last, reads));
        demo.kill();
        QVERIFY(demo.waitForFinished(60'000));
        QCOMPARE(samsa({u"cluster"_s, u"down"_s}).code, 0);
        const auto again = samsa({u"cluster"_s, u"up"_s});
        QVERIFY2(again.code == 0, again.err);
        demo.start(QStringLiteral(SAMSA_TEST_PROGRAM), {u"demo"_s, u"local"_s, u"--json"_s});
        QVERIFY(tests::readUntil(demo, last, reads));
        QVERIFY2(last[u"elapsedMs"_s].toInteger() < 30'000, qPrintable(QString::number(last[u"elapsedMs"_s].toInteger()))); // 45 s by librdkafka's own
        demo.terminate();
        QVERIFY(demo.waitForFinished(60'000));
    }

    void aSecureClusterTakesItsLoad() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"1"_s, u"--secure"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);
        const auto load = samsa({u"demo"_s, u"local"_s, u"--duration"_s, u"2"_s});
        QVERIFY2(load.code == 0, load.err + load.out);
        QVERIFY2(!load.out.contains(" 0 messages acknowledged"), load.out);
        const auto levels = samsa({u"cluster"_s, u"upgrade"_s}); // asked as a node asks, over TLS
        QVERIFY2(levels.code == 0 && levels.out.contains("highest level already"), levels.err + levels.out);
    }

    /// A cluster that was made before the engine had all that it has now gets it when somebody asks for it.
    void anOldClusterIsUpgraded() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const int port = ClusterHome::freePorts();
        QCOMPARE(samsa({u"cluster"_s, u"upgrade"_s, u"old"_s}).code, 3);
        const auto up = samsa({u"cluster"_s, u"up"_s, u"old"_s, u"--brokers"_s, u"3"_s, u"--port"_s, QString::number(port)});
        QVERIFY2(up.code == 0, up.err);
        QCOMPARE(lowerTransactionVersion(port, 0), 0);
        QCOMPARE(samsa({u"cluster"_s, u"kill"_s, u"old"_s, u"2"_s}).code, 0);
        QVERIFY(samsa({u"cluster"_s, u"upgrade"_s, u"old"_s}).err.contains("not every node"));
        QCOMPARE(samsa({u"cluster"_s, u"restart"_s, u"old"_s, u"2"_s}).code, 0);
        const auto upgraded = samsa({u"cluster"_s, u"upgrade"_s, u"old"_s, u"--json"_s});
        QVERIFY2(upgraded.code == 0, upgraded.err);
        QCOMPARE(upgraded.out.simplified(), QByteArray("{\"raised\": [{\"feature\": \"transaction.version\", \"before\": 0, \"after\": 2}]}"));
        const auto again = samsa({u"cluster"_s, u"upgrade"_s, u"old"_s});
        QCOMPARE(again.out, QByteArray("old: every feature is at the highest level already\n"));
        QCOMPARE(samsa({u"cluster"_s, u"down"_s, u"old"_s}).code, 0);
        const auto down = samsa({u"cluster"_s, u"upgrade"_s, u"old"_s});
        QVERIFY2(down.code == 1 && down.err.contains("samsa cluster up old"), down.err);
    }

    void aRefusedPropertyDoesNotShowItsValue() {
        const auto refused = samsa({u"demo"_s, u"-b"_s, u"localhost:1"_s, u"-X"_s, u"sasl.pasword=hunter2"_s, u"--duration"_s, u"1"_s});
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.err.contains("sasl.pasword") && !refused.err.contains("hunter2"), refused.err);
    }

    void runServesItsCommand() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto run = samsa({u"cluster"_s, u"run"_s, u"--brokers"_s, u"1"_s, u"--"_s, QStringLiteral(SAMSA_TEST_PROGRAM), u"demo"_s, u"--duration"_s,
                                u"2"_s});
        QVERIFY2(run.code == 0, run.err + run.out);
        QVERIFY(broker::cluster::clusterNames().empty());
    }

    void aBadSettingIsNamed() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"1"_s, u"--set"_s, u"num.partitoins=3"_s});
        QCOMPARE(up.code, 1);
        QVERIFY2(up.err.contains("num.partitoins"), up.err);
    }
};

SAMSA_TEST(RealClusterTest)
#include "real_cluster_test.moc"
