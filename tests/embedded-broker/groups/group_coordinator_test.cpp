#include "embedded-broker/base/random.h"
#include "embedded-broker/groups/group_coordinator.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <map>
#include <optional>

using namespace broker;
using namespace broker::groups;

// Qt Test would print these enums through their toString, which gives a string_view.
#define SAME(actual, expected) QVERIFY((actual) == (expected))

namespace {

/// __consumer_offsets in memory: what was committed, per partition, in order. Holds writes back when told to.
class FakeOffsetsLog final : public OffsetsLog {
public:
    explicit FakeOffsetsLog(Scheduler& scheduler) : m_scheduler(scheduler) {}

    void append(PartitionIndex partition, OffsetsBatch batch, std::move_only_function<void(GroupError, Offset)> done) override {
        auto commit = [this, partition, batch = std::move(batch), done = std::move(done)]() mutable {
            auto& log = committed[partition];
            const auto first = static_cast<Offset>(log.size());
            if (nextError == GroupError::None) {
                for (auto& record : batch.records)
                    log.push_back({static_cast<Offset>(log.size()), batch.producer ? batch.producer->id : kNoProducerId, {}, std::move(record.key),
                        std::move(record.value)});
                if (batch.end)
                    log.push_back({first, batch.end->producer.id, batch.end->commit, {}, {}});
            }
            done(nextError, first);
        };
        if (hold)
            m_held.push_back(std::move(commit));
        else
            m_scheduler.post(std::move(commit));
    }

    void load(PartitionIndex partition, std::move_only_function<void(const OffsetsLogItem&)> each,
        std::move_only_function<void(Result<void>)> done) override {
        m_scheduler.post([this, partition, each = std::move(each), done = std::move(done)]() mutable {
            for (const auto& item : committed[partition])
                each(item);
            done({});
        });
    }

    void release() {
        hold = false;
        for (auto& task : std::exchange(m_held, {}))
            m_scheduler.post(std::move(task));
    }

    std::map<PartitionIndex, std::vector<OffsetsLogItem>> committed;
    GroupError nextError = GroupError::None;
    bool hold = false;

private:
    Scheduler& m_scheduler;
    std::vector<Task> m_held;
};

struct Bench {
    tests::ManualScheduler scheduler;
    std::unique_ptr<Random> random = makeSeededRandom(7);
    FakeOffsetsLog log{scheduler};
    GroupConfig config = [] {
        GroupConfig c;
        c.initialRebalanceDelayMs = 0;
        return c;
    }();
    std::unique_ptr<GroupCoordinator> coordinator;

    Bench() { restart(); }
    /// A new broker takes over with what was committed.
    void restart() {
        coordinator = std::make_unique<GroupCoordinator>(config, scheduler, *random, log);
        coordinator->setPartitionCount(1);
        coordinator->elected(0, 1);
        scheduler.run();
    }

