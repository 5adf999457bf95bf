// Crashes, power cuts, pauses and partitions from one seed; the rules of SimQuorum after every step.
//
//   SAMSA_SEEDS, SAMSA_FIRST, SAMSA_SEED  as sim_seeds.h says; 1,000 seeds when not set
//   SAMSA_TRACE=1                         prints every change of every node's state

#include "tests/support/simulation/sim_quorum.h"
#include "tests/support/simulation/sim_seeds.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using tests::simulation::QuorumOptions;
using tests::simulation::SimQuorum;

namespace {

/// Empty = all is well.
std::string simulate(std::uint64_t seed, std::size_t& acknowledged, std::size_t& elections, std::size_t& loaded) {
    const auto shape = makeSeededRandom(seed * 7919 + 1);
    QuorumOptions options;
    options.voters = shape->below(10) == 0 ? 5 : 3;
    options.observers = static_cast<int>(shape->below(2));
    if (shape->below(4) == 0)
        options.disk.syncMax = milliseconds(40);
    if (shape->below(4) == 0)
        options.delayMax = milliseconds(15);
    const bool snapshots = shape->below(2) == 0;
    SimQuorum quorum(seed, options);
    auto& world = quorum.world();
    for (const NodeId node : quorum.nodes())
        quorum.start(node);

    const Instant end = world.now() + seconds(6);
    while (world.now() < end && quorum.violation().empty()) {
        quorum.run(world.between(milliseconds(1), milliseconds(80)));
        const NodeId node = static_cast<NodeId>(1 + world.random().below(quorum.nodes().size()));
        switch (world.random().below(12)) {
        case 0: quorum.crash(node); break;
        case 1:
            if (quorum.leader() != kNoNode)
                quorum.crash(quorum.leader());
            break;
        case 2:
        case 3: quorum.start(node); break;
        case 4: quorum.pause(node); break;
        case 5:
        case 6: quorum.resume(node); break;
        case 7: quorum.cut(node, static_cast<NodeId>(1 + world.random().below(quorum.nodes().size()))); break;
        case 8: quorum.heal(); break;
        default:
            if (snapshots && world.random().below(2) == 0)
                quorum.snapshot(node);
            for (std::uint64_t i = world.random().below(4); i > 0; --i)
                quorum.append();
        }
    }
    // After the storm everything must come together again.
    quorum.heal();
    for (const NodeId node : quorum.nodes()) {
        quorum.start(node);
        quorum.resume(node);
    }
    const auto before = quorum.acknowledged();
    if (quorum.violation().empty()) {
        const auto together = quorum.runUntil(seconds(15), [&] { return quorum.allCaughtUp(); });
        if (!together && quorum.violation().empty())
            return "the nodes did not come together within 15 s: " + quorum.describe();
        if (!quorum.append() && quorum.violation().empty())
            return "the leader takes no record";
        const auto acked = quorum.runUntil(seconds(5), [&] { return quorum.acknowledged() > before && quorum.allCaughtUp(); });
        if (!acked && quorum.violation().empty())
            return "a record was not committed within 5 s";
    }
    acknowledged += quorum.acknowledged();
    elections += quorum.elections();
    loaded += quorum.snapshotsLoaded();
    return quorum.violation();
}

} // namespace

class QuorumSimulationTest : public QObject {
    Q_OBJECT
private slots:
    void seeds() {
        std::size_t acknowledged = 0;
        std::size_t elections = 0;
        std::size_t loaded = 0;
        const auto seeds = tests::simulation::runSeeds(QStringLiteral("SAMSA"), 1000, [&](std::uint64_t seed) { return simulate(seed, acknowledged, elections, loaded); });
        QVERIFY2(seeds.problem.isEmpty(), qPrintable(seeds.problem));
        QVERIFY(loaded > 0 || seeds.count < 100);
        qInfo("%llu seeds, %zu elections, %zu acknowledged records, none lost, %zu snapshots fetched", static_cast<unsigned long long>(seeds.count), elections,
              acknowledged, loaded);
    }
};

SAMSA_TEST(QuorumSimulationTest)
#include "quorum_simulation_test.moc"
