#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/files.h"
#include "embedded-broker/cluster/secrets.h"
#include "embedded-broker/cluster/wire.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <sys/stat.h>

using namespace broker;
using namespace broker::cluster;

class ClusterFileTest : public QObject {
    Q_OBJECT
private slots:
    void oneControllerForTwoNodesAndThreeForMore_data() {
        QTest::addColumn<int>("brokers");
        QTest::addColumn<int>("controllers");
        QTest::addColumn<int>("replicas");
        QTest::addColumn<int>("minInsync");
        QTest::newRow("1") << 1 << 1 << 1 << 1;
        QTest::newRow("2") << 2 << 1 << 2 << 1;
        QTest::newRow("3") << 3 << 3 << 3 << 2;
        QTest::newRow("9") << 9 << 3 << 3 << 2;
    }
    void oneControllerForTwoNodesAndThreeForMore() {
        QFETCH(int, brokers);
        ClusterSpec spec;
        spec.brokers = brokers;
        const auto file = planCluster(spec, 20000, "id");
        QVERIFY(file.has_value());
        QCOMPARE(static_cast<int>(file->nodes.size()), brokers);
        QTEST(static_cast<int>(std::ranges::count(file->nodes, true, &NodePlan::controller)), "controllers");
        QTEST(file->replicationFactor, "replicas");
        QTEST(file->minInsyncReplicas, "minInsync");
        QCOMPARE(file->nodes.front().id, 1);
        QCOMPARE(file->nodes.back().port, static_cast<std::uint16_t>(20000 + brokers - 1));
    }

    void refusesWhatCannotBe() {
        ClusterSpec spec;
        spec.brokers = 10;
        QVERIFY(planCluster(spec, 20000, "id").error().code == ErrorCode::InvalidArgument);
        spec.brokers = 3;
        QVERIFY(planCluster(spec, 65530, "id").error().code == ErrorCode::InvalidArgument);
        for (const char* name : {"", ".", "..", "a/b", "-x", "with space", "ä"})
            QVERIFY2(!checkName(name), name);
        QVERIFY(!checkName(std::string(65, 'a')));
        QVERIFY(checkName("my_cluster-1.2"));
    }

    void propertiesAreKafkasAndSettingsWin() {
        ClusterSpec spec;
        spec.brokers = 4;
        spec.settings = {{"num.partitions", "12"}, {"message.max.bytes", "2000000"}};
        auto file = planCluster(spec, 20000, "id");
        QVERIFY(file.has_value());
        const ClusterPaths paths{"/x/clusters/c"};
        const std::string first = nodeProperties(*file, file->nodes[0], paths);
        const std::string last = nodeProperties(*file, file->nodes[3], paths);
        const auto has = [](const std::string& text, const std::string& line) { return text.find("\n" + line + "\n") != std::string::npos; };
        QVERIFY(has(first, "process.roles=broker,controller"));
        QVERIFY(has(first, "listeners=PLAINTEXT://localhost:20000,CONTROLLER://localhost:20010"));
        QVERIFY(has(first, "controller.quorum.voters=1@localhost:20010,2@localhost:20011,3@localhost:20012"));
        QVERIFY(has(first, "num.partitions=12"));
        QVERIFY(!has(first, "num.partitions=6"));
        QVERIFY(has(first, "message.max.bytes=2000000"));
        QVERIFY(has(first, "log.dirs=/x/clusters/c/node-1/data"));
        QVERIFY(has(last, "process.roles=broker"));
        QVERIFY(has(last, "listeners=PLAINTEXT://localhost:20003"));
        QVERIFY(has(last, "min.insync.replicas=2"));
        QVERIFY(has(first, "replica.fetch.wait.max.ms=2000"));
        // Kafka does not start with a fetch that may wait longer than a follower may lag.
        file->settings.emplace_back("replica.lag.time.max.ms", "1000");
        QVERIFY(nodeProperties(*file, file->nodes[0], paths).find("replica.fetch.wait.max.ms") == std::string::npos);
    }

