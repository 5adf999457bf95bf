// A session on real brokers: watching a cluster that does nothing costs next to nothing.
#include "models/session/cluster_session.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <unistd.h>

using namespace models;
using namespace models::session;

namespace {

/// CPU time, in ms, of this process' threads of that name; -1 when there is none.
qint64 cpuMsOf(const QByteArray& name) {
    qint64 ticks = 0;
    bool found = false;
    const QDir tasks(QStringLiteral("/proc/self/task"));
    for (const QString& task : tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile comm(tasks.filePath(task + QStringLiteral("/comm")));
        QFile stat(tasks.filePath(task + QStringLiteral("/stat")));
        if (!comm.open(QIODevice::ReadOnly) || comm.readAll().trimmed() != name || !stat.open(QIODevice::ReadOnly))
            continue;
        found = true;
        const QByteArray line = stat.readAll();
        const auto fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
        ticks += fields.value(11).toLongLong() + fields.value(12).toLongLong();
    }
    return found ? ticks * 1000 / sysconf(_SC_CLK_TCK) : -1;
}

} // namespace

class WatchingTest : public QObject {
    Q_OBJECT
private slots:
    /// What nobody asks stayed due, and the thread that asks turned as fast as it could.
    void watchingDoesNotSpin() {
        tests::ProcessCluster cluster(1, 1);
        QVERIFY(cluster.start());
        SessionConfig config;
        config.client.bootstrapServers = QString::fromStdString(cluster.bootstrap());
        ClusterSession session(config);
        QSignalSpy seen(&session, &ClusterSession::brokersChanged);
        session.connectToCluster();
        QTRY_VERIFY_WITH_TIMEOUT(seen.count() >= 2, 20'000);
        QElapsedTimer timer;
        timer.start();
        const qint64 before = cpuMsOf("session-poll");
        QVERIFY2(before >= 0, "no thread of that name: its CPU time cannot be judged");
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() >= 2000, 10'000);
        const qint64 used = cpuMsOf("session-poll") - before;
        // A share of the time that has passed: a busy machine makes it smaller. Turning all the time took over nine tenths.
        QVERIFY2(used * 4 < timer.elapsed(), qPrintable(QStringLiteral("%1 ms of CPU in %2 ms").arg(used).arg(timer.elapsed())));
        // Led to another cluster, it knows nothing of that one yet; a new login to the same one changes nothing.
        session.disconnectFromCluster();
        client::ClientConfig other = config.client;
        other.set(QStringLiteral("client.id"), QStringLiteral("other"));
        session.setClientConfig(other);
        QVERIFY(session.brokers().data != nullptr);
        other.bootstrapServers = QStringLiteral("127.0.0.1:1");
        session.setClientConfig(other);
        QVERIFY(session.brokers().data == nullptr && session.topics().data == nullptr && session.groups().data == nullptr);
        QCOMPARE(session.lastAnswerMs(), 0);
    }
};

SAMSA_TEST(WatchingTest)
#include "watching_test.moc"
