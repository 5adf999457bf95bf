// Amazon's token, byte for byte as Amazon's own signer makes it, and where the credentials are found.
#include "models/tokens/aws_signature.h"

#include "tests/support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <sys/eventfd.h>
#include <unistd.h>

using namespace models;
using namespace models::tokens;
using namespace std::chrono_literals;

namespace {

AwsCredentials example(const char* session = "") { return {QStringLiteral("AKIDEXAMPLE"), QStringLiteral("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), QLatin1String(session), {}}; }
const QDateTime kNow = QDateTime::fromString(QStringLiteral("2026-11-27T14:30:05Z"), Qt::ISODate);

QByteArray urlOf(const Token& token) { return QByteArray::fromBase64(token.text, QByteArray::Base64UrlEncoding); }

/// A home with files of AWS.
struct Home {
    QTemporaryDir folder;
    AwsPlace place;
    explicit Home(const QByteArray& credentials = {}, const QByteArray& config = {}) {
        QDir(folder.path()).mkpath(QStringLiteral(".aws"));
        write(QStringLiteral(".aws/credentials"), credentials);
        write(QStringLiteral(".aws/config"), config);
        place.home = folder.path();
    }
    void write(const QString& name, const QByteArray& text) const {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("no file");
    }
    [[nodiscard]] Result<AwsCredentials> operator()(const QString& profile = {}, const Patience& patience = patient(60s)) const { return awsCredentials(profile, place, patience); }
};

} // namespace

class AwsTest : public QObject {
    Q_OBJECT
private slots:
    // The expected addresses are those of botocore's SigV4QueryAuth for the same key and second, which aws-msk-iam-sasl-signer-python uses.
    void signsAsAmazonsOwnSigner() {
        const auto token = mskToken(example(), QStringLiteral("eu-west-1"), kNow);
        QCOMPARE(urlOf(token),
            QByteArray("https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261127%2Feu-west-1%2Fkafka-cluster"
                       "%2Faws4_request&X-Amz-Date=20261127T143005Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=e309156dcb43c81287a423baad661f5a737b64dbd11aa257bc157b878d627454"
                       "&User-Agent=samsa"));
        QVERIFY(!token.text.contains('=') && !token.text.contains('+') && !token.text.contains('/'));
        QCOMPARE(token.until, kNow.addSecs(900));
    }

    void signsTemporaryCredentials() {
        auto credentials = example("FwoGZXIvYXdzEBYaD//example+token==");
        const auto url = urlOf(mskToken(credentials, QStringLiteral("eu-west-1"), kNow));
        QVERIFY(url.contains("&X-Amz-Security-Token=FwoGZXIvYXdzEBYaD%2F%2Fexample%2Btoken%3D%3D&"));
        QVERIFY(url.contains("&X-Amz-Signature=7827f14f11015d1a6e7bbb1dc1796333d0e95a5095ec59a464075ca238ae4a75&"));
        credentials.until = kNow.addSecs(60); // it cannot outlive them
        QCOMPARE(mskToken(credentials, QStringLiteral("eu-west-1"), kNow).until, kNow.addSecs(60));
    }

    void regionsStandInTheNames() {
        QCOMPARE(awsRegionOf(QStringLiteral("b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098,b-2.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098")), QStringLiteral("eu-west-1"));
        QCOMPARE(awsRegionOf(QStringLiteral("boot-abc.c1.kafka-serverless.us-east-1.amazonaws.com:9098")), QStringLiteral("us-east-1"));
        QCOMPARE(awsRegionOf(QStringLiteral("b-1.x.kafka.us-gov-west-1.amazonaws.com:9098")), QStringLiteral("us-gov-west-1"));
        QCOMPARE(awsRegionOf(QStringLiteral("kafka.example.org:9098")), QString());
    }

    void theEnvironmentComesFirst() {
        Home home("[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n");
        QCOMPARE(home()->keyId, QStringLiteral("FILE"));
        home.place.environment = {{QStringLiteral("AWS_ACCESS_KEY_ID"), QStringLiteral("ENV")}, {QStringLiteral("AWS_SECRET_ACCESS_KEY"), QStringLiteral("s")},
            {QStringLiteral("AWS_SESSION_TOKEN"), QStringLiteral("t")}};
        QCOMPARE(*home(), (AwsCredentials{QStringLiteral("ENV"), QStringLiteral("s"), QStringLiteral("t"), {}}));
        QCOMPARE(home(QStringLiteral("default"))->keyId, QStringLiteral("FILE")); // a profile that is named is meant
    }

    void profilesOfBothFiles() {
        Home home("# mine\n[work]\naws_access_key_id = WORK\naws_secret_access_key = a=b\n[half]\naws_access_key_id = HALF\n",
            "[default]\nregion=x\naws_access_key_id=CONFIG\naws_secret_access_key=s\n[profile other]\naws_access_key_id=OTHER\naws_secret_access_key=s\naws_session_token=t\n");
        QCOMPARE(home(QStringLiteral("work"))->secret, QStringLiteral("a=b"));
        QCOMPARE(home()->keyId, QStringLiteral("CONFIG"));
        QCOMPARE(home(QStringLiteral("other"))->sessionToken, QStringLiteral("t"));
        home.place.environment = {{QStringLiteral("AWS_PROFILE"), QStringLiteral("work")}};
        QCOMPARE(home()->keyId, QStringLiteral("WORK"));
        home.write(QStringLiteral("elsewhere"), "[work]\naws_access_key_id=ELSEWHERE\naws_secret_access_key=s\n");
        home.place.environment.insert(QStringLiteral("AWS_SHARED_CREDENTIALS_FILE"), home.folder.filePath(QStringLiteral("elsewhere")));
        QCOMPARE(home()->keyId, QStringLiteral("ELSEWHERE"));
    }

    void aProcessThatPrintsThem() {
        Home home({}, {});
        home.write(QStringLiteral("print"), R"({"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-27T15:00:00Z"})");
        const auto command = [&home](const QByteArray& line) { home.write(QStringLiteral(".aws/config"), "[profile sso]\ncredential_process = " + line + "\n"); };
        command("/bin/cat \"" + home.folder.filePath(QStringLiteral("print")).toLocal8Bit() + "\"");
        const auto keys = home(QStringLiteral("sso"));
        QVERIFY2(keys, keys ? "" : qPrintable(keys.error().toString()));
        QCOMPARE(keys->keyId, QStringLiteral("ASIA"));
        QCOMPARE(keys->until, QDateTime::fromString(QStringLiteral("2026-11-27T15:00:00Z"), Qt::ISODate));

        command("/bin/sh -c \"echo the session has ended >&2; exit 3\"");
        const auto ended = home(QStringLiteral("sso"));
        QVERIFY(!ended && ended.error().code == ErrorCode::AuthenticationFailed);
        QCOMPARE(ended.error().why, QStringLiteral("the session has ended"));
        command("/bin/echo hello");
        QVERIFY(home(QStringLiteral("sso")).error().code == ErrorCode::Corrupt);
        command("/no/such/program");
        QVERIFY(home(QStringLiteral("sso")).error().code == ErrorCode::NotFound);
    }

    void aProcessThatHangsIsLeft() {
        Home home({}, "[profile slow]\ncredential_process = /bin/cat /dev/zero\n");
        QVERIFY(home(QStringLiteral("slow")).error().code == ErrorCode::Corrupt); // it talks without end
        home.write(QStringLiteral(".aws/config"), "[profile slow]\ncredential_process = /usr/bin/tail -f /dev/null\n");
        QVERIFY(home(QStringLiteral("slow"), patient(50ms)).error().code == ErrorCode::TimedOut);
        const int cancel = ::eventfd(1, EFD_CLOEXEC);
        const auto cancelled = home(QStringLiteral("slow"), patient(10min, cancel));
        ::close(cancel);
        QVERIFY(cancelled.error().code == ErrorCode::Cancelled);
    }

    void whatIsMissingIsSaid() {
        if (!QStandardPaths::findExecutable(QStringLiteral("aws")).isEmpty())
            qputenv("PATH", "/nowhere"); // it would be asked
        const Home home("[prod]\naws_access_key_id = K\naws_secret_access_key = s\n", "[profile prod]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = prod\n[profile sso]\nsso_session = corp\n[profile role]\nrole_arn = arn:aws:iam::1:role/x\naws_access_key_id=K\naws_secret_access_key=s\n");
        const auto none = home(QStringLiteral("missing"));
        QVERIFY(none.error().code == ErrorCode::NotFound && none.error().why.contains(QLatin1String("no profile missing")));
        const auto sso = home(QStringLiteral("sso"));
        QVERIFY(sso.error().code == ErrorCode::NotFound && sso.error().why.contains(QLatin1String("AWS command line tool")));
        QVERIFY(!home(QStringLiteral("role"))); // its keys are the source's, not the role's
        QVERIFY(!home(QStringLiteral("prod")));
    }
};

SAMSA_TEST(AwsTest)
#include "aws_test.moc"
