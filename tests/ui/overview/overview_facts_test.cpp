// What the overview says, from made-up snapshots: facts, sentences, history, rows of cards.
#include "tests/support/test_registry.h"
#include "ui/overview/broker_facts.h"
#include "ui/overview/card_rows.h"
#include "ui/overview/chart_row.h"
#include "ui/overview/leadership_history.h"
#include "ui/overview/sentences.h"

#include <QTest>

using namespace ui::overview;
using models::localcluster::LocalCluster;
using models::localcluster::LocalNode;
using models::localcluster::NodeState;
using models::session::BrokersSnapshot;
using models::session::BrokerState;
using models::session::GroupPace;
using models::session::GroupsSnapshot;
using models::session::TopicsSnapshot;
using ui::theme::Tone;

class OverviewFactsTest : public QObject {
    Q_OBJECT

    static constexpr qint64 kNow = 1'800'000'000'000;

    static BrokersSnapshot threeBrokers() {
        BrokersSnapshot brokers;
        for (int id = 1; id <= 3; ++id) {
            models::session::Broker broker;
            broker.id = id;
            broker.host = QStringLiteral("localhost");
            broker.port = 19090 + id;
            broker.state = BrokerState::Up;
            broker.leaders = 14;
            broker.replicas = 42;
            broker.messagesPerSecond = 100;
            broker.quorumLeader = id == 1;
            brokers.brokers.append(broker);
        }
        return brokers;
    }
    static TopicsSnapshot topics(int underReplicated, int inSync) {
        TopicsSnapshot all;
        models::session::Topic topic;
        topic.name = QStringLiteral("orders");
        for (int i = 0; i < 20; ++i) {
            models::session::Partition partition;
            partition.id = i;
            partition.leader = 1;
            partition.replicas = {1, 2, 3};
            partition.inSync = i < underReplicated ? partition.replicas.mid(0, inSync) : partition.replicas;
            topic.partitions.append(partition);
        }
        all.topics.append(topic);
        all.partitions = 20;
        all.underReplicated = underReplicated;
        return all;
    }
    static GroupsSnapshot group(GroupPace pace, qint64 lag, double lagPerSecond, qint64 since = 0) {
        GroupsSnapshot groups;
        models::session::Group one;
        one.id = QStringLiteral("warehouse");
        one.pace = pace;
        one.lag = lag;
        one.lagPerSecond = lagPerSecond;
        one.paceSinceMs = since;
        groups.groups.append(one);
        return groups;
    }

private slots:
    void theSupervisorKnowsBetterThanKafka() {
        const auto brokers = threeBrokers();
        LocalCluster cluster;
        for (int id = 1; id <= 4; ++id) {
            LocalNode node;
            node.id = id;
            node.port = static_cast<quint16>(19090 + id);
            node.state = id == 2 ? NodeState::Killed : id == 4 ? NodeState::Starting : NodeState::Running;
            node.since = QDateTime::fromMSecsSinceEpoch(kNow - 14'600);
            cluster.nodes.append(node);
        }
        const auto facts = factsOf(&brokers, cluster);
        QCOMPARE(facts.size(), 4);
        QVERIFY(facts[0].local && !facts[0].isDead());
        QVERIFY(facts[1].isDead()); // Kafka still lists it
        QCOMPARE(facts[1].messagesPerSecond, -1.0);
        QVERIFY(stateSentence(facts[1], kNow) == (Sentence{QStringLiteral("killed 14 s ago"), Tone::Bad, {}}));
        QCOMPARE(stateSentence(facts[0], kNow).pill, QStringLiteral("quorum leader"));
        QCOMPARE(stateSentence(facts[2], kNow).pill, QString());
        QCOMPARE(facts[3].address, QStringLiteral("localhost:19094"));
        QCOMPARE(stateSentence(facts[3], kNow).pill, QStringLiteral("starting"));

        const auto remote = factsOf(&brokers, std::nullopt);
        QVERIFY(!remote[0].local);
        QVERIFY(factsOf(nullptr, std::nullopt).isEmpty());
    }

    void healthIsSaidInWords() {
        const auto brokers = threeBrokers();
        auto facts = factsOf(&brokers, std::nullopt);
        const auto well = topics(0, 3);
        auto said = healthSentences(facts, &well);
        QCOMPARE(said.size(), 1);
        QVERIFY(said[0].tone == Tone::Good);
        QVERIFY(said[0].pill.startsWith(QStringLiteral("all is well: 3 broker")));

        facts[1].state = BrokerFacts::State::Killed;
        const auto under = topics(14, 2);
        said = healthSentences(facts, &under);
        QCOMPARE(said.size(), 2);
        QVERIFY2(said[0].pill.endsWith(QStringLiteral("down, every partition has a leader")), qPrintable(said[0].pill));
        QVERIFY(said[0].tone == Tone::Bad);
        QVERIFY2(said[1].pill.startsWith(QStringLiteral("14 partition")) && said[1].pill.endsWith(QStringLiteral("2 of 3 replicas")), qPrintable(said[1].pill));

        // Without an answer about partitions nothing is claimed about them.
        said = healthSentences(facts, nullptr);
        QCOMPARE(said.size(), 1);
        QVERIFY(!said[0].pill.contains(QStringLiteral("leader")));
        auto offline = topics(20, 1);
        offline.offline = 3;
        said = healthSentences(facts, &offline);
        QVERIFY(!said[0].pill.contains(QStringLiteral("every partition")));
        QVERIFY(said[1].pill.contains(QStringLiteral("without a leader")));
        for (auto& one : facts)
            one.state = BrokerFacts::State::Killed;
        QVERIFY(healthSentences(facts, &offline)[0].pill.contains(QStringLiteral("every broker is down")));
    }

    void lagIsSaidInWords() {
        QVERIFY(lagSentence(nullptr, kNow) == Sentence{});
        const GroupsSnapshot none;
        QVERIFY(lagSentence(&none, kNow) == Sentence{}); // the chart says it
        auto groups = group(GroupPace::FallingBehind, 5600, 20.3, kNow - 600'000);
        auto said = lagSentence(&groups, kNow);
        QCOMPARE(said.pill, QStringLiteral("warehouse falls behind"));
        QVERIFY(said.tone == Tone::Warn);
        QVERIFY2(said.rest.startsWith(QStringLiteral("20 messages/s more in than out, since ")), qPrintable(said.rest));
        groups.groups[0].judgement = {models::session::Verdict::Stop, {QStringLiteral("orders"), 3}, 1, false, kNow - 130'400, 9000, 1204};
        said = lagSentence(&groups, kNow);
        QCOMPARE(said.pill, QStringLiteral("warehouse is stopped"));
        QVERIFY(said.tone == Tone::Bad);
        QCOMPARE(said.rest, QStringLiteral("Nobody has read orders-3 for 2 min 10 s; 1,204 messages wait"));
        groups = group(GroupPace::CatchingUp, 1200, -100);
        QVERIFY(lagSentence(&groups, kNow).rest.contains(QStringLiteral("12 s to go")));
        groups = group(GroupPace::UpToDate, 3, 0);
        QVERIFY(lagSentence(&groups, kNow).tone == Tone::Good);
        groups = group(GroupPace::Steady, 9100, 0);
        QCOMPARE(lagSentence(&groups, kNow).pill, QStringLiteral("warehouse stays behind"));
        groups = group(GroupPace::Unknown, 9100, 0);
        QVERIFY(lagSentence(&groups, kNow).pill.isEmpty());
    }

    void historyKnowsWhoLedWhen() {
        LeadershipHistory history;
        history.note(1000, 2, Standing::Up, 14);
        history.note(2000, 2, Standing::Up, 14);
        history.note(60'000, 2, Standing::Up, 7); // passing
        history.note(60'100, 2, Standing::Down, 7);
        history.note(60'200, 2, Standing::Down, 0);
        history.note(90'000, 2, Standing::Up, 0);
        const auto spans = history.spans(2, 0, 100'000, 500);
        const QList<LeadershipSpan> wanted{{1000, 60'100, Standing::Up, 14}, {60'100, 90'000, Standing::Down, 7}, {90'000, 100'000, Standing::Up, 0}};
        QCOMPARE(spans, wanted);
        QCOMPARE(history.spans(2, 70'000, 80'000).size(), 1);
        QVERIFY(history.spans(9, 0, 100'000).isEmpty());
        for (int i = 0; i < 5000; ++i)
            history.note(100'000 + i, 3, Standing::Up, i);
        QVERIFY(history.spans(3, 0, 1'000'000).size() <= LeadershipHistory::kChangesMax);
    }

    void rowsOfCardsAreEven() {
        QCOMPARE(CardRows::columnsFor(1140, 3, 270, 14), 3);
        QCOMPARE(CardRows::columnsFor(1140, 5, 270, 14), 3);
        QCOMPARE(CardRows::columnsFor(1140, 9, 270, 14), 3);
        QCOMPARE(CardRows::columnsFor(764, 3, 270, 14), 2);
        QCOMPARE(CardRows::columnsFor(100, 9, 270, 14), 1);
        QCOMPARE(CardRows::columnsFor(1140, 0, 270, 14), 1);
    }

    void linesDoNotComeAndGo() {
        const auto names = [](const char* text) { return QString::fromLatin1(text).split(u' '); };
        QCOMPARE(steadyTop({}, names("a b c d e f g")), names("a b c d e"));
        QCOMPARE(steadyTop(names("a b c d e"), names("f a b c e d g")), names("a b c d e"));
        QCOMPARE(steadyTop(names("a b c d e"), names("f g h i a b c d e")), names("a b c d f"));
    }
};

SAMSA_TEST(OverviewFactsTest)
#include "overview_facts_test.moc"
