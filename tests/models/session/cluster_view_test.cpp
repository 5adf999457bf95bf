// What a session makes of the answers, without a cluster: snapshots, rates, verdicts, and the story of what happened.
#include "models/brokers/broker_table_model.h"
#include "models/groups/group_table_model.h"
#include "models/session/cluster_session.h"
#include "models/session/cluster_view.h"
#include "models/session/event_diff.h"
#include "models/topics/config_table_model.h"
#include "models/topics/topic_table_model.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::session;
using client::ClusterMetadata;
using client::OffsetAt;

namespace {

constexpr qint64 kSecond = 1'000'000'000;

ClusterMetadata clusterOf(const QList<int>& up, int partitions, const QList<int>& inSync) {
    ClusterMetadata metadata;
    for (const int id : up)
        metadata.brokers.append({id, QStringLiteral("localhost"), 9000 + id, {}});
    client::TopicState topic;
    topic.name = QStringLiteral("orders");
    for (int i = 0; i < partitions; ++i)
        topic.partitions.append({i, up.isEmpty() ? -1 : up[i % up.size()], {1, 2, 3}, inSync});
    metadata.topics.append(topic);
    return metadata;
}

QList<client::OffsetAnswer> offsets(int partitions, qint64 each) {
    QList<client::OffsetAnswer> answers;
    for (int i = 0; i < partitions; ++i)
        answers.append({{QStringLiteral("orders"), i}, each, -1, std::nullopt});
    return answers;
}

QStringList kinds(const QList<Event>& events) {
    QStringList names;
    for (const auto& event : events)
        names.append(nameOf(event.kind));
    return names;
}

} // namespace

class ClusterViewTest : public QObject {
    Q_OBJECT
private slots:
    void whatTopicsKeepGoesWithThem() {
        ClusterView view;
        view.setMetadata(clusterOf({1}, 1, {1}), 1000);
        QVERIFY(!view.topics(kSecond).find(QStringLiteral("orders"))->keeps);
        const TopicKeeps week{QStringLiteral("delete"), QStringLiteral("604800000"), QStringLiteral("-1")};
        view.setKeeps({{QStringLiteral("orders"), week}, {QStringLiteral("unknown"), week}});
        const auto topics = view.topics(kSecond);
        QCOMPARE(topics.find(QStringLiteral("orders"))->keeps, std::optional(week));
        topics::TopicTableModel model(nullptr);
        model.setRows(topics.topics);
        QCOMPARE(model.index(0, topics::TopicTableModel::KeepsColumn).data().toString(), QStringLiteral("7 days"));
        auto none = clusterOf({1}, 1, {1});
        none.topics.clear();
        view.setMetadata(none, 2000);
        view.setMetadata(clusterOf({1}, 1, {1}), 3000);
        QVERIFY2(!view.topics(kSecond).find(QStringLiteral("orders"))->keeps, "one that was made anew may keep something else");
    }

    void countsAndRates() {
        ClusterView view;
        view.setMetadata(clusterOf({1, 2, 3}, 6, {1, 2, 3}), 1000);
        view.setOffsets(offsets(6, 100), OffsetAt::Earliest, kSecond);
        view.setOffsets(offsets(6, 1000), OffsetAt::Latest, kSecond);
        QCOMPARE(view.topics(kSecond).messages, 6 * 900);
        QCOMPARE(view.topics(kSecond).messagesPerSecond, -1.0); // one look gives no rate
        view.setOffsets(offsets(6, 1050), OffsetAt::Latest, 2 * kSecond);
        const auto topics = view.topics(2 * kSecond);
        QCOMPARE(topics.messagesPerSecond, 300.0);
        QCOMPARE(topics.find(QStringLiteral("orders"))->messagesPerSecond, 300.0);
        const auto brokers = view.brokers(2 * kSecond);
        QCOMPARE(brokers.brokers.size(), 3);
        QCOMPARE(brokers.find(1)->leaders, 2);
        QCOMPARE(brokers.find(1)->replicas, 6);
        QCOMPARE(brokers.find(1)->messagesPerSecond, 100.0);
        // Old readings are no reading.
        QCOMPARE(view.topics(60 * kSecond).messagesPerSecond, -1.0);
    }

