// A cluster elsewhere, by keyboard alone, in the real program under a window manager: it is connected by pasted client settings and tested step by step; then
// topics, settings, messages, an import, a search and what it found sent again, the compaction picture, offsets, rules and users, each with plan and apply.
//
// By itself it brings a secure cluster of three brokers. SAMSA_STORY_CLUSTER names another one: the file that `samsa cluster up --json` wrote; so the same story
// is told on Apache Kafka, with and without SASL_SSL and ACLs (tests/compatibility/run). "clientSettings" in it are lines that say how to log in, instead of its users.
#include "tests/app/story.h"
#include "tests/support/command.h"
#include "tests/support/demo_lines.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QScopeGuard>

using namespace Qt::StringLiterals;
using tests::RealDesktop;
using tests::Sight;

namespace {

constexpr int kImported = 200;
constexpr int kLong = 3000; ///< lines of the import in whose middle the window dies
constexpr int kFound = 111; ///< of the keys k-0 to k-199, those that hold "k-1"

} // namespace

class RemoteStoryTest : public QObject, tests::StoryHands {
    Q_OBJECT
    QJsonObject m_cluster;
    QString m_settings; ///< as a client.properties
    [[nodiscard]] bool secure() const { return m_cluster.contains(u"caFile"_s); }
    /// A ticket of Kerberos needs none.
    [[nodiscard]] bool hasSecret() const { return m_settings.contains(u"sasl.password="_s) || m_settings.contains(u"client.secret="_s); }

    QByteArray samsa(const QStringList& arguments, const QString& home = {}) {
        auto environment = m_desktop->environment();
        if (!home.isEmpty())
            environment.insert(u"SAMSA_HOME"_s, home);
        const auto outcome = tests::run(QStringLiteral(SAMSA_TEST_PROGRAM), arguments, {}, environment);
        if (outcome.code != 0)
            qWarning("samsa %s: %s", qPrintable(arguments.join(u' ')), outcome.err.constData());
        return outcome.out;
    }
    [[nodiscard]] QString elsewhere() const { return m_desktop->home() + u"/elsewhere"_s; }

