// Two runs of a session on one history: the second shows what the first one measured, and what happened.
#include "models/metrics/history.h"
#include "models/metrics/metrics_store.h"
#include "models/metrics/past_view.h"
#include "models/session/cluster_session.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::session;
using metrics::PastView;
using metrics::Quantity;
using metrics::Scope;

class RestartTest : public QObject {
    Q_OBJECT
private slots:
    void theSecondRunShowsTheFirst() {
        tests::ProcessCluster cluster(1, 1);
        QVERIFY(cluster.start());
        QCOMPARE(tests::ProcessCluster::run({"kcat", "-P", "-b", cluster.bootstrap(), "-t", "orders"}, "one\ntwo\n").exitCode, 0);
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("history.db"));
        SessionConfig config;
        config.key = QStringLiteral("local:dev");
        config.client.bootstrapServers = QString::fromStdString(cluster.bootstrap());
        config.cadence = Cadence::local();
        const metrics::SeriesKey rate{Quantity::MessagesPerSecond, Scope::Cluster, {}};
        const auto measured = [&rate](const ClusterSession& session) {
            const auto* series = session.metrics()->series(rate);
            return series == nullptr || series->isEmpty() ? 0 : (series->lastMs() - series->firstMs()) / 1000 + 1;
        };
        qint64 firstMs = 0, lastMs = 0;
        {
            ClusterSession session(config);
            session.setHistory(metrics::History::open(path).value());
            session.connectToCluster();
            QTRY_VERIFY_WITH_TIMEOUT(measured(session) >= 4, 30'000);
            Event event;
            event.wallMs = QDateTime::currentMSecsSinceEpoch();
            event.kind = EventKind::BrokerKilled;
            event.broker = 1;
            event.severity = 2;
            event.title = QStringLiteral("broker 1 killed");
            session.events()->add(event);
            firstMs = session.metrics()->series(rate)->firstMs();
            lastMs = session.metrics()->series(rate)->lastMs();
        }
        ClusterSession session(config);
        PastView view(session.metrics());
        session.setHistory(metrics::History::open(path).value());
        session.connectToCluster();
        QTRY_VERIFY_WITH_TIMEOUT(measured(session) >= 1, 30'000);
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        QTRY_VERIFY_WITH_TIMEOUT(
            (view.want({rate}, now - 300'000, now, 300), !view.cut(rate, firstMs - 1000, lastMs + 1000, 60).isEmpty()), 20'000);
        QVERIFY(session.metrics()->series(rate)->firstMs() > lastMs); // it is not of this run
        QTRY_VERIFY_WITH_TIMEOUT(!session.events()->events().isEmpty() && session.events()->events().first().title == QStringLiteral("broker 1 killed"), 20'000);
        QCOMPARE(view.marks(firstMs, now).size(), 1);
    }
};

SAMSA_TEST(RestartTest)
#include "restart_test.moc"
