#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/node/properties.h"
#include "embedded-broker/node/setting_table.h"
#include "tests/support/test_registry.h"

#include <QTest>

using broker::node::BrokerConfig;

namespace {

const std::string kCombined = "process.roles=broker,controller\n"
                              "node.id=1\n"
                              "listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093\n"
                              "controller.listener.names=CONTROLLER\n"
                              "controller.quorum.voters=1@127.0.0.1:19093,2@127.0.0.1:29093\n"
                              "log.dirs=/data/1/,/data/b\n";

std::string errorOf(const std::string& text) {
    const auto config = BrokerConfig::parse(text);
    return config ? "none" : config.error().message;
}

} // namespace

class BrokerConfigTest : public QObject {
    Q_OBJECT
private slots:
    void readsAWholeFile() {
        const auto config = BrokerConfig::parse(kCombined + "num.partitions=6\n");
        QVERIFY2(config, config ? "" : config.error().message.c_str());
        QVERIFY(config->isBroker && config->isController);
        QCOMPARE(config->nodeId, 1);
        QCOMPARE(config->listeners.size(), std::size_t(2));
        QCOMPARE(config->advertised.size(), std::size_t(1));
        QCOMPARE(config->advertised[0].endpoint.toString(), std::string("127.0.0.1:19092"));
        QCOMPARE(config->voters[1].endpoint.port, std::uint16_t(29093));
        QCOMPARE(config->logDirs, (std::vector<std::string>{"/data/1", "/data/b"}));
        QCOMPARE(config->metadataLogDir, std::string("/data/1"));
        QCOMPARE(config->number("num.partitions"), 6);
        QCOMPARE(config->number("broker.session.timeout.ms"), 9000);
        QVERIFY(config->flag("auto.create.topics.enable"));
        QVERIFY(!config->value("log.retention.ms"));
    }

    void namesWhatIsWrong_data() {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("error");
        QTest::newRow("unknown") << "num.partition=3" << "There is no setting num.partition. Did you mean num.partitions?";
        QTest::newRow("far from all") << "colour=blue" << "There is no setting colour.";
        QTest::newRow("not a number") << "num.partitions=x" << "num.partitions must be a whole number of at least 1, not \"x\".";
        QTest::newRow("too small") << "num.partitions=0" << "num.partitions must be a whole number of at least 1, not \"0\".";
        QTest::newRow("not a choice") << "compression.type=rar"
                                      << "compression.type must be one of uncompressed,zstd,lz4,snappy,gzip,producer, not \"rar\".";
        QTest::newRow("twice") << "node.id=2" << "The setting node.id is given twice; keep one of the two lines.";
        QTest::newRow("authorizer") << "authorizer.class.name=a.B"
                                    << "authorizer.class.name must be one of ,org.apache.kafka.metadata.authorizer.StandardAuthorizer, not \"a.B\".";
        QTest::newRow("authorizer alone") << "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
                                          << "samsa.link.secret.file must be set where there is an authorizer: without the cluster's secret any client "
                                             "could pass for a node.";
        QTest::newRow("super user") << "super.users=admin" << "super.users has \"admin\", which is not of the form User:NAME.";
        QTest::newRow("one listener's") << "listener.name.plaintext.ssl.client.auth=maybe"
                                        << "listener.name.plaintext.ssl.client.auth: ssl.client.auth must be one of required,requested,none, not \"maybe\".";
        QTest::newRow("one listener's, unknown") << "listener.name.plaintext.num.partitions=2"
                                                 << "There is no setting listener.name.plaintext.num.partitions for one listener.";
        QTest::newRow("heartbeat") << "broker.heartbeat.interval.ms=5000"
                                   << "broker.heartbeat.interval.ms must be at most half of broker.session.timeout.ms.";
        QTest::newRow("advertised") << "advertised.listeners=PLAINTEXT://0.0.0.0:1"
                                    << "advertised.listeners has \"PLAINTEXT://0.0.0.0:1\", which no client can connect to.";
    }
    void namesWhatIsWrong() {
        QFETCH(QString, line);
        QFETCH(QString, error);
        QCOMPARE(QString::fromStdString(errorOf(kCombined + line.toStdString() + "\n")), error);
    }

