// Settings of all brokers and of one, on a cluster of three: planned, applied, seen where they should be and nowhere else, and taken back.
#include "models/audit/audit_log.h"
#include "models/changes/change_service.h"
#include "models/client/config_scope.h"
#include "models/session/cluster_session.h"
#include "models/store/database.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::client;
using Op = ConfigChange::Op;

namespace {
constexpr int kWaitMs = 60'000;
const QString kName = QStringLiteral("log.cleaner.backoff.ms");
} // namespace

class SettingsTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_home;
    std::unique_ptr<tests::ProcessCluster> m_cluster;
    std::shared_ptr<store::Database> m_database;
    std::unique_ptr<audit::AuditLog> m_audit;
    std::unique_ptr<session::ClusterSession> m_session;
    std::unique_ptr<changes::ChangeService> m_changes;

    Result<changes::Plan> planned(const changes::Change& change) {
        std::optional<Result<changes::Plan>> made;
        m_changes->plan(change, this, [&](const Result<changes::Plan>& plan) { made = plan; });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(made.has_value(), kWaitMs); }();
        return made ? *made : fail(ErrorCode::TimedOut, {}, QStringLiteral("no plan came"));
    }
    Result<changes::Applied> applied(const changes::Plan& plan) {
        std::optional<Result<changes::Applied>> outcome;
        m_changes->apply(plan, this, [&](const Result<changes::Applied>& one) { outcome = one; });
        [&] { QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), kWaitMs); }();
        return outcome ? *outcome : fail(ErrorCode::TimedOut, {}, QStringLiteral("no outcome came"));
    }
    /// As one broker says it now.
    ConfigEntry ask(int broker, const QString& name = kName) {
        const auto entries = m_session->handle()->describeConfigs({ResourceKind::Broker, QString::number(broker)}).result();
        for (const auto& entry : entries.value_or(QList<ConfigEntry>()))
            if (entry.name == name)
                return entry;
        return {};
    }

private slots:
    void initTestCase() {
        m_cluster = std::make_unique<tests::ProcessCluster>(3, 3);
        QVERIFY2(m_cluster->start(), m_cluster->logs().c_str());
        auto database = store::Database::open(m_home.filePath(QStringLiteral("samsa.db")));
        QVERIFY(database);
        m_database = *database;
        m_audit = std::make_unique<audit::AuditLog>(m_database);
        session::SessionConfig settings;
        settings.key = settings.name = QStringLiteral("here");
        settings.client = {QString::fromStdString(m_cluster->bootstrap()), {}, {}};
        m_session = std::make_unique<session::ClusterSession>(settings);
        m_changes = std::make_unique<changes::ChangeService>(changes::targetOf(m_session.get()), m_audit.get());
        m_session->connectToCluster();
        QTRY_COMPARE_WITH_TIMEOUT(m_session->state(), session::SessionState::Connected, kWaitMs);
    }

    void cleanupTestCase() {
        m_changes.reset();
        m_session.reset();
        m_audit.reset();
        m_database.reset();
        m_cluster.reset();
    }

    void allBrokersAtOnceAndBack() {
        const auto before = ask(1);
        QVERIFY(!before.name.isEmpty() && !before.readOnly);
        const auto plan = planned(changes::AlterConfig{allBrokers(), {{Op::Set, kName, QStringLiteral("4321")}}});
        QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
        QVERIFY2(plan->command.contains(QStringLiteral("--entity-type brokers --entity-default --add-config log.cleaner.backoff.ms=4321")), qPrintable(plan->command));
        QVERIFY(plan->safety != changes::Safety::Safe);
        QVERIFY(plan->undo != nullptr);
        const auto outcome = applied(*plan);
        QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().toString()));
        QVERIFY2(outcome->seen, qPrintable(outcome->verified));
        for (const int broker : {1, 2, 3}) {
            QTRY_COMPARE_WITH_TIMEOUT(ask(broker).value, std::optional(QStringLiteral("4321")), kWaitMs);
            QCOMPARE(ask(broker).source, ConfigSource::DynamicDefaultBroker);
        }
        // One has its own, which goes before; what all have stands behind it.
        const ConfigResource second{ResourceKind::Broker, QStringLiteral("2")};
        const auto own = planned(changes::AlterConfig{second, {{Op::Set, kName, QStringLiteral("999")}}});
        QVERIFY2(own, own ? "" : qPrintable(own.error().toString()));
        QVERIFY2(applied(*own), "broker 2");
        QTRY_COMPARE_WITH_TIMEOUT(ask(2).value, std::optional(QStringLiteral("999")), kWaitMs);
        QCOMPARE(ask(1).value, std::optional(QStringLiteral("4321")));
        QCOMPARE(valueWithout(second, ask(2)), std::optional(QStringLiteral("4321")));
        const auto shared = sharedByBrokers({ask(2)});
        QCOMPARE(shared[0].value, std::optional(QStringLiteral("4321")));

        // Undo of both leaves nothing behind.
        for (const auto* done : {&*own, &*plan}) {
            const auto back = planned(*done->undo);
            QVERIFY2(back, back ? "" : qPrintable(back.error().toString()));
            const auto undone = applied(*back);
            QVERIFY2(undone && undone->seen, undone ? qPrintable(undone->verified) : qPrintable(undone.error().toString()));
        }
        for (const int broker : {1, 2, 3}) {
            QTRY_COMPARE_WITH_TIMEOUT(ask(broker).value, before.value, kWaitMs);
            QCOMPARE(ask(broker).source, before.source);
        }
    }

    void whatCannotBeChangedIsRefusedBefore() {
        const auto readOnly = planned(changes::AlterConfig{allBrokers(), {{Op::Set, QStringLiteral("process.roles"), QStringLiteral("broker")}}});
        QVERIFY(!readOnly);
        QVERIFY(readOnly.error().code == ErrorCode::Refused);
        const auto unknown = planned(changes::AlterConfig{allBrokers(), {{Op::Set, QStringLiteral("no.such.setting"), QStringLiteral("1")}}});
        QVERIFY(!unknown);
        // The broker judges values: what it says is told, and nothing has changed.
        const auto nonsense = planned(changes::AlterConfig{allBrokers(), {{Op::Set, kName, QStringLiteral("not a number")}}});
        QVERIFY(nonsense);
        const auto refused = applied(*nonsense);
        QVERIFY(!refused);
        QVERIFY2(!refused.error().why.isEmpty(), "a reason");
        QCOMPARE(ask(1).source, ask(3).source);
        QVERIFY(ask(1).value != std::optional(QStringLiteral("not a number")));
    }
};

SAMSA_TEST(SettingsTest)
#include "settings_test.moc"
