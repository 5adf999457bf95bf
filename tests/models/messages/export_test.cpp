// Messages into files: every byte comes back from lines of JSON, and no spreadsheet runs a message.
#include "models/base/csv.h"
#include "models/messages/message_export.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::messages;

namespace {

QList<client::Record> records() {
    client::Record plain;
    plain.offset = 1;
    plain.timestampMs = 1'764'165'600'000;
    plain.key = QByteArray("a,\"b\"\nc");
    plain.value = QByteArray("=cmd|' /C calc'!A0");
    plain.headers = {{"source", QByteArray("web")}, {"none", std::nullopt}};
    client::Record bytes;
    bytes.partition = 2;
    bytes.offset = 9'876'543'210;
    bytes.value = QByteArray("\xFF\0", 2);
    client::Record tombstone;
    tombstone.key = QByteArray("k");
    return {plain, bytes, tombstone};
}

} // namespace

class MessageExportTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_home;

    QByteArray exported(ExportFormat format) {
        JobControl control;
        const QString path = m_home.filePath(QStringLiteral("out"));
        const auto count = exportMessages(records(), QStringLiteral("orders"), path, format, control);
        if (!count || *count != 3)
            return "failed";
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("not there");
    }

private slots:
    void linesOfJson() {
        const auto lines = exported(ExportFormat::JsonLines).split('\n');
        QCOMPARE(lines.size(), 4);
        const auto first = QJsonDocument::fromJson(lines[0]).object();
        QCOMPARE(first[QStringLiteral("value")].toString(), QStringLiteral("=cmd|' /C calc'!A0"));
        QCOMPARE(first[QStringLiteral("topic")].toString(), QStringLiteral("orders"));
        const auto second = QJsonDocument::fromJson(lines[1]).object();
        QCOMPARE(second[QStringLiteral("valueEncoding")].toString(), QStringLiteral("base64"));
        QCOMPARE(second[QStringLiteral("offset")].toInteger(), 9'876'543'210);
        QVERIFY(QJsonDocument::fromJson(lines[2]).object()[QStringLiteral("value")].isNull());
    }

    void cellsForSpreadsheets() {
        const auto text = exported(ExportFormat::Csv);
        QVERIFY2(text.startsWith("topic,partition,offset,time,key,keyEncoding,value,valueEncoding,headers\r\n"), text);
        QVERIFY2(text.contains(",\"a,\"\"b\"\"\nc\",,'=cmd|' /C calc'!A0,,source=web; none\r\n"), text);
        QVERIFY2(text.contains("orders,2,9876543210,,,null,/wA=,base64,\r\n"), text);
        QVERIFY2(text.contains(",k,,,null,\r\n"), text);
        QVERIFY(exported(ExportFormat::ExactCsv).contains(",=cmd|' /C calc'!A0,"));
        QCOMPARE(csvCell(QStringLiteral("-12.5")), QStringLiteral("-12.5"));
        QCOMPARE(csvCell(QStringLiteral("-x")), QStringLiteral("'-x"));
    }

    void nothingHalf() {
        JobControl control;
        const auto refused = exportMessages(records(), QStringLiteral("orders"), m_home.filePath(QStringLiteral("no/such/folder/out")), ExportFormat::Csv, control);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::Storage);
        QVERIFY(!refused.error().why.isEmpty());
    }
};

SAMSA_TEST(MessageExportTest)
#include "export_test.moc"
