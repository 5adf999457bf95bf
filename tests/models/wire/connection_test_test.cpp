// Each way a connection can fail names its step. The other sides are small servers in this process.
#include "models/wire/connection_test.h"

#include "tests/support/http_server.h"
#include "tests/support/loopback.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <thread>
#include <unistd.h>

using namespace models;
using namespace models::wire;
using namespace std::chrono_literals;
using tests::WireBroker;

namespace {

constexpr TestLimits kLimits{.names = 20s, .ports = 10s, .tls = 10s, .versions = 10s, .login = 10s, .library = 10s};

/// A server that is no broker: takes connections, and says `text` to whoever comes.
class Impostor {
public:
    explicit Impostor(std::string text, bool accepts = true) : m_text(std::move(text)) {
        const auto [fd, listening] = tests::listenOnLoopback();
        m_listen = fd;
        port = listening;
        if (accepts)
            m_thread = std::thread([this] { serve(); });
    }
    ~Impostor() {
        ::shutdown(m_listen, SHUT_RDWR);
        if (m_thread.joinable())
            m_thread.join();
        ::close(m_listen);
    }
    int port = 0;

private:
    void serve() {
        for (;;) {
            const int fd = ::accept4(m_listen, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0)
                return;
            char question[256];
            if (::recv(fd, question, sizeof question, 0) > 0)
                ::send(fd, m_text.data(), m_text.size(), MSG_NOSIGNAL);
            ::close(fd);
        }
    }
    std::string m_text;
    int m_listen = -1;
    std::thread m_thread;
};

/// A port of this machine that nobody listens on.
int deadPort() {
    const Impostor gone({}, false);
    return gone.port;
}

client::ClientConfig configOf(const QString& servers, const QMap<QString, QString>& settings = {}) {
    client::ClientConfig config;
    config.bootstrapServers = servers;
    for (auto it = settings.begin(); it != settings.end(); ++it)
        config.set(it.key(), it.value());
    return config;
}
QString at(int port) { return QStringLiteral("127.0.0.1:%1").arg(port); }
QMap<QString, QString> tls(const QByteArray& ca) { return {{QStringLiteral("security.protocol"), QStringLiteral("SSL")}, {QStringLiteral("ssl.ca.pem"), QString::fromLatin1(ca)}}; }
QMap<QString, QString> plain(const char* user, const char* password) {
    return {{QStringLiteral("security.protocol"), QStringLiteral("SASL_PLAINTEXT")}, {QStringLiteral("sasl.mechanisms"), QStringLiteral("PLAIN")},
        {QStringLiteral("sasl.username"), QLatin1String(user)}, {QStringLiteral("sasl.password"), QLatin1String(password)}};
}

QMap<QString, QString> oauth(const std::string& url) {
    return {{QStringLiteral("security.protocol"), QStringLiteral("SASL_PLAINTEXT")}, {QStringLiteral("sasl.mechanisms"), QStringLiteral("OAUTHBEARER")},
        {QStringLiteral("sasl.oauthbearer.method"), QStringLiteral("oidc")}, {QStringLiteral("sasl.oauthbearer.client.id"), QStringLiteral("me")},
        {QStringLiteral("sasl.oauthbearer.client.secret"), QStringLiteral("planted-7261")}, {QStringLiteral("sasl.oauthbearer.token.endpoint.url"), QString::fromStdString(url)}};
}

TestOutcome outcomeOf(const client::ClientConfig& config, const TestLimits& limits = kLimits) { return ConnectionTest(config, limits).run(); }

QString story(const TestOutcome& outcome) {
    QStringList all;
    for (const auto& step : outcome.steps) {
        QString line = QStringLiteral("step %1 state %2 finding %3 %4").arg(int(step.step)).arg(int(step.state)).arg(int(step.finding)).arg(step.detail);
        for (const auto& place : step.places)
            line += QStringLiteral(" [%1 at %2: %3 %4]").arg(place.name()).arg(int(place.at)).arg(int(place.finding)).arg(place.detail);
        all.append(line);
    }
    return all.join(u'\n');
}

const StepReport& step(const TestOutcome& outcome, TestStep which) { return outcome.steps[static_cast<int>(which)]; }

} // namespace

