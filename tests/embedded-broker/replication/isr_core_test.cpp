#include "embedded-broker/replication/isr_core.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <set>

using namespace broker;
using namespace broker::replication;

namespace {
Instant at(std::int64_t ms) { return Instant{milliseconds(ms)}; }

/// Broker 1 leads; 2 and 3 follow. Brokers in `fenced` may not be in sync.
struct Leader {
    std::set<NodeId> fenced;
    IsrCore core{1, 100, [this](NodeId node, BrokerEpoch) { return !fenced.contains(node); }};
    Offset highWatermark = 0;

    explicit Leader(std::vector<NodeId> isr = {1, 2, 3}, std::int32_t minIsr = 1, Offset end = 0) {
        core.setSettings({seconds(30), minIsr});
        core.lead({.leader = 1, .leaderEpoch = 5, .partitionEpoch = 10, .replicas = {1, 2, 3}, .isr = std::move(isr)}, end, at(0));
        core.setLocalEnd(end, end);
    }
    Offset advance(std::int64_t nowMs = 0) { return highWatermark = core.highWatermarkFrom(highWatermark, at(nowMs)); }
    bool fetch(NodeId node, Offset offset, std::int64_t nowMs = 0, BrokerEpoch epoch = 200) { return core.fetched(node, epoch, offset, 0, at(nowMs)); }
};
} // namespace

class IsrCoreTest : public QObject {
    Q_OBJECT
private slots:
    void highWatermarkIsTheLowestOfAllInSync() {
        Leader leader;
        leader.core.setLocalEnd(10, 12);
        QCOMPARE(leader.advance(), Offset{0}); // nobody has fetched yet
        leader.fetch(2, 12);
        QCOMPARE(leader.advance(), Offset{0});
        leader.fetch(3, 7);
        QCOMPARE(leader.advance(), Offset{7});
        leader.fetch(3, 12);
        QCOMPARE(leader.advance(), Offset{10}); // our own disk is the slowest
        leader.core.setLocalEnd(12, 12);
        QCOMPARE(leader.advance(), Offset{12});
    }

    void highWatermarkNeverFallsWithinAnEpoch() {
        Leader leader;
        leader.core.setLocalEnd(10, 10);
        leader.fetch(2, 10);
        leader.fetch(3, 10);
        QCOMPARE(leader.advance(), Offset{10});
        leader.fetch(2, 4); // lost its disk
        QCOMPARE(leader.advance(), Offset{10});
    }

