// `samsa search` on a real cluster: what a script sees.
#include "models/messages/json_lines.h"
#include "tests/models/search/message.h"
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/test_registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::ClusterHome;
using tests::run;
using tests::samsa;

namespace {

QList<QJsonObject> lines(const QByteArray& out) {
    QList<QJsonObject> all;
    for (const auto& line : out.split('\n'))
        if (!line.isEmpty())
            all.append(QJsonDocument::fromJson(line).object());
    return all;
}

} // namespace

class SearchCommandTest : public QObject {
    Q_OBJECT
private slots:
    void findsOnARealCluster() {
        ClusterHome home;
        qunsetenv("SAMSA_BROKER");
        const auto port = ClusterHome::freePorts();
        const auto up = samsa({u"cluster"_s, u"up"_s, u"--brokers"_s, u"3"_s, u"--port"_s, QString::number(port)});
        QVERIFY2(up.code == 0, up.err);
        const QString servers = u"127.0.0.1:%1"_s.arg(port);
        QByteArray input;
        for (int i = 0; i < 3000; ++i)
            input += "k-" + QByteArray::number(i) + "\t{\"n\":" + QByteArray::number(i) + ",\"type\":\"" + (i % 3 == 0 ? "paid" : "placed") + "\"}\n";
        const auto produced = run(u"kcat"_s, {u"-P"_s, u"-b"_s, servers, u"-t"_s, u"orders"_s, u"-K"_s, u"\t"_s, u"-H"_s, u"source=web"_s, u"-z"_s, u"zstd"_s}, input);
        QVERIFY2(produced.code == 0, produced.err);

        const QStringList here{u"search"_s, u"-b"_s, servers, u"-t"_s, u"orders"_s};
        const auto one = samsa(here + QStringList{u"--text"_s, u"\"n\":1234,"_s});
        QVERIFY2(one.code == 0, one.err);
        const auto found = lines(one.out);
        QCOMPARE(found.size(), 1);
        QCOMPARE(found[0][u"topic"_s].toString(), u"orders"_s);
        QCOMPARE(found[0][u"key"_s].toString(), u"k-1234"_s);
        QCOMPARE(found[0][u"value"_s].toString(), u"{\"n\":1234,\"type\":\"placed\"}"_s);
        QCOMPARE(found[0][u"headers"_s].toArray()[0].toObject(), (QJsonObject{{u"key"_s, u"source"_s}, {u"value"_s, u"web"_s}}));
        QVERIFY(found[0][u"timestamp"_s].toInteger() > 1'000'000'000'000);
        QVERIFY(found[0][u"offset"_s].isDouble() && found[0][u"partition"_s].isDouble());
        QVERIFY2(one.err.contains("3000 scanned, 1 matched, 0 left"), one.err);

        const auto count = [&](const QStringList& what) { return samsa(here + what + QStringList{u"--count"_s, u"-q"_s}); };
        QCOMPARE(count({u"--where"_s, u"value.type == \"paid\" && value.n >= 1500"_s}).out, QByteArray("500\n"));
        QCOMPARE(count({u"--where"_s, u"headers.source == \"web\" and partition in [0, 1, 2, 3, 4, 5]"_s}).out, QByteArray("3000\n"));
        QCOMPARE(count({u"--regex"_s, u"^k-29\\d\\d$"_s}).out, QByteArray("100\n"));
        QCOMPARE(count({u"--text"_s, u"nowhere"_s}).out, QByteArray("0\n"));
        QCOMPARE(count({u"--text"_s, u"nowhere"_s}).code, 0);
        QCOMPARE(count({u"--text"_s, u"nowhere"_s}).err, QByteArray());
        QCOMPARE(lines(samsa(here + QStringList{u"--text"_s, u"paid"_s, u"--limit"_s, u"7"_s}).out).size(), 7);
        // A disk that is full is no reader who has seen enough.
        for (const QStringList& how : {QStringList{}, QStringList{u"--count"_s}}) {
            QProcess full;
            full.setStandardOutputFile(u"/dev/full"_s);
            full.start(QStringLiteral(SAMSA_TEST_PROGRAM), here + QStringList{u"--text"_s, u"paid"_s} + how);
            QVERIFY(full.waitForFinished(120'000));
            QCOMPARE(full.exitCode(), 1);
            QVERIFY(full.readAllStandardError().contains("standard output takes no more"));
        }
        const auto all = lines(samsa(here + QStringList{u"--text"_s, u"k-"_s}).out);
        QCOMPARE(all.size(), 3000);
        QMap<qint64, qint64> last;
        for (const auto& line : all) { // in order within each partition
            const qint64 partition = line[u"partition"_s].toInteger();
            QVERIFY(line[u"offset"_s].toInteger() > last.value(partition, -1));
            last[partition] = line[u"offset"_s].toInteger();
        }

        // A broker dies: its partitions have other leaders by then, or soon.
        QCOMPARE(samsa({u"cluster"_s, u"kill"_s, u"local"_s, u"2"_s}).code, 0);
        const auto survived = run(QStringLiteral(SAMSA_TEST_PROGRAM),
            {u"search"_s, u"-b"_s, u"127.0.0.1:%1,127.0.0.1:%2"_s.arg(port).arg(port + 1), u"-t"_s, u"orders"_s, u"--text"_s, u"k-"_s, u"--count"_s});
        QVERIFY2(survived.code == 0 && survived.out == "3000\n", survived.err);

        const auto wrong = samsa(here + QStringList{u"--where"_s, u"value.n >"_s});
        QCOMPARE(wrong.code, 2);
        QVERIFY2(wrong.err.contains("value.n >\n") && wrong.err.contains("^"), wrong.err);
        const auto unknown = samsa({u"search"_s, u"-b"_s, servers, u"-t"_s, u"no-such-topic"_s, u"--text"_s, u"x"_s});
        QCOMPARE(unknown.code, 1);
        QVERIFY2(unknown.err.contains("no-such-topic"), unknown.err);
        QVERIFY(samsa({u"cluster"_s, u"down"_s}).code == 0);
        const auto down = samsa(here + QStringList{u"--text"_s, u"x"_s});
        QCOMPARE(down.code, 1);
        QVERIFY(!down.err.isEmpty());
    }

    void usageIsTwo() {
        QCOMPARE(samsa({u"search"_s}).code, 2);
        QCOMPARE(samsa({u"search"_s, u"-b"_s, u"x:1"_s, u"-t"_s, u"t"_s}).code, 2);
        QCOMPARE(samsa({u"search"_s, u"-b"_s, u"x:1"_s, u"-t"_s, u"t"_s, u"--text"_s, u"a"_s, u"--regex"_s, u"b"_s}).code, 2);
        QCOMPARE(samsa({u"search"_s, u"-t"_s, u"t"_s, u"--text"_s, u"a"_s}).code, 2);
        QCOMPARE(samsa({u"search"_s, u"-b"_s, u"x:1"_s, u"-t"_s, u"t"_s, u"--text"_s, u"a"_s, u"--from"_s, u"noon"_s}).code, 2);
        QCOMPARE(samsa({u"search"_s, u"--help"_s}).code, 0);
    }

    void linesAreSafe() {
        const tests::EncodedMessages messages({{.offset = 5, .timestampMs = 7, .value = std::string("a\"\\\n\x1b[31m\x7f\xc2\x9b\xc3\xa9"), .headers = {{"h", std::string("\xff\x00", 2)}, {"n", std::nullopt}}}}, 3);
        std::string line;
        models::messages::appendJsonLine(line, "top\"ic", messages.batch(), messages.first());
        QCOMPARE(QByteArray::fromStdString(line),
            QByteArray("{\"topic\":\"top\\\"ic\",\"partition\":3,\"offset\":5,\"timestamp\":7,\"key\":null,\"headers\":[{\"key\":\"h\",\"value\":\"/wA=\",\"encoding\":\"base64\"},"
                       "{\"key\":\"n\",\"value\":null}],\"value\":\"a\\\"\\\\\\n\\u001b[31m\\u007f\\u009b\xc3\xa9\"}\n"));
        QVERIFY(!QJsonDocument::fromJson(QByteArray::fromStdString(line)).isNull());
    }
};

SAMSA_TEST(SearchCommandTest)
#include "search_command_test.moc"