#define COMPARE_FAILURE(outcome, which, what) \
    do { \
        QVERIFY(!(outcome).good); \
        for (const auto& report : (outcome).steps) { \
            const bool failed = report.state == StepState::Failed; \
            QVERIFY2(failed == (report.step == (which)), qPrintable(story(outcome))); \
        } \
        QVERIFY2(step(outcome, which).finding == (what), qPrintable(story(outcome))); \
    } while (false)

class ConnectionTestTest : public QObject {
    Q_OBJECT
private slots:
    void aClusterThatIsWell() {
        WireBroker first(1), second(2);
        first.peers = {&second};
        first.plainUsers = second.plainUsers = {{"alice", "right"}};
        first.start();
        second.start();
        QList<TestStep> begun;
        ConnectionTest test(configOf(at(first.port()), plain("alice", "right")), kLimits);
        const auto outcome = test.run([&begun](const StepReport& report) {
            if (report.state == StepState::Running)
                begun.append(report.step);
        });
        QVERIFY2(outcome.good, qPrintable(story(outcome)));
        QCOMPARE(outcome.brokers, 2);
        QCOMPARE(begun, (QList<TestStep>{TestStep::Names, TestStep::Ports, TestStep::Versions, TestStep::Login, TestStep::Addresses}));
        QVERIFY(step(outcome, TestStep::Tls).state == StepState::NotNeeded);
        QCOMPARE(step(outcome, TestStep::Addresses).places.size(), 2);
    }

    void anAddressThatNobodyExpects() {
        const QStringList known{QStringLiteral("b-1.shop.kafka.example.org"), QStringLiteral("10.20.1.5")};
        for (const char* host : {"b-1.shop.kafka.example.org", "B-2.shop.kafka.example.org.", "other.example.org", "10.20.200.1"})
            QVERIFY2(!isForeignHost(QLatin1String(host), known), host);
        for (const char* host : {"kafka.example.net", "example.org.evil.com", "169.254.169.254", "127.0.0.1", "localhost", "10.21.1.5", "::1", "kafka", ""})
            QVERIFY2(isForeignHost(QLatin1String(host), known), host);
        QVERIFY(!isForeignHost(QStringLiteral("127.0.0.1"), {QStringLiteral("localhost")}));
        QVERIFY(!isForeignHost(QStringLiteral("kafka2"), {QStringLiteral("kafka1")}));
        QVERIFY(isForeignHost(QStringLiteral("kafka2"), {QStringLiteral("localhost")}));
    }

    void aNameThatNobodyKnows() {
        const auto outcome = outcomeOf(configOf(QStringLiteral("no-such-host.invalid:9092")));
        const auto finding = step(outcome, TestStep::Names).finding;
        COMPARE_FAILURE(outcome, TestStep::Names, finding);
        QVERIFY2(finding == Finding::NameUnknown || finding == Finding::NameTimedOut, qPrintable(story(outcome)));
    }

    void nobodyListens() {
        const auto outcome = outcomeOf(configOf(at(deadPort())));
        COMPARE_FAILURE(outcome, TestStep::Ports, Finding::PortRefused);
    }

    void oneOfTwoServersIsDown() {
        WireBroker broker;
        broker.start();
        const auto outcome = outcomeOf(configOf(at(deadPort()) + u',' + at(broker.port())));
        QVERIFY2(outcome.good, qPrintable(story(outcome)));
        QVERIFY(step(outcome, TestStep::Ports).state == StepState::Warned);
        QVERIFY(step(outcome, TestStep::Ports).finding == Finding::PortRefused);
    }

