// The other end is no Kafka broker, or speaks TLS: what librdkafka says about it, in words that help.
#include "models/client/foreign_answer.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace Qt::StringLiterals;
using models::Error;
using models::ErrorCode;
using models::client::withPlainReason;

class ForeignAnswerTest : public QObject {
    Q_OBJECT
private slots:
    void saysWhatAnswers_data() {
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("meant");
        QTest::addColumn<ErrorCode>("code");
        const auto badSize = [](const char* size) { return QStringLiteral("localhost:24001: Receive failed: Invalid response size %1 (0..100000000): increase receive.message.max.bytes").arg(QLatin1String(size)); };
        QTest::newRow("HTTP") << badSize("1213486160") << u"localhost:24001 answers, but not in Kafka's protocol (it says “HTTP”): is the port right?"_s << ErrorCode::Unreachable;
        QTest::newRow("SSH") << badSize("1397966893") << u"localhost:24001 answers, but not in Kafka's protocol (it says “SSH”): is the port right?"_s << ErrorCode::Unreachable;
        QTest::newRow("noise") << badSize("-2") << u"localhost:24001 answers, but not in Kafka's protocol: is the port right?"_s << ErrorCode::Unreachable;
        QTest::newRow("a TLS alert") << badSize("352518912") << u"localhost:24001 speaks TLS: set security.protocol to SSL or SASL_SSL"_s << ErrorCode::TlsFailed;
        const QString silent = u"a.b:9093 took the connection but does not answer as Kafka does: the port may be another program's, or want TLS (security.protocol SSL or SASL_SSL)"_s;
        QTest::newRow("a TLS listener hangs up")
            << u"a.b:9093: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request)"_s
            << silent << ErrorCode::Internal;
        QTest::newRow("nobody answers") << u"a.b:9093: Connection setup timed out in state APIVERSION_QUERY"_s << silent << ErrorCode::Internal;
        QTest::newRow("anything else stays") << u"a.b:9092: Connect to 127.0.0.1:1 failed: Connection refused"_s << u"a.b:9092: Connect to 127.0.0.1:1 failed: Connection refused"_s << ErrorCode::Internal;
        QTest::newRow("nothing") << QString() << QString() << ErrorCode::Internal;
    }
    void saysWhatAnswers() {
        QFETCH(QString, said);
        QFETCH(QString, meant);
        QFETCH(ErrorCode, code);
        const Error plain = withPlainReason({ErrorCode::Internal, u"metadata"_s, said, -195});
        QCOMPARE(plain.why, meant);
        QCOMPARE(models::toString(plain.code), models::toString(code));
        QCOMPARE(plain.what, u"metadata"_s);
        QCOMPARE(plain.kafkaCode, -195);
    }
};

SAMSA_TEST(ForeignAnswerTest)
#include "foreign_answer_test.moc"