    struct Join {
        std::optional<JoinResult> result;
    };
    std::shared_ptr<Join> join(const std::string& memberId, std::optional<std::string> instance = {}, const std::string& metadata = "m",
        bool requireKnown = false) {
        JoinRequest request;
        request.groupId = "g";
        request.memberId = memberId;
        request.groupInstanceId = std::move(instance);
        request.clientId = "client";
        request.clientHost = "/127.0.0.1";
        request.requireKnownMemberId = requireKnown;
        request.supportsSkippingAssignment = true;
        request.protocolType = "consumer";
        request.protocols = {{"range", Slice::copy(metadata)}};
        request.rebalanceTimeoutMs = 60000;
        request.sessionTimeoutMs = 10000;
        auto join = std::make_shared<Join>();
        coordinator->join(std::move(request), [join](JoinResult result) { join->result = std::move(result); });
        scheduler.run();
        return join;
    }
    struct Sync {
        std::optional<SyncResult> result;
    };
    std::shared_ptr<Sync> sync(const std::string& memberId, int generation, std::map<std::string, Slice> assignments = {}) {
        auto sync = std::make_shared<Sync>();
        coordinator->sync({"g", generation, memberId, {}, "consumer", "range", std::move(assignments)},
            [sync](SyncResult result) { sync->result = std::move(result); });
        scheduler.run();
        return sync;
    }
    /// As a producer without membership.
    GroupError commitInTransaction(ProducerId producer, Offset offset, int generation = -1, const std::string& memberId = "") {
        TransactionalCommitRequest request;
        request.producer = {producer, 0, 2};
        request.commit = {"g", generation, memberId, {}, {}};
        CommittedOffset committed;
        committed.offset = offset;
        request.commit.items.push_back({{"t", 0}, committed, GroupError::None});
        const auto answer = std::make_shared<std::optional<GroupError>>();
        coordinator->commitInTransaction(std::move(request), [answer](std::vector<GroupError> errors) { *answer = errors.at(0); });
        scheduler.run();
        return answer->value_or(GroupError::UnknownServerError);
    }
    GroupError endTransaction(ProducerId producer, bool commit) {
        std::optional<GroupError> answer;
        coordinator->endTransaction(0, {{producer, 1, 2}, commit, 0}, [&](GroupError error) { answer = error; });
        scheduler.run();
        return answer.value_or(GroupError::UnknownServerError);
    }
    /// -1 = none.
    Offset committedOffset() const {
        const auto fetched = coordinator->fetchOffsets("g");
        const auto found = fetched.offsets.find({"t", 0});
        return found == fetched.offsets.end() ? -1 : found->second.offset;
    }
    bool isUnstable() const { return coordinator->fetchOffsets("g").unstable.contains({"t", 0}); }
    GroupError commit(const std::string& memberId, int generation, Offset offset, const std::string& metadata = "note") {
        CommitRequest request{"g", generation, memberId, {}, {}};
        CommittedOffset committed;
        committed.offset = offset;
        committed.metadata = metadata;
        committed.commitTimestamp = scheduler.wallNow();
        request.items.push_back({{"t", 0}, committed, GroupError::None});
        const auto answer = std::make_shared<std::optional<GroupError>>(); // it may come after this call
        coordinator->commit(std::move(request), [answer](std::vector<GroupError> errors) { *answer = errors.at(0); });
        scheduler.run();
        return answer->value_or(GroupError::UnknownServerError);
    }
    /// One member, stable. Returns its id.
    std::string stableMember() {
        auto first = join("");
        scheduler.advance(milliseconds(1));
        const std::string id = first->result->memberId;
        sync(id, first->result->generationId, {{id, Slice::copy("a")}});
        return id;
    }
};

} // namespace

class GroupCoordinatorTest : public QObject {
    Q_OBJECT
private slots:
    void findsThePartitionAsJavaDoes() {
        // "group".hashCode() = 98629247, "billing".hashCode() = -109829509 (computed with Java)
        QCOMPARE(partitionOfGroup("group", 50), 98629247 % 50);
        QCOMPARE(partitionOfGroup("billing", 50), 109829509 % 50);
        // Where Apache Kafka 4.3.1 looked for this group on directories of ours.
        QCOMPARE(partitionOfGroup("graduates", 50), 40);
        QVERIFY(partitionOfGroup("g\xC3\xBC", 50) >= 0);
        QVERIFY(partitionOfGroup("broken \xC3", 50) >= 0);
    }

    void aNewMemberMustComeBackWithItsId() {
        Bench bench;
        auto first = bench.join("", {}, "m", true);
        QVERIFY(first->result.has_value());
        SAME(first->result->error, GroupError::MemberIdRequired);
        QVERIFY(first->result->memberId.starts_with("client-"));
        auto second = bench.join(first->result->memberId, {}, "m", true);
        bench.scheduler.advance(milliseconds(1));
        QVERIFY(second->result.has_value());
        SAME(second->result->error, GroupError::None);
        QCOMPARE(second->result->generationId, 1);
        QCOMPARE(second->result->leader, first->result->memberId);
        QCOMPARE(second->result->members.size(), 1U);
    }

