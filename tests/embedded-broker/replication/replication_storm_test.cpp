// Brokers die, lose power and come back while records are written. Whatever happens: nothing acknowledged is lost, retries are
// answered with the first offset and never written again, replicas end up equal, high watermarks never fall within an epoch.

#include "embedded-broker/base/log.h"
#include "tests/embedded-broker/replication/replication_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>


using namespace tests;

class ReplicationStormTest : public QObject {
    Q_OBJECT

    static std::string run(std::uint64_t seed, bool power, std::size_t& acknowledged) {
        ReplicationRig rig(seed, 2, 2);
        rig.settle(milliseconds(50));
        for (int move = 0; move < 4000; ++move) {
            const auto what = rig.random->below(1000);
            const auto id = static_cast<NodeId>(rig.random->between(1, 3));
            if (what < 40)
                rig.produce();
            else if (what < 60)
                rig.produceIdempotent();
            else if (what < 64 && rig.brokers.at(id)->up())
                rig.kill(id, power && rig.random->below(2) == 0);
            else if (what < 72 && !rig.brokers.at(id)->up())
                rig.start(id);
            else
                rig.step();
            if (auto trouble = rig.checkInvariants(); !trouble.empty())
                return fmt::format("seed {} move {}: {}", seed, move, trouble);
        }
        for (auto& [id, broker] : rig.brokers)
            if (!broker->up())
                rig.start(id);
        rig.settle(seconds(5));
        acknowledged += rig.acknowledged();
        if (auto trouble = rig.checkEnd(); !trouble.empty())
            return fmt::format("seed {}: {}", seed, trouble);
        return {};
    }

private slots:
    void initTestCase() { broker::log::setLevel(broker::log::Level::Error); }

    void nothingAcknowledgedIsLost_data() {
        QTest::addColumn<bool>("power");
        QTest::newRow("killed") << false;
        QTest::newRow("killed and without power") << true;
    }
    void nothingAcknowledgedIsLost() {
        QFETCH(bool, power);
        const auto seeds = qEnvironmentVariableIntValue("SAMSA_SEEDS") > 0 ? qEnvironmentVariableIntValue("SAMSA_SEEDS") : 60;
        const auto only = qEnvironmentVariableIntValue("SAMSA_SEED");
        std::size_t acknowledged = 0;
        for (int seed = only > 0 ? only : 1; seed <= (only > 0 ? only : seeds); ++seed) {
            if (only > 0)
                broker::log::setLevel(broker::log::Level::Debug);
            const auto trouble = run(static_cast<std::uint64_t>(seed), power, acknowledged);
            QVERIFY2(trouble.empty(), trouble.c_str());
        }
        qInfo("%zu records acknowledged", acknowledged);
        QVERIFY(acknowledged > static_cast<std::size_t>(only > 0 ? 0 : seeds));
    }
};

SAMSA_TEST(ReplicationStormTest)
#include "replication_storm_test.moc"
