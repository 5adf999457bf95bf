// Messages as lines: what search prints comes back byte for byte, what people write is understood, and what is wrong is told with its line.
#include "models/messages/json_lines.h"
#include "models/replay/file_source.h"
#include "models/replay/json_message.h"
#include "models/replay/selection.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::replay;

namespace {

client::Record parsed(const char* line) {
    auto message = parseJsonMessage(line);
    if (!message)
        qWarning("%s", qPrintable(message.error()));
    return message ? message->record : client::Record();
}

QString write(QTemporaryDir& home, const QByteArray& text) {
    const QString path = home.filePath(QStringLiteral("messages.ndjson"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("the file was not written");
    return path;
}

} // namespace

class ReplayFileTest : public QObject {
    Q_OBJECT
private slots:
    void whatSearchPrintsComesBackByteForByte() {
        const QList<std::optional<QByteArray>> fields{std::nullopt, QByteArray(""), QByteArray("text \xC3\xA9 \"quoted\" \\ \n\t"), QByteArray("\0\xFF\x80 zero", 8), QByteArray("{\"n\": 1.10, \"x\": [1,2]}"),
            QByteArray("\xC2\x9B[31m")};
        qint64 offset = 0;
        for (const auto& key : fields) {
            for (const auto& value : fields) {
                client::Record record;
                record.partition = 3;
                record.offset = offset++;
                record.timestampMs = 1'764'165'600'000;
                record.key = key;
                record.value = value;
                record.headers = {{"trace", QByteArray("1")}, {"trace", std::nullopt}, {"\xFF", QByteArray("\xFE")}, {"", value}};
                std::string line;
                messages::appendJsonLine(line, "orders", record);
                QVERIFY(line.ends_with('\n'));
                line.pop_back();
                const auto back = parseJsonMessage(line);
                QVERIFY2(back, back ? "" : qPrintable(back.error()));
                QCOMPARE(back->record.key, record.key);
                QCOMPARE(back->record.value, record.value);
                QCOMPARE(back->record.headers, record.headers);
                QCOMPARE(back->record.timestampMs, record.timestampMs);
                QCOMPARE(back->record.partition, 3);
            }
        }
    }

    void whatPeopleWriteIsUnderstood() {
        auto record = parsed(R"({"value": {"n": 1, "big": 123456789012345678901234567890, "t": "a\u0041"}})");
        QCOMPARE(*record.value, QByteArray(R"({"n": 1, "big": 123456789012345678901234567890, "t": "a\u0041"})")); // as it is written
        QVERIFY(!record.key);
        QCOMPARE(record.partition, -1);
        QCOMPARE(record.timestampMs, -1);
        record = parsed(R"(  {"key": 7, "value": null, "headers": {"source": "web", "none": null}, "timestamp": "2026-11-26T14:00:00Z"}  )");
        QCOMPARE(*record.key, QByteArray("7"));
        QVERIFY(!record.value);
        QCOMPARE(record.headers, (QList<client::Header>{{"source", QByteArray("web")}, {"none", std::nullopt}}));
        QCOMPARE(record.timestampMs, 1'795'701'600'000);
        QCOMPARE(*parsed(R"({"value": [1,2]})").value, QByteArray("[1,2]"));
        QCOMPARE(*parsed(R"({"value": true})").value, QByteArray("true"));
        QCOMPARE(*parsed(R"({"value": -1.50})").value, QByteArray("-1.50"));
        QCOMPARE(*parsed(R"({"value": "/wA=", "valueEncoding": "base64"})").value, QByteArray("\xFF\0", 2));
        QCOMPARE(*parsed(R"({"valueEncoding": "base64", "value": "/wA="})").value, QByteArray("\xFF\0", 2)); // in any order
        QCOMPARE(*parsed(R"({"value": ""})").value, QByteArray(""));
    }

    void whatIsWrongIsSaid_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("says");
        QTest::newRow("no JSON") << QByteArray("value: 1") << QStringLiteral("not valid JSON");
        QTest::newRow("cut") << QByteArray("{\"value\": \"a") << QStringLiteral("not valid JSON");
        QTest::newRow("two objects") << QByteArray(R"({"value": 1} {"value": 2})") << QStringLiteral("not valid JSON");
        QTest::newRow("damaged inside") << QByteArray(R"({"value": {"a": tru}})") << QStringLiteral("not valid JSON");
        QTest::newRow("a list") << QByteArray("[1]") << QStringLiteral("not a JSON object");
        QTest::newRow("no value") << QByteArray(R"({"key": "a"})") << QStringLiteral("no “value”");
        QTest::newRow("misspelt") << QByteArray(R"({"key": "a", "valeu": 1, "value": 2})") << QStringLiteral("“valeu”");
        QTest::newRow("twice") << QByteArray(R"({"value": 1, "value": 2})") << QStringLiteral("twice");
        QTest::newRow("partition") << QByteArray(R"({"value": 1, "partition": -7})") << QStringLiteral("out of range");
        QTest::newRow("partition text") << QByteArray(R"({"value": 1, "partition": "0"})") << QStringLiteral("whole number");
        QTest::newRow("timestamp") << QByteArray(R"({"value": 1, "timestamp": "noon"})") << QStringLiteral("milliseconds");
        QTest::newRow("past") << QByteArray(R"({"value": 1, "timestamp": -5})") << QStringLiteral("1970");
        QTest::newRow("base64") << QByteArray(R"({"value": "=!", "valueEncoding": "base64"})") << QStringLiteral("not base64");
        QTest::newRow("encoding") << QByteArray(R"({"value": "a", "valueEncoding": "rot13"})") << QStringLiteral("rot13");
        QTest::newRow("headers") << QByteArray(R"({"value": 1, "headers": 5})") << QStringLiteral("headers");
        QTest::newRow("header") << QByteArray(R"({"value": 1, "headers": [{"value": "a"}]})") << QStringLiteral("no “key”");
        QTest::newRow("header field") << QByteArray(R"({"value": 1, "headers": [{"key": "a", "vaule": "a"}]})") << QStringLiteral("vaule");
        QTest::newRow("not UTF-8") << QByteArray("{\"value\": \"\xFF\"}") << QString();
        QTest::newRow("deep") << QByteArray("{\"value\": ") + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "}" << QString();
        QTest::newRow("markup") << QByteArray(R"({"<b>x</b>": 1, "value": 2})") << QStringLiteral("<b>x</b>");
    }

    void whatIsWrongIsSaid() {
        QFETCH(QByteArray, line);
        QFETCH(QString, says);
        const auto message = parseJsonMessage({line.constData(), static_cast<std::size_t>(line.size())});
        QVERIFY(!message);
        QVERIFY2(message.error().contains(says), qPrintable(message.error()));
        QVERIFY(message.error().size() < 500);
    }

    void everyLineIsLookedAt() {
        QTemporaryDir home;
        QByteArray text = "\xEF\xBB\xBF{\"key\": \"a\", \"value\": 1, \"timestamp\": 1000}\r\n\n   \n{\"valeu\": 1}\n{\"value\": null, \"partition\": 4, \"timestamp\": 3000}\nnot json\n";
        for (int i = 0; i < 30; ++i)
            text += "{}\n";
        text += "{\"value\": \"the last line has no end\"}";
        ReplayControl control;
        const auto facts = lookThrough(write(home, text), control);
        QVERIFY(facts);
        QCOMPARE(facts->lines, 37);
        QCOMPARE(facts->messages, 3);
        QCOMPARE(facts->tombstones, 1);
        QCOMPARE(facts->keyless, 2);
        QCOMPARE(facts->placed, 1);
        QCOMPARE(facts->highestPartition, 4);
        QCOMPARE(facts->oldestMs, 1000);
        QCOMPARE(facts->newestMs, 3000);
        QCOMPARE(facts->problemCount, 32);
        QCOMPARE(facts->problems.size(), qsizetype(FileFacts::kProblemsMax));
        QCOMPARE(facts->problems[0].first, 4);
        QCOMPARE(facts->problems[1].first, 6);
        QCOMPARE(facts->fingerprint.size(), 64);
        QVERIFY(!lookThrough(home.filePath(QStringLiteral("nowhere")), control));
        QVERIFY(!lookThrough(home.path(), control)); // a directory
    }

    void aLineWithoutEndTakesNoMemory() {
        QTemporaryDir home;
        const QString path = home.filePath(QStringLiteral("long.ndjson"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"value\": \"");
        const QByteArray piece(1 << 20, 'x');
        for (qint64 written = 0; written < kLineBytesMax + (8 << 20); written += piece.size())
            QVERIFY(file.write(piece) == piece.size());
        file.write("\"}\n{\"value\": 1}\n");
        file.close();
        ReplayControl control;
        const auto facts = lookThrough(path, control);
        QVERIFY(facts);
        QCOMPARE(facts->messages, 1);
        QCOMPARE(facts->problemCount, 1);
        QCOMPARE(facts->problems[0].first, 1);
    }

    void aFileIsReadInPortionsFromAnyLine() {
        QTemporaryDir home;
        QByteArray text;
        for (int i = 1; i <= 5000; ++i)
            text += "{\"key\": \"k" + QByteArray::number(i) + "\", \"value\": " + QByteArray::number(i) + ", \"partition\": " + QByteArray::number(i % 3) + "}\n" + (i % 10 == 0 ? "\n" : "");
        ReplayControl control;
        const QString path = write(home, text);
        const auto facts = lookThrough(path, control);
        QVERIFY(facts && facts->problemCount == 0);
        QCOMPARE(facts->messages, 5000);
        QCOMPARE(facts->lines, 5500);
        auto source = FileSource::open(path, *facts);
        QVERIFY(source);
        QVERIFY((*source)->assign({{0, 5490}}));
        const qint64 before = QDateTime::currentMSecsSinceEpoch();
        QList<QByteArray> values;
        for (bool over = false; !over;) {
            const auto batch = (*source)->poll(7, 1 << 20, {});
            QVERIFY(batch);
            QVERIFY(batch->records.size() <= 7);
            for (const auto& record : batch->records) {
                QCOMPARE(record.partition, 0);
                QCOMPARE((*source)->placeOf(record), record.value->toInt() % 3);
                QVERIFY(record.offset >= 5490);
                QVERIFY2(record.timestampMs >= before, "a line without a time is a message of now");
                values.append(*record.value);
            }
            over = batch->endReached.contains(0);
            if (over)
                QCOMPARE(batch->endOffset.value(0), 5501);
        }
        QCOMPARE(values.first(), QByteArray("4991"));
        QCOMPARE(values.size(), 10);
        // Another file in its place is not taken for it.
        write(home, text + "{\"value\": 1}\n");
        const auto changed = FileSource::open(path, *facts);
        QVERIFY(!changed);
        QVERIFY(changed.error().code == ErrorCode::ChangedMeanwhile);
    }

    void lookingCanBeStopped() {
        QTemporaryDir home;
        ReplayControl control;
        control.stop();
        const auto facts = lookThrough(write(home, QByteArray("{\"value\":1}\n").repeated(50'000)), control);
        QVERIFY(!facts);
        QVERIFY(facts.error().code == ErrorCode::Cancelled);
    }

    void theShelfKeepsAFew() {
        SelectionShelf shelf;
        const QString first = shelf.put({QStringLiteral("orders"), QStringLiteral("2 messages"), {{0, 1, 3}}, 2});
        QCOMPARE(shelf.find(first)->messages, 2);
        for (int i = 0; i < SelectionShelf::kKept; ++i)
            shelf.put({});
        QVERIFY(!shelf.find(first));
        QVERIFY(!shelf.find(QStringLiteral("nonsense")));
    }
};

SAMSA_TEST(ReplayFileTest)
#include "file_test.moc"