    void assignmentsReachEveryMemberWhenTheyAreWritten() {
        Bench bench;
        const auto id1 = bench.stableMember();
        auto join2 = bench.join("");
        QVERIFY(!join2->result); // the first must rejoin
        SAME(bench.coordinator->heartbeat("g", 1, id1, {}), GroupError::RebalanceInProgress);
        auto join1 = bench.join(id1);
        QVERIFY(join1->result && join2->result);
        QCOMPARE(join1->result->generationId, 2);
        QCOMPARE(join1->result->members.size(), 2U);
        QVERIFY(join2->result->members.empty());
        const auto id2 = join2->result->memberId;

        auto sync2 = bench.sync(id2, 2);
        QVERIFY(!sync2->result);
        bench.log.hold = true;
        auto sync1 = bench.sync(id1, 2, {{id1, Slice::copy("one")}, {id2, Slice::copy("two")}});
        QVERIFY2(!sync1->result && !sync2->result, "an assignment was given out before it was committed");
        bench.log.release();
        bench.scheduler.run();
        QVERIFY(sync1->result && sync2->result);
        QCOMPARE(std::string(sync1->result->assignment.text()), std::string("one"));
        QCOMPARE(std::string(sync2->result->assignment.text()), std::string("two"));
        SAME(bench.coordinator->describe("g").state, GroupState::Stable);
    }

    void aSilentMemberIsRemoved() {
        Bench bench;
        const auto id = bench.stableMember();
        bench.scheduler.advance(seconds(9));
        SAME(bench.coordinator->heartbeat("g", 1, id, {}), GroupError::None);
        bench.scheduler.advance(seconds(9));
        SAME(bench.coordinator->describe("g").state, GroupState::Stable);
        bench.scheduler.advance(seconds(2));
        SAME(bench.coordinator->describe("g").state, GroupState::Empty);
        SAME(bench.coordinator->heartbeat("g", 1, id, {}), GroupError::UnknownMemberId);
    }

    void offsetsAppearWhenTheyAreCommittedAndNotBefore() {
        Bench bench;
        const auto id = bench.stableMember();
        SAME(bench.commit(id, 1, 5), GroupError::None);
        bench.log.hold = true;
        bench.commit(id, 1, 9);
        QCOMPARE(bench.coordinator->fetchOffsets("g").offsets.at({"t", 0}).offset, Offset{5});
        bench.log.release();
        bench.scheduler.run();
        QCOMPARE(bench.coordinator->fetchOffsets("g").offsets.at({"t", 0}).offset, Offset{9});
        QCOMPARE(bench.coordinator->fetchOffsets("g").offsets.at({"t", 0}).metadata, std::string("note"));
    }

    void commitsAreCheckedAsKafkaDoes() {
        Bench bench;
        SAME(bench.commit("nobody", 3, 1), GroupError::IllegalGeneration); // no such group, but a generation
        SAME(bench.commit("", -1, 1), GroupError::None);                   // a simple consumer
        const auto id = bench.stableMember();
        SAME(bench.commit("", -1, 2), GroupError::UnknownMemberId);
        SAME(bench.commit("stranger", 1, 2), GroupError::UnknownMemberId);
        SAME(bench.commit(id, 7, 2), GroupError::IllegalGeneration);
        SAME(bench.commit(id, 1, 2, std::string(5000, 'x')), GroupError::OffsetMetadataTooLarge);
        SAME(bench.commit(id, 1, 2), GroupError::None);
    }

