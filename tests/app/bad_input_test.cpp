// What a person, a file or a socket can get wrong, tried with the real programs: a clear message, and nobody hangs or dies.
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>

using namespace Qt::StringLiterals;
using tests::ClusterHome;
using tests::samsa;

namespace {

QJsonObject statusOf(const QString& cluster) { return QJsonDocument::fromJson(samsa({u"cluster"_s, u"status"_s, cluster, u"--json"_s}).out).object(); }

/// Answers everything in HTTP, on a thread of its own.
class WebServer : public QThread {
public:
    WebServer() {
        start();
        while (m_port == 0)
            yieldCurrentThread();
    }
    ~WebServer() override {
        quit();
        wait();
    }
    [[nodiscard]] QString address() const { return u"127.0.0.1:%1"_s.arg(m_port.load()); }

protected:
    void run() override {
        QTcpServer server;
        QObject::connect(&server, &QTcpServer::newConnection, &server, [&server] {
            QTcpSocket* socket = server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                socket->readAll();
                socket->write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                socket->disconnectFromHost();
            });
        });
        server.listen(QHostAddress::LocalHost);
        m_port = server.serverPort();
        exec();
    }

private:
    std::atomic<quint16> m_port = 0;
};

qint64 mostMemoryKb(qint64 pid) {
    QFile status(u"/proc/%1/status"_s.arg(pid));
    if (status.open(QIODevice::ReadOnly))
        for (const auto& line : status.readAll().split('\n'))
            if (line.startsWith("VmHWM:"))
                return line.simplified().split(' ').value(1).toLongLong();
    return -1;
}

} // namespace

