// Connecting to what is not there: the reason comes soon, and leaving never waits.
#include "models/client/cluster_handle.h"
#include "models/session/cluster_session.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace models;
using namespace models::session;

class ConnectTest : public QObject {
    Q_OBJECT
private slots:
    void aRefusedConnectSaysSo() {
        quint16 port = 0;
        {
            QTcpServer server; // a port that nobody listens on
            QVERIFY(server.listen(QHostAddress::LocalHost));
            port = server.serverPort();
        }
        SessionConfig config;
        config.client.bootstrapServers = QStringLiteral("127.0.0.1:%1").arg(port);
        ClusterSession session(config);
        session.connectToCluster();
        QTRY_COMPARE_WITH_TIMEOUT(static_cast<int>(session.state()), static_cast<int>(SessionState::Failed), 10'000);
        QVERIFY2(session.stateError().why.contains(QStringLiteral("refused"), Qt::CaseInsensitive), qPrintable(session.stateError().toString()));
        QVERIFY(session.stateError().code == ErrorCode::Unreachable);
    }

    void leavingASilentBrokerIsQuick() {
        QTcpServer silent; // takes connections and never answers
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        QElapsedTimer timer;
        {
            SessionConfig config;
            config.client.bootstrapServers = QStringLiteral("127.0.0.1:%1").arg(silent.serverPort());
            ClusterSession session(config);
            session.connectToCluster();
            QTRY_VERIFY_WITH_TIMEOUT(silent.hasPendingConnections(), 10'000);
            timer.start();
        }
        QVERIFY2(timer.elapsed() < 500, "closing a session waits for nobody");
        auto handle = client::ClusterHandle::open({QStringLiteral("127.0.0.1:%1").arg(silent.serverPort()), {}, {}}).value();
        auto answer = handle->metadata();
        auto other = handle->describeCluster();
        handle->close();
        QVERIFY(answer.isFinished() && other.isFinished());
        QVERIFY(answer.result().error().code == ErrorCode::Cancelled);
        QVERIFY(handle->listGroups().result().error().code == ErrorCode::Cancelled);
    }

    void badSettingsFailAtOnce() {
        SessionConfig config;
        config.client.bootstrapServers = QStringLiteral("a:1");
        config.client.properties[QStringLiteral("no.such.property")] = QStringLiteral("1");
        ClusterSession session(config);
        session.connectToCluster();
        QVERIFY(session.state() == SessionState::Failed);
        QVERIFY(session.stateError().code == ErrorCode::Invalid);
        QVERIFY(session.handle() == nullptr);
    }
};

SAMSA_TEST(ConnectTest)
#include "connect_test.moc"