    void aBrokerThatIsGoneStaysAsDown() {
        ClusterView view;
        view.setMetadata(clusterOf({1, 2, 3}, 6, {1, 2, 3}), 1000);
        view.setMetadata(clusterOf({1, 3}, 6, {1, 3}), 2000);
        const auto brokers = view.brokers(0);
        QCOMPARE(brokers.brokers.size(), 3);
        QVERIFY(brokers.find(2)->state == BrokerState::Down);
        QCOMPARE(brokers.find(2)->stateSinceMs, 2000);
        QCOMPARE(brokers.find(2)->port, 9002);
        QCOMPARE(brokers.find(2)->notInSync, 6);
        QCOMPARE(brokers.find(1)->stateSinceMs, 0);
        QCOMPARE(view.topics(0).underReplicated, 6);
    }

    void tellsTheStoryOfADeath() {
        ClusterView view;
        view.setMetadata(clusterOf({1, 2, 3}, 6, {1, 2, 3}), 1000);
        const auto brokersBefore = view.brokers(0);
        const auto topicsBefore = view.topics(0);
        QVERIFY(eventsBetween(nullptr, brokersBefore, nullptr, topicsBefore, 1).isEmpty());
        QVERIFY(eventsBetween(&brokersBefore, brokersBefore, &topicsBefore, topicsBefore, 1).isEmpty());
        view.setMetadata(clusterOf({1, 3}, 6, {1, 3}), 2000);
        const auto brokersDown = view.brokers(0);
        const auto topicsDown = view.topics(0);
        const auto death = eventsBetween(&brokersBefore, brokersDown, &topicsBefore, topicsDown, 2000);
        QCOMPARE(kinds(death), (QStringList{QStringLiteral("BrokerDied"), QStringLiteral("LeadersMoved"), QStringLiteral("InSyncShrank")}));
        QVERIFY(death[1].detail.contains(QStringLiteral("orders ")));
        view.setMetadata(clusterOf({1, 2, 3}, 6, {1, 2, 3}), 3000);
        const auto back = eventsBetween(&brokersDown, view.brokers(0), &topicsDown, view.topics(0), 3000);
        QVERIFY(kinds(back).contains(QStringLiteral("BrokerBack")));
        QVERIFY(kinds(back).contains(QStringLiteral("InSyncGrew")));

        EventLog log;
        EventTableModel model(&log);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (const auto& event : death + back)
            log.add(event);
        QTRY_COMPARE(model.rowCount(), death.size() + back.size());
        QCOMPARE(model.index(model.rowCount() - 1, EventTableModel::EventColumn).data().toString(), QStringLiteral("broker 2 is down"));
        QCOMPARE(log.events().last().sincePreviousMs, 1000);
    }

    void whatAnEarlierRunSawComesBefore() {
        EventLog log;
        EventTableModel model(&log);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto at = [](qint64 ms, EventKind kind) {
            Event event;
            event.wallMs = ms;
            event.kind = kind;
            event.title = nameOf(kind);
            return event;
        };
        log.add(at(5000, EventKind::BrokerBack));
        log.restore({at(1000, EventKind::BrokerKilled), at(2000, EventKind::LeadersMoved)});
        log.add(at(6000, EventKind::TopicCreated));
        QTRY_COMPARE(model.rowCount(), 4); // a burst is one look, a moment later
        QList<qint64> times;
        for (int row = model.rowCount() - 1; row >= 0; --row)
            times.append(log.events()[model.rowCount() - 1 - row].wallMs);
        QCOMPARE(times, (QList<qint64>{1000, 2000, 5000, 6000}));
        QCOMPARE(model.index(3, EventTableModel::EventColumn).data().toString(), QStringLiteral("BrokerKilled"));
        for (int i = 1; i < log.events().size(); ++i)
            QVERIFY(log.events()[i].id > log.events()[i - 1].id);
        for (int kind = 0; kind <= static_cast<int>(EventKind::Note); ++kind)
            QVERIFY(kindOf(nameOf(static_cast<EventKind>(kind))) == static_cast<EventKind>(kind));
        QVERIFY(kindOf(QStringLiteral("FromTheFuture")) == EventKind::Note);
    }

