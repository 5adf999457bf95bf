// Where a group goes on reading: what each choice comes to, on a cluster made of values.
#include "models/changes/command_text.h"
#include "models/changes/planner.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models;
using namespace models::changes;
using client::TopicPartition;
using To = ResetOffsets::To;

namespace {

/// orders-0: 10 .. 100, orders-1: 0 .. 50, orders-2: 0 .. 7; the group "billing" has 40 and 50 committed, and nothing in orders-2.
struct GroupCluster : ClusterOperations {
    QString groupState = QStringLiteral("Empty");
    QList<client::GroupMember> members;
    QMap<TopicPartition, std::pair<qint64, qint64>> bounds{{at(0), {10, 100}}, {at(1), {0, 50}}, {at(2), {0, 7}}};
    QMap<TopicPartition, client::CommittedOffset> now{{at(0), {at(0), 40, 3, QStringLiteral("note"), std::nullopt}}, {at(1), {at(1), 50, 3, {}, std::nullopt}}};

    static TopicPartition at(int partition) { return {QStringLiteral("orders"), partition}; }
    static std::unexpected<Error> no() { return fail(ErrorCode::Unsupported, {}, {}); }

    Result<client::ClusterMetadata> metadata() override {
        client::ClusterMetadata all;
        client::TopicState topic;
        topic.name = QStringLiteral("orders");
        for (int i = 0; i < 3; ++i)
            topic.partitions.append({i, 1, {1}, {1}});
        all.topics.append(topic);
        return all;
    }
    Result<QList<client::OffsetAnswer>> offsets(const QList<client::OffsetQuery>& queries) override {
        QList<client::OffsetAnswer> answers;
        for (const auto& query : queries) {
            const auto [begin, end] = bounds.value(query.partition, {-1, -1});
            // By time: 1000 finds offset 30 in the first partition, and nothing in the others.
            const qint64 offset = query.at == client::OffsetAt::Earliest ? begin : query.at == client::OffsetAt::Latest ? end : query.partition.partition == 0 && query.timestampMs == 1000 ? 30 : -1;
            answers.append({query.partition, offset, -1, std::nullopt});
        }
        return answers;
    }
    Result<client::GroupDescription> group(const QString& id) override {
        client::GroupDescription description;
        description.id = id;
        description.state = id == QStringLiteral("billing") ? groupState : QStringLiteral("Dead");
        description.members = members;
        return description;
    }
    Result<QList<client::CommittedOffset>> committed(const QString& id) override { return id == QStringLiteral("billing") ? now.values() : QList<client::CommittedOffset>(); }
    Result<QList<client::ConfigEntry>> configs(const client::ConfigResource&) override { return no(); }
    Result<QList<client::GroupListing>> groups() override { return no(); }
    Result<void> createTopic(const client::ApprovedPlan&, const client::NewTopic&) override { return no(); }
    Result<void> deleteTopic(const client::ApprovedPlan&, const QString&) override { return no(); }
    Result<void> createPartitions(const client::ApprovedPlan&, const QString&, int) override { return no(); }
    Result<void> alterConfigs(const client::ApprovedPlan&, const client::ConfigResource&, const QList<client::ConfigChange>&) override { return no(); }
    Result<QList<client::OffsetAnswer>> deleteRecords(const client::ApprovedPlan&, const QList<client::DeleteBefore>&) override { return no(); }
    Result<void> deleteGroup(const client::ApprovedPlan&, const QString&) override { return no(); }
    Result<void> setOffsets(const client::ApprovedPlan&, const QString&, const QList<client::CommittedOffset>&) override { return no(); }
    Result<client::OffsetAnswer> produce(const client::ApprovedPlan&, const ProduceMessage&) override { return no(); }

    /// As a broker would.
    void carryOut(const ResetOffsets& change) {
        for (const auto& target : change.targets) {
            if (target.offset < 0)
                now.remove(target.partition);
            else
                now[target.partition] = target;
        }
    }
};

ResetOffsets reset(To to, qint64 value = 0, const QString& topic = {}, const QList<TopicPartition>& partitions = {}) {
    return {QStringLiteral("billing"), to, value, topic, partitions, {}};
}

} // namespace

