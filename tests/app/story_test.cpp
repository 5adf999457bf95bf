// The whole story by keyboard alone, in the real program on its embedded cluster, under a window manager: and no turn of the interface thread takes
// more than 50 ms during it, at 5,000 messages a second, while a broker hangs, and with 10,000 topics.
//
// A failure leaves a picture of the screen and what a screen reader would have been told (SAMSA_TEST_PICTURES, else the current directory).
#include "tests/app/story.h"
#include "tests/support/many_topics.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::RealDesktop;
using tests::Sight;

namespace {

constexpr int kRate = 5000;
constexpr int kTopics = 10'000;

QString lastName() {
    QString last;
    for (int i = 0; i < kTopics; ++i)
        last = std::max(last, tests::ManyTopics::name(i));
    return last;
}

QString cardText(const Sight& sight, int broker) { return sight.find(u"group"_s, u"^Broker %1$"_s.arg(broker))[u"description"_s].toString(); }
/// The card of one of them says that it leads the quorum, once that is known, in place of that it is up.
bool isUp(const Sight& sight, int broker) { return cardText(sight, broker).startsWith(u"up,"_s) || cardText(sight, broker).startsWith(u"quorum leader,"_s); }

/// The number of messages of a topic as the table of topics says it.
qint64 messagesOf(const Sight& sight, const QString& topic) {
    return sight.row(u"Topics"_s, topic).value(3).remove(u',').toLongLong();
}
/// Of the whole cluster, as the line at the foot says it.
qint64 messagesInAll(const Sight& sight) {
    static const QRegularExpression number(u"^([\\d,]+) messages\\b"_s);
    const auto nodes = sight.all[u"nodes"_s].toArray();
    for (const auto& node : nodes)
        if (const auto found = number.match(node[u"name"_s].toString()); found.hasMatch())
            return found.captured(1).remove(u',').toLongLong();
    return 0;
}

} // namespace

class StoryTest : public QObject, tests::StoryHands {
    Q_OBJECT

    /// By the menu of a row: what a click on a title does.
    void sortBy(const QString& column) {
        m_desktop->key(u"F6"_s);
        EXPECT(u"the table has the keyboard"_s, sight.focusRole() == u"table"_s);
        m_desktop->key(u"Menu"_s);
        EXPECT(u"the menu of the row is open"_s, !sight.find(u"item"_s, u"^Sort by$"_s).isEmpty());
        pressUntil(u"Down"_s, u"Sort by"_s, &Sight::marked);
        m_desktop->key(u"Right"_s);
        EXPECT(u"its columns are offered"_s, !sight.find(u"item"_s, u'^' + column + u'$').isEmpty() && sight.find(u"item"_s, u"^Sort by$"_s).isEmpty());
        pressUntil(u"Down"_s, column, &Sight::marked);
        m_desktop->key(u"Return"_s);
        EXPECT(u"the menu is gone"_s, sight.over().isEmpty() && sight.marked().isEmpty());
    }