    void topicsComeAndGo() {
        ClusterView view;
        auto metadata = clusterOf({1}, 2, {1});
        view.setMetadata(metadata, 0);
        const auto brokers = view.brokers(0);
        const auto before = view.topics(0);
        metadata.topics[0].name = QStringLiteral("payments");
        view.setMetadata(metadata, 0);
        QCOMPARE(kinds(eventsBetween(&brokers, view.brokers(0), &before, view.topics(0), 1)), (QStringList{QStringLiteral("TopicCreated"), QStringLiteral("TopicDeleted")}));
    }

    void tenThousandTopicsAreOneLine() {
        TopicsSnapshot before, after;
        for (int i = 0; i < 10'000; ++i) {
            Topic topic;
            topic.name = QStringLiteral("topic-%1").arg(i, 5, 10, QChar(u'0'));
            topic.partitions.append(Partition{});
            after.topics.append(topic);
        }
        const auto events = eventsBetween(nullptr, {}, &before, after, 1);
        QCOMPARE(kinds(events), QStringList{QStringLiteral("TopicCreated")});
        QVERIFY(events.first().detail.contains(QStringLiteral("topic-00001")) && events.first().topic.isEmpty());
        // And a burst of events costs the list one look, not one for each.
        EventLog log;
        EventTableModel model(&log);
        QSignalSpy looks(&model, &SnapshotTableModelBase::rowsUpdated);
        for (int i = 0; i < 3000; ++i) {
            Event event;
            event.kind = EventKind::Note;
            event.title = QString::number(i);
            log.add(event);
        }
        QTRY_COMPARE(model.rowCount(), 1000);
        QCOMPARE(looks.size(), 1);
    }

