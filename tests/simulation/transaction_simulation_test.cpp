// Transactions on whole nodes under kills, power cuts, pauses and partitions: the rules are in sim_transactions.h.
//
//   SAMSA_TRANSACTION_SEEDS=200  how many seeds (default 200)
//   SAMSA_TRANSACTION_FIRST=1    the first of them
//   SAMSA_TRANSACTION_SEED=17    only this one: replays exactly what a failing run printed
//   SAMSA_TRACE=1                with the brokers' own log

#include "tests/support/simulation/sim_transactions.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using tests::simulation::ClusterOptions;
using tests::simulation::SimCluster;
using tests::simulation::SimTransactions;

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
    if (shape->below(4) == 0)
        options.diskMax = milliseconds(20);
    if (shape->below(4) == 0)
        options.delayMax = milliseconds(10);
    SimCluster cluster(seed, options);
    auto& world = cluster.world();
    for (int node = 1; node <= cluster.nodeCount(); ++node)
        cluster.start(node);
    const auto ready = [&] { return cluster.ready(1) && cluster.ready(2) && cluster.ready(3); };
    if (!cluster.runUntil(seconds(20), ready))
        return cluster.violation().empty() ? "the cluster did not come up within 20 s" : cluster.violation();
    if (!cluster.createTopic(seconds(20)))
        return "the topic could not be made";
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
        switch (world.random().below(14)) {
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
        case 10: load.crash(static_cast<int>(world.random().below(static_cast<std::uint64_t>(load.producers())))); break;
        default: cluster.refresh();
        }
    }
    cluster.heal();
    for (int node = 1; node <= cluster.nodeCount(); ++node) {
        cluster.start(node);
        cluster.resume(node);
    }
    if (!cluster.runUntil(seconds(60), ready))
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
        if (qEnvironmentVariableIsSet("SAMSA_TRANSACTION_SEED")) {
            const std::string problem = simulate(qEnvironmentVariable("SAMSA_TRANSACTION_SEED").toULongLong(), counts);
            QVERIFY2(problem.empty(), problem.c_str());
            return;
        }
        const auto count = qEnvironmentVariableIsSet("SAMSA_TRANSACTION_SEEDS") ? qEnvironmentVariable("SAMSA_TRANSACTION_SEEDS").toULongLong() : 200ULL;
        const auto first = qEnvironmentVariableIsSet("SAMSA_TRANSACTION_FIRST") ? qEnvironmentVariable("SAMSA_TRANSACTION_FIRST").toULongLong() : 1ULL;
        for (std::uint64_t seed = first; seed < first + count; ++seed) {
            const std::string problem = simulate(seed, counts);
            if (!problem.empty())
                QFAIL(qPrintable(QString("seed %1: %2\nreplay: SAMSA_TRANSACTION_SEED=%1 %3")
                                     .arg(seed)
                                     .arg(QString::fromStdString(problem), QCoreApplication::applicationFilePath())));
        }
        qInfo("%llu seeds, %zu transactions committed, %zu aborted", static_cast<unsigned long long>(count), counts.committed, counts.aborted);
    }
};

SAMSA_TEST(TransactionSimulationTest)
#include "transaction_simulation_test.moc"
