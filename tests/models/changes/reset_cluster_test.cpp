// Offsets of a real group on a real broker: refused while somebody reads, set, and back again. SAMSA_TEST_SERVERS names another, empty cluster to do it on,
// SAMSA_TEST_PROPERTIES a file of settings for it (as kcat -F): Apache Kafka answers the same, and so does a cluster with TLS and logins.
#include "models/changes/change_service.h"
#include "models/client/properties_file.h"
#include "models/session/cluster_session.h"
#include "models/store/database.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::changes;
using client::TopicPartition;
using To = ResetOffsets::To;

class ResetClusterTest : public QObject {
    Q_OBJECT
    static constexpr int kMessages = 30; ///< in each of three partitions
    std::unique_ptr<tests::ProcessCluster> m_cluster;
    QString m_servers;
    QString m_properties;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<session::ClusterSession> m_session;
    std::unique_ptr<audit::AuditLog> m_audit;
    std::unique_ptr<ChangeService> m_service;

    template <class T>
    static Result<T> waited(const std::function<void(std::function<void(Result<T>)>)>& ask, QObject*) {
        std::optional<Result<T>> answer;
        ask([&answer](Result<T> result) { answer = std::move(result); });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 30'000))
            return fail(ErrorCode::TimedOut, {}, QStringLiteral("no answer"));
        return *answer;
    }
    Result<Plan> planned(const Change& change) {
        return waited<Plan>([&](auto deliver) { m_service->plan(change, this, deliver); }, this);
    }
    Result<Applied> applied(const Plan& plan) {
        return waited<Applied>([&](auto deliver) { m_service->apply(plan, this, deliver); }, this);
    }
    QMap<int, qint64> committed() {
        QMap<int, qint64> all;
        auto offsets = m_session->handle()->committedOffsets(QStringLiteral("billing")).result();
        for (const auto& offset : offsets.value_or(QList<client::CommittedOffset>()))
            if (offset.offset >= 0)
                all.insert(offset.partition.partition, offset.offset);
        return all;
    }
    std::vector<std::string> withSettings(std::vector<std::string> command) const {
        if (!m_properties.isEmpty())
            command.insert(command.begin() + 1, {"-F", m_properties.toStdString()});
        return command;
    }
    QStringList reader() const {
        QStringList arguments;
        if (!m_properties.isEmpty())
            arguments = {QStringLiteral("-F"), m_properties};
        return arguments + QStringList{QStringLiteral("-q"), QStringLiteral("-b"), m_servers, QStringLiteral("-X"), QStringLiteral("auto.offset.reset=earliest"), QStringLiteral("-X"),
            QStringLiteral("session.timeout.ms=6000"), QStringLiteral("-G"), QStringLiteral("billing"), QStringLiteral("orders")};
    }

private slots:
    void initTestCase() {
        m_servers = qEnvironmentVariable("SAMSA_TEST_SERVERS");
        if (m_servers.isEmpty()) {
            m_cluster = std::make_unique<tests::ProcessCluster>(1, 1);
            QVERIFY(m_cluster->start());
            m_servers = QString::fromStdString(m_cluster->bootstrap());
        }
        m_dir = std::make_unique<QTemporaryDir>();
        m_audit = std::make_unique<audit::AuditLog>(store::Database::open(m_dir->filePath(QStringLiteral("t.db"))).value());
        session::SessionConfig config;
        config.key = QStringLiteral("c-1");
        config.name = QStringLiteral("dev");
        if (m_properties = qEnvironmentVariable("SAMSA_TEST_PROPERTIES"); !m_properties.isEmpty())
            config.client = client::readPropertiesFile(m_properties).value();
        config.client.bootstrapServers = m_servers;
        config.cadence = session::Cadence::local();
        m_session = std::make_unique<session::ClusterSession>(config);
        m_session->connectToCluster();
        QTRY_VERIFY_WITH_TIMEOUT(m_session->state() == session::SessionState::Connected, 20'000);
        m_service = std::make_unique<ChangeService>(targetOf(m_session.get()), m_audit.get());
        const auto made = planned(CreateTopic{{QStringLiteral("orders"), 3, 1, {}}});
        QVERIFY(made.has_value() && applied(*made).has_value());
        std::string lines;
        for (int i = 0; i < kMessages; ++i)
            lines += "message\n";
        for (const char* partition : {"0", "1", "2"})
            QCOMPARE(tests::ProcessCluster::run(withSettings({"kcat", "-P", "-b", m_servers.toStdString(), "-t", "orders", "-p", partition}), lines).exitCode, 0);
        // A group that has read everything and gone.
        QProcess process;
        process.start(QStringLiteral("kcat"), reader() + QStringList{QStringLiteral("-e")});
        QVERIFY(process.waitForFinished(60'000) && process.exitCode() == 0);
        QTRY_COMPARE_WITH_TIMEOUT(committed().size(), 3, 20'000);
    }
    void cleanupTestCase() {
        m_service.reset();
        m_session.reset();
        m_audit.reset();
        m_cluster.reset();
    }

    void setsAndUndoes() {
        const auto before = committed();
        QCOMPARE(before.value(0), kMessages);
        auto plan = planned(ResetOffsets{QStringLiteral("billing"), To::Shift, -10, {}, {}, {}});
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QCOMPARE(plan->lines.size(), 3);
        auto done = applied(*plan);
        QVERIFY2(done.has_value(), done ? "" : qPrintable(done.error().toString()));
        QVERIFY2(done->seen, qPrintable(done->verified));
        QCOMPARE(committed(), (QMap<int, qint64>{{0, kMessages - 10}, {1, kMessages - 10}, {2, kMessages - 10}}));
        QCOMPARE(m_audit->newest({}, 1).result()->first().kind, QStringLiteral("ResetOffsets"));
        // The session sees how far it is behind now, and since when at least.
        QTRY_VERIFY_WITH_TIMEOUT(m_session->groups() && m_session->groups()->find(QStringLiteral("billing")) && m_session->groups()->find(QStringLiteral("billing"))->lag == 30, 20'000);
        const auto* group = m_session->groups()->find(QStringLiteral("billing"));
        QVERIFY(group->unreadSinceMs > 0);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->topics()->bytes > 0, 20'000); // our own connections ask, whatever the security
        // One partition only, and by time; then everything back, step by step.
        const auto first = planned(ResetOffsets{QStringLiteral("billing"), To::Earliest, 0, {}, {{QStringLiteral("orders"), 1}}, {}});
        QVERIFY(first.has_value() && applied(*first).has_value());
        QCOMPARE(committed().value(1), 0);
        QCOMPARE(committed().value(0), kMessages - 10);
        const auto back = planned(*first->undo);
        QVERIFY(back.has_value() && applied(*back)->seen);
        const auto allBack = planned(*plan->undo);
        QVERIFY(allBack.has_value() && applied(*allBack)->seen);
        QCOMPARE(committed(), before);
    }

    void undoForgetsWhatWasNotThere() {
        const auto made = planned(CreateTopic{{QStringLiteral("fresh"), 2, 1, {}}});
        QVERIFY(made.has_value() && applied(*made).has_value());
        const auto plan = planned(ResetOffsets{QStringLiteral("billing"), To::Earliest, 0, QStringLiteral("fresh"), {}, {}});
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QVERIFY(applied(*plan)->seen);
        const auto count = [this] {
            auto offsets = m_session->handle()->committedOffsets(QStringLiteral("billing")).result();
            return std::count_if(offsets->begin(), offsets->end(), [](const auto& offset) { return offset.partition.topic == QStringLiteral("fresh") && offset.offset >= 0; });
        };
        QCOMPARE(count(), 2);
        const auto undo = planned(*plan->undo);
        QVERIFY2(undo.has_value(), undo ? "" : qPrintable(undo.error().toString()));
        const auto undone = applied(*undo);
        QVERIFY2(undone.has_value() && undone->seen, undone ? qPrintable(undone->verified) : qPrintable(undone.error().toString()));
        QCOMPARE(count(), 0);
    }

    void refusesWhileSomebodyReads() {
        const auto early = planned(ResetOffsets{QStringLiteral("billing"), To::Earliest, 0, {}, {}, {}});
        QVERIFY(early.has_value());
        QProcess process;
        process.start(QStringLiteral("kcat"), reader());
        QVERIFY(process.waitForStarted(10'000));
        QTRY_VERIFY_WITH_TIMEOUT(m_session->groups() && m_session->groups()->find(QStringLiteral("billing")) && !m_session->groups()->find(QStringLiteral("billing"))->members.isEmpty(), 30'000);
        const auto plan = planned(ResetOffsets{QStringLiteral("billing"), To::Earliest, 0, {}, {}, {}});
        QVERIFY(!plan.has_value());
        QVERIFY(plan.error().code == ErrorCode::Refused);
        QVERIFY2(plan.error().why.contains(QStringLiteral("stop")), qPrintable(plan.error().why));
        // A plan of before is refused too, and nothing has moved.
        const auto before = committed();
        QVERIFY(applied(*early).error().code == ErrorCode::Refused);
        QCOMPARE(committed(), before);
        process.terminate();
        QVERIFY(process.waitForFinished(20'000));
    }
};

SAMSA_TEST(ResetClusterTest)
#include "reset_cluster_test.moc"