class ResetPlanTest : public QObject {
    Q_OBJECT
    GroupCluster m_cluster;
    Result<Plan> planned(const Change& change) { return makePlan(change, {&m_cluster, nullptr, QStringLiteral("a:1"), false}); }
    /// "0:40->10 2:->7": what the plan sets.
    static QString targetsOf(const Plan& plan) {
        QStringList all;
        for (const auto& target : std::get<ResetOffsets>(plan.change).targets)
            all.append(QStringLiteral("%1->%2").arg(target.partition.partition).arg(target.offset));
        return all.join(u' ');
    }

private slots:
    void init() { m_cluster = {}; }

    void goesWhereItIsTold_data() {
        QTest::addColumn<ResetOffsets>("change");
        QTest::addColumn<QString>("targets");
        QTest::addColumn<QString>("command");
        const QString orders = QStringLiteral("orders");
        QTest::newRow("beginning") << reset(To::Earliest) << QStringLiteral("0->10 1->0") << QStringLiteral("--reset-offsets --group billing --all-topics --to-earliest --execute");
        QTest::newRow("end; one is there already") << reset(To::Latest) << QStringLiteral("0->100") << QStringLiteral("--reset-offsets --group billing --all-topics --to-latest --execute");
        QTest::newRow("topic, with one that had none") << reset(To::Earliest, 0, orders) << QStringLiteral("0->10 1->0 2->0") << QStringLiteral("--reset-offsets --group billing --topic orders --to-earliest --execute");
        QTest::newRow("chosen partitions") << reset(To::Offset, 5, {}, {GroupCluster::at(1), GroupCluster::at(2)}) << QStringLiteral("1->5 2->5")
                                           << QStringLiteral("--reset-offsets --group billing --topic orders:1,2 --to-offset 5 --execute");
        QTest::newRow("offset, cut to what there is") << reset(To::Offset, 5) << QStringLiteral("0->10 1->5") << QStringLiteral("--reset-offsets --group billing --all-topics --to-offset 5 --execute");
        QTest::newRow("time, the end where there is none") << reset(To::Time, 1000, orders) << QStringLiteral("0->30 2->7")
                                                           << QStringLiteral("--reset-offsets --group billing --topic orders --to-datetime 1970-01-01T00:00:01.000Z --execute");
        QTest::newRow("back, not before the beginning") << reset(To::Shift, -35) << QStringLiteral("0->10 1->15") << QStringLiteral("--reset-offsets --group billing --all-topics --shift-by -35 --execute");
        QTest::newRow("ahead, not past the end") << reset(To::Shift, 1000) << QStringLiteral("0->100") << QStringLiteral("--reset-offsets --group billing --all-topics --shift-by 1000 --execute");
        QTest::newRow("shift leaves those without") << reset(To::Shift, -1, orders) << QStringLiteral("0->39 1->49") << QStringLiteral("--reset-offsets --group billing --topic orders --shift-by -1 --execute");
    }
    void goesWhereItIsTold() {
        QFETCH(ResetOffsets, change);
        QFETCH(QString, targets);
        QFETCH(QString, command);
        const auto plan = planned(change);
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QCOMPARE(targetsOf(*plan), targets);
        QCOMPARE(plan->command, QStringLiteral("kafka-consumer-groups.sh --bootstrap-server a:1 ") + command);
        QVERIFY(plan->safety == Safety::Disruptive);
    }

    void saysWhatItCosts() {
        auto plan = planned(reset(To::Earliest));
        QCOMPARE(plan->lines[0], (PlanLine{QStringLiteral("orders-0"), QStringLiteral("40"), QStringLiteral("10"), QStringLiteral("30 read again")}));
        QCOMPARE(plan->lines[1].note, QStringLiteral("50 read again"));
        QVERIFY2(plan->consequences.join(u' ').contains(QStringLiteral("80 messages are read a second time")), qPrintable(plan->consequences.join(u' ')));
        plan = planned(reset(To::Latest));
        QCOMPARE(plan->lines[0].note, QStringLiteral("60 skipped"));
        QVERIFY(plan->consequences.join(u' ').contains(QStringLiteral("60 messages are skipped")));
        plan = planned(reset(To::Offset, 5));
        QVERIFY(plan->warnings.join(u' ').contains(QStringLiteral("orders-0")));
        // An offset that has been deleted meanwhile: only what is there can be read again.
        m_cluster.now[GroupCluster::at(0)].offset = 4;
        plan = planned(reset(To::Latest, 0, {}, {GroupCluster::at(0)}));
        QCOMPARE(plan->lines[0].note, QStringLiteral("90 skipped"));
    }