    void aNewCoordinatorKnowsGroupAndOffsets() {
        Bench bench;
        const auto id = bench.stableMember();
        SAME(bench.commit(id, 1, 42), GroupError::None);
        bench.restart();
        QCOMPARE(bench.coordinator->fetchOffsets("g").offsets.at({"t", 0}).offset, Offset{42});
        const auto description = bench.coordinator->describe("g");
        SAME(description.state, GroupState::Stable);
        QCOMPARE(description.members.size(), 1U);
        QCOMPARE(std::string(description.members[0].assignment.text()), std::string("a"));
        SAME(bench.coordinator->heartbeat("g", 1, id, {}), GroupError::None);
    }

    void aStaticMemberComesBackWithoutARebalance() {
        Bench bench;
        auto first = bench.join("", "pod-1");
        bench.scheduler.advance(milliseconds(1));
        const auto oldId = first->result->memberId;
        QVERIFY(oldId.starts_with("pod-1-"));
        bench.sync(oldId, 1, {{oldId, Slice::copy("a")}});
        auto again = bench.join("", "pod-1");
        QVERIFY(again->result.has_value());
        SAME(again->result->error, GroupError::None);
        QCOMPARE(again->result->generationId, 1);
        QVERIFY(again->result->memberId != oldId);
        QVERIFY(again->result->skipAssignment);
        SAME(bench.coordinator->heartbeat("g", 1, oldId, "pod-1"), GroupError::FencedInstanceId);
        SAME(bench.coordinator->heartbeat("g", 1, again->result->memberId, "pod-1"), GroupError::None);
        const auto sync = bench.sync(again->result->memberId, 1);
        QCOMPARE(std::string(sync->result->assignment.text()), std::string("a"));
    }

    void leavingLeavesAtOnce() {
        Bench bench;
        const auto id = bench.stableMember();
        auto result = bench.coordinator->leave("g", {{id, {}}, {"stranger", {}}});
        bench.scheduler.run();
        SAME(result.error, GroupError::None);
        SAME(result.members[0].second, GroupError::None);
        SAME(result.members[1].second, GroupError::UnknownMemberId);
        SAME(bench.coordinator->describe("g").state, GroupState::Empty);
    }

    void onlyAnEmptyGroupIsDeleted() {
        Bench bench;
        const auto id = bench.stableMember();
        bench.commit(id, 1, 3);
        std::optional<GroupError> answer;
        const auto note = [&](GroupError error) { answer = error; };
        bench.coordinator->deleteGroup("g", note);
        SAME(answer, std::optional(GroupError::NonEmptyGroup));
        bench.coordinator->deleteGroup("other", note);
        SAME(answer, std::optional(GroupError::GroupIdNotFound));
        bench.coordinator->leave("g", {{id, {}}});
        bench.scheduler.run();
        bench.coordinator->deleteGroup("g", note);
        bench.scheduler.run();
        SAME(answer, std::optional(GroupError::None));
        QVERIFY(bench.coordinator->list().groups.empty());
        bench.restart();
        QVERIFY(bench.coordinator->list().groups.empty());
    }

    void waitersAreToldWhenLeadershipGoes() {
        Bench bench;
        bench.stableMember();
        auto waiting = bench.join("");
        QVERIFY(!waiting->result);
        bench.coordinator->resigned(0);
        QVERIFY(waiting->result.has_value());
        SAME(waiting->result->error, GroupError::NotCoordinator);
        SAME(bench.coordinator->fetchOffsets("g").error, GroupError::NotCoordinator);
        bench.scheduler.advance(seconds(3600)); // no timer of the old shard fires into nothing
    }

    void offsetsOfATransactionAppearWithItsCommit() {
        Bench bench;
        bench.commit("", -1, 3);
        SAME(bench.commitInTransaction(7, 5), GroupError::None);
        QCOMPARE(bench.committedOffset(), Offset{3});
        QVERIFY(bench.isUnstable());
        bench.restart(); // an open transaction is found again
        QCOMPARE(bench.committedOffset(), Offset{3});
        QVERIFY(bench.isUnstable());
        SAME(bench.endTransaction(7, true), GroupError::None);
        QCOMPARE(bench.committedOffset(), Offset{5});
        QVERIFY(!bench.isUnstable());
        bench.restart();
        QCOMPARE(bench.committedOffset(), Offset{5});
        QVERIFY(!bench.isUnstable());
    }

