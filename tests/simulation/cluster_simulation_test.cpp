// Whole nodes under kills, power cuts, pauses and partitions: what was acknowledged with acks=all, and what a consumer
// has read, is there in the end.
//
//   SAMSA_CLUSTER_SEEDS, SAMSA_CLUSTER_FIRST, SAMSA_CLUSTER_SEED  as sim_seeds.h says; 1,000 seeds when not set
//   SAMSA_TRACE=1                                               with the brokers' own log

#include "tests/support/simulation/sim_seeds.h"
#include "tests/support/simulation/sim_troubles.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace tests::simulation;

namespace {

/// Empty = all is well.
std::string simulate(std::uint64_t seed, std::size_t& acknowledged, std::uint64_t& steps, bool durable = true) {
    const auto shape = makeSeededRandom(seed * 104729 + 7);
    ClusterOptions options;
    options.durable = durable;
    slowDown(options, *shape);
    if (shape->below(2) == 0) // a node that was away for a moment finds the beginning of the metadata gone
        options.snapshotBytes = 300;
    SimCluster cluster(seed, options);
    auto& world = cluster.world();
    if (auto problem = comeUp(cluster); !problem.empty())
        return problem;
    const auto problem = [&](std::string what) { return cluster.violation().empty() ? what : cluster.violation(); };
    cluster.runUntil(seconds(5), [&] { return cluster.everyPartitionLed(); });

    const Instant end = world.now() + seconds(8);
    while (world.now() < end && cluster.violation().empty()) {
        cluster.run(world.between(milliseconds(5), milliseconds(150)));
        const int node = 1 + static_cast<int>(world.random().below(3));
        const auto which = world.random().below(kTroubles + 6);
        if (trouble(cluster, node, which))
            continue;
        if (which >= kTroubles + 2)
            for (std::uint64_t i = world.random().below(6); i > 0; --i)
                cluster.produce();
        if (which < kTroubles + 2 || world.random().below(3) == 0)
            cluster.consume();
    }
    if (!comeTogether(cluster))
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
        const auto seeds = runSeeds(QStringLiteral("SAMSA_CLUSTER"), 1000, [&](std::uint64_t seed) { return simulate(seed, acknowledged, steps); });
        QVERIFY2(seeds.problem.isEmpty(), qPrintable(seeds.problem));
        qInfo("%llu seeds, %zu acknowledged records, none lost, %llu steps", static_cast<unsigned long long>(seeds.count), acknowledged,
              static_cast<unsigned long long>(steps));
    }
};

SAMSA_TEST(ClusterSimulationTest)
#include "cluster_simulation_test.moc"