    void overviewMoves() {
        EXPECT(u"three brokers are up"_s, isUp(sight, 1) && isUp(sight, 2) && isUp(sight, 3), 60'000);
        EXPECT(u"the overview says how much comes in"_s, sight.says(u"^[1-9][\\d,.]* ?k? ?(msg|messages)?/s"_s), 30'000);
        goTo(u"topics"_s, u"topics"_s);
        EXPECT(u"the demo's topics are listed"_s, messagesOf(sight, u"orders"_s) > 0 && messagesOf(sight, u"payments"_s) > 0, 30'000);
        const qint64 before = messagesOf(m_desktop->look(), u"orders"_s);
        EXPECT(u"they grow at the speed of the load"_s, messagesOf(sight, u"orders"_s) > before + kRate / 2, 30'000);
        goTo(u"overview"_s, u"overview"_s);
        QUICK();
    }

    void aBrokerDies() {
        m_desktop->key(u"F6"_s);
        EXPECT(u"a broker's card has the keyboard"_s, sight.focusName() == u"Broker 1"_s);
        m_desktop->key(u"Right"_s);
        EXPECT(u"the next card has it"_s, sight.focusName() == u"Broker 2"_s);
        m_desktop->key(u"ctrl+shift+k"_s); // it can be undone, so nobody is asked
        EXPECT(u"its card says so, and that it leads nothing"_s, cardText(sight, 2).contains(u"leads 0"_s) && !isUp(sight, 2), 30'000);
        EXPECT(u"leadership moved, and the window tells it"_s, sight.says(u"leader"_s) && sight.count(u"What happened"_s) > 0);
        goTo(u"topics"_s, u"topics"_s);
        EXPECT(u"partitions are short of replicas"_s, sight.row(u"Topics"_s, u"orders"_s).join(u' ').contains(u"short of replicas"_s), 30'000);
        const qint64 before = messagesOf(m_desktop->look(), u"orders"_s);
        EXPECT(u"messages go on coming"_s, messagesOf(sight, u"orders"_s) > before + kRate / 2, 30'000);
        goTo(u"overview"_s, u"overview"_s);
        m_desktop->key(u"F6"_s);
        EXPECT(u"the card of the dead broker has the keyboard"_s, sight.focusName() == u"Broker 2"_s);
        m_desktop->key(u"ctrl+shift+b"_s);
        EXPECT(u"it is back"_s, isUp(sight, 2), 60'000);
        goTo(u"topics"_s, u"topics"_s);
        EXPECT(u"every replica is in sync again"_s, sight.row(u"Topics"_s, u"orders"_s).join(u' ').contains(u"all replicas in sync"_s), 60'000);
        QUICK();
    }

    void aTopicComesAndGoes() {
        createTopic(u"letters"_s);
        m_desktop->key(u"Return"_s);
        EXPECT(u"its page is open"_s, sight.place().contains(u"topics/letters"_s) && sight.count(u"Settings"_s) > 0);
        giveSetting(u"retention.ms"_s, u"3 h"_s);
        approve(u"Change settings"_s);
        EXPECT(u"the setting is what was typed"_s, sight.row(u"Settings"_s, u"retention.ms"_s).join(u' ').contains(u"10800000"_s), 30'000);
        deleteTopic(u"letters"_s);
        QUICK();
    }

    void messagesAreReadFoundAndSent() {
        goTo(u"topic orders"_s, u"topics/orders"_s);
        m_desktop->key(u"ctrl+m"_s);
        EXPECT(u"messages are listed"_s, sight.place().contains(u"messages/orders"_s) && sight.find(u"table"_s, u"essages"_s)[u"count"_s].toInt() > 10, 30'000);
        m_desktop->key(u"F6"_s);
        m_desktop->key(u"Up"_s);
        EXPECT(u"a record is read: its fields stand below"_s, sight.says(u"^customerId$"_s));
        m_desktop->key(u"ctrl+f"_s);
        EXPECT(u"the search field has the keyboard"_s, sight.focusRole() == u"field"_s);
        m_desktop->type(u"customer"_s);
        m_desktop->key(u"ctrl+Return"_s);
        EXPECT(u"messages are found"_s, sight.find(u"table"_s, u"ound"_s)[u"count"_s].toInt() > 0, 60'000);
        m_desktop->key(u"ctrl+period"_s);
        m_desktop->key(u"ctrl+BackSpace"_s);
        EXPECT(u"all messages are back"_s, sight.find(u"table"_s, u"ound"_s).isEmpty());
        act(u"send or replay"_s, {});
        sendMessage(u"orders"_s, u"{\"greeting\":\"hello\"}"_s);
        QUICK();
    }

    void theRestOfTheHouse() {
        goTo(u"groups"_s, u"groups"_s);
        EXPECT(u"the two groups are listed"_s, !sight.row(u"Consumer groups"_s, u"billing"_s).isEmpty() && !sight.row(u"Consumer groups"_s, u"warehouse"_s).isEmpty(), 30'000);
        m_desktop->key(u"F6"_s);
        m_desktop->key(u"Home"_s);
        m_desktop->key(u"Down"_s);
        m_desktop->key(u"Return"_s);
        EXPECT(u"a group's lag is listed by partition"_s, sight.count(u"Lag by partition"_s) > 0);
        const bool dark = m_desktop->look().all[u"dark"_s].toBool();
        m_desktop->key(u"ctrl+shift+d"_s);
        EXPECT(u"dark is light and light is dark"_s, sight.all[u"dark"_s].toBool() != dark);
        m_desktop->key(u"ctrl+shift+d"_s);
        EXPECT(u"and back"_s, sight.all[u"dark"_s].toBool() == dark);
        m_desktop->key(u"alt+Left"_s);
        EXPECT(u"back leads back"_s, sight.place().endsWith(u"/groups"_s));
        m_desktop->key(u"question"_s);
        EXPECT(u"every key is told"_s, sight.over().contains(u"key"_s, Qt::CaseInsensitive));
        m_desktop->key(u"Escape"_s);
        EXPECT(u"and closed"_s, sight.over().isEmpty());
        QUICK();
    }

    void aBrokerHangs() {
        goTo(u"overview"_s, u"overview"_s);
        m_desktop->key(u"F6"_s);
        EXPECT(u"a broker's card has the keyboard"_s, sight.focusName().startsWith(u"Broker"_s));
        const QString broker = m_desktop->look().focusName().section(u' ', 1);
        act(u"pause broker"_s, {});
        EXPECT(u"it hangs"_s, cardText(sight, broker.toInt()).contains(u"paused"_s), 30'000);
        for (const auto& place : {u"topics"_s, u"groups"_s, u"messages"_s, u"overview"_s}) {
            goTo(place, place);
            const QJsonObject before = m_desktop->look().all;
            EXPECT(u"the window goes on: "_s + place, sight.all != before, 30'000);
        }
        act(u"resume broker"_s, {});
        EXPECT(u"it goes on"_s, isUp(sight, broker.toInt()), 60'000);
        QUICK();
    }

private slots:
    void init() {
        m_desktop = std::make_unique<RealDesktop>(QStringLiteral(SAMSA_TEST_PROGRAM), QByteArrayView(QTest::currentTestFunction()) == "tenThousandTopics");
        QVERIFY2(m_desktop->problem().isEmpty(), qPrintable(m_desktop->problem()));
    }
    void cleanup() { m_desktop.reset(); }

    void byKeyboardAlone() {
        QVERIFY2(m_desktop->start({u"--demo"_s, u"--rate"_s, QString::number(kRate)}), qPrintable(m_desktop->problem()));
        EXPECT(u"the window with its frame is on the screen"_s, sight.all[u"frame"_s][0].toInt() >= 0 && sight.all[u"frame"_s][1].toInt() >= 0
            && sight.all[u"frame"_s][0].toInt() + sight.all[u"frame"_s][2].toInt() <= 1440 && sight.all[u"frame"_s][1].toInt() + sight.all[u"frame"_s][3].toInt() <= 900);
        tell<StoryTest>(this, {
            {"the overview moves", &StoryTest::overviewMoves},
            {"a broker dies", &StoryTest::aBrokerDies},
            {"a topic comes and goes", &StoryTest::aTopicComesAndGoes},
            {"messages are read, found and sent", &StoryTest::messagesAreReadFoundAndSent},
            {"the rest of the house", &StoryTest::theRestOfTheHouse},
            {"a broker hangs", &StoryTest::aBrokerHangs}});
        if (QTest::currentTestFailed())
            return;
        QVERIFY2(m_desktop->quit(), qPrintable(m_desktop->problem()));
        QUICK();
    }

    void tenThousandTopics() {
        const auto cluster = [this](const QStringList& arguments) {
            QProcess samsa;
            samsa.setProcessEnvironment(m_desktop->environment());
            samsa.start(QStringLiteral(SAMSA_TEST_PROGRAM), QStringList{u"cluster"_s} + arguments);
            samsa.waitForFinished(120'000);
            return samsa.readAllStandardOutput();
        };
        const auto up = QJsonDocument::fromJson(cluster({u"up"_s, u"many"_s, u"--brokers"_s, u"1"_s, u"--json"_s})).object();
        const auto down = qScopeGuard([&] { cluster({u"down"_s, u"many"_s}); });
        QVERIFY(!up[u"bootstrapServers"_s].toString().isEmpty());
        tests::ManyTopics topics(up[u"bootstrapServers"_s].toString(), kTopics);
        const QString problem = topics.create();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        topics.write();
        QVERIFY2(m_desktop->start({u"samsa:local%3Amany/topics"_s}), qPrintable(m_desktop->problem()));
        EXPECT(u"ten thousand topics are listed"_s, sight.count(u"Topics"_s) == kTopics, 120'000);
        EXPECT(u"and each has a rate"_s, sight.says(u"^0?[.]?[1-9][\\d.]*/s$"_s), 120'000);
        QUICK();
        // Turned, by rate, filtered, chosen, to the end and back, other pages: all while every row changes every second.
        sortBy(u"Name"_s);
        EXPECT(u"the last is the first"_s, sight.rows(u"Topics"_s).value(0).value(0) == lastName());
        sortBy(u"Messages in"_s);
        sortBy(u"Messages in"_s); // the fastest first
        m_desktop->key(u"slash"_s); // nobody holds the rows now: they change places
        EXPECT(u"its key leads to the filter"_s, sight.focusRole() == u"field"_s);
        qint64 before = messagesInAll(m_desktop->look());
        EXPECT(u"what is sorted by its rate moves"_s, messagesInAll(sight) > before, 60'000);
        QUICK();
        sortBy(u"Name"_s);
        m_desktop->key(u"Home"_s);
        EXPECT(u"the first is in sight"_s, sight.rows(u"Topics"_s).value(0).value(0) == tests::ManyTopics::name(0));
        m_desktop->key(u"F6"_s);
        m_desktop->key(u"End"_s);
        EXPECT(u"the end is in sight"_s, sight.chosen(u"Topics"_s) == lastName());
        m_desktop->key(u"slash"_s);
        EXPECT(u"its key leads to the filter"_s, sight.focusRole() == u"field"_s);
        m_desktop->type(u"shop-42"_s);
        EXPECT(u"the filter finds its topics"_s, sight.count(u"Topics"_s) > 90 && sight.count(u"Topics"_s) < 120);
        m_desktop->key(u"ctrl+a"_s);
        m_desktop->key(u"BackSpace"_s);
        EXPECT(u"all are back"_s, sight.count(u"Topics"_s) == kTopics);
        for (const auto& place : {u"overview"_s, u"messages"_s, u"groups"_s, u"topics"_s})
            goTo(place, place);
        m_desktop->key(u"F6"_s);
        m_desktop->key(u"Home"_s);
        EXPECT(u"the first is in sight"_s, sight.chosen(u"Topics"_s) == tests::ManyTopics::name(0));
        before = messagesInAll(m_desktop->look());
        EXPECT(u"the numbers move"_s, messagesInAll(sight) > before, 60'000);
        // A session that ends closes the window as its button does: it knows where it was.
        QVERIFY2(m_desktop->terminate(), qPrintable(m_desktop->problem()));
        QUICK();
        QFile state(m_desktop->environment().value(u"SAMSA_HOME"_s) + u"/window.json"_s);
        QVERIFY(state.open(QIODevice::ReadOnly));
        QVERIFY2(state.readAll().contains("samsa:local%3Amany/topics"), "the place of the window is not kept");
    }
};

SAMSA_TEST(StoryTest)
#include "story_test.moc"
