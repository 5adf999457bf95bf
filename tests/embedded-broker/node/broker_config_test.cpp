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
                                    << "authorizer.class.name must be empty: this engine has no authorizer yet, and would let everybody in.";
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