    void bringCluster() {
        if (const QString given = qEnvironmentVariable("SAMSA_STORY_CLUSTER"); !given.isEmpty()) {
            QFile file(given);
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(given));
            m_cluster = QJsonDocument::fromJson(file.readAll()).object();
        } else {
            m_cluster = QJsonDocument::fromJson(samsa({u"cluster"_s, u"up"_s, u"far"_s, u"--secure"_s, u"--brokers"_s, u"3"_s, u"--json"_s}, elsewhere())).object();
        }
        const QString servers = m_cluster[u"bootstrapServers"_s].toString();
        QVERIFY(!servers.isEmpty());
        m_settings = u"bootstrap.servers=%1\n"_s.arg(servers);
        if (const QString login = m_cluster[u"clientSettings"_s].toString(); !login.isEmpty()) {
            m_settings += login;
        } else if (secure()) {
            const auto user = m_cluster[u"users"_s][0].toObject();
            m_settings += u"security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=%1\nsasl.password=%2\nssl.ca.location=%3\n"_s.arg(
                user[u"name"_s].toString(), user[u"password"_s].toString(), m_cluster[u"caFile"_s].toString());
        }
    }
    /// Two groups that have read something and are gone, and topics to be seen.
    void bringReaders() {
        const QString file = m_desktop->home() + u"/client.properties"_s;
        QFile settings(file);
        QVERIFY(settings.open(QIODevice::WriteOnly));
        QString mine = m_settings;
        settings.write(mine.replace(u"sasl.mechanism="_s, u"sasl.mechanisms="_s).toUtf8());
        settings.close();
        QProcess demo;
        demo.setProcessEnvironment(m_desktop->environment());
        demo.start(QStringLiteral(SAMSA_TEST_PROGRAM), {u"demo"_s, u"-b"_s, m_cluster[u"bootstrapServers"_s].toString(), u"-F"_s, file, u"--rate"_s, u"300"_s, u"--json"_s});
        QJsonObject last;
        QVERIFY2(tests::readUntil(demo, last, [](const QJsonObject& line) {
            const QJsonObject consumed = line[u"consumed"_s].toObject();
            return line[u"elapsedMs"_s].toInteger() > 5000 && consumed[u"billing"_s].toInteger() > 100 && consumed[u"warehouse"_s].toInteger() > 100;
        }), demo.readAllStandardError().constData());
        demo.terminate();
        QVERIFY(demo.waitForFinished(60'000));
    }

    void connects() {
        m_desktop->copy(m_settings);
        m_desktop->key(u"ctrl+shift+n"_s);
        EXPECT(u"the form is open"_s, sight.over() == u"Add a connection"_s);
        tabTo(u"Paste"_s);
        m_desktop->key(u"space"_s);
        EXPECT(u"the form took the settings"_s, sight.find(u"field"_s, u"^Servers$"_s)[u"value"_s].toString() == m_cluster[u"bootstrapServers"_s].toString());
        fill(u"Name"_s, u"far away"_s);
        tabTo(u"Test"_s);
        m_desktop->key(u"space"_s);
        EXPECT(u"each step of the test passes"_s, sight.says(u"^All is well: 3 brokers"_s), 60'000);
        tabTo(u"Connect"_s);
        m_desktop->key(u"space"_s);
        if (hasSecret()) {
            EXPECT(u"its password wants a vault"_s, sight.over() == u"A vault for passwords"_s);
            fill(u"Master password"_s, u"a few long words"_s);
            fill(u"Once more"_s, u"a few long words"_s);
            m_desktop->key(u"Return"_s);
        }
        EXPECT(u"it is connected"_s, sight.over().isEmpty() && sight.says(u"^all is well: 3 brokers"_s), 60'000);
        QUICK();
    }

    void topics() {
        goTo(u"topics"_s, u"topics"_s);
        EXPECT(u"its topics are listed"_s, !sight.row(u"Topics"_s, u"orders"_s).isEmpty(), 30'000);
        createTopic(u"letters-again"_s);
        createTopic(u"letters"_s);
        m_desktop->key(u"Return"_s);
        EXPECT(u"its page is open"_s, sight.place().contains(u"topics/letters"_s) && sight.count(u"Settings"_s) > 0, 30'000);
        giveSetting(u"retention.ms"_s, u"3 h"_s);
        approve(u"Change settings"_s);
        EXPECT(u"the setting is what was typed"_s, sight.row(u"Settings"_s, u"retention.ms"_s).join(u' ').contains(u"10800000"_s), 30'000);
        QUICK();
    }

    void messages() {
        m_desktop->key(u"ctrl+m"_s);
        EXPECT(u"the page of messages is open"_s, sight.place().contains(u"messages/letters"_s));
        act(u"send or replay"_s, {});
        sendMessage(u"letters"_s, u"{\"greeting\":\"hello\"}"_s);

        takeLast({u"a range of this topic"_s, u"the chosen messages"_s, u"the messages of a file"_s});
        fill(u"File"_s, letters(u"few"_s, kImported));
        m_desktop->key(u"ctrl+shift+r"_s);
        approve(u"Import"_s);
        EXPECT(u"every line arrived"_s, sight.says(u"^%1 messages arrived"_s.arg(kImported)) && sight.says(u"Each arrived once|None is missing"_s), 60'000);
        QUICK();
    }

    /// A file of so many messages with keys k-0 and on; the header "source" is its name.
    QString letters(const QString& name, int count) {
        QFile file(m_desktop->home() + u'/' + name + u".ndjson"_s);
        if (!file.exists() && file.open(QIODevice::WriteOnly))
            for (int i = 0; i < count; ++i)
                file.write(QStringLiteral("{\"key\":\"k-%1\",\"value\":{\"n\":%1},\"headers\":[{\"key\":\"source\",\"value\":\"%2\"}]}\n").arg(i).arg(name).toUtf8());
        return file.fileName();
    }

    void foundAndSentAgain() {
        goTo(u"topic letters"_s, u"topics/letters"_s);
        m_desktop->key(u"ctrl+m"_s);
        EXPECT(u"the page of messages is open"_s, sight.place().contains(u"messages/letters"_s));
        m_desktop->key(u"F5"_s); // it was open before the import: what came since is announced, and read when one asks
        EXPECT(u"all are listed"_s, sight.find(u"table"_s, u"^Messages"_s)[u"count"_s].toInt() == kImported + 1, 30'000);
        m_desktop->key(u"ctrl+f"_s);
        EXPECT(u"the search field has the keyboard"_s, sight.focusRole() == u"field"_s);
        m_desktop->type(u"k-1"_s);
        m_desktop->key(u"ctrl+Return"_s);
        EXPECT(u"what matches is found"_s, sight.find(u"table"_s, u"ound"_s)[u"count"_s].toInt() == kFound, 60'000);
        m_desktop->key(u"ctrl+r"_s);
        EXPECT(u"they are chosen on the page that sends"_s, sight.place().contains(u"send/letters"_s) && !sight.find(u"choice"_s, u"^the chosen messages$"_s).isEmpty());
        fill(u"To topic"_s, u"letters-again"_s);
        m_desktop->key(u"ctrl+shift+r"_s);
        approve(u"Replay letters to letters-again"_s);
        EXPECT(u"each of them arrived"_s, sight.says(u"^%1 messages arrived"_s.arg(kFound)), 60'000);
        goTo(u"topic letters-again"_s, u"topics/letters-again"_s);
        m_desktop->key(u"ctrl+m"_s);
        EXPECT(u"and is read there"_s, sight.find(u"table"_s, u"^Messages"_s)[u"count"_s].toInt() == kFound, 30'000);
        QUICK();
    }

    void compaction() {
        goTo(u"topic letters"_s, u"topics/letters"_s);
        m_desktop->key(u"ctrl+shift+o"_s);
        EXPECT(u"its compaction page is open"_s, sight.place().contains(u"compaction/letters"_s));
        m_desktop->key(u"F5"_s);
        EXPECT(u"it is measured"_s, sight.says(u"keys and sizes are measured"_s) && sight.count(u"What cleaning would do, by partition"_s) > 0, 60'000);
        giveSetting(u"min.cleanable.dirty.ratio"_s, u"0.01"_s);
        EXPECT(u"the change waits, and what it would do is said"_s, sight.over().isEmpty() && sight.says(u"^1 change"_s));
        m_desktop->key(u"ctrl+s"_s);
        approve(u"Change settings of letters"_s);
        EXPECT(u"it is set"_s, sight.row(u"Settings"_s, u"min.cleanable.dirty.ratio"_s).join(u' ').contains(u"0.01"_s) && !sight.says(u"^1 change"_s), 30'000);
        QUICK();
    }

    void offsets() {
        goTo(u"groups"_s, u"groups"_s);
        const auto lag = [](const Sight& sight) { return sight.row(u"Consumer groups"_s, u"billing"_s).value(4); };
        EXPECT(u"the groups are listed"_s, lag(sight).contains(QRegularExpression(u"^[\\d,]+$"_s)), 30'000);
        const QString before = lag(m_desktop->look()); // its members are gone, and nobody writes any more
        m_desktop->key(u"F6"_s);
        EXPECT(u"the list has the keyboard"_s, sight.focusRole() == u"table"_s);
        m_desktop->key(u"Home"_s);
        pressUntil(u"Down"_s, u"billing"_s, [](const Sight& sight) { return sight.chosen(u"Consumer groups"_s); });
        m_desktop->key(u"ctrl+shift+r"_s);
        EXPECT(u"the form is open, and nobody reads any more"_s, sight.over() == u"Reset offsets"_s && sight.find(u"button"_s, u"^Show the plan$"_s)[u"enabled"_s].toBool(true), 60'000);
        m_desktop->key(u"Return"_s);
        approve(u"Reset offsets of billing"_s);
        EXPECT(u"the group begins anew"_s, sight.says(u"^Reset offsets of billing"_s) && lag(sight) != before, 30'000);
        m_desktop->key(u"ctrl+z"_s);
        approve(u"Reset offsets of billing"_s);
        EXPECT(u"it is where it was"_s, lag(sight) == before, 30'000);
        QUICK();
    }

    void rulesAndUsers() {
        goTo(u"access"_s, u"access"_s);
        if (!secure()) {
            EXPECT(u"it is said that the cluster has no rules"_s, sight.says(u"^no authorizer$"_s) && sight.says(u"has no authorizer$"_s), 30'000);
            return;
        }
        EXPECT(u"the rules are known"_s, sight.says(u"^\\d+ rules?$"_s), 30'000);
        m_desktop->key(u"ctrl+n"_s);
        EXPECT(u"the form is open"_s, sight.over() == u"Add rule"_s);
        fill(u"Principal"_s, u"User:carol"_s);
        fill(u"Name of the resource"_s, u"letters"_s);
        tabTo(u"Describe"_s);
        EXPECT(u"reading is what is offered"_s, sight.find(u"check"_s, u"^Read$"_s)[u"checked"_s].toBool());
        m_desktop->key(u"space"_s);
        EXPECT(u"another operation is chosen"_s, sight.find(u"check"_s, u"^Describe$"_s)[u"checked"_s].toBool());
        m_desktop->key(u"Return"_s);
        approve(u"Add rules for"_s);
        EXPECT(u"the rule stands in the list"_s, !sight.row(u"Rules"_s, u"User:carol"_s).isEmpty(), 30'000);
        m_desktop->key(u"ctrl+u"_s);
        EXPECT(u"the form is open"_s, sight.over() == u"Add user"_s);
        fill(u"User"_s, u"carol"_s);
        fill(u"Password"_s, u"carol-secret-1"_s);
        fill(u"Password again"_s, u"carol-secret-1"_s);
        m_desktop->key(u"Return"_s);
        approve(u"Add user carol"_s);
        QCOMPARE(foundBy(u"carol"_s, u"carol-secret-1"_s), QByteArray::number(kFound));
        QUICK();
    }

    /// By the rule that was added it reads this topic.
    QByteArray foundBy(const QString& user, const QString& password) {
        QString mine = m_settings;
        mine.replace(QRegularExpression(u"sasl\\.username=.*"_s), u"sasl.username="_s + user).replace(QRegularExpression(u"sasl\\.password=.*"_s), u"sasl.password="_s + password);
        QFile file(m_desktop->home() + u"/theirs.properties"_s);
        if (file.open(QIODevice::WriteOnly))
            file.write(mine.toUtf8());
        file.close();
        return samsa({u"search"_s, u"-q"_s, u"-b"_s, m_cluster[u"bootstrapServers"_s].toString(), u"-F"_s, file.fileName(), u"-t"_s, u"letters"_s, u"--text"_s, u"k-1"_s, u"--count"_s}).trimmed();
    }

    void askImport(const QString& rate) {
        goTo(u"topic letters"_s, u"topics/letters"_s);
        m_desktop->key(u"ctrl+m"_s);
        EXPECT(u"the page of messages is open"_s, sight.place().contains(u"messages/letters"_s));
        act(u"send or replay"_s, {});
        EXPECT(u"the page that sends is open"_s, sight.place().contains(u"send/letters"_s));
        takeLast({u"a range of this topic"_s, u"the chosen messages"_s, u"the messages of a file"_s});
        fill(u"File"_s, letters(u"many"_s, kLong));
        fill(u"To topic"_s, u"letters-again"_s);
        fill(u"Messages a second"_s, rate);
        m_desktop->key(u"ctrl+shift+r"_s);
        approve(u"Import"_s);
    }

    /// How many have arrived, as the line under the bar says it; -1 = it does not.
    static int arrived(const Sight& sight) {
        static const QRegularExpression line(u"^([\\d,]+) messages arrived"_s);
        const auto nodes = sight.all[u"nodes"_s].toArray();
        for (const auto& node : nodes)
            if (const auto found = line.match(node[u"name"_s].toString()); found.hasMatch())
                return found.captured(1).remove(u',').toInt();
        return -1;
    }

    void theWindowDiesInAnImport() {
        askImport(u"600"_s);
        EXPECT(u"a part has arrived"_s, arrived(sight) >= 500, 60'000);
        m_desktop->kill();
        QVERIFY2(m_desktop->start({}), qPrintable(m_desktop->problem()));
        if (hasSecret()) {
            EXPECT(u"it is said that the vault is locked"_s, sight.says(u"keeps its secrets in the vault, which is locked"_s));
            m_desktop->key(u"ctrl+shift+v"_s);
            EXPECT(u"its password is asked for"_s, sight.over() == u"Unlock the vault"_s);
            m_desktop->type(u"a few long words"_s);
            m_desktop->key(u"Return"_s);
            EXPECT(u"it is open"_s, sight.over().isEmpty(), 30'000);
        }
        goTo(u"overview"_s, u"overview"_s);
        EXPECT(u"it is connected again"_s, sight.says(u"^all is well: 3 brokers"_s), 60'000);
        askImport(u"0"_s);
        EXPECT(u"the rest has arrived"_s, sight.says(u"^[\\d,]+ messages arrived.*(Each arrived once|None is missing)"_s), 60'000);
        const bool once = m_desktop->look().says(u"Each arrived once"_s);
        QFile mine(m_desktop->home() + u"/mine.properties"_s);
        QVERIFY(mine.open(QIODevice::WriteOnly));
        mine.write(m_settings.toUtf8());
        mine.close();
        const int there = samsa({u"search"_s, u"-q"_s, u"-b"_s, m_cluster[u"bootstrapServers"_s].toString(), u"-F"_s, mine.fileName(), u"-t"_s, u"letters-again"_s, u"--where"_s,
                              u"headers.source == \"many\""_s, u"--committed"_s, u"--count"_s}).trimmed().toInt();
        QVERIFY2(there >= kLong, qPrintable(QString::number(there)));
        if (once)
            QCOMPARE(there, kLong);
        QUICK();
    }

    void theTopicsGo() {
        for (const QString& topic : {u"letters-again"_s, u"letters"_s}) {
            goTo(u"topic "_s + topic, u"topics/"_s + topic);
            deleteTopic(topic);
        }
        QUICK();
    }

private slots:
    void init() {
        m_desktop = std::make_unique<RealDesktop>(QStringLiteral(SAMSA_TEST_PROGRAM));
        QVERIFY2(m_desktop->problem().isEmpty(), qPrintable(m_desktop->problem()));
    }
    void cleanup() { m_desktop.reset(); }

    void aClusterElsewhere() {
        const auto down = qScopeGuard([this] {
            if (!qEnvironmentVariableIsSet("SAMSA_STORY_CLUSTER"))
                samsa({u"cluster"_s, u"down"_s, u"far"_s}, elsewhere());
        });
        bringCluster();
        if (!QTest::currentTestFailed())
            bringReaders();
        if (QTest::currentTestFailed())
            return;
        QVERIFY2(m_desktop->start({}), qPrintable(m_desktop->problem()));
        tell<RemoteStoryTest>(this, {
            {"it is tested and connected", &RemoteStoryTest::connects},
            {"topics", &RemoteStoryTest::topics},
            {"messages", &RemoteStoryTest::messages},
            {"found and sent again", &RemoteStoryTest::foundAndSentAgain},
            {"compaction", &RemoteStoryTest::compaction},
            {"offsets", &RemoteStoryTest::offsets},
            {"rules and users", &RemoteStoryTest::rulesAndUsers},
            {"the window dies in an import", &RemoteStoryTest::theWindowDiesInAnImport},
            {"the topics go", &RemoteStoryTest::theTopicsGo}});
        if (QTest::currentTestFailed())
            return;
        QVERIFY2(m_desktop->quit(), qPrintable(m_desktop->problem()));
        QUICK();
    }
};

SAMSA_TEST(RemoteStoryTest)
#include "remote_story_test.moc"
