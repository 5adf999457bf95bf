#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/all.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::protocol;

namespace {

/// Every version of a message with its defaults: what was written is read back, and each cut of it is refused or read
/// without harm.
template <class Message>
void checkDefaults(const char* name) {
    for (std::int16_t version = Message::kMinVersion; version <= Message::kMaxVersion; ++version) {
        Writer writer;
        Message{}.encode(writer, version);
        const Slice bytes = writer.finishAsSlice();
        Reader reader(bytes);
        const auto read = Message::decode(reader, version);
        QVERIFY2(read.has_value(), qPrintable(QString::fromLatin1(name) + QString::number(version)));
        QVERIFY2(reader.left() == 0, name);
        Writer again;
        read->encode(again, version);
        QVERIFY2(again.finishAsSlice() == bytes, name);
        QVERIFY(!read->print(version).empty());
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            Reader cut(bytes.sub(0, size));
            QVERIFY2(!Message::decode(cut, version), name);
        }
    }
    Reader empty{Slice()};
    QVERIFY(!Message::decode(empty, static_cast<std::int16_t>(Message::kMaxVersion + 1)));
}

} // namespace

class ApiTableTest : public QObject {
    Q_OBJECT
private slots:
    void knowsKafkasVersions() {
        // As an Apache Kafka 4.3 broker lists them.
        const auto range = [](std::int16_t key) { return std::pair{findApi(key)->minVersion, findApi(key)->maxVersion}; };
        using Range = std::pair<std::int16_t, std::int16_t>;
        QCOMPARE(range(1), Range(4, 18));
        QCOMPARE(range(2), Range(1, 11));
        QCOMPARE(range(3), Range(0, 13));
        QCOMPARE(range(8), Range(2, 10));
        QCOMPARE(range(9), Range(1, 10));
        QCOMPARE(range(11), Range(0, 9));
        QCOMPARE(range(18), Range(0, 4));
        QCOMPARE(range(32), Range(1, 4));
        QCOMPARE(range(35), Range(1, 5));
        QVERIFY(findApi(4) == nullptr);
    }

    void headersFollowTheFlexibleVersions() {
        QCOMPARE(requestHeaderVersion(0, 8), std::int16_t{1});
        QCOMPARE(requestHeaderVersion(0, 9), std::int16_t{2});
        QCOMPARE(responseHeaderVersion(18, 4), std::int16_t{0});
        QCOMPARE(responseHeaderVersion(3, 9), std::int16_t{1});
    }

    void everyMessageInEveryVersion() {
#define CHECK(Message) checkDefaults<Message>(#Message);
        SAMSA_FOR_EACH_MESSAGE(CHECK)
#undef CHECK
    }

    void readsBytesOfAnother() {
        // Metadata v9 of one topic by kcat -L -t abc, as captured: header v2 is apart.
        const std::array<unsigned char, 11> bytes{0x02, 0x04, 'a', 'b', 'c', 0x00, 0x01, 0x00, 0x00, 0x00, 0x00};
        Reader reader(Slice::copy(std::as_bytes(std::span(bytes)).first(10)));
        const auto request = MetadataRequest::decode(reader, 9);
        QVERIFY2(request.has_value(), request ? "" : request.error().message.c_str());
        QCOMPARE(request->topics->size(), std::size_t{1});
        QCOMPARE(*request->topics->front().name, std::string("abc"));
        QVERIFY(request->allowAutoTopicCreation);
    }

    void lyingCountsTakeNoMemory() {
        const std::array<unsigned char, 8> bytes{0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0};
        Reader reader(Slice::copy(std::as_bytes(std::span(bytes))));
        const auto request = MetadataRequest::decode(reader, 4);
        QVERIFY(!request);
        QVERIFY2(request.error().message.find("does not fit") != std::string::npos, request.error().message.c_str());
    }

    void keepsTagsItDoesNotKnow() {
        MetadataRequest request;
        request.unknownTaggedFields.push_back({77, Slice::copy("later")});
        Writer writer;
        request.encode(writer, 12);
        Reader reader(writer.finishAsSlice());
        const auto read = MetadataRequest::decode(reader, 12);
        QVERIFY(read.has_value());
        QCOMPARE(read->unknownTaggedFields.size(), std::size_t{1});
        QCOMPARE(std::string(read->unknownTaggedFields[0].bytes.text()), std::string("later"));
    }

    void secretsDoNotPrint() {
        SaslAuthenticateRequest request;
        request.authBytes = Slice::copy("\0user\0canary");
        QVERIFY(request.print(2).find("***") != std::string::npos);
        QVERIFY(request.print(2).find("canary") == std::string::npos);
    }
};

SAMSA_TEST(ApiTableTest)
#include "api_table_test.moc"
