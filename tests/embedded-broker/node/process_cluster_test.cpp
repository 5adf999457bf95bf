// Three real samsa-broker processes and a client that others wrote (kcat, on librdkafka).
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <csignal>

using tests::ProcessCluster;

namespace {

std::string numbered(int from, int to) {
    std::string lines;
    for (int i = from; i < to; ++i)
        lines += "key-" + std::to_string(i) + ":value-" + std::to_string(i) + "\n";
    return lines;
}

ProcessCluster::Output produce(const ProcessCluster& cluster, const std::string& topic, const std::string& lines) {
    return ProcessCluster::run({"kcat", "-P", "-b", cluster.bootstrap(), "-t", topic, "-K:", "-X", "acks=all", "-X", "message.timeout.ms=20000"}, lines);
}

std::string consume(const ProcessCluster& cluster, const std::string& topic, const std::string& partition = "0") {
    const auto output = ProcessCluster::run({"kcat", "-C", "-b", cluster.bootstrap(), "-t", topic, "-p", partition, "-o", "beginning", "-e", "-q", "-K:"});
    if (output.exitCode != 0 || output.out.empty())
        qWarning("kcat -C: exit %d, %s", output.exitCode, output.err.c_str());
    return output.out;
}

} // namespace

#define QVERIFY_RUN(command)                                                                                                                         \
    do {                                                                                                                                             \
        const auto ran = (command);                                                                                                                  \
        QVERIFY2(ran.exitCode == 0, (ran.err + ran.out).c_str());                                                                                    \
    } while (false)

class ProcessClusterTest : public QObject {
    Q_OBJECT
private slots:
    void threeNodesServe() {
        ProcessCluster cluster;
        QElapsedTimer timer;
        timer.start();
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        const auto produced = produce(cluster, "orders", numbered(0, 1000));
        qInfo("cold to first acknowledged records: %lld ms", timer.elapsed());
        QVERIFY_RUN(produced);
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 1000)));
    }

    void aKilledBrokerCostsNothingAcknowledged() {
        ProcessCluster cluster;
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 100)));
        for (int node = 1; node <= 3; ++node) {
            cluster.killNode(node);
            QVERIFY_RUN(produce(cluster, "orders", numbered(node * 100, node * 100 + 100)));
            QVERIFY2(cluster.startNode(node), cluster.log(node).substr(cluster.log(node).size() - std::min<std::size_t>(cluster.log(node).size(), 1500)).c_str());
        }
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 400)));
    }

    void aPausedBrokerHoldsNobodyUp() {
        ProcessCluster cluster;
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 100)));
        for (int node = 1; node <= 3; ++node) { // one of them is the controller, one leads the partition; sockets stay open
            cluster.signalNode(node, SIGSTOP);
            const auto produced = produce(cluster, "orders", numbered(node * 100, node * 100 + 100));
            cluster.signalNode(node, SIGCONT);
            QVERIFY_RUN(produced);
        }
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 400)));
    }

    void allKilledAtOnceComeBackWithEverything() {
        ProcessCluster cluster;
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 500)));
        for (int node = 1; node <= 3; ++node)
            cluster.signalNode(node, SIGKILL);
        for (int node = 1; node <= 3; ++node)
            cluster.waitForEnd(node);
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 500)));
    }

    void stopsCleanly() {
        ProcessCluster cluster;
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 10)));
        for (int node = 1; node <= 3; ++node)
            cluster.signalNode(node, SIGTERM);
        for (int node = 1; node <= 3; ++node)
            QVERIFY2(cluster.waitForEnd(node) == 0, cluster.log(node).c_str());
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 10)));
    }

    void groupsShareAndRemember() {
        ProcessCluster cluster;
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 100)));
        const auto read = ProcessCluster::run({"kcat", "-b", cluster.bootstrap(), "-G", "readers", "-c", "100", "-K:", "-q", "-X", "auto.offset.reset=earliest", "orders"});
        QVERIFY_RUN(read);
        QCOMPARE(QString::fromStdString(read.out), QString::fromStdString(numbered(0, 100)));
        QVERIFY_RUN(produce(cluster, "orders", numbered(100, 110)));
        const auto rest = ProcessCluster::run({"kcat", "-b", cluster.bootstrap(), "-G", "readers", "-c", "10", "-K:", "-q", "-X", "auto.offset.reset=earliest", "orders"});
        QVERIFY_RUN(rest);
        QCOMPARE(QString::fromStdString(rest.out), QString::fromStdString(numbered(100, 110)));
    }

    void brokersWithoutAControllerServe() {
        ProcessCluster cluster(4, 1); // 2, 3 and 4 only follow the quorum
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 100)));
        cluster.killNode(3);
        cluster.killNode(4);
        QVERIFY2(cluster.startNode(3), cluster.logs().c_str());
        QVERIFY2(cluster.startNode(4), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(100, 200)));
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 200)));
        cluster.signalNode(2, SIGTERM);
        QVERIFY2(cluster.waitForEnd(2) == 0, cluster.log(2).c_str());
    }

    /// The metadata that a new broker, or a voter that was away, did not see are gone from the log: they come as a snapshot (KIP-630).
    void whoIsFarBehindLoadsASnapshot() {
        ProcessCluster cluster(4, 3, "metadata.log.max.record.bytes.between.snapshots=2000\nmetadata.max.retention.bytes=1\n");
        for (const int node : {1, 2}) // neither gets ready alone
            static_cast<void>(cluster.startNode(node, std::chrono::milliseconds(0)));
        QVERIFY2(cluster.startNode(3), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "first", numbered(0, 100)));
        cluster.killNode(3);
        const auto cut = [&](int node) {
            return !QFile::exists(QString::fromStdString(cluster.directory(node)) + "/__cluster_metadata-0/00000000000000000000.log");
        };
        for (int i = 0; i < 60 && !(cut(1) && cut(2)); ++i)
            QVERIFY_RUN(produce(cluster, "topic-" + std::to_string(i), numbered(0, 1)));
        QVERIFY(cut(1) && cut(2));
        for (const int node : {4, 3}) {
            QVERIFY2(cluster.startNode(node), cluster.logs().c_str());
            QVERIFY2(cluster.log(node).find("is loaded") != std::string::npos, cluster.log(node).c_str());
            const auto seen = ProcessCluster::run({"kcat", "-L", "-b", "127.0.0.1:" + std::to_string(cluster.port(node))});
            QVERIFY2(seen.out.find("\"first\"") != std::string::npos && seen.out.find("\"topic-0\"") != std::string::npos, seen.out.c_str());
        }
        // All of them start again from what they have.
        for (int node = 1; node <= 4; ++node)
            cluster.killNode(node);
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "first", numbered(100, 200)));
        QCOMPARE(QString::fromStdString(consume(cluster, "first")), QString::fromStdString(numbered(0, 200)));
    }

    void oneNodeAloneServes() {
        ProcessCluster cluster(1, 1);
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY_RUN(produce(cluster, "orders", numbered(0, 10)));
        QCOMPARE(QString::fromStdString(consume(cluster, "orders")), QString::fromStdString(numbered(0, 10)));
    }

    void badSettingsAreNamed() {
        ProcessCluster cluster(1, 1, "num.partition=3\n");
        QVERIFY(!cluster.start());
        QCOMPARE(cluster.waitForEnd(1), 1);
        QVERIFY2(cluster.log(1).find("There is no setting num.partition. Did you mean num.partitions?") != std::string::npos, cluster.log(1).c_str());
    }
};

SAMSA_TEST(ProcessClusterTest)
#include "process_cluster_test.moc"