    void anExpiredCertificate() {
        WireBroker broker;
        const auto ca = broker.useTls("127.0.0.1", -7200, -3600);
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), tls(ca)));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::CertificateExpired);
        const auto& chain = step(outcome, TestStep::Tls).places[0].chain;
        QCOMPARE(chain.size(), 1);
        QCOMPARE(chain[0].subject, QStringLiteral("CN=test"));
        QVERIFY(chain[0].until < QDateTime::currentDateTimeUtc());
        QCOMPARE(chain[0].names, QStringList{QStringLiteral("127.0.0.1")});
        QCOMPARE(chain[0].fingerprint.size(), 95);
    }

    void aCertificateOfAnotherHost() {
        WireBroker broker;
        const auto ca = broker.useTls("kafka.example.org");
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), tls(ca)));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::CertificateWrongHost);
        auto unchecked = tls(ca);
        unchecked.insert(QStringLiteral("ssl.endpoint.identification.algorithm"), QStringLiteral("none"));
        QVERIFY(outcomeOf(configOf(at(broker.port()), unchecked)).good);
    }

    void aCertificateOfAStranger() {
        WireBroker broker, other;
        broker.useTls("127.0.0.1");
        const auto ca = other.useTls("127.0.0.1");
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), tls(ca)));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::CertificateUntrusted);
    }

    void noSecretIsSentToAStranger() {
        WireBroker broker, other;
        broker.useTls("127.0.0.1");
        const auto ca = other.useTls("127.0.0.1");
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        auto settings = plain("alice", "right");
        settings.insert(tls(ca));
        settings[QStringLiteral("security.protocol")] = QStringLiteral("SASL_SSL");
        const auto outcome = outcomeOf(configOf(at(broker.port()), settings));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::CertificateUntrusted);
        QVERIFY(step(outcome, TestStep::Login).state == StepState::Waiting);
    }

    void aServerThatWantsACertificate() {
        WireBroker broker;
        const auto ca = broker.useTls("127.0.0.1");
        broker.wantClientCertificate();
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), tls(ca)));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::ClientCertificateWanted);
    }

    void aKeyStoreShowsWhoItIs() {
        WireBroker broker;
        auto settings = tls(broker.useTls("127.0.0.1"));
        const QByteArray store = broker.wantClientOfKeyStore("open sesame");
        broker.start();
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("client.p12"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(store) == store.size());
        file.close();
        settings[QStringLiteral("ssl.keystore.location")] = path;
        auto config = configOf(at(broker.port()), settings);
        config.secrets[QStringLiteral("ssl.keystore.password")] = QStringLiteral("open sesame");
        const auto known = outcomeOf(config);
        QVERIFY2(known.good, qPrintable(story(known)));
        config.secrets[QStringLiteral("ssl.keystore.password")] = QStringLiteral("closed");
        QVERIFY(!outcomeOf(config).good);
        config.properties[QStringLiteral("ssl.keystore.location")] = QStringLiteral("/no/such/store.p12");
        QVERIFY(!outcomeOf(config).good);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write("\xfe\xed\xfe\xed") == 4); // how a Java key store begins
        file.close();
        config.properties[QStringLiteral("ssl.keystore.location")] = path;
        QVERIFY(!outcomeOf(config).good);
    }

    void tlsToAPlainPort() {
        WireBroker broker, other;
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), tls(other.useTls("127.0.0.1"))));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::TlsNotSpoken);
    }

    void plainToATlsPort() {
        Impostor server(std::string("\x15\x03\x03\x00\x02\x02\x46", 7)); // how TLS says "unexpected message"
        const auto outcome = outcomeOf(configOf(at(server.port)));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::TlsWanted);
    }

    void aServerThatIsNotKafka() {
        Impostor server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        const auto outcome = outcomeOf(configOf(at(server.port)));
        COMPARE_FAILURE(outcome, TestStep::Versions, Finding::NotKafka);
    }

    void aServerThatClosesAtOnce() {
        Impostor server({});
        const auto outcome = outcomeOf(configOf(at(server.port)));
        COMPARE_FAILURE(outcome, TestStep::Versions, Finding::ClosedAtOnce);
    }

    void aServerThatSaysNothing() {
        Impostor server({}, false); // the system takes the connection, nobody reads
        auto limits = kLimits;
        limits.versions = 100ms;
        const auto outcome = outcomeOf(configOf(at(server.port)), limits);
        COMPARE_FAILURE(outcome, TestStep::Versions, Finding::AnswerTimedOut);
    }

    void aWrongPassword() {
        WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), plain("alice", "wrong-7261")));
        COMPARE_FAILURE(outcome, TestStep::Login, Finding::LoginRefused);
        QVERIFY2(!story(outcome).contains(QStringLiteral("wrong-7261")), "the password is told");
    }

    void aWrongPasswordIsTriedOnce() {
        WireBroker first(1), second(2);
        first.plainUsers = second.plainUsers = {{"alice", "right"}};
        first.start();
        second.start();
        const auto outcome = outcomeOf(configOf(at(first.port()) + u',' + at(second.port()), plain("alice", "wrong")));
        COMPARE_FAILURE(outcome, TestStep::Login, Finding::LoginRefused);
        QCOMPARE(step(outcome, TestStep::Login).places.size(), 1);
    }

    void aMechanismThatIsNotTaken() {
        WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        auto settings = plain("alice", "right");
        settings[QStringLiteral("sasl.mechanisms")] = QStringLiteral("SCRAM-SHA-256");
        const auto outcome = outcomeOf(configOf(at(broker.port()), settings));
        COMPARE_FAILURE(outcome, TestStep::Login, Finding::MechanismNotTaken);
        QVERIFY2(step(outcome, TestStep::Login).places[0].detail.contains(QStringLiteral("PLAIN")), "what is offered is named");
    }

    void aLoginThatIsMissing() {
        WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port())));
        COMPARE_FAILURE(outcome, TestStep::Login, Finding::LoginWanted);
    }

    void anAdvertisedAddressThatIsDown() {
        WireBroker broker(1), gone(2);
        broker.peers = {&gone};
        broker.start();
        gone.stop();
        const auto outcome = outcomeOf(configOf(at(broker.port())));
        COMPARE_FAILURE(outcome, TestStep::Addresses, Finding::PortRefused);
        const auto& places = step(outcome, TestStep::Addresses).places;
        QCOMPARE(places.size(), 2);
        QVERIFY(places[0].finding == Finding::None);
        QCOMPARE(places[1].broker, 2);
        QVERIFY(places[1].at == TestStep::Ports);
    }

    void anAdvertisedNameThatIsNone() {
        WireBroker broker(1), other(2);
        broker.peers = {&other};
        other.advertisedHost = std::string(300, 'x');
        broker.start();
        other.start();
        const auto outcome = outcomeOf(configOf(at(broker.port())));
        COMPARE_FAILURE(outcome, TestStep::Addresses, Finding::NameUnknown);
    }

    void aKeyThatCannotBeRead() {
        auto settings = tls("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
        const auto outcome = outcomeOf(configOf(at(deadPort()), settings));
        COMPARE_FAILURE(outcome, TestStep::Tls, Finding::SettingsUnusable);
    }

    void whatOnlyLibrdkafkaCanDoIsSaid() {
        WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        auto settings = oauth("http://127.0.0.1:1/token");
        settings.insert(QStringLiteral("sasl.oauthbearer.grant.type"), QStringLiteral("urn:ietf:params:oauth:grant-type:jwt-bearer")); // newer than ours, and than librdkafka 2.8
        auto limits = kLimits;
        limits.library = 2s;
        const auto outcome = outcomeOf(configOf(at(broker.port()), settings), limits);
        QVERIFY2(step(outcome, TestStep::Versions).state == StepState::Good, qPrintable(story(outcome)));
        QVERIFY2(step(outcome, TestStep::Login).state == StepState::Failed, qPrintable(story(outcome)));
        QVERIFY(step(outcome, TestStep::Login).byLibrary);
        QVERIFY2(!story(outcome).contains(QStringLiteral("planted-7261")), "the secret is told");
    }

    void aLoginByToken() {
        tests::HttpServer provider([](const std::string&) { return tests::HttpServer::reply(200, R"({"access_token":"token-1","expires_in":600})"); });
        WireBroker broker;
        broker.bearerTokens = {"token-1"};
        broker.start();
        auto settings = oauth(provider.url());
        settings.insert(QStringLiteral("sasl.oauthbearer.extensions"), QStringLiteral("logicalCluster=lkc-1"));
        const auto outcome = outcomeOf(configOf(at(broker.port()), settings));
        QVERIFY2(outcome.good, qPrintable(story(outcome)));
        QVERIFY(!step(outcome, TestStep::Login).byLibrary);
        QCOMPARE(broker.bearerMessage, std::string("n,,\x01" "auth=Bearer token-1\x01" "logicalCluster=lkc-1\x01\x01"));
        QCOMPARE(provider.requests.load(), 1); // once, for the login here and at the address that is advertised
    }

    void aTokenThatNobodyGives() {
        tests::HttpServer provider([](const std::string&) { return tests::HttpServer::reply(401, R"({"error":"invalid_client"})"); });
        WireBroker broker;
        broker.bearerTokens = {"token-1"};
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), oauth(provider.url())));
        QVERIFY2(step(outcome, TestStep::Login).state == StepState::Failed, qPrintable(story(outcome)));
        QVERIFY(step(outcome, TestStep::Login).finding == Finding::TokenNotGiven);
        QVERIFY2(step(outcome, TestStep::Login).detail.contains(QStringLiteral("invalid_client")), qPrintable(story(outcome)));
        QVERIFY2(!story(outcome).contains(QStringLiteral("planted-7261")), "the secret is told");
        QCOMPARE(broker.bearerMessage, std::string());
    }

    void aTokenThatTheBrokerDoesNotTake() {
        tests::HttpServer provider([](const std::string&) { return tests::HttpServer::reply(200, R"({"access_token":"planted-7261","expires_in":600})"); });
        WireBroker broker;
        broker.bearerTokens = {"another"};
        broker.start();
        for (int round = 1; round <= 2; ++round) {
            const auto outcome = outcomeOf(configOf(at(broker.port()), oauth(provider.url())));
            COMPARE_FAILURE(outcome, TestStep::Login, Finding::LoginRefused);
            QVERIFY2(!story(outcome).contains(QStringLiteral("planted-7261")), "the token is told");
            QCOMPARE(provider.requests.load(), round); // it is not tried again
        }
    }

    void aRefusalThatEndsInSilenceIsOne() {
        tests::HttpServer provider([](const std::string&) { return tests::HttpServer::reply(200, R"({"access_token":"token-1","expires_in":600})"); });
        WireBroker broker;
        broker.bearerTokens = {"another"};
        broker.endsRefusalsInSilence = true;
        broker.start();
        const auto outcome = outcomeOf(configOf(at(broker.port()), oauth(provider.url())));
        COMPARE_FAILURE(outcome, TestStep::Login, Finding::LoginRefused);
    }

    void itCanBeCancelled() {
        Impostor server({}, false);
        auto limits = kLimits;
        limits.versions = 10min;
        ConnectionTest test(configOf(at(server.port)), limits);
        std::jthread canceller;
        const auto outcome = test.run([&](const StepReport& report) {
            if (report.step == TestStep::Versions && report.state == StepState::Running)
                canceller = std::jthread([&test] { test.cancel(); });
        });
        QVERIFY(outcome.cancelled && !outcome.good);
        QVERIFY2(step(outcome, TestStep::Versions).state == StepState::Stopped, qPrintable(story(outcome)));
    }
};

SAMSA_TEST(ConnectionTestTest)
#include "connection_test_test.moc"
