// What is asked of an identity provider, and what is made of each answer.
#include "models/tokens/oidc.h"

#include "models/tokens/https.h"
#include "tests/support/http_server.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <sys/eventfd.h>

using namespace models;
using namespace models::tokens;
using namespace std::chrono_literals;
using tests::HttpServer;

namespace {

constexpr auto kSecret = "planted-7261-secret";

/// Signed by nobody: whether it is right is the broker's affair.
std::string jwt(const std::string& claims) {
    const auto part = [](const std::string& text) { return QByteArray::fromStdString(text).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals).toStdString(); };
    return part(R"({"alg":"RS256"})") + "." + part(claims) + ".c2ln";
}

OidcClient clientOf(const HttpServer& server) { return {QString::fromStdString(server.url()), QStringLiteral("me"), QLatin1String(kSecret), QStringLiteral("kafka read"), {}}; }

/// Whatever goes wrong, nobody reads a secret in its words.
Result<Token> fetched(const OidcClient& client, const Patience& patience = patient(30s)) {
    auto token = fetchToken(client, patience);
    if (!token && token.error().toString().contains(QLatin1String(kSecret)))
        qFatal("the secret is told");
    return token;
}

} // namespace

class OidcTest : public QObject {
    Q_OBJECT
private slots:
    void asksAsKafkasClientsDo() {
        std::string asked;
        HttpServer server([&](const std::string& request) {
            asked = request;
            return HttpServer::reply(200, R"({"access_token":")" + jwt(R"({"sub":"svc-1","exp":2000000000})") + R"(","token_type":"Bearer","expires_in":60})");
        });
        auto client = clientOf(server);
        client.extensions = {{QStringLiteral("logicalCluster"), QStringLiteral("lkc-1")}};
        const auto token = fetched(client);
        QVERIFY2(token, token ? "" : qPrintable(token.error().toString()));
        QVERIFY(asked.starts_with("POST /token HTTP/1.1\r\n"));
        QVERIFY(asked.find("Authorization: Basic " + QByteArray("me:").append(kSecret).toBase64().toStdString() + "\r\n") != std::string::npos);
        QVERIFY(asked.find("Content-Type: application/x-www-form-urlencoded\r\n") != std::string::npos);
        QVERIFY(asked.ends_with("\r\n\r\ngrant_type=client_credentials&scope=kafka%20read"));
        QCOMPARE(token->principal, QStringLiteral("svc-1"));
        QCOMPARE(token->until, QDateTime::fromSecsSinceEpoch(2'000'000'000, Qt::UTC)); // its own word counts, not the answer's
        QCOMPARE(token->extensions, client.extensions);
    }

    void aTokenThatIsNoJwtLivesAsLongAsTheAnswerSays() {
        HttpServer server([](const std::string&) { return HttpServer::reply(200, R"({"access_token":"opaque-1","expires_in":600})"); });
        const auto before = QDateTime::currentDateTimeUtc();
        const auto token = fetched(clientOf(server));
        QVERIFY(token && token->until >= before.addSecs(599) && token->until <= QDateTime::currentDateTimeUtc().addSecs(600));
        QCOMPARE(token->principal, QStringLiteral("me"));
    }

    void answersThatAreNone_data() {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const std::string& answer, ErrorCode code, const char* says) {
            QTest::newRow(name) << QByteArray::fromStdString(answer) << code << QString::fromLatin1(says);
        };
        row("refused", HttpServer::reply(401, R"({"error":"invalid_client","error_description":"Client secret is wrong"})"), ErrorCode::AuthenticationFailed,
            "invalid_client: Client secret is wrong (HTTP 401)");
        row("a page", HttpServer::reply(404, "<html>not here</html>"), ErrorCode::AuthenticationFailed, "the provider answers HTTP 404");
        row("broken", HttpServer::reply(503, "{}"), ErrorCode::Unreachable, "the provider answers HTTP 503");
        row("no JSON", HttpServer::reply(200, "hello"), ErrorCode::Corrupt, "access_token");
        row("no token", HttpServer::reply(200, R"({"access_token":17,"expires_in":60})"), ErrorCode::Corrupt, "access_token");
        row("a token that would end its message", HttpServer::reply(200, R"({"access_token":"a\u0001host=evil","expires_in":60})"), ErrorCode::Corrupt, "access_token");
        row("no end", HttpServer::reply(200, R"({"access_token":"opaque"})"), ErrorCode::Corrupt, "how long it lives");
        row("too large", HttpServer::reply(200, std::string(300'000, ' ')), ErrorCode::Corrupt, "too large");
        row("elsewhere", "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ErrorCode::AuthenticationFailed, "HTTP 302");
        row("not HTTP", "SSH-2.0-OpenSSH\r\n", ErrorCode::Unreachable, "");
    }
    void answersThatAreNone() {
        QFETCH(QByteArray, answer);
        QFETCH(ErrorCode, code);
        QFETCH(QString, says);
        HttpServer server([&](const std::string&) { return answer.toStdString(); });
        const auto token = fetched(clientOf(server));
        QVERIFY(!token);
        QVERIFY2(token.error().code == code && token.error().why.contains(says), qPrintable(token.error().toString()));
        QCOMPARE(server.requests.load(), 1); // redirects are not followed: the secret would go with them
    }

    void aProviderThatHangsIsLeft() {
        HttpServer server([](const std::string&) { return std::string(); });
        auto late = fetched(clientOf(server), patient(50ms));
        QVERIFY(!late && late.error().code == ErrorCode::TimedOut);
        const int cancel = ::eventfd(1, EFD_CLOEXEC);
        late = fetched(clientOf(server), patient(10min, cancel));
        ::close(cancel);
        QVERIFY(!late && late.error().code == ErrorCode::Cancelled);
    }

    void nobodyIsAskedWhereOthersCouldListen() {
        QVERIFY(isSafeUrl(QStringLiteral("https://id.example.org/token")) && isSafeUrl(QStringLiteral("http://localhost:8080/token")) && isSafeUrl(QStringLiteral("http://[::1]/t")));
        for (const char* bad : {"http://id.example.org/token", "file:///etc/passwd", "ftp://localhost/", "", "https://", "id.example.org"}) {
            QVERIFY2(!isSafeUrl(QLatin1String(bad)), bad);
            const auto token = fetched({QLatin1String(bad), QStringLiteral("me"), QLatin1String(kSecret), {}, {}});
            QVERIFY2(!token && token.error().code == ErrorCode::Invalid, bad);
        }
    }

    void extensionsAreNamesAndValues() {
        const auto two = extensionsOf(QStringLiteral("logicalCluster=lkc-1, identityPoolId=pool=2"));
        QVERIFY(two && *two == (QMap<QString, QString>{{QStringLiteral("logicalCluster"), QStringLiteral("lkc-1")}, {QStringLiteral("identityPoolId"), QStringLiteral("pool=2")}}));
        QVERIFY(extensionsOf({})->isEmpty());
        for (const char* bad : {"auth=me", "a1=b", "a", "=b", "a=", "a=b\x01host=evil"})
            QVERIFY2(!extensionsOf(QLatin1String(bad)), bad);
    }
};

SAMSA_TEST(OidcTest)
#include "oidc_test.moc"
