#include "embedded-broker/security/certificates.h"
#include "embedded-broker/security/jaas.h"
#include "embedded-broker/security/link_proof.h"
#include "embedded-broker/security/sasl_server.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTest>

using namespace broker;
using namespace broker::security;

namespace {

std::unique_ptr<SaslServer> plain() {
    SaslUsers users;
    users.password = [](const std::string& user) { return user == "alice" ? std::optional<std::string>("se=cret") : std::nullopt; };
    return makeSaslServer("PLAIN", std::move(users));
}

std::string message(const std::string& actFor, const std::string& user, const std::string& password) {
    return actFor + std::string(1, '\0') + user + std::string(1, '\0') + password;
}

} // namespace

class SaslTest : public QObject {
    Q_OBJECT
private slots:
    void plainLetsInWhoKnowsThePassword() {
        const auto server = plain();
        QVERIFY(server->step(message("", "alice", "se=cret")));
        QVERIFY(server->done());
        QCOMPARE(server->user(), std::string("alice"));
        QVERIFY(plain()->step(message("alice", "alice", "se=cret")));
    }
    void plainRefusesTheRest() {
        for (const std::string& bad : {message("", "alice", "secret"), message("", "alice", ""), message("", "", "se=cret"), message("", "bob", "se=cret"),
                 message("admin", "alice", "se=cret"), // CVE-2017-12610
                 message("", "alice", "se=cret") + std::string(1, '\0'), std::string("alice"), std::string()}) {
            const auto server = plain();
            const auto answer = server->step(bad);
            QVERIFY(!answer);
            QVERIFY(!server->done());
            QVERIFY(answer.error().message.find("se=cret") == std::string::npos);
        }
        QVERIFY(!makeSaslServer("GSSAPI", {}));
        QVERIFY(!makeSaslServer("SCRAM-SHA-1", {}));
    }
    /// CVE-2021-38153 and its like: no file of the engine compares secrets by other means than secureEquals.
    void secretsAreComparedInConstantTime() {
        QVERIFY(secureEquals(asBytes("abc"), asBytes("abc")));
        QVERIFY(!secureEquals(asBytes("abc"), asBytes("abd")));
        QVERIFY(!secureEquals(asBytes("abc"), asBytes("abcd")));
        QVERIFY(secureEquals({}, {}));
        for (const char* name : {"scram.cpp", "sasl_server.cpp", "link_proof.cpp"}) {
            QFile file(QStringLiteral(SAMSA_SOURCE_DIR "/embedded-broker/security/") + QLatin1String(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            QVERIFY(text.contains("secureEquals("));
            QVERIFY(!text.contains("memcmp") && !text.contains("== m_credential.") && !text.contains("ranges::equal") && !text.contains("== expected"));
        }
    }
    void jaasEntriesAreRead() {
        const auto config = parseJaas("org.apache.kafka.common.security.plain.PlainLoginModule required\n  username=\"admin\" password='a\"b;' user_alice=\"x\\\"y\" "
                                      "user_bob=plain ;");
        QVERIFY(config);
        QCOMPARE(config->options.at("password"), std::string("a\"b;"));
        QCOMPARE(config->users(), (std::map<std::string, std::string>{{"alice", "x\"y"}, {"bob", "plain"}}));
        for (const std::string bad : {"", ";", "Module", "Module required", "Module required a=b", "Module required a=\"b;", "Module required a b;", "Module required a=;",
                 "Module required; Other required;", "Module username=\"hidden\";"}) {
            const auto refused = parseJaas(bad);
            QVERIFY2(!refused, bad.c_str());
            QVERIFY(refused.error().message.find("hidden") == std::string::npos);
        }
    }
    void nodesOfOneClusterKnowEachOther() {
        const auto secret = randomBytes(32);
        LinkServer server(secret, 2);
        LinkClient client(secret, 2);
        const auto first = server.step(client.first());
        QVERIFY(first);
        const auto second = client.second(*first);
        QVERIFY(second);
        QVERIFY(!server.done());
        QVERIFY(server.step(*second));
        QVERIFY(server.done());
        QVERIFY(!server.step(*second));
        QVERIFY(!server.done());
    }
    void strangersAndOtherNodesAreNotBelieved() {
        const auto secret = randomBytes(32);
        const auto other = randomBytes(32);
        LinkClient client(secret, 2);
        QVERIFY(!client.second(*LinkServer(other, 2).step(client.first()))); // who took over the port
        QVERIFY(!client.second(*LinkServer(secret, 1).step(client.first()))); // who passes it on to another node
        QVERIFY(!client.second("short"));
        LinkServer server(secret, 2);
        LinkClient stranger(other, 2);
        const auto first = server.step(stranger.first());
        QVERIFY(first);
        QVERIFY(!server.step(std::string(32, 'x')));
        QVERIFY(!server.done());
        LinkServer echoed(secret, 2); // its own proof sent back to it
        const auto proof = echoed.step(std::string(32, 'n'));
        QVERIFY(!echoed.step(proof->substr(32)));
        QVERIFY(!LinkServer(secret, 2).step("short"));
    }
    void passwordsAndCertificatesAreMade() {
        QCOMPARE(randomPassword(24).size(), 24U);
        QVERIFY(randomPassword(24) != randomPassword(24));
        const auto made = makeServerCertificate("test CA", {"localhost", "127.0.0.1", "::1"});
        QVERIFY(made);
        QVERIFY(made->keyPem.starts_with("-----BEGIN PRIVATE KEY-----"));
        QVERIFY(made->chainPem.ends_with(made->authorityPem));
    }
};

SAMSA_TEST(SaslTest)
#include "sasl_test.moc"