    void refusesWhileSomebodyReads() {
        client::GroupMember member;
        member.clientId = QStringLiteral("shop-1");
        member.host = QStringLiteral("/10.0.0.7");
        m_cluster.members.append(member);
        m_cluster.groupState = QStringLiteral("Stable");
        const auto plan = planned(reset(To::Earliest));
        QVERIFY(!plan && plan.error().code == ErrorCode::Refused);
        QVERIFY2(plan.error().why.contains(QStringLiteral("shop-1 on 10.0.0.7")), qPrintable(plan.error().why));
        // No members are told of, but it is not empty either.
        m_cluster.members.clear();
        m_cluster.groupState = QStringLiteral("PreparingRebalance");
        QVERIFY(planned(reset(To::Earliest)).error().code == ErrorCode::Refused);
    }

    void refusesWhatIsNothing() {
        QVERIFY(planned(ResetOffsets{QStringLiteral("nobody"), To::Earliest, 0, {}, {}, {}}).error().code == ErrorCode::NotFound);
        QVERIFY(planned(reset(To::Earliest, 0, QStringLiteral("no-such-topic"))).error().code == ErrorCode::NotFound);
        QVERIFY(planned(reset(To::Latest, 0, {}, {GroupCluster::at(1)})).error().code == ErrorCode::Invalid); // it is there
        m_cluster.bounds.remove(GroupCluster::at(1)); // no leader
        QVERIFY(planned(reset(To::Earliest)).error().code == ErrorCode::Unreachable);
    }

    void whatWasShownIsWhatIsSet() {
        const auto plan = planned(reset(To::Latest));
        m_cluster.bounds[GroupCluster::at(0)].second = 5000; // the topic goes on growing
        const auto again = planned(plan->change);
        QVERIFY(again.has_value());
        QCOMPARE(again->expectation, plan->expectation);
        QCOMPARE(targetsOf(*again), QStringLiteral("0->100"));
        m_cluster.now[GroupCluster::at(0)].offset = 41; // somebody has read
        QVERIFY(planned(plan->change)->expectation != plan->expectation);
    }

    void undoBringsBackWhatWas() {
        const auto before = m_cluster.now;
        const auto plan = planned(reset(To::Earliest, 0, QStringLiteral("orders")));
        m_cluster.carryOut(std::get<ResetOffsets>(plan->change));
        QVERIFY(verifyChange(*plan, {&m_cluster, nullptr, {}, false})->seen);
        QCOMPARE(m_cluster.now.size(), 3);
        const auto undo = planned(*plan->undo);
        QVERIFY2(undo.has_value(), undo ? "" : qPrintable(undo.error().toString()));
        QVERIFY(!verifyChange(*undo, {&m_cluster, nullptr, {}, false})->seen);
        m_cluster.carryOut(std::get<ResetOffsets>(undo->change));
        QVERIFY(verifyChange(*undo, {&m_cluster, nullptr, {}, false})->seen);
        QCOMPARE(m_cluster.now.size(), before.size()); // the one that had none has none again
        QCOMPARE(m_cluster.now[GroupCluster::at(0)].offset, 40);
        QCOMPARE(m_cluster.now[GroupCluster::at(0)].leaderEpoch, 3);
        QCOMPARE(m_cluster.now[GroupCluster::at(0)].metadata, QStringLiteral("note"));
        QCOMPARE(undo->command, QStringLiteral("kafka-consumer-groups.sh --bootstrap-server a:1 --reset-offsets --group billing --from-file <(printf '%s\\n' orders,0,40 orders,1,50) --execute"));
    }
};

SAMSA_TEST(ResetPlanTest)
#include "reset_plan_test.moc"
