// SCRAM against the exchange of RFC 7677, and against servers that cheat.
#include "models/wire/sasl.h"

#include "tests/support/test_registry.h"

#include <QTest>

using namespace models;
using namespace models::wire;

class SaslTest : public QObject {
    Q_OBJECT
    const QByteArray m_nonce = "rOprNGfwEbeRWgbNEkqO";
    const QByteArray m_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

private slots:
    void speaksTheExampleOfTheRfc() {
        ScramClient client(Security::Sasl::ScramSha256, "user", "pencil", m_nonce);
        QCOMPARE(client.first(), QByteArray("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        const auto proof = client.next(m_first);
        QVERIFY(proof.has_value());
        QCOMPARE(*proof, QByteArray("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        QVERIFY(client.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").has_value());
        QVERIFY(!client.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95H4=").has_value());
        QVERIFY(!client.finish("v=").has_value());
        QVERIFY(!client.finish({}).has_value());
        QVERIFY(!client.finish("e=invalid-proof").has_value());
    }

    void refusesCheats_data() {
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("another nonce") << QByteArray("r=xOprNGfwEbeRWgbNEkqOabc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        QTest::newRow("our nonce alone") << QByteArray("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        QTest::newRow("few rounds") << QByteArray("r=rOprNGfwEbeRWgbNEkqOabc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1");
        QTest::newRow("a year of rounds") << QByteArray("r=rOprNGfwEbeRWgbNEkqOabc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647");
        QTest::newRow("rounds that are none") << QByteArray("r=rOprNGfwEbeRWgbNEkqOabc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x");
        QTest::newRow("no salt") << QByteArray("r=rOprNGfwEbeRWgbNEkqOabc,s=,i=4096");
        QTest::newRow("salt that is none") << QByteArray("r=rOprNGfwEbeRWgbNEkqOabc,s=!!!!,i=4096");
        QTest::newRow("nothing") << QByteArray();
    }
    void refusesCheats() {
        QFETCH(QByteArray, message);
        ScramClient client(Security::Sasl::ScramSha256, "user", "pencil", m_nonce);
        const auto proof = client.next(message);
        QVERIFY(!proof.has_value());
        QVERIFY(proof.error().code == ErrorCode::AuthenticationFailed);
        QVERIFY(!client.finish("v=").has_value()); // no signature is not a good one
    }

    void aNameCannotForgeAttributes() {
        ScramClient client(Security::Sasl::ScramSha512, "a=b,n=admin", "x", "n");
        QCOMPARE(client.first(), QByteArray("n,,n=a=3Db=2Cn=3Dadmin,r=n"));
    }

    void noncesDiffer() { QVERIFY(ScramClient::freshNonce() != ScramClient::freshNonce()); }
};

SAMSA_TEST(SaslTest)
#include "sasl_test.moc"