    void lagAndVerdict() {
        ClusterView view;
        view.setMetadata(clusterOf({1, 2, 3}, 2, {1, 2, 3}), 0);
        view.setGroups({{QStringLiteral("billing"), QStringLiteral("Stable"), QStringLiteral("Classic"), false}}, true);
        for (int second = 0; second <= 30; ++second) {
            view.setOffsets(offsets(2, 1000 + second * 100), OffsetAt::Latest, second * kSecond);
            QList<client::CommittedOffset> committed;
            for (int p = 0; p < 2; ++p)
                committed.append({{QStringLiteral("orders"), p}, 100 + second * 50, -1, {}, std::nullopt});
            view.setCommitted(QStringLiteral("billing"), committed, second * 1000);
        }
        const auto groups = view.groups(30'000);
        const auto* billing = groups.find(QStringLiteral("billing"));
        QCOMPARE(billing->lag, 2 * (4000 - 1600));
        QVERIFY(std::abs(billing->lagPerSecond - 100) < 1);
        QVERIFY(billing->pace == GroupPace::FallingBehind);
        QCOMPARE(billing->partitions.size(), 2);
        QVERIFY(billing->partitions[0].memberId.isEmpty());
        const auto events = groupEventsBetween(&groups, GroupsSnapshot{}, 1);
        QCOMPARE(kinds(events), QStringList{QStringLiteral("GroupGone")});
    }

    void halfAnAnswerIsNoLag() {
        ClusterView view;
        view.setMetadata(clusterOf({1, 2, 3}, 2, {1, 2, 3}), 0);
        view.setGroups({{QStringLiteral("billing"), QStringLiteral("Stable"), QStringLiteral("Classic"), false}}, true);
        QList<client::CommittedOffset> committed;
        for (int p = 0; p < 2; ++p)
            committed.append({{QStringLiteral("orders"), p}, 100, -1, {}, std::nullopt});
        committed.append({{QStringLiteral("gone"), 0}, 100, -1, {}, std::nullopt}); // of a topic that was deleted: nobody waits for it
        const auto lagSamples = [&view] {
            const auto samples = view.samples(view.brokers(0), view.topics(0), 1000, 10'000);
            return std::count_if(samples.begin(), samples.end(), [](const auto& sample) { return sample.first.quantity == metrics::Quantity::Lag; });
        };
        view.setOffsets(offsets(1, 1000), OffsetAt::Latest, kSecond); // the other leader has not answered yet
        view.setCommitted(QStringLiteral("billing"), committed, 1000);
        QCOMPARE(lagSamples(), 0);
        view.setOffsets(offsets(2, 1000), OffsetAt::Latest, kSecond);
        view.setCommitted(QStringLiteral("billing"), committed, 1000);
        QCOMPARE(lagSamples(), 1);
    }

    void lagInTime() {
        constexpr qint64 base = 1'800'000'000'000;
        ClusterView view;
        view.setMetadata(clusterOf({1}, 2, {1}), base);
        view.setGroups({{QStringLiteral("billing"), QStringLiteral("Empty"), QStringLiteral("Classic"), false}}, true);
        // An earlier run saw when offset 40 of the first partition was written.
        view.seedEnds({{QStringLiteral("orders"), 0, 40, base - 600'000}});
        const auto look = [&](int second, qint64 first, qint64 second1) {
            view.setOffsets(offsets(2, 1000 + second * 100), OffsetAt::Latest, second * kSecond);
            view.setCommitted(QStringLiteral("billing"),
                QList<client::CommittedOffset>{{{QStringLiteral("orders"), 0}, first, -1, {}, std::nullopt}, {{QStringLiteral("orders"), 1}, second1, -1, {}, std::nullopt}}, base + second * 1000);
            view.noteEnds(base + second * 1000, second * kSecond);
        };
        for (int second = 0; second <= 10; ++second)
            look(second, 1250, 40);
        auto group = view.groups(base + 10'000).groups.first();
        QCOMPARE(group.partitions[0].unreadSinceMs, base + 2500); // offset 1250 was written between 2 s and 3 s
        QVERIFY(!group.partitions[0].unreadAtLeast);
        QCOMPARE(group.partitions[1].unreadSinceMs, base); // older than anybody has looked
        QVERIFY(group.partitions[1].unreadAtLeast);
        QCOMPARE(group.unreadSinceMs, base); // the farther one
        QVERIFY(group.unreadAtLeast);
        // With what the earlier run knew; and where everything is read.
        look(11, 40, 2100);
        group = view.groups(base + 11'000).groups.first();
        QCOMPARE(group.partitions[0].unreadSinceMs, base - 600'000);
        QVERIFY(!group.partitions[0].unreadAtLeast);
        QCOMPARE(group.partitions[1].unreadSinceMs, 0);
        QCOMPARE(group.unreadSinceMs, base - 600'000);
        QVERIFY(group.judgement.verdict == Verdict::Rewind);
        QCOMPARE(group.judgement.partition.partition, 0);
    }

    void aGroupThatIsHandedOnIsNotGone() {
        ClusterView view;
        wire::CoordinatedGroups mine;
        mine.listings.append({QStringLiteral("billing"), QStringLiteral("Stable"), QStringLiteral("Classic"), false});
        view.setCoordinatedGroups(1, mine, 1000);
        view.setCoordinatedGroups(1, {}, 2000); // the coordinator moved
        QCOMPARE(view.groupIds(), QStringList{QStringLiteral("billing")});
        view.setCoordinatedGroups(2, mine, 3000);
        view.setCoordinatedGroups(1, {}, 20'000);
        QCOMPARE(view.groupIds(), QStringList{QStringLiteral("billing")});
        view.setCoordinatedGroups(2, {}, 21'000); // deleted
        view.setCoordinatedGroups(1, {}, 27'000);
        QVERIFY(view.groupIds().isEmpty());
    }

    void verdicts() {
        const auto run = [](qint64 lag, qint64 lagStep, qint64 commitStep, int members) {
            std::vector<std::array<qint64, 3>> samples;
            for (int i = 0; i <= 30; ++i)
                samples.push_back({i * 1000, lag + i * lagStep, 500 + i * commitStep});
            return paceOf(samples, members);
        };
        QVERIFY(run(0, 0, 100, 1) == GroupPace::UpToDate);
        QVERIFY(run(200, 0, 100, 1) == GroupPace::UpToDate); // two seconds behind
        QVERIFY(run(10'000, 50, 100, 1) == GroupPace::FallingBehind);
        QVERIFY(run(10'000, -50, 100, 1) == GroupPace::CatchingUp);
        QVERIFY(run(10'000, 0, 100, 1) == GroupPace::Steady);
        QVERIFY(run(10'000, 100, 0, 1) == GroupPace::Stopped);
        QVERIFY(paceOf({}, 1) == GroupPace::Unknown);

        // It grew for 40 s by more than it has fallen since: what counts is where it goes now.
        std::vector<std::array<qint64, 3>> turned;
        for (int i = 0; i <= 60; ++i)
            turned.push_back({i * 1000, i <= 40 ? 10'000 + i * 50 : 12'000 - (i - 40) * 30, 500 + i * 100});
        QVERIFY(paceOf(turned, 1) == GroupPace::CatchingUp);
        QCOMPARE(lagGrowth(turned), -30.0);
    }

    void configsSpeak() {
        QCOMPARE(topics::configMeaning(QStringLiteral("retention.ms"), QStringLiteral("604800000")), QStringLiteral("7 days"));
        QCOMPARE(topics::configMeaning(QStringLiteral("retention.bytes"), QStringLiteral("-1")), QStringLiteral("no limit"));
        QCOMPARE(topics::configMeaning(QStringLiteral("cleanup.policy"), QStringLiteral("delete")), QString());
        client::ConfigEntry entry;
        entry.name = QStringLiteral("retention.ms");
        entry.value = QStringLiteral("1000");
        entry.isDefault = false;
        entry.source = client::ConfigSource::Topic;
        entry.synonyms = {{entry.name, QStringLiteral("1000"), client::ConfigSource::Topic}, {QStringLiteral("log.retention.ms"), QStringLiteral("9"), client::ConfigSource::StaticBroker}};
        QCOMPARE(topics::configDefault(entry).value(), QStringLiteral("9"));
    }

    /// Models without a session are empty and sound; with one they follow it.
    void modelsAreSound() {
        ClusterSession session({});
        brokers::BrokerTableModel brokerRows(&session);
        topics::TopicTableModel topicRows(&session);
        topics::PartitionTableModel partitionRows(&session);
        topics::ConfigTableModel configRows(&session);
        groups::GroupTableModel groupRows(&session);
        groups::GroupPartitionTableModel groupPartitions(&session);
        groups::GroupMemberTableModel members(&session);
        topics::TopicTableModel alone(nullptr);
        for (QAbstractItemModel* model : std::initializer_list<QAbstractItemModel*>{&brokerRows, &topicRows, &partitionRows, &configRows, &groupRows, &groupPartitions, &members, &alone}) {
            QAbstractItemModelTester tester(model, QAbstractItemModelTester::FailureReportingMode::QtTest);
            QCOMPARE(model->rowCount(), 0);
            QVERIFY(model->columnCount() > 0);
            for (int column = 0; column < model->columnCount(); ++column)
                QVERIFY(!model->headerData(column, Qt::Horizontal).toString().isEmpty());
        }
    }

    void rowsSayWhatTheyKnow() {
        struct Rows : topics::TopicTableModel {
            Rows() : TopicTableModel(nullptr) {}
        } model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        ClusterView view;
        view.setMetadata(clusterOf({1, 3}, 6, {1, 3}), 0);
        model.setRows(view.topics(0).topics);
        QCOMPARE(model.index(0, Rows::StateColumn).data().toString(), QStringLiteral("6 partition(s) short of replicas"));
        QCOMPARE(model.index(0, Rows::StateColumn).data(StateRole).toString(), QStringLiteral("warning"));
        QCOMPARE(model.index(0, Rows::PartitionsColumn).data(SortRole).toInt(), 6);
        QCOMPARE(model.index(0, Rows::NameColumn).data(KeyRole).toString(), QStringLiteral("orders"));
    }
};

SAMSA_TEST(ClusterViewTest)
#include "cluster_view_test.moc"
