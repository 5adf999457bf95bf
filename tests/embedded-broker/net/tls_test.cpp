#include "embedded-broker/net/tls_network.h"
#include "embedded-broker/security/certificates.h"
#include "tests/embedded-broker/net/connection_pair.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace broker;

namespace {

const security::ServerCertificate& own() {
    static const auto made = *security::makeServerCertificate("test authority", {"localhost", "127.0.0.1"});
    return made;
}
const security::ServerCertificate& stranger() {
    static const auto made = *security::makeServerCertificate("another authority", {"localhost", "127.0.0.1"});
    return made;
}
TlsOptions serverOptions() { return {.certificateChainPem = own().chainPem, .privateKeyPem = own().keyPem, .privateKeyPassword = {}, .trustedPem = own().authorityPem}; }
TlsOptions clientOptions() { return {.certificateChainPem = {}, .privateKeyPem = {}, .privateKeyPassword = {}, .trustedPem = own().authorityPem}; }

struct Pair : tests::ConnectionPair {
    std::unique_ptr<Network> serverNetwork, clientNetwork;
    explicit Pair(const TlsOptions& ofServer = serverOptions(), const TlsOptions& ofClient = clientOptions(), const std::string& host = "localhost") {
        serverNetwork = *net::TlsNetwork::make(loop, ofServer);
        clientNetwork = *net::TlsNetwork::make(loop, ofClient);
        meet(*serverNetwork, *clientNetwork, host, 64U << 20);
    }
    ~Pair() { leave(); }
};

} // namespace