    void highWatermarkWaitsForTheProposedMember() {
        Leader leader({1, 2});
        leader.core.setLocalEnd(5, 5);
        leader.fetch(2, 5);
        QCOMPARE(leader.advance(), Offset{5});
        leader.fetch(3, 5);
        const auto proposal = leader.core.expansion(3, leader.highWatermark);
        QVERIFY(proposal);
        QCOMPARE(proposal->isr, (std::vector<std::pair<NodeId, BrokerEpoch>>{{1, 100}, {2, 200}, {3, 200}}));
        QCOMPARE(proposal->partitionEpoch, 10);
        leader.core.setLocalEnd(9, 9);
        leader.fetch(2, 9);
        QCOMPARE(leader.advance(), Offset{5}); // 3 may be in the set already, for all we know
        QVERIFY(!leader.core.expansion(3, 5)); // one proposal at a time
        // Long after it stopped fetching it still counts: only the controller can say that it never joined.
        QCOMPARE(leader.advance(100'000), Offset{5});
        leader.core.answered(IsrAnswer::Ineligible, *proposal, {});
        QCOMPARE(leader.advance(100'000), Offset{9});
    }

    void aShrinkingMemberCountsUntilTheControllerAgrees() {
        Leader leader;
        leader.core.setLocalEnd(8, 8);
        leader.fetch(2, 8, 1000);
        leader.fetch(3, 3, 1000);
        QCOMPARE(leader.advance(1000), Offset{3});
        QVERIFY(!leader.core.shrinking(at(29'000)));
        leader.core.setLocalEnd(9, 9);
        leader.fetch(2, 9, 40'000);
        const auto proposal = leader.core.shrinking(at(40'000));
        QVERIFY(proposal);
        QCOMPARE(proposal->isr.size(), std::size_t{2});
        QCOMPARE(leader.advance(40'000), Offset{3});
        PartitionFacts facts = leader.core.facts();
        facts.isr = {1, 2};
        facts.partitionEpoch = 11;
        leader.core.answered(IsrAnswer::Accepted, *proposal, facts);
        QCOMPARE(leader.advance(40'000), Offset{9});
        QCOMPARE(leader.core.facts().partitionEpoch, 11);
    }

    void aFollowerThatKeepsUpWithABusyLeaderIsNotDropped() {
        Leader leader;
        // It never reaches the end, but always the end of its previous fetch.
        for (int second = 1; second <= 120; ++second) {
            leader.core.setLocalEnd(second * 100, second * 100);
            leader.fetch(2, second * 100, second * 1000);
            leader.fetch(3, (second - 1) * 100, second * 1000);
            QVERIFY(!leader.core.shrinking(at(second * 1000)));
        }
    }

    void belowTheMinimumTheHighWatermarkStands() {
        Leader leader({1}, 2);
        leader.core.setLocalEnd(5, 5);
        QVERIFY(leader.core.underMinIsr());
        QCOMPARE(leader.advance(), Offset{0});
        PartitionFacts facts = leader.core.facts();
        facts.isr = {1, 2};
        facts.partitionEpoch = 11;
        QVERIFY(leader.core.update(facts));
        leader.fetch(2, 5);
        QCOMPARE(leader.advance(), Offset{5});
    }

    void theMinimumIsNeverMoreThanTheReplicas() {
        IsrCore core(1, 100, [](NodeId, BrokerEpoch) { return true; });
        core.setSettings({seconds(30), 3});
        core.lead({.leader = 1, .leaderEpoch = 0, .partitionEpoch = 0, .replicas = {1}, .isr = {1}}, 0, at(0));
        core.setLocalEnd(4, 4);
        QVERIFY(!core.underMinIsr());
        QCOMPARE(core.highWatermarkFrom(0, at(0)), Offset{4});
    }

    void joinsOnlyWhenCaughtUpUnfencedAndInThisEpoch() {
        Leader leader({1, 2}, 1, 50);
        leader.highWatermark = 40;
        leader.fetch(3, 45);
        QVERIFY(!leader.core.expansion(3, 40)); // past the high watermark, but before this epoch began (KAFKA-3861)
        leader.fetch(3, 50);
        leader.fenced.insert(3);
        QVERIFY(!leader.core.expansion(3, 40)); // KIP-841
        leader.fenced.clear();
        QVERIFY(leader.core.expansion(3, 40));
    }

    /// At a start followers fetch before the leader hears that they are unfenced, and then wait at it for half a second with nothing new to say.
    void whoWasFencedJoinsWhenThatIsOver() {
        Leader leader({1}, 2, 50);
        leader.fenced = {2, 3};
        QVERIFY(!leader.core.nextExpansion(50, at(0))); // nobody has fetched
        leader.fetch(2, 50);
        leader.fetch(3, 50);
        QVERIFY(!leader.core.expansion(2, 50) && !leader.core.expansion(3, 50) && !leader.core.nextExpansion(50, at(0)));
        leader.fenced.clear();
        const auto first = leader.core.nextExpansion(50, at(0));
        QVERIFY(first);
        QCOMPARE(first->isr.size(), std::size_t{2});
        QVERIFY(!leader.core.nextExpansion(50, at(0))); // one at a time
        leader.core.answered(IsrAnswer::Accepted, *first, {.leader = 1, .leaderEpoch = 5, .partitionEpoch = 11, .replicas = {1, 2, 3}, .isr = {1, 2}});
        const auto second = leader.core.nextExpansion(50, at(0));
        QVERIFY(second);
        QCOMPARE(second->isr.size(), std::size_t{3});
    }

    /// Below the minimum the high watermark stands, so who was dropped for its silence is not behind it; it is no reason to take it back in unasked.
    void whoWasDroppedForLagIsNotTakenBackUnasked() {
        Leader leader({1, 2, 3}, 2);
        leader.fetch(2, 0);
        leader.fetch(3, 0);
        leader.core.setLocalEnd(10, 10);
        leader.advance();
        const auto shrunk = leader.core.shrinking(at(31'000));
        QVERIFY(shrunk);
        QCOMPARE(shrunk->isr.size(), std::size_t{1});
        leader.core.answered(IsrAnswer::Accepted, *shrunk, {.leader = 1, .leaderEpoch = 5, .partitionEpoch = 11, .replicas = {1, 2, 3}, .isr = {1}});
        QCOMPARE(leader.advance(31'000), Offset{0});
        QVERIFY(!leader.core.nextExpansion(leader.highWatermark, at(31'000)));
        leader.fetch(2, 10, 31'100); // it is back
        QVERIFY(leader.core.nextExpansion(leader.highWatermark, at(31'100)));
    }

    void aNewEpochForgetsWhatFollowersHad() {
        Leader leader;
        leader.core.setLocalEnd(10, 10);
        leader.fetch(2, 10);
        leader.fetch(3, 10);
        QCOMPARE(leader.advance(), Offset{10});
        PartitionFacts facts = leader.core.facts();
        facts.leaderEpoch = 6;
        facts.partitionEpoch = 11;
        leader.core.lead(facts, 10, at(1));
        leader.core.setLocalEnd(15, 15);
        QCOMPARE(leader.advance(1), Offset{10}); // they may have cut since: only a fetch in this epoch counts
        leader.fetch(2, 15, 2);
        leader.fetch(3, 12, 2);
        QCOMPARE(leader.advance(2), Offset{12});
    }

    void aStaleBrokerEpochIsRefused() {
        Leader leader;
        QVERIFY(leader.fetch(2, 0, 0, 300));
        QVERIFY(!leader.fetch(2, 0, 0, 299)); // a request of its life before the restart
        QVERIFY(leader.fetch(2, 0, 0, 301));
        QVERIFY(!leader.fetch(9, 0)); // no replica at all
    }

    void olderFactsAreIgnoredAndNewerOnesEndAProposal() {
        Leader leader({1, 2});
        leader.fetch(3, 0);
        const auto proposal = leader.core.expansion(3, 0);
        QVERIFY(proposal);
        PartitionFacts facts = leader.core.facts();
        QVERIFY(!leader.core.update(facts));
        QVERIFY(leader.core.proposalPending());
        facts.partitionEpoch = 12;
        facts.isr = {1, 2, 3};
        QVERIFY(leader.core.update(facts));
        QVERIFY(!leader.core.proposalPending());
        // The answer that comes after the metadata changes nothing.
        leader.core.answered(IsrAnswer::Ineligible, *proposal, {});
        QCOMPARE(leader.core.facts().isr.size(), std::size_t{3});
    }

    void supersededKeepsTheLargerSet() {
        Leader leader({1, 2});
        leader.core.setLocalEnd(5, 5);
        leader.fetch(2, 5);
        leader.fetch(3, 5);
        const auto proposal = leader.core.expansion(3, 0);
        QVERIFY(proposal);
        leader.core.answered(IsrAnswer::Superseded, *proposal, {});
        leader.core.setLocalEnd(6, 6);
        leader.fetch(2, 6);
        QCOMPARE(leader.advance(), Offset{5});
        QVERIFY(leader.core.inMaximalIsr(3));
    }

    void lowWatermarkLooksAtLiveReplicasOnly() {
        Leader leader;
        leader.core.fetched(2, 200, 0, 30, at(0));
        leader.core.fetched(3, 200, 0, 10, at(0));
        QCOMPARE(leader.core.lowWatermark(40), Offset{10});
        leader.fenced.insert(3);
        QCOMPARE(leader.core.lowWatermark(40), Offset{30});
    }
};

SAMSA_TEST(IsrCoreTest)
#include "isr_core_test.moc"
