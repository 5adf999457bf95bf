#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::protocol;

class ApiTableTest : public QObject {
    Q_OBJECT
private slots:
    void listsWhatKafkaLists() {
        // "key:first-last" as the broker and the controller listener of Apache Kafka 4.3.1 answer ApiVersions.
        const char* const broker =
            "0:0-13 1:4-18 2:1-11 3:0-13 8:2-10 9:1-10 10:0-6 11:0-9 12:0-4 13:0-5 14:0-5 15:0-6 16:0-5 17:0-1 18:0-4 19:2-7 20:1-6 "
            "21:0-2 22:0-5 23:2-4 24:0-5 25:0-4 26:0-5 27:1-2 28:0-5 29:1-3 30:1-3 31:1-3 32:1-4 33:0-2 34:1-2 35:1-5 36:0-2 37:0-3 "
            "38:1-3 39:1-2 40:1-2 41:1-3 42:0-2 43:0-2 44:0-1 45:0-1 46:0-0 47:0-0 48:0-1 49:0-1 50:0-0 51:0-0 55:0-2 57:0-2 60:0-2 "
            "61:0-0 64:0-0 65:0-0 66:0-2 68:0-1 69:0-1 74:0-1 75:0-0 76:1-1 77:1-1 78:1-2 79:1-2 80:0-1 81:0-0 83:0-0 84:0-0 85:0-1 "
            "86:0-0 87:0-1 88:0-0 89:0-0 90:0-1 91:0-0 92:0-0";
        const char* const controller =
            "1:4-18 17:0-1 18:0-4 19:2-7 20:1-6 29:1-3 30:1-3 31:1-3 32:1-4 33:0-2 36:0-2 37:0-3 38:1-3 39:1-2 40:1-2 41:1-3 43:0-2 "
            "44:0-1 45:0-1 46:0-0 49:0-1 50:0-0 51:0-0 52:0-2 53:0-1 54:0-1 55:0-2 56:2-3 57:0-2 58:0-0 59:0-1 60:0-2 62:0-4 63:0-2 "
            "64:0-0 67:0-0 70:0-0 73:0-0 80:0-1 81:0-0 82:0-0";
        const auto listed = [](bool ApiInfo::*listener) {
            QStringList all;
            for (const auto& api : apiTable())
                if (api.*listener && api.key != 71 && api.key != 72) // telemetry: only with a receiver
                    all += QStringLiteral("%1:%2-%3").arg(api.key).arg(api.listedMinVersion).arg(api.maxVersion);
            return all.join(QLatin1Char(' '));
        };
        QCOMPARE(listed(&ApiInfo::onBroker), QString::fromLatin1(broker));
        QCOMPARE(listed(&ApiInfo::onController), QString::fromLatin1(controller));
        QCOMPARE(findApi(0)->minVersion, std::int16_t{3}); // listed from 0, refused below 3 (KIP-896)
        QVERIFY(findApi(4) == nullptr);
    }

    void headersFollowTheFlexibleVersions() {
        QCOMPARE(requestHeaderVersion(0, 8), std::int16_t{1});
        QCOMPARE(requestHeaderVersion(0, 9), std::int16_t{2});
        QCOMPARE(responseHeaderVersion(18, 4), std::int16_t{0});
        QCOMPARE(responseHeaderVersion(3, 9), std::int16_t{1});
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
