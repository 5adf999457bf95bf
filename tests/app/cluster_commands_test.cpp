// `samsa cluster ...` as a shell sees it: exit codes, sentences, JSON. The broker is a fake one.
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>
#include <csignal>

using namespace Qt::StringLiterals;
using tests::ClusterHome;
using tests::samsa;

namespace {

QString freePort() { return QString::number(ClusterHome::freePorts()); }

} // namespace

class ClusterCommandsTest : public QObject {
    Q_OBJECT
private slots:
    void upSaysWhereItServesAndDownStopsIt() {
        ClusterHome home;
        const QString port = freePort();
        const auto up = samsa({u"cluster"_s, u"up"_s, u"mine"_s, u"--brokers"_s, u"2"_s, u"--port"_s, port});
        QCOMPARE(up.code, 0);
        QVERIFY2(up.out.contains("mine: running at localhost:" + port.toLatin1()), up.out);
        QVERIFY(samsa({u"cluster"_s, u"list"_s}).out.contains("mine  running"));
        QCOMPARE(samsa({u"cluster"_s, u"up"_s, u"mine"_s}).code, 0); // again: nothing to do
        const auto down = samsa({u"cluster"_s, u"down"_s, u"mine"_s});
        QCOMPARE(down.code, 0);
        QCOMPARE(down.out, QByteArray("mine: stopped\n"));
        QVERIFY(samsa({u"cluster"_s, u"down"_s, u"mine"_s}).out.contains("was down already"));
        QCOMPARE(samsa({u"cluster"_s, u"status"_s, u"mine"_s, u"--json"_s}).json()[u"nodes"_s].toArray()[0].toObject()[u"pid"_s], QJsonValue());
        QCOMPARE(samsa({u"cluster"_s, u"down"_s, u"mine"_s, u"--delete"_s, u"--json"_s}).json(), (QJsonObject{{u"name"_s, u"mine"_s}, {u"removed"_s, true}}));
        QCOMPARE(samsa({u"cluster"_s, u"status"_s, u"mine"_s}).code, 3);
    }

    void jsonHasThePromisedShape() {
        ClusterHome home;
        const QString port = freePort();
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--json"_s, u"--port"_s, port, u"--set"_s, u"num.partitions=3"_s, u"--set"_s, u"a=b"_s});
        QCOMPARE(up.code, 0);
        const QJsonObject json = up.json();
        QCOMPARE(json[u"name"_s].toString(), u"local"_s);
        QCOMPARE(json[u"engine"_s].toString(), u"samsa"_s);
        QCOMPARE(json[u"bootstrapServers"_s].toString().split(u',').size(), 3);
        QVERIFY(QFile::exists(json[u"dataDirectory"_s].toString()));
        const QJsonArray nodes = json[u"nodes"_s].toArray();
        QCOMPARE(nodes.size(), 3);
        for (int i = 0; i < 3; ++i) {
            const QJsonObject node = nodes[i].toObject();
            QCOMPARE(node[u"id"_s].toInt(), i + 1);
            QVERIFY(node[u"pid"_s].toInt() > 0);
            QCOMPARE(node[u"port"_s].toInt(), port.toInt() + i);
            QCOMPARE(node[u"state"_s].toString(), u"running"_s);
            QVERIFY(node[u"logDirectory"_s].toString().startsWith(json[u"dataDirectory"_s].toString()));
            QFile properties(node[u"propertiesFile"_s].toString());
            QVERIFY(properties.open(QIODevice::ReadOnly));
            const QByteArray text = properties.readAll();
            QVERIFY(text.contains("\nnum.partitions=3\n") && text.contains("\na=b\n"));
        }
        const auto killed = samsa({u"cluster"_s, u"kill"_s, u"local"_s, u"2"_s, u"--json"_s});
        QCOMPARE(killed.code, 0);
        QCOMPARE(killed.json()[u"nodes"_s].toArray()[1].toObject()[u"state"_s].toString(), u"killed"_s);
        QCOMPARE(samsa({u"cluster"_s, u"kill"_s, u"local"_s, u"2"_s}).code, 1);
        QCOMPARE(samsa({u"cluster"_s, u"restart"_s, u"local"_s, u"2"_s}).code, 0);
        QCOMPARE(samsa({u"cluster"_s, u"pause"_s, u"local"_s, u"1"_s, u"--json"_s}).json()[u"nodes"_s].toArray()[0].toObject()[u"state"_s].toString(),
                 u"paused"_s);
        QCOMPARE(samsa({u"cluster"_s, u"resume"_s, u"local"_s, u"1"_s}).code, 0);
        QCOMPARE(samsa({u"cluster"_s, u"add"_s, u"--json"_s}).json()[u"nodes"_s].toArray().size(), 4);
        QVERIFY(samsa({u"cluster"_s, u"logs"_s, u"local"_s, u"4"_s}).out.contains("fake broker: node 4"));
        const auto environment = samsa({u"cluster"_s, u"env"_s});
        QVERIFY(environment.out.startsWith("BOOTSTRAP_SERVERS=localhost:" + port.toLatin1()));
        QVERIFY(environment.out.contains("\nSAMSA_CLUSTER=local\n"));
        QCOMPARE(samsa({u"cluster"_s, u"reset"_s, u"--json"_s}).json()[u"nodes"_s].toArray()[3].toObject()[u"state"_s].toString(), u"running"_s);
    }

