// Whole nodes under kills, power cuts, pauses and partitions: what was acknowledged with acks=all, and what a consumer
// has read, is there in the end.
//
//   SAMSA_CLUSTER_SEEDS=1000  how many seeds (default 1,000)
//   SAMSA_CLUSTER_FIRST=1     the first of them
//   SAMSA_CLUSTER_SEED=17     only this one: replays exactly what a failing run printed
//   SAMSA_TRACE=1             with the brokers' own log

#include "tests/support/simulation/sim_cluster.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using tests::simulation::ClusterOptions;
using tests::simulation::SimCluster;

namespace {

/// Empty = all is well.
std::string simulate(std::uint64_t seed, std::size_t& acknowledged, std::uint64_t& steps, bool durable = true) {
    const auto shape = makeSeededRandom(seed * 104729 + 7);
    ClusterOptions options;
    options.durable = durable;
    if (shape->below(4) == 0)
        options.diskMax = milliseconds(20);
    if (shape->below(4) == 0)
        options.delayMax = milliseconds(10);
    if (shape->below(2) == 0) // a node that was away for a moment finds the beginning of the metadata gone
        options.snapshotBytes = 300;
    SimCluster cluster(seed, options);
    auto& world = cluster.world();
    for (int node = 1; node <= cluster.nodeCount(); ++node)
        cluster.start(node);
    const auto problem = [&](std::string what) { return cluster.violation().empty() ? what : cluster.violation(); };
    if (!cluster.runUntil(seconds(20), [&] { return cluster.ready(1) && cluster.ready(2) && cluster.ready(3); }))
        return problem("the cluster did not come up within 20 s");
    if (!cluster.createTopic(seconds(20)))
        return problem("the topic could not be made");
    cluster.runUntil(seconds(5), [&] { return cluster.everyPartitionLed(); });

    const Instant end = world.now() + seconds(8);
    while (world.now() < end && cluster.violation().empty()) {
        cluster.run(world.between(milliseconds(5), milliseconds(150)));
        const int node = 1 + static_cast<int>(world.random().below(3));
        switch (world.random().below(16)) {
        case 0: cluster.kill(node); break;
        case 1: cluster.powerCut(node); break;
        case 2:
        case 3:
        case 4: cluster.start(node); break;
        case 5: cluster.pause(node); break;
        case 6:
        case 7: cluster.resume(node); break;
        case 8: cluster.cut(node, 1 + static_cast<int>(world.random().below(3))); break;
        case 9: cluster.heal(); break;
        case 10:
        case 11: cluster.consume(); break;
        default:
            for (std::uint64_t i = world.random().below(6); i > 0; --i)
                cluster.produce();
            if (world.random().below(3) == 0)
                cluster.consume();
        }
    }
    cluster.heal();
    for (int node = 1; node <= cluster.nodeCount(); ++node) {
        cluster.start(node);
        cluster.resume(node);
    }
    if (!cluster.runUntil(seconds(60), [&] { return cluster.ready(1) && cluster.ready(2) && cluster.ready(3); }))
        return problem("the cluster did not come together within 60 s");
    const auto before = cluster.acknowledged();
    for (int i = 0; i < 200 && cluster.acknowledged() < before + 5 && cluster.violation().empty(); ++i) {
        cluster.refresh();
        cluster.run(milliseconds(50));
        cluster.produce();
        cluster.run(milliseconds(50));
    }
    if (cluster.acknowledged() < before + 5)
        return problem("records are not acknowledged any more");
    const std::string lost = cluster.verify(seconds(30));
    acknowledged += cluster.acknowledged();
    steps += world.steps();
    return lost;
}

} // namespace

class ClusterSimulationTest : public QObject {
    Q_OBJECT
private slots:
    void theSameSeedIsTheSameHistory() {
        std::size_t acknowledged[2] = {};
        std::uint64_t steps[2] = {};
        for (int i = 0; i < 2; ++i)
            simulate(5, acknowledged[i], steps[i]);
        QCOMPARE(steps[0], steps[1]);
        QCOMPARE(acknowledged[0], acknowledged[1]);
    }

    /// The test of the tester: with the durability of Kafka's default a power cut loses acknowledged records, and it is seen.
    void withoutDurabilityRecordsAreLost() {
        std::size_t acknowledged = 0;
        std::uint64_t steps = 0;
        int lost = 0;
        for (std::uint64_t seed = 1; seed <= 60 && lost == 0; ++seed)
            lost += simulate(seed, acknowledged, steps, false).find("was acknowledged") != std::string::npos ? 1 : 0;
        QVERIFY(lost > 0);
    }

    void seeds() {
        std::size_t acknowledged = 0;
        std::uint64_t steps = 0;
        if (qEnvironmentVariableIsSet("SAMSA_CLUSTER_SEED")) {
            const std::string problem = simulate(qEnvironmentVariable("SAMSA_CLUSTER_SEED").toULongLong(), acknowledged, steps);
            QVERIFY2(problem.empty(), problem.c_str());
            return;
        }
        const auto count = qEnvironmentVariableIsSet("SAMSA_CLUSTER_SEEDS") ? qEnvironmentVariable("SAMSA_CLUSTER_SEEDS").toULongLong() : 1000ULL;
        const auto first = qEnvironmentVariableIsSet("SAMSA_CLUSTER_FIRST") ? qEnvironmentVariable("SAMSA_CLUSTER_FIRST").toULongLong() : 1ULL;
        for (std::uint64_t seed = first; seed < first + count; ++seed) {
            const std::string problem = simulate(seed, acknowledged, steps);
            if (!problem.empty())
                QFAIL(qPrintable(QString("seed %1: %2\nreplay: SAMSA_CLUSTER_SEED=%1 %3")
                                     .arg(seed)
                                     .arg(QString::fromStdString(problem), QCoreApplication::applicationFilePath())));
        }
        qInfo("%llu seeds, %zu acknowledged records, none lost, %llu steps", static_cast<unsigned long long>(count), acknowledged,
              static_cast<unsigned long long>(steps));
    }
};

SAMSA_TEST(ClusterSimulationTest)
#include "cluster_simulation_test.moc"
