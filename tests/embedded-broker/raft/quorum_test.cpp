// A quorum in virtual time: what must be quick is measured, what must be safe is checked after every step.

#include "tests/support/simulation/sim_quorum.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <algorithm>
#include <map>

using namespace broker;
using tests::simulation::SimQuorum;

namespace {
void startAll(SimQuorum& quorum) {
    for (const NodeId node : quorum.nodes())
        quorum.start(node);
}
} // namespace

class QuorumTest : public QObject {
    Q_OBJECT
private slots:
    void oneVoterLeadsAtOnce() {
        SimQuorum quorum(1, {.voters = 1});
        quorum.start(1);
        const auto took = quorum.runUntil(seconds(1), [&] { return quorum.leader() == 1 && quorum.allCaughtUp(); });
        QVERIFY(took && *took < milliseconds(20));
        QVERIFY(quorum.append());
        quorum.run(milliseconds(50));
        QCOMPARE(quorum.acknowledged(), std::size_t{1});
    }

    void threeVotersElectQuickly() {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            SimQuorum quorum(seed, {});
            startAll(quorum);
            const auto took = quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); });
            QVERIFY2(took, qPrintable(QString("seed %1: nobody leads: %2").arg(seed).arg(QString::fromStdString(quorum.violation()))));
            QVERIFY2(*took < milliseconds(500), qPrintable(QString("seed %1 took %2 ms").arg(seed).arg(toMs(*took))));
        }
    }

    void aKilledLeaderIsReplacedAtOnce() {
        Duration worst{0};
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            SimQuorum quorum(seed, {});
            startAll(quorum);
            QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
            const NodeId old = quorum.leader();
            quorum.crash(old);
            const auto took = quorum.runUntil(seconds(5), [&] { return quorum.leader() != kNoNode; });
            QVERIFY(took);
            worst = std::max(worst, *took);
            QVERIFY2(*took < milliseconds(60), qPrintable(QString("seed %1 took %2 ms").arg(seed).arg(toMs(*took))));
            QVERIFY(quorum.append());
            QVERIFY(quorum.runUntil(seconds(1), [&] { return quorum.acknowledged() == 1; }));
            quorum.start(old);
            QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
            QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
        }
        qInfo("a killed leader was replaced within %lld ms at worst", static_cast<long long>(toMs(worst)));
    }

    /// KIP-630: the log of the others begins behind all that it has.
    void aNodeThatWasAwayLoadsASnapshot() {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            for (const NodeId away : {3, 4}) { // a voter, an observer
                SimQuorum quorum(seed, {.voters = 3, .observers = 1});
                startAll(quorum);
                QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
                quorum.crash(away);
                for (int round = 0; round < 3; ++round) {
                    QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.leader() != kNoNode; }));
                    for (int i = 0; i < 10; ++i) {
                        QVERIFY(quorum.append());
                        quorum.run(milliseconds(5));
                    }
                    quorum.run(milliseconds(100));
                    for (const NodeId node : quorum.nodes())
                        if (quorum.running(node))
                            quorum.snapshot(node);
                    quorum.run(milliseconds(50));
                }
                QVERIFY(quorum.logStart(quorum.leader()) > 20);
                quorum.start(away);
                const auto took = quorum.runUntil(seconds(10), [&] { return quorum.allCaughtUp(); });
                QVERIFY2(took, qPrintable(QString("seed %1: %2 %3").arg(seed).arg(QString::fromStdString(quorum.describe()), QString::fromStdString(quorum.violation()))));
                QVERIFY(quorum.snapshotsLoaded() > 0);
                QVERIFY(quorum.logStart(away) > 20);
                // It is a full member again, also after a crash.
                quorum.crash(away);
                quorum.start(away);
                QVERIFY(quorum.append());
                QVERIFY2(quorum.runUntil(seconds(10), [&] { return quorum.allCaughtUp(); }), qPrintable(QString("seed %1").arg(seed)));
                QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
            }
        }
    }

    void aPausedLeaderIsReplaced() {
        Duration worst{0};
        for (std::uint64_t seed = 1; seed <= 100; ++seed) {
            SimQuorum quorum(seed, {});
            startAll(quorum);
            QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
            const NodeId old = quorum.leader();
            quorum.pause(old);
            const auto took = quorum.runUntil(seconds(4), [&] { return quorum.leader() != kNoNode && quorum.leader() != old; });
            QVERIFY(took);
            // The fetch timeout is all the waiting there is: a split vote does not wait for the one that hangs.
            worst = std::max(worst, *took);
            QVERIFY2(*took < milliseconds(2300), qPrintable(QString("seed %1 took %2 ms").arg(seed).arg(toMs(*took))));
            quorum.append();
            quorum.run(milliseconds(500));
            quorum.resume(old);
            QVERIFY2(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }), qPrintable(QString("seed %1").arg(seed)));
            QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
        }
        qInfo("a leader that hangs was replaced within %lld ms at worst", static_cast<long long>(toMs(worst)));
    }

    void aStoppingLeaderHandsOver() {
        SimQuorum quorum(3, {});
        startAll(quorum);
        QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
        const NodeId old = quorum.leader();
        bool said = false;
        quorum.driver(old).stop(seconds(1), [&] { said = true; });
        const auto took = quorum.runUntil(seconds(5), [&] { return said && quorum.leader() != kNoNode && quorum.leader() != old; });
        QVERIFY(took && *took < milliseconds(100));
    }

    void whatAStopLeavesIsWhatKafkaStartsFrom() {
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            SimQuorum quorum(seed, {});
            startAll(quorum);
            QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
            QVERIFY(quorum.append());
            quorum.run(milliseconds(50));
            // One after the other, as a cluster that is stopped: each leader hands over to who is left.
            std::map<QuorumEpoch, NodeId> led;
            std::vector<NodeId> order = quorum.nodes();
            std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(seed % order.size()), order.end());
            for (const NodeId node : order) {
                if (const NodeId leader = quorum.leader(); leader != kNoNode)
                    led[quorum.driver(leader).epoch()] = leader;
                bool said = false;
                quorum.driver(node).stop(seconds(1), [&] { said = true; });
                QVERIFY(quorum.runUntil(seconds(2), [&] { return said; }));
                quorum.run(milliseconds(20));
                quorum.crash(node);
                quorum.run(milliseconds(static_cast<std::int64_t>(seed % 4) * 40));
            }
            QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
            for (const NodeId node : order) {
                const auto state = quorum.electionState(node);
                if (const auto it = led.find(state.epoch); it != led.end() && it->second == node)
                    QVERIFY2(state.leader == node, qPrintable(QString("seed %1: node %2 led epoch %3 and its file does not say so").arg(seed).arg(node).arg(state.epoch)));
                QVERIFY(state.leader == kNoNode || state.leader == node || state.voted != node);
            }
            startAll(quorum); // and from the same files ours starts too
            QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
            QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
        }
    }

    void observersFollow() {
        SimQuorum quorum(4, {.voters = 3, .observers = 2});
        startAll(quorum);
        QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
        QVERIFY(quorum.append());
        QVERIFY(quorum.runUntil(milliseconds(100), [&] { return quorum.allCaughtUp() && quorum.acknowledged() == 1; }));
        quorum.crash(quorum.leader());
        quorum.crash(5);
        QVERIFY(quorum.runUntil(seconds(1), [&] { return quorum.leader() != kNoNode; }));
        QVERIFY(quorum.append());
        quorum.run(seconds(1));
        startAll(quorum);
        QVERIFY(quorum.runUntil(seconds(5), [&] { return quorum.allCaughtUp(); }));
        QVERIFY2(quorum.violation().empty(), quorum.violation().c_str());
    }
};

SAMSA_TEST(QuorumTest)
#include "quorum_test.moc"
