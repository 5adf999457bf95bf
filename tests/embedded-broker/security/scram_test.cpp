#include "embedded-broker/security/scram.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::security;

namespace {

ScramCredential credentialOf(const std::string& salt64, std::uint32_t iterations = 4096, std::string_view password = "pencil") {
    const auto salt = *fromBase64(salt64);
    return scramCredential(ScramMechanism::Sha256, salt, pbkdf2(HashKind::Sha256, password, salt, iterations), iterations);
}

ScramServer serverFor(std::optional<ScramCredential> credential, ScramMechanism mechanism = ScramMechanism::Sha256) {
    return {mechanism, [credential = std::move(credential)](const std::string&) { return credential; }};
}

} // namespace

class ScramTest : public QObject {
    Q_OBJECT
private slots:
    /// The conversation that RFC 7677 prints.
    void bothSidesSpeakAsTheStandardDoes() {
        ScramClient client(ScramMechanism::Sha256, "user", "pencil");
        client.useNonce("rOprNGfwEbeRWgbNEkqO");
        ScramServer server = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
        server.useNonce("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        const std::string first = client.first();
        QCOMPARE(first, std::string("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        const auto serverFirst = server.step(first);
        QVERIFY(serverFirst);
        QCOMPARE(*serverFirst, std::string("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        const auto final = client.final(*serverFirst);
        QVERIFY(final);
        QCOMPARE(*final, std::string("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        const auto serverFinal = server.step(*final);
        QVERIFY(serverFinal);
        QCOMPARE(*serverFinal, std::string("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        QVERIFY(server.done());
        QCOMPARE(server.user(), std::string("user"));
        QVERIFY(client.finish(*serverFinal));
    }
    void everyMechanismAndNameWorks() {
        for (const auto mechanism : {ScramMechanism::Sha256, ScramMechanism::Sha512})
            for (const std::string user : {"alice", "a,b=c", "ünï"}) {
                ScramServer server = serverFor(scramCredentialOf(mechanism, "secret", 4096), mechanism);
                ScramClient client(mechanism, user, "secret");
                const auto final = client.final(*server.step(client.first()));
                QVERIFY(final);
                const auto last = server.step(*final);
                QVERIFY(last);
                QVERIFY(client.finish(*last));
                QCOMPARE(server.user(), user);
                QVERIFY(!server.step(*final)); // nothing comes after the end
            }
    }
    void wrongPasswordsAndUsersAreRefused() {
        ScramServer server = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
        ScramClient client(ScramMechanism::Sha256, "user", "pencils");
        const auto refused = server.step(*client.final(*server.step(client.first())));
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::Fenced);
        QVERIFY(!server.done());
        ScramServer empty = serverFor(std::nullopt);
        QVERIFY(empty.step(client.first()).error().code == ErrorCode::NotFound);
        QVERIFY(!empty.step(client.first())); // one failure is the end
    }
    /// CVE-2024-56128: a final message with a nonce that is not the one of the conversation, its proof made for it or not.
    void nonceMustBeTheOneOfTheConversation() {
        const auto attempt = [](const std::function<std::string(std::string client, std::string server)>& nonceOf, bool& repeated) {
            const ScramCredential credential = credentialOf("W22ZaJ0SNY7soEsUEjb6gQ==");
            ScramServer server = serverFor(credential);
            server.useNonce("SERVERNONCE");
            const std::string bare = "n=user,r=CLIENTNONCE";
            const std::string serverFirst = *server.step("n,," + bare);
            const std::string withoutProof = "c=biws,r=" + nonceOf("CLIENTNONCE", "SERVERNONCE");
            const auto salted = pbkdf2(HashKind::Sha256, "pencil", *fromBase64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
            const auto key = hmac(HashKind::Sha256, salted, asBytes("Client Key"));
            auto proof = hmac(HashKind::Sha256, hash(HashKind::Sha256, key), asBytes(bare + "," + serverFirst + "," + withoutProof));
            for (std::size_t i = 0; i < proof.size(); ++i)
                proof[i] ^= key[i];
            const bool accepted = server.step(withoutProof + ",p=" + toBase64(proof)).has_value();
            repeated = server.clientRepeatedItsNonce();
            return accepted && server.done();
        };
        bool repeated = false;
        QVERIFY(attempt([](auto c, auto s) { return c + s; }, repeated));
        QVERIFY(!repeated);
        QVERIFY(!attempt([](auto c, auto) { return c; }, repeated));
        QVERIFY(!attempt([](auto, auto s) { return s; }, repeated));
        QVERIFY(!attempt([](auto c, auto s) { return c + s + "x"; }, repeated));
        QVERIFY(!attempt([](auto c, auto) { return c + "OTHERNONCE"; }, repeated));
        QVERIFY(!attempt([](auto, auto) { return std::string(); }, repeated));
        QVERIFY(attempt([](auto c, auto s) { return c + c + s; }, repeated)); // old librdkafka
        QVERIFY(repeated);
    }
    /// CVE-2017-12610.
    void nobodyActsForSomebodyElse() {
        ScramServer server = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
        QVERIFY(!server.step("n,a=admin,n=user,r=abc"));
        ScramServer same = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
        QVERIFY(same.step("n,a=user,n=user,r=abc"));
    }
    void malformedMessagesAreRefused() {
        for (const std::string message : {"", "n", "n,", "n,,", "y,,n=user,r=abc", "p=tls-unique,,n=user,r=abc", "n,,n=user", "n,,n=,r=abc", "n,,r=abc",
                 "n,,n=us=er,r=abc", "n,,n=user,r=", "n,,n=user,r=a b", "n,a=x"}) {
            ScramServer server = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
            QVERIFY2(!server.step(message), message.c_str());
        }
        ScramServer server = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
        QVERIFY(!server.step("n,,n=user,r=" + std::string(kScramMessageBytesMax, 'a')));
        for (const std::string message : {"", "c=biws", "c=biws,r=aS", "c=AAAA,r=aS,p=AAAA", "c=biws,r=aS,p=", "c=biws,r=aS,p=%%%%", "c=biws,r=aS,p=AAAA",
                 "p=AAAA,c=biws,r=aS", "c=biws,p=AAAA,r=aS"}) {
            ScramServer other = serverFor(credentialOf("W22ZaJ0SNY7soEsUEjb6gQ=="));
            other.useNonce("S");
            QVERIFY(other.step("n,,n=user,r=a"));
            QVERIFY2(!other.step(message), message.c_str());
        }
    }
    /// CVE-2026-10143: what a hostile server may ask of a client, and whether it must prove itself.
    void clientRefusesHostileServers() {
        const auto answer = [](const std::string& serverFirst) {
            ScramClient client(ScramMechanism::Sha256, "user", "pencil");
            client.useNonce("abc");
            static_cast<void>(client.first());
            return client.final(serverFirst).has_value();
        };
        QVERIFY(answer("r=abcd,s=AAAA,i=4096"));
        for (const std::string bad : {"r=abcd,s=AAAA,i=4095", "r=abcd,s=AAAA,i=200001", "r=abcd,s=AAAA,i=999999999999", "r=abcd,s=AAAA,i=-1", "r=abc,s=AAAA,i=4096",
                 "r=xyz,s=AAAA,i=4096", "r=abcd,s=,i=4096", "r=abcd,s=A,i=4096", "r=abcd,i=4096", "e=unknown-user", ""})
            QVERIFY2(!answer(bad), bad.c_str());
        ScramClient client(ScramMechanism::Sha256, "user", "pencil");
        client.useNonce("abc");
        static_cast<void>(client.first());
        QVERIFY(!client.finish("v=AAAA"));
        QVERIFY(client.final("r=abcd,s=AAAA,i=4096"));
        QVERIFY(!client.finish("v=" + toBase64(ByteVector(32))));
        QVERIFY(!client.finish("v="));
        QVERIFY(!client.finish("e=other-error"));
    }
    void base64IsStrict() {
        QCOMPARE(toBase64(asBytes("foobar")), std::string("Zm9vYmFy"));
        QCOMPARE(toBase64({}), std::string());
        for (const std::string text : {"", "f", "fo", "foo", "foob"})
            QVERIFY(asText(*fromBase64(toBase64(asBytes(text)))) == text);
        for (const std::string bad : {"A", "AA", "AAA", "A===", "AA=A", "AAA\n", "A-A=", "===="})
            QVERIFY2(!fromBase64(bad), bad.c_str());
    }
};

SAMSA_TEST(ScramTest)
#include "scram_test.moc"