    static std::string secure(const std::string& more) {
        return "process.roles=broker,controller\nnode.id=1\nlisteners=SASL_SSL://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093\n"
               "controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@127.0.0.1:19093\nlog.dirs=/data\n"
               "listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SASL_SSL\ninter.broker.listener.name=SASL_SSL\n" +
               more;
    }

    void aSecureListenerSaysAllItNeeds() {
        const std::string keystore = "ssl.keystore.type=PEM\nssl.keystore.location=/k.pem\n";
        const std::string users = "listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_a=\"hidden\";\n";
        const auto config = BrokerConfig::parse(secure(keystore + users + "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512\nsamsa.link.secret.file=/s\n"));
        QVERIFY2(config, config ? "" : config.error().message.c_str());
        QVERIFY(config->interBrokerProtocol == broker::node::SecurityProtocol::SaslSsl && config->controllerProtocol == broker::node::SecurityProtocol::SaslSsl);
        QCOMPARE(config->sasl.at("SASL_SSL").plainUsers.at("a"), std::string("hidden"));
        QCOMPARE(config->settingsOf("SASL_SSL")("ssl.client.auth"), std::string("none"));
        for (const auto& [text, word] : std::vector<std::pair<std::string, std::string>>{
                 {"", "ssl.keystore.location"},
                 {"ssl.keystore.location=/k.jks\n", "ssl.keystore.type must be PEM"},
                 {keystore, "sasl.enabled.mechanisms has GSSAPI"},
                 {keystore + "sasl.enabled.mechanisms=PLAIN\n", "listener.name.sasl_ssl.plain.sasl.jaas.config must name"},
                 {keystore + "sasl.enabled.mechanisms=PLAIN\nsasl.jaas.config=X required user_a=\"hidden\"\n", "sasl.jaas.config cannot be used"},
                 {keystore + users + "sasl.enabled.mechanisms=PLAIN\n", "samsa.link.secret.file must be set"},
                 {keystore + users + "sasl.enabled.mechanisms=PLAIN\nsamsa.link.secret.file=/s\nssl.client.auth=required\n", "ssl.truststore.location"}}) {
            const std::string error = errorOf(secure(text));
            QVERIFY2(error.find(word) != std::string::npos, error.c_str());
            QVERIFY2(error.find("hidden") == std::string::npos, error.c_str()); // a secret is never in an error
        }
    }

    void rolesAndVotersAgree() {
        QVERIFY(errorOf("node.id=1\n").starts_with("process.roles must say"));
        std::string other = kCombined;
        other.replace(other.find("1@127"), 1, "3");
        QCOMPARE(errorOf(other), std::string("controller.quorum.voters does not list this node, 1, though process.roles has controller."));
    }

    void everyDefaultIsValid() {
        for (const auto& setting : broker::node::settingTable()) {
            if (setting.defaultValue == broker::node::kNoDefault || setting.defaultValue.empty())
                continue;
            const auto checked = broker::node::checkValue(setting, setting.defaultValue);
            QVERIFY2(checked, checked ? "" : checked.error().message.c_str());
        }
    }

    void readsJavaProperties() {
        const auto p = broker::node::parseProperties("# c\n! d\n a = b\\\n   c \nd:e\nf g\nh\\=i=\\u0041\\t.\n");
        QVERIFY(p);
        using Pairs = std::vector<std::pair<std::string, std::string>>;
        QCOMPARE(*p, (Pairs{{"a", "b" "c"}, {"d", "e"}, {"f", "g"}, {"h=i", "A\t."}}));
    }
};

SAMSA_TEST(BrokerConfigTest)
#include "broker_config_test.moc"