    void aSecureClusterHasItsSecretsInPrivateFiles() {
        QTemporaryDir home;
        const ClusterPaths paths{home.filePath(QStringLiteral("c")).toStdString()};
        QVERIFY(makePrivateDirectory(paths.directory));
        QVERIFY(makeSecrets(paths));
        QVERIFY(ensureLinkSecret(paths));
        const SecretPaths files{paths.directory};
        const auto mode = [](const std::string& path) {
            struct stat info{};
            return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
        };
        QCOMPARE(mode(files.security()), 0700U);
        for (const auto& path : {files.keystore(), files.users(), files.scramUsers(), files.linkSecret(), files.javaSettings("admin"), files.librdkafkaSettings("alice")})
            QCOMPARE(mode(path), 0600U);
        const auto secrets = loadSecrets(paths);
        QVERIFY(secrets && secrets->users.size() == 2);
        QCOMPARE(secrets->users[0].name, std::string("admin"));
        QVERIFY(secrets->users[0].password != secrets->users[1].password);
        const auto link = readFile(files.linkSecret(), 1000);
        QVERIFY(ensureLinkSecret(paths)); // what is there stays
        QCOMPARE(*readFile(files.linkSecret(), 1000), *link);

        ClusterSpec spec;
        spec.brokers = 3;
        spec.secure = true;
        auto file = planCluster(spec, 20000, "id");
        QVERIFY(file.has_value());
        const auto has = [](const std::string& text, const std::string& line) { return text.find("\n" + line + "\n") != std::string::npos; };
        const std::string ours = nodeProperties(*file, file->nodes[0], paths, securityProperties(*file, paths, *secrets));
        QVERIFY(has(ours, "listeners=SASL_SSL://localhost:20000,CONTROLLER://localhost:20010"));
        QVERIFY(has(ours, "listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SASL_SSL"));
        QVERIFY(has(ours, "super.users=User:admin"));
        QVERIFY(has(ours, "samsa.link.secret.file=" + files.linkSecret()));
        QVERIFY(!has(ours, "sasl.mechanism.inter.broker.protocol=PLAIN"));
        file->engine = Engine::Apache;
        const std::string apache = nodeProperties(*file, file->nodes[0], paths, securityProperties(*file, paths, *secrets));
        QVERIFY(has(apache, "super.users=User:admin;User:broker"));
        QVERIFY(has(apache, "sasl.mechanism.inter.broker.protocol=PLAIN"));
        QVERIFY(apache.find("samsa.") == std::string::npos);
    }

    void survivesTheDisk() {
        QTemporaryDir directory;
        const ClusterPaths paths{directory.path().toStdString()};
        ClusterSpec spec;
        spec.brokers = 3;
        spec.settings = {{"a", "b=c"}};
        auto file = planCluster(spec, 20000, "clusterid");
        QVERIFY(file.has_value());
        const auto added = planNextNode(*file);
        QVERIFY(added.has_value());
        QCOMPARE(added->id, 4);
        QCOMPARE(added->port, std::uint16_t(20003));
        QVERIFY(!added->controller);
        file->nodes.push_back(*added);
        QVERIFY(saveCluster(paths, *file).has_value());
        const auto read = loadCluster(paths, "c");
        QVERIFY(read.has_value());
        QCOMPARE(read->clusterId, std::string("clusterid"));
        QCOMPARE(read->nodes.size(), std::size_t(4));
        QVERIFY(read->settings == file->settings);
        QVERIFY(loadCluster({"/nowhere"}, "c").error().code == ErrorCode::NotFound);
    }

    void refusesAFileThatIsNotOne_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("garbage") << QByteArray("\xff\xfe{");
        QTest::newRow("no nodes") << QByteArray(
            R"({"version":1,"engine":"samsa","clusterId":"x","replicationFactor":1,"minInsyncReplicas":1,"settings":[],"nodes":[]})");
        QTest::newRow("wrong type") << QByteArray(R"({"version":"one"})");
        QTest::newRow("newer") << QByteArray(R"({"version":2})");
    }
    void refusesAFileThatIsNotOne() {
        QFETCH(QByteArray, text);
        QTemporaryDir directory;
        const ClusterPaths paths{directory.path().toStdString()};
        QVERIFY(replaceFile(paths.file(), text.toStdString()).has_value());
        QVERIFY(!loadCluster(paths, "c"));
    }

    void messagesRoundTrip() {
        Event event;
        event.kind = EventKind::NodeDied;
        event.node = 2;
        event.atMs = 1234;
        event.signal = 9;
        event.logTail = "not UTF-8: \xff, and a\nline";
        event.status.name = "c";
        event.status.nodes.push_back({.id = 2, .port = 1, .logDirectory = {}, .logFile = {}, .propertiesFile = {}, .lastExit = "ended"});
        std::string line = encodeEvent(event);
        QCOMPARE(std::ranges::count(line, '\n'), 1);
        const auto back = decodeMessage(line);
        QVERIFY(back.has_value());
        const auto* read = std::get_if<Event>(&*back);
        QVERIFY(read != nullptr);
        QCOMPARE(read->node, 2);
        QVERIFY(read->signal == 9 && !read->exitCode);
        QVERIFY(read->status == event.status);

        for (const char* garbage : {"", "[]", "{}", "{\"id\":\"x\"}", "{\"id\":1,\"status\":{}}", "{\"event\":\"x\"}", "null"}) {
            QVERIFY2(!decodeMessage(garbage), garbage);
            QVERIFY2(!decodeRequest(garbage), garbage);
        }
    }
};

SAMSA_TEST(ClusterFileTest)
#include "cluster_file_test.moc"
