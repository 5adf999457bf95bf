// The command line with the real samsa-broker and the real demo load: what a newcomer types first.
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/test_registry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::ClusterHome;
using tests::samsa;

namespace {

/// Reads the demo's lines until `enough` says so; false when it ended or hung before.
bool readUntil(QProcess& demo, QJsonObject& last, const std::function<bool(const QJsonObject&)>& enough) {
    for (;;) {
        while (demo.canReadLine()) {
            const QJsonObject line = QJsonDocument::fromJson(demo.readLine()).object();
            if (line[u"event"_s].toString() == u"progress"_s)
                last = line;
            if (enough(line))
                return true;
        }
        if (!demo.waitForReadyRead(60'000))
            return false;
    }
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
        QVERIFY(readUntil(demo, last, acknowledged(300)));
        QCOMPARE(samsa({u"cluster"_s, u"kill"_s, u"local"_s, u"2"_s}).code, 0);
        const qint64 before = last[u"acknowledged"_s].toInteger();
        QVERIFY(readUntil(demo, last, acknowledged(before + 1000)));
        const auto restarted = samsa({u"cluster"_s, u"restart"_s, u"local"_s, u"2"_s});
        QVERIFY2(restarted.code == 0, restarted.err);
        QVERIFY(readUntil(demo, last, [](const QJsonObject& line) {
            const QJsonObject consumed = line[u"consumed"_s].toObject();
            return consumed[u"billing"_s].toInteger() > 500 && consumed[u"warehouse"_s].toInteger() > 100;
        }));
        QCOMPARE(last[u"failed"_s].toInteger(), 0);
        demo.terminate();
        QVERIFY(demo.waitForFinished(60'000));
        QCOMPARE(demo.exitCode(), 0);

        QCOMPARE(samsa({u"cluster"_s, u"down"_s}).code, 0);
        const auto again = samsa({u"cluster"_s, u"up"_s});
        QVERIFY2(again.code == 0, again.err);
    }

    void aSecureClusterTakesItsLoad() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"1"_s, u"--secure"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);
        const auto load = samsa({u"demo"_s, u"local"_s, u"--duration"_s, u"2"_s});
        QVERIFY2(load.code == 0, load.err + load.out);
        QVERIFY2(!load.out.contains(" 0 messages acknowledged"), load.out);
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