    void exitCodes_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no command") << QStringList{u"cluster"_s} << 2 << QByteArray("subcommand");
        QTest::newRow("unknown command") << QStringList{u"clutser"_s} << 2 << QByteArray("samsa --help");
        QTest::newRow("unknown option") << QStringList{u"cluster"_s, u"up"_s, u"--brokesr"_s, u"3"_s} << 2 << QByteArray("brokesr");
        QTest::newRow("too many brokers") << QStringList{u"cluster"_s, u"up"_s, u"--brokers"_s, u"10"_s} << 2 << QByteArray("1 to 9");
        QTest::newRow("set without value") << QStringList{u"cluster"_s, u"up"_s, u"--set"_s, u"x"_s} << 2 << QByteArray("KEY=VALUE");
        QTest::newRow("kill without id") << QStringList{u"cluster"_s, u"kill"_s, u"c"_s} << 2 << QByteArray("ID");
        QTest::newRow("run nothing") << QStringList{u"cluster"_s, u"run"_s, u"--"_s} << 2 << QByteArray("COMMAND");
        QTest::newRow("no such cluster") << QStringList{u"cluster"_s, u"kill"_s, u"nope"_s, u"1"_s} << 3 << QByteArray("samsa cluster list");
        QTest::newRow("down of none") << QStringList{u"cluster"_s, u"down"_s, u"nope"_s} << 3 << QByteArray("no cluster named 'nope'");
        QTest::newRow("bad name") << QStringList{u"cluster"_s, u"up"_s, u"a/b"_s} << 1 << QByteArray("cannot be a cluster's name");
        QTest::newRow("apache without home") << QStringList{u"cluster"_s, u"up"_s, u"--engine"_s, u"apache"_s} << 1 << QByteArray("--kafka-home");
        QTest::newRow("not a kafka home") << QStringList{u"cluster"_s, u"up"_s, u"--kafka-home"_s, u"/proc"_s} << 1 << QByteArray("libs/");
        QTest::newRow("help") << QStringList{u"--help"_s} << 0 << QByteArray("");
    }
    void exitCodes() {
        ClusterHome home;
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const auto outcome = samsa(arguments);
        QTEST(outcome.code, "code");
        QVERIFY2(outcome.err.contains(says), outcome.err);
    }

    void aBrokerThatEndsAtOnceIsToldWithItsWords() {
        ClusterHome home;
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--port"_s, freePort(), u"--set"_s, u"fake.exit=9"_s});
        QCOMPARE(up.code, 1);
        QVERIFY2(up.err.contains("ended with exit code 9") && up.err.contains("the setting fake.exit says so"), up.err);
        QVERIFY(samsa({u"cluster"_s, u"list"_s}).out.contains("local  down"));
    }

    void runGivesAFreshClusterAndCleansUp() {
        ClusterHome home;
        const auto run = samsa({u"cluster"_s, u"run"_s, u"--brokers"_s, u"2"_s, u"--set"_s, u"x=y"_s, u"--"_s, u"sh"_s, u"-c"_s,
                                u"echo $BOOTSTRAP_SERVERS; grep -c '^x=y' \"$SAMSA_HOME/clusters/$SAMSA_CLUSTER/node-2/broker.properties\"; exit 7"_s});
        QCOMPARE(run.code, 7);
        const auto lines = run.out.split('\n');
        QCOMPARE(lines[0].split(',').size(), 2);
        QVERIFY(lines[0].startsWith("localhost:"));
        QCOMPARE(lines[1], QByteArray("1"));
        QVERIFY(broker::cluster::clusterNames().empty());
        QCOMPARE(samsa({u"cluster"_s, u"run"_s, u"--brokers"_s, u"1"_s, u"--"_s, u"/no/such/program"_s}).code, 127);
        QCOMPARE(samsa({u"cluster"_s, u"run"_s, u"--brokers"_s, u"1"_s, u"--"_s, u"sh"_s, u"-c"_s, u"kill -KILL $$"_s}).code, 137);
        QCOMPARE(samsa({u"cluster"_s, u"run"_s, u"--brokers"_s, u"1"_s, u"--set"_s, u"fake.exit=1"_s, u"--"_s, u"true"_s}).code, 1);
        QVERIFY(broker::cluster::clusterNames().empty());
    }

    void runThatIsKilledLeavesNothing() {
        ClusterHome home;
        QProcess process;
        process.start(QStringLiteral(SAMSA_TEST_PROGRAM),
                      {u"cluster"_s, u"run"_s, u"--brokers"_s, u"2"_s, u"--"_s, u"sh"_s, u"-c"_s, u"echo here; read nothing"_s});
        QVERIFY(process.waitForReadyRead(30'000));
        const auto names = broker::cluster::clusterNames();
        QCOMPARE(names.size(), std::size_t(1));
        auto watcher = broker::cluster::ClusterClient::connect(names[0]);
        QVERIFY(watcher.has_value());
        process.kill();
        QVERIFY(process.waitForFinished());
        QVERIFY(watcher->waitForEnd(broker::seconds(30)).has_value());
        QVERIFY(broker::cluster::clusterNames().empty());
    }
};

SAMSA_TEST(ClusterCommandsTest)
#include "cluster_commands_test.moc"