class TlsTest : public QObject {
    Q_OBJECT
private slots:
    void framesOfAllSizesArriveWhole() {
        Pair pair;
        QVERIFY(pair.server && pair.client);
        QCOMPARE(pair.server->peerSubject(), std::string()); // it showed no certificate
        QCOMPARE(pair.client->peerSubject(), std::string("CN=localhost"));
        std::vector<std::string> sent;
        for (const std::size_t size : {0U, 1U, 3U, 100U, 16'380U, 16'384U, 16'385U, 70'000U, 300'000U, 5'000'000U, 2U})
            sent.emplace_back(size, static_cast<char>('a' + sent.size()));
        for (const auto& text : sent) {
            pair.client->send(Pair::payload(text));
            pair.server->send(Pair::payload(text));
        }
        QVERIFY(pair.until([&] { return pair.atServer.size() == sent.size() && pair.atClient.size() == sent.size(); }));
        for (std::size_t i = 0; i < sent.size(); ++i) {
            QVERIFY(pair.atServer[i].text() == sent[i]);
            QVERIFY(pair.atClient[i].text() == sent[i]);
        }
        QCOMPARE(pair.client->queuedBytes(), std::uint64_t(0));
    }
    void filesTravelBetweenSlices() {
        Pair pair;
        QTemporaryDir directory;
        const auto disk = makePosixDisk();
        const std::string path = directory.filePath(QStringLiteral("data")).toStdString();
        std::string content;
        for (int i = 0; content.size() < 3'000'000; ++i)
            content += std::to_string(i) + ",";
        std::shared_ptr<File> file = *disk->open(path, OpenMode::Create);
        QVERIFY(file->writeAt(0, asBytes(content)));
        Payload frame;
        frame.append(Slice::copy("<"));
        frame.append(FileRegion{file, 10, 2'500'000});
        frame.append(Slice::copy("|"));
        frame.append(FileRegion{file, 0, 20'000});
        frame.append(Slice::copy(">"));
        pair.server->send(std::move(frame));
        QVERIFY(pair.until([&] { return !pair.atClient.empty(); }));
        QVERIFY(pair.atClient[0].text() == "<" + content.substr(10, 2'500'000) + "|" + content.substr(0, 20'000) + ">");
    }
    void pausedReadingHoldsBackAndGoesOn() {
        Pair pair;
        pair.server->setReading(false);
        for (int i = 0; i < 200; ++i)
            pair.client->send(Pair::payload(std::string(100'000, 'x')));
        for (int turn = 0; turn < 500; ++turn)
            pair.loop.turn(Duration::zero());
        QVERIFY(pair.atServer.empty());
        QVERIFY(pair.client->queuedBytes() > 0);
        pair.server->setReading(true);
        QVERIFY(pair.until([&] { return pair.atServer.size() == 200; }));
    }
    void closesAreToldAndFramesOverTheLimitClose() {
        Pair pair;
        pair.client->close();
        QVERIFY(pair.until([&] { return pair.serverClosed.has_value(); }));
        QCOMPARE(*pair.serverClosed, CloseReason::Peer);
        Pair other;
        other.server->setFrameBytesMax(1000);
        other.client->send(Pair::payload(std::string(1000, 'x')));
        QVERIFY(other.until([&] { return other.atServer.size() == 1; }));
        other.client->send(Pair::payload(std::string(1001, 'x')));
        QVERIFY(other.until([&] { return other.serverClosed.has_value(); }));
        QCOMPARE(*other.serverClosed, CloseReason::BadFrame);
    }
    void clientsRefuseServersThatCannotProveWhoTheyAre() {
        TlsOptions other = serverOptions();
        other.certificateChainPem = stranger().chainPem;
        other.privateKeyPem = stranger().keyPem;
        QVERIFY(Pair(other).refused.has_value());
        const auto elsewhere = *security::makeServerCertificate("test authority", {"kafka.example", "10.0.0.9"});
        TlsOptions wrongHost = serverOptions();
        wrongHost.certificateChainPem = elsewhere.chainPem;
        wrongHost.privateKeyPem = elsewhere.keyPem;
        TlsOptions trusting = clientOptions();
        trusting.trustedPem = elsewhere.authorityPem;
        QVERIFY(Pair(wrongHost, trusting).refused.has_value());
        QVERIFY(Pair(wrongHost, trusting, "127.0.0.1").refused.has_value());
        trusting.checkHost = false;
        QVERIFY(!Pair(wrongHost, trusting).refused.has_value());
        QVERIFY(!Pair(serverOptions(), clientOptions(), "127.0.0.1").refused.has_value());
    }
    void clientCertificatesAreAskedForAndChecked() {
        TlsOptions asking = serverOptions();
        asking.clientCertificate = TlsOptions::ClientCertificate::Required;
        TlsOptions showing = clientOptions();
        showing.certificateChainPem = own().chainPem;
        showing.privateKeyPem = own().keyPem;
        Pair pair(asking, showing);
        QVERIFY(pair.server);
        QCOMPARE(pair.server->peerSubject(), std::string("CN=localhost"));
        for (const TlsOptions& refused : {clientOptions(), [&] {
                 TlsOptions strange = clientOptions();
                 strange.certificateChainPem = stranger().chainPem;
                 strange.privateKeyPem = stranger().keyPem;
                 return strange;
             }()}) {
            Pair without(asking, refused);
            // TLS 1.3: the client believes that it is done before the server has judged its certificate.
            QVERIFY(without.until([&] { return without.refused || without.clientClosed; }));
            QVERIFY(!without.server);
        }
        asking.clientCertificate = TlsOptions::ClientCertificate::Requested;
        QVERIFY(Pair(asking, clientOptions()).server != nullptr);
    }
    void whoSpeaksNoTlsIsClosedAndNeverSeen() {
        Pair pair;
        bool seen = false;
        const auto listener = *pair.serverNetwork->listen({"127.0.0.1", 0}, 1000, [&](const std::shared_ptr<Connection>&) { seen = true; });
        const int raw = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(listener->endpoint().port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::connect(raw, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        QCOMPARE(::send(raw, "\0\0\0\1a\0\0\0\1b", 10, MSG_NOSIGNAL), ssize_t(10));
        char byte = 0;
        QVERIFY(pair.until([&] {
            ssize_t got = 0;
            while ((got = ::recv(raw, &byte, 1, MSG_DONTWAIT)) > 0) {
            }
            return got == 0 || errno == ECONNRESET;
        }));
        QVERIFY(!seen);
        ::close(raw);
    }
    void wrongOptionsAreNamed() {
        net::EventLoop loop;
        const auto problem = [&](auto change) {
            TlsOptions options = serverOptions();
            change(options);
            const auto made = net::TlsNetwork::make(loop, options);
            return made ? std::string() : made.error().message;
        };
        QVERIFY(problem([](TlsOptions&) {}).empty());
        QVERIFY(problem([](TlsOptions& o) { o.certificateChainPem = "nonsense"; }).find("certificate chain") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.certificateChainPem += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"; }).find("damaged") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.privateKeyPem = "hidden"; }).find("private key") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.privateKeyPem = "hidden"; }).find("hidden") == std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.privateKeyPem = stranger().keyPem; }).find("does not belong") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.trustedPem = "nonsense"; }).find("trust store") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.protocols = {"SSLv3"}; }).find("SSLv3") != std::string::npos);
        QVERIFY(problem([](TlsOptions& o) { o.cipherSuites = {"NONE_SUCH"}; }).find("NONE_SUCH") != std::string::npos);
    }
};

SAMSA_TEST(TlsTest)
#include "tls_test.moc"
