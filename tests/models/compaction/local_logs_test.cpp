// What the files of a log say, and what they must not make of us.
#include "models/compaction/local_logs.h"
#include "tests/support/test_registry.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace models::compaction;

namespace {

void write(const QString& path, const QByteArray& text) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class LocalLogsTest : public QObject {
    Q_OBJECT
private slots:
    void readsBasesAndCleanOffsetsOfTheLeader() {
        QTemporaryDir home;
        for (const char* name : {"one/orders-0/00000000000000000000.log", "one/orders-0/00000000000000000120.log", "one/orders-0/00000000000000000120.index", "one/orders-0/rest.log",
                 "one/orders-0/00000000000000000300.log.deleted", "one/orders-1/00000000000000000007.log", "two/orders-1/00000000000000000000.log"})
            write(home.filePath(QString::fromLatin1(name)), {});
        write(home.filePath(QStringLiteral("one/cleaner-offset-checkpoint")), "0\n2\norders 0 120\nother 1 5\n");
        LogDirectories directories;
        directories.ofBroker = {{1, home.filePath(QStringLiteral("one"))}, {2, home.filePath(QStringLiteral("two"))}};
        directories.leaders = {{0, 1}, {1, 2}, {2, 1}, {3, -1}};
        const auto logs = readLocalLogs(directories, QStringLiteral("orders"));
        QCOMPARE(logs.size(), 2);
        QCOMPARE(logs[0].segmentBases, (QList<qint64>{0, 120}));
        QCOMPARE(logs[0].cleanOffset, std::optional<qint64>(120));
        QCOMPARE(logs[1].segmentBases, (QList<qint64>{0})); // of the leader, broker 2, which never cleaned
        QVERIFY(!logs[1].cleanOffset);
    }

    void aTopicIsNoWayOut() {
        QTemporaryDir home;
        write(home.filePath(QStringLiteral("secret-0/00000000000000000000.log")), {});
        QVERIFY(QDir(home.path()).mkdir(QStringLiteral("one")));
        LogDirectories directories;
        directories.ofBroker = {{1, home.filePath(QStringLiteral("one"))}};
        directories.leaders = {{0, 1}};
        QVERIFY(readLocalLogs(directories, QStringLiteral("../secret")).isEmpty());
    }

    void brokenCheckpointsSayNothing() {
        QTemporaryDir home;
        write(home.filePath(QStringLiteral("orders-0/00000000000000000000.log")), {});
        LogDirectories directories;
        directories.ofBroker = {{1, home.path()}};
        directories.leaders = {{0, 1}};
        for (const char* text : {"", "0\n1\norders 0 -4\n", "0\n1\norders zero 4\n", "0\n1\norders 0\n", "\xFF\xFE", "0\n99999999999\norders 0 99999999999999999999999\n"}) {
            write(home.filePath(QStringLiteral("cleaner-offset-checkpoint")), text);
            const auto logs = readLocalLogs(directories, QStringLiteral("orders"));
            QCOMPARE(logs.size(), 1);
            QVERIFY(!logs[0].cleanOffset);
        }
    }
};

SAMSA_TEST(LocalLogsTest)
#include "local_logs_test.moc"