    void offsetsOfAnAbortedTransactionGo() {
        Bench bench;
        bench.commitInTransaction(7, 5);
        bench.endTransaction(7, false);
        QCOMPARE(bench.committedOffset(), Offset{-1});
        QVERIFY(!bench.isUnstable());
        bench.restart();
        QCOMPARE(bench.committedOffset(), Offset{-1});
    }

    void whatWasCommittedAfterTheTransactionStays() {
        Bench bench;
        bench.commitInTransaction(7, 5);
        bench.commit("", -1, 9);
        bench.endTransaction(7, true);
        QCOMPARE(bench.committedOffset(), Offset{9});
        bench.restart();
        QCOMPARE(bench.committedOffset(), Offset{9});
    }

    void offsetsAreUnstableBeforeTheyAreWritten() {
        Bench bench;
        bench.log.hold = true;
        TransactionalCommitRequest request;
        request.producer = {7, 0, 2};
        request.commit = {"g", -1, "", {}, {{{"t", 0}, {}, GroupError::None}}};
        bench.coordinator->commitInTransaction(std::move(request), [](std::vector<GroupError>) {});
        bench.scheduler.run();
        QVERIFY(bench.isUnstable());
        bench.log.nextError = GroupError::CoordinatorNotAvailable;
        bench.log.release();
        bench.scheduler.run();
        QVERIFY(!bench.isUnstable());
    }

    void aTransactionCommitsOnlyForTheCurrentGeneration() {
        Bench bench;
        const auto id = bench.stableMember();
        SAME(bench.commitInTransaction(7, 5, 0, id), GroupError::IllegalGeneration);
        SAME(bench.commitInTransaction(7, 5, 1, "stranger"), GroupError::UnknownMemberId);
        SAME(bench.commitInTransaction(7, 5, 1, id), GroupError::None);
        SAME(bench.commitInTransaction(8, 5), GroupError::None); // of before KIP-447: it does not say for whom
    }

    void deletingAGroupDropsWhatIsOpen() {
        Bench bench;
        bench.commitInTransaction(7, 5);
        std::optional<GroupError> answer;
        bench.coordinator->deleteGroup("g", [&](GroupError error) { answer = error; });
        bench.scheduler.run();
        SAME(answer, std::optional(GroupError::None));
        bench.endTransaction(7, true);
        QCOMPARE(bench.committedOffset(), Offset{-1});
        QVERIFY(bench.coordinator->list().groups.empty());
        bench.restart();
        QCOMPARE(bench.committedOffset(), Offset{-1});
    }

    void anOpenTransactionKeepsItsGroup() {
        Bench bench;
        bench.commitInTransaction(7, 5);
        bench.scheduler.advance(seconds(9 * 24 * 3600));
        bench.endTransaction(7, true);
        QCOMPARE(bench.committedOffset(), Offset{5});
    }

    void offsetsOutliveTheGroupByTheirRetention() {
        Bench bench;
        const auto id = bench.stableMember();
        bench.commit(id, 1, 3);
        bench.coordinator->leave("g", {{id, {}}});
        bench.scheduler.run();
        bench.scheduler.advance(seconds(6 * 24 * 3600));
        QCOMPARE(bench.coordinator->fetchOffsets("g").offsets.size(), 1U);
        bench.scheduler.advance(seconds(2 * 24 * 3600));
        QVERIFY(bench.coordinator->fetchOffsets("g").offsets.empty());
    }
};

SAMSA_TEST(GroupCoordinatorTest)
#include "group_coordinator_test.moc"
