// Transactions on whole nodes under kills, power cuts, pauses and partitions: the rules are in sim_transactions.h.
//
//   SAMSA_TRANSACTION_SEEDS, SAMSA_TRANSACTION_FIRST, SAMSA_TRANSACTION_SEED  as sim_seeds.h says; 200 seeds when not set
//   SAMSA_TRACE=1                                                           with the brokers' own log

#include "tests/support/simulation/sim_seeds.h"
#include "tests/support/simulation/sim_transactions.h"
#include "tests/support/simulation/sim_troubles.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace tests::simulation;

namespace {

struct Counts {
    std::size_t committed = 0;
    std::size_t aborted = 0;
};

/// Empty = all is well.
std::string simulate(std::uint64_t seed, Counts& counts) {
    const auto shape = makeSeededRandom(seed * 104729 + 11);
    ClusterOptions options;
    options.settings = "transaction.state.log.num.partitions=3\n";
    slowDown(options, *shape);
    SimCluster cluster(seed, options);
    auto& world = cluster.world();
    if (auto problem = comeUp(cluster); !problem.empty())
        return problem;
    SimTransactions load(cluster, 3);
    load.start();
    cluster.runUntil(seconds(20), [&] { return load.committed() >= 5; });
    const auto problem = [&](const std::string& what) {
        return !cluster.violation().empty() ? cluster.violation() : !load.violation().empty() ? load.violation() : what;
    };
    const Instant end = world.now() + seconds(8);
    while (world.now() < end && problem({}).empty()) {
        cluster.run(world.between(milliseconds(5), milliseconds(200)));
        const int node = 1 + static_cast<int>(world.random().below(3));
        const auto which = world.random().below(kTroubles + 4);
        if (trouble(cluster, node, which))
            continue;
        if (which == kTroubles)
            load.crash(static_cast<int>(world.random().below(static_cast<std::uint64_t>(load.producers()))));
        else
            cluster.refresh();
    }
    if (!comeTogether(cluster))
        return problem("the cluster did not come together within 60 s");
    const auto before = load.committed();
    if (!cluster.runUntil(seconds(60), [&] { return load.committed() >= before + 5 || !load.violation().empty(); }))
        return problem("transactions do not commit any more");
    load.finish();
    if (!cluster.runUntil(seconds(60), [&] { return load.idle() || !load.violation().empty(); }))
        return problem("the last transactions do not end");
    const std::string broken = load.verify(seconds(60));
    counts.committed += load.committed();
    counts.aborted += load.aborted();
    return problem(broken);
}

} // namespace

class TransactionSimulationTest : public QObject {
    Q_OBJECT
private slots:
    void seeds() {
        Counts counts;
        const auto seeds = runSeeds(QStringLiteral("SAMSA_TRANSACTION"), 200, [&](std::uint64_t seed) { return simulate(seed, counts); });
        QVERIFY2(seeds.problem.isEmpty(), qPrintable(seeds.problem));
        qInfo("%llu seeds, %zu transactions committed, %zu aborted", static_cast<unsigned long long>(seeds.count), counts.committed, counts.aborted);
    }
};

SAMSA_TEST(TransactionSimulationTest)
#include "transaction_simulation_test.moc"