class BadInputTest : public QObject {
    Q_OBJECT
private slots:
    void aPortInUseIsNamed() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const WebServer other;
        const QString port = other.address().section(u':', 1);
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"1"_s, u"--port"_s, port});
        QCOMPARE(up.code, 1);
        QVERIFY2(up.err.contains("port " + port.toLatin1() + " is in use") && up.err.contains("--port"), up.err);
    }

    void whatIsNoKafkaIsCalledSo_data() {
        QTest::addColumn<QStringList>("command");
        QTest::newRow("search") << QStringList{u"search"_s, u"-b"_s, u"ADDRESS"_s, u"-t"_s, u"orders"_s, u"--text"_s, u"x"_s};
        QTest::newRow("replay") << QStringList{u"replay"_s, u"-b"_s, u"ADDRESS"_s, u"-t"_s, u"orders"_s, u"--to"_s, u"ADDRESS"_s, u"--to-topic"_s, u"again"_s};
    }
    void whatIsNoKafkaIsCalledSo() {
        QFETCH(QStringList, command);
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const WebServer other;
        command.replaceInStrings(u"ADDRESS"_s, other.address());
        const auto outcome = samsa(command);
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.err.contains(other.address().toLatin1()) && outcome.err.contains("Kafka") && !outcome.err.contains("receive.message.max.bytes"), outcome.err);
    }

    void aNameThatDoesNotResolveIsNamed_data() { whatIsNoKafkaIsCalledSo_data(); }
    void aNameThatDoesNotResolveIsNamed() {
        QFETCH(QStringList, command);
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        command.replaceInStrings(u"ADDRESS"_s, u"no-such-host.invalid:9092"_s);
        const auto outcome = samsa(command);
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.err.contains("no-such-host.invalid") && outcome.err.contains("not known"), outcome.err);
    }

    void aBrokerOutlivesGarbage() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto port = static_cast<quint16>(ClusterHome::freePorts());
        const auto up = samsa({u"cluster"_s, u"up"_s, u"c"_s, u"--brokers"_s, u"1"_s, u"--port"_s, QString::number(port)});
        QVERIFY2(up.code == 0, up.err);
        const auto pid = statusOf(u"c"_s)[u"nodes"_s][0][u"pid"_s].toInteger();
        const qint64 before = mostMemoryKb(pid);
        QVERIFY(before > 0);
        const QList<QByteArray> garbage{
            QByteArray::fromHex("7fffffff") + QByteArray(1000, 'x'),                   // a frame of 2 GB
            QByteArray::fromHex("ffffffff"),                                           // of less than nothing
            QByteArray::fromHex("06400000"),                                           // of the most that is taken: nothing is put by for it
            QByteArray::fromHex("0000000a00630000000000000001ffff"),                   // no such request
            QByteArray::fromHex("00000014001200030000000100037878780f7fffffff7fffffff"), // lengths inside beyond the frame
            QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            QByteArray::fromHex("16030100c8010000c40303"),                             // TLS
        };
        for (int round = 0; round < 20; ++round)
            for (const auto& bytes : garbage) {
                QTcpSocket socket;
                socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
                QVERIFY(socket.waitForConnected(5'000));
                socket.write(bytes);
                socket.waitForBytesWritten(5'000);
                if (bytes.size() > 4) // an unfinished frame may wait for its rest
                    socket.waitForDisconnected(5'000);
            }
        QVERIFY2(mostMemoryKb(pid) - before < 20'000, qPrintable(QString::number(mostMemoryKb(pid) - before)));
        QCOMPARE(statusOf(u"c"_s)[u"nodes"_s][0][u"pid"_s].toInteger(), pid);
        const auto asked = samsa({u"search"_s, u"-b"_s, u"127.0.0.1:%1"_s.arg(port), u"-t"_s, u"none"_s, u"--text"_s, u"x"_s});
        QVERIFY2(asked.err.contains("none"), asked.err); // it answers that there is no such topic
        QCOMPARE(samsa({u"cluster"_s, u"down"_s, u"c"_s}).code, 0);
    }

    void aForeignDirectoryIsLeftAlone() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"c"_s, u"--brokers"_s, u"1"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);
        const QString data = statusOf(u"c"_s)[u"nodes"_s][0][u"logDirectory"_s].toString();
        QCOMPARE(samsa({u"cluster"_s, u"down"_s, u"c"_s}).code, 0);
        QFile file(data + u"/meta.properties"_s);
        QVERIFY2(file.open(QIODevice::ReadWrite), qPrintable(file.fileName()));
        const QByteArray own = file.readAll();
        QByteArray foreign;
        for (const auto& line : own.split('\n'))
            foreign += (line.startsWith("cluster.id=") ? QByteArray("cluster.id=AAAAAAAAAAAAAAAAAAAAAA") : line) + '\n';
        file.resize(0);
        file.seek(0);
        file.write(foreign);
        file.close();
        const auto refused = samsa({u"cluster"_s, u"up"_s, u"c"_s});
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.err.contains("belongs to the cluster AAAAAAAAAAAAAAAAAAAAAA") && refused.err.contains("Nothing was changed"), refused.err);
        QVERIFY2(!refused.err.contains("node: ready"), refused.err); // only of this start: the one before went well
        QVERIFY(file.open(QIODevice::ReadWrite) && file.readAll() == foreign);
        file.resize(0);
        file.seek(0);
        file.write(own);
        file.close();
        const auto again = samsa({u"cluster"_s, u"up"_s, u"c"_s});
        QVERIFY2(again.code == 0, again.err);
        QCOMPARE(samsa({u"cluster"_s, u"down"_s, u"c"_s}).code, 0);

        // A file where the directory belongs.
        QVERIFY(QDir(data).removeRecursively());
        QFile inTheWay(data);
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();
        const auto wrong = samsa({u"cluster"_s, u"up"_s, u"c"_s});
        QCOMPARE(wrong.code, 1);
        QVERIFY2(wrong.err.contains(data.toLatin1()) && wrong.err.contains("irectory"), wrong.err);
        QVERIFY(QFileInfo(data).isFile());
    }
};

SAMSA_TEST(BadInputTest)
#include "bad_input_test.moc"
