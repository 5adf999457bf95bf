#include "models/localcluster/demo_load.h"

#include "tests/support/test_registry.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace models::localcluster;
using namespace Qt::StringLiterals;

namespace {

/// A program in samsa-demo's place.
void pretend(const QTemporaryDir& directory, const QByteArray& script) {
    QFile file(directory.filePath(u"demo"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("#!/bin/sh\n" + script);
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("SAMSA_DEMO", file.fileName().toLocal8Bit());
}

} // namespace

class DemoLoadTest : public QObject {
    Q_OBJECT
private slots:
    void cleanup() { qunsetenv("SAMSA_DEMO"); }

    void tellsWhatTheProcessSays() {
        QTemporaryDir directory;
        pretend(directory, R"([ "$1" = local ] || exit 3
echo '{"event":"notice","message":"made the topic"}'
echo 'not json'
echo '{"event":"progress","elapsedMs":1000,"produced":210,"acknowledged":200,"failed":0,"lag":{"billing":1,"warehouse":22},"longestSilenceMs":7}'
trap 'exit 0' TERM
while :; do sleep 0.05; done
)");
        DemoLoad load;
        QSignalSpy noticed(&load, &DemoLoad::noticed);
        QSignalSpy progressed(&load, &DemoLoad::progressed);
        QSignalSpy ended(&load, &DemoLoad::ended);
        load.start(u"local"_s, 100);
        QTRY_COMPARE(progressed.size(), 1);
        QCOMPARE(noticed.size(), 1);
        QVERIFY(load.running());
        QCOMPARE(load.progress().acknowledged, 200);
        QCOMPARE(load.progress().lagWarehouse, 22);
        load.stop();
        QTRY_COMPARE(ended.size(), 1);
        QVERIFY(ended[0][0].toString().isEmpty());
    }

    /// Members that do not leave their groups hold them up when the cluster is started again.
    void isAskedToLeaveWhenTheWindowCloses() {
        QTemporaryDir directory;
        const QString left = directory.filePath(u"left"_s);
        pretend(directory, R"(trap 'echo yes > ")" + left.toUtf8() + R"("; exit 0' TERM
echo '{"event":"notice","message":"here"}'
while :; do sleep 0.01; done
)");
        {
            DemoLoad load;
            QSignalSpy noticed(&load, &DemoLoad::noticed);
            load.start(u"local"_s, 100);
            QTRY_COMPARE(noticed.size(), 1);
        }
        QVERIFY(QFile::exists(left));
    }

    void saysWhyItEnded() {
        QTemporaryDir directory;
        pretend(directory, "echo 'samsa demo: no broker answers' >&2\nexit 1\n");
        DemoLoad load;
        QSignalSpy ended(&load, &DemoLoad::ended);
        load.start(u"local"_s);
        QTRY_COMPARE(ended.size(), 1);
        QCOMPARE(ended[0][0].toString(), u"samsa demo: no broker answers"_s);
        qputenv("SAMSA_DEMO", "/no/such/program");
        load.start(u"local"_s);
        QTRY_COMPARE(ended.size(), 2);
        QVERIFY(!ended[1][0].toString().isEmpty());
    }
};

SAMSA_TEST(DemoLoadTest)
#include "demo_load_test.moc"
