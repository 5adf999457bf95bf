// What Kerberos says where there is no realm and no ticket. Logins that succeed are in tests/compatibility: they need a realm.
#include "models/wire/connection_test.h"
#include "models/wire/kerberos.h"

#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::wire;
using namespace Qt::StringLiterals;
using tests::WireBroker;

class KerberosTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private slots:
    void initTestCase() {
        // A realm that nobody serves, and no ticket of whoever runs this.
        QFile config(m_folder.filePath(u"krb5.conf"_s));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("[libdefaults]\n default_realm = NOBODY.TEST\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n[realms]\n NOBODY.TEST = { }\n");
        config.close();
        qputenv("KRB5_CONFIG", config.fileName().toLocal8Bit());
        qputenv("KRB5CCNAME", "FILE:" + m_folder.filePath(u"none"_s).toLocal8Bit());
    }

    void withoutATicketTheReasonIsSaid() {
        KerberosClient client({}, "localhost");
        const auto ticket = client.first();
        QVERIFY(!ticket);
        QVERIFY(ticket.error().code == ErrorCode::AuthenticationFailed);
        QVERIFY2(ticket.error().why.contains(u"credentials"_s), qPrintable(ticket.error().toString()));
    }

    void aKeytabThatIsNone() {
        KerberosClient client({.principal = "me@NOBODY.TEST", .keytab = "/no/such/keytab"}, "localhost");
        const auto ticket = client.first();
        QVERIFY(!ticket);
        QVERIFY2(ticket.error().why.contains(u"no keytab /no/such/keytab"_s), qPrintable(ticket.error().toString()));
    }

    void theTestSaysSoBeforeABrokerIsAsked() {
        WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        client::ClientConfig config;
        config.bootstrapServers = QString::fromStdString(broker.address());
        config.set(u"security.protocol"_s, u"SASL_PLAINTEXT"_s);
        const auto outcome = ConnectionTest(config).run();
        const auto& login = outcome.steps[static_cast<int>(TestStep::Login)];
        QVERIFY(!outcome.good && login.state == StepState::Failed && !login.byLibrary);
        QVERIFY(login.finding == Finding::TicketNotGiven);
    }
};

SAMSA_TEST(KerberosTest)
#include "kerberos_test.moc"
