#include "models/localcluster/local_cluster_service.h"

#include "tests/support/cluster_home.h"
#include "tests/support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QFileSystemWatcher>
#include <QSignalSpy>
#include <QTest>
#include <csignal>
#include <memory>

using namespace models::localcluster;
using namespace Qt::StringLiterals;
using tests::ClusterHome;

namespace {

/// Collects one answer.
struct Answer {
    bool came = false;
    Outcome outcome;
    Done done() {
        return [this](const Outcome& one) {
            came = true;
            outcome = one;
        };
    }
};

StartOptions options(const QString& name, int brokers) {
    StartOptions options;
    options.name = name;
    options.brokers = brokers;
    return options;
}

} // namespace

#define VERIFY_DONE(answer) \
    QTRY_VERIFY_WITH_TIMEOUT((answer).came, 30'000); \
    QVERIFY2(!(answer).outcome, qPrintable((answer).outcome.value_or(QString())))

class LocalClusterServiceTest : public QObject {
    Q_OBJECT
private slots:
    void aSecureOneHasUsersAndIsLoggedInToByItsFiles() {
        ClusterHome home;
        LocalClusterService service;
        auto secure = options(u"s"_s, 1);
        secure.secure = true;
        Answer started;
        service.start(secure, started.done());
        VERIFY_DONE(started);
        QVERIFY(service.cluster(u"s"_s)->secure);
        QVERIFY(QFileInfo::exists(superUserSettings(u"s"_s)));
        Answer stopped;
        service.stop(u"s"_s, stopped.done());
        VERIFY_DONE(stopped);
    }

    void startKillRestartStop() {
        ClusterHome home;
        LocalClusterService service;
        QVERIFY(service.clusters().isEmpty());
        QList<LocalClusterEvent> events;
        connect(&service, &LocalClusterService::eventHappened, this, [&](const LocalClusterEvent& event) { events.append(event); });

        Answer started;
        service.start(options(u"c"_s, 3), started.done());
        VERIFY_DONE(started);
        auto cluster = service.cluster(u"c"_s);
        QVERIFY(cluster && cluster->up && cluster->serving() && cluster->leased);
        QCOMPARE(cluster->nodes.size(), 3);

        Answer killed;
        service.kill(u"c"_s, 2, killed.done());
        VERIFY_DONE(killed);
        QVERIFY(service.cluster(u"c"_s)->nodes[1].state == NodeState::Killed);
        QTRY_VERIFY(!events.isEmpty() && events.last().kind == LocalClusterEvent::NodeDied);
        QVERIFY(events.last().expected && events.last().node == 2);

        Answer restarted;
        service.restart(u"c"_s, 2, restarted.done());
        VERIFY_DONE(restarted);
        QVERIFY(service.cluster(u"c"_s)->serving());

        Answer paused;
        service.pause(u"c"_s, 1, paused.done());
        VERIFY_DONE(paused);
        QVERIFY(service.cluster(u"c"_s)->nodes[0].state == NodeState::Paused);
        Answer refused;
        service.resume(u"c"_s, 3, refused.done());
        QTRY_VERIFY(refused.came);
        QVERIFY(refused.outcome && refused.outcome->contains(u"not paused"_s));
        Answer resumed;
        service.resume(u"c"_s, 1, resumed.done());
        VERIFY_DONE(resumed);

        Answer added;
        service.addNode(u"c"_s, added.done());
        VERIFY_DONE(added);
        QCOMPARE(service.cluster(u"c"_s)->nodes.size(), 4);
        QVERIFY(service.logTail(u"c"_s, 4).contains(u"fake broker: node 4"_s));

        Answer stopped;
        service.stop(u"c"_s, stopped.done());
        VERIFY_DONE(stopped);
        QTRY_VERIFY(!service.cluster(u"c"_s)->up);
        Answer tooLate;
        service.stop(u"c"_s, tooLate.done());
        QTRY_VERIFY(tooLate.came);
        QVERIFY(tooLate.outcome.has_value());
    }

    void aCrashIsAnEventWithItsLog() {
        ClusterHome home;
        LocalClusterService service;
        Answer started;
        service.start(options(u"c"_s, 1), started.done());
        VERIFY_DONE(started);
        std::unique_ptr<LocalClusterEvent> died;
        connect(&service, &LocalClusterService::eventHappened, this, [&](const LocalClusterEvent& event) {
            if (event.kind == LocalClusterEvent::NodeDied)
                died = std::make_unique<LocalClusterEvent>(event);
        });
        ::kill(static_cast<pid_t>(service.cluster(u"c"_s)->nodes[0].pid), SIGUSR1);
        QTRY_VERIFY(died);
        QVERIFY(!died->expected);
        QCOMPARE(died->reason, u"ended with exit code 42"_s);
        QVERIFY(died->logTail.contains(u"something went badly wrong"_s));
    }

    void aFailedStartAnswersWithTheReason() {
        ClusterHome home;
        LocalClusterService service;
        auto bad = options(u"c"_s, 1);
        bad.settings = {{u"fake.exit"_s, u"3"_s}};
        Answer started;
        service.start(bad, started.done());
        QTRY_VERIFY_WITH_TIMEOUT(started.came, 30'000);
        QVERIFY(started.outcome && started.outcome->contains(u"the setting fake.exit says so"_s));
        QTRY_VERIFY(service.cluster(u"c"_s) && !service.cluster(u"c"_s)->up);
    }

    void whatOthersDoIsSeen() {
        ClusterHome home;
        LocalClusterService window;
        {
            LocalClusterService other;
            Answer started;
            other.start(options(u"c"_s, 1), started.done());
            VERIFY_DONE(started);
            QTRY_VERIFY(window.cluster(u"c"_s) && window.cluster(u"c"_s)->serving());
        }
        // The other window is gone and with it its lease.
        QTRY_VERIFY(!window.cluster(u"c"_s)->up);
    }

    void aFolderThatBecomesAClusterLaterIsSeen() {
        // Who makes a secure cluster makes its keys first: the folder is there for a while before it says anything.
        ClusterHome home;
        {
            LocalClusterService other;
            Answer started;
            other.start(options(u"model"_s, 1), started.done());
            VERIFY_DONE(started);
        }
        LocalClusterService window;
        QTRY_VERIFY(window.cluster(u"model"_s) && !window.cluster(u"model"_s)->up);
        const QString clusters = QFileInfo(window.cluster(u"model"_s)->dataDirectory).absolutePath();
        QFileSystemWatcher same;
        QSignalSpy told(&same, &QFileSystemWatcher::directoryChanged);
        QVERIFY(same.addPath(clusters));
        QVERIFY(QDir(clusters).mkdir(u"late"_s));
        QTRY_VERIFY(!told.isEmpty()); // the window was told as well, and looked
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
        QFile model(clusters + u"/model/cluster.json"_s);
        QVERIFY(model.open(QIODevice::ReadOnly));
        QByteArray said = model.readAll();
        said.replace("\"model\"", "\"late\"");
        QFile late(clusters + u"/late/cluster.json"_s);
        QVERIFY(late.open(QIODevice::WriteOnly) && late.write(said) == said.size());
        late.close();
        QTRY_VERIFY(window.cluster(u"late"_s));
    }

    void keepRunningOutlivesTheWindow() {
        ClusterHome home;
        {
            LocalClusterService window;
            Answer started;
            window.start(options(u"c"_s, 1), started.done());
            VERIFY_DONE(started);
            Answer kept;
            window.keepRunning(u"c"_s, kept.done());
            VERIFY_DONE(kept);
            QVERIFY(!window.cluster(u"c"_s)->leased);
        }
        QVERIFY(broker::cluster::clusterStatus("c")->serving());
        LocalClusterService next;
        QTRY_VERIFY(next.cluster(u"c"_s) && next.cluster(u"c"_s)->serving());
    }

    void anAnswerNeverComesToADeadService() {
        ClusterHome home;
        Answer started;
        {
            LocalClusterService service;
            service.start(options(u"c"_s, 1), started.done());
        }
        QTest::qWait(0);
        QVERIFY(!started.came);
    }
};

SAMSA_TEST(LocalClusterServiceTest)
#include "local_cluster_service_test.moc"
