// Alerts of a cluster: stored, looked at with each reading, told once.
#include "models/groups/alert_service.h"
#include "models/session/cluster_session.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::groups;
using session::SessionFiller;

class AlertServiceTest : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    std::shared_ptr<store::Database> m_database;
    std::unique_ptr<session::ClusterSession> m_session;

    void show(qint64 lag, std::optional<Error> error = {}) {
        session::Group group;
        group.id = QStringLiteral("billing");
        group.lag = lag;
        group.unreadSinceMs = lag > 0 ? QDateTime::currentMSecsSinceEpoch() - 90'000 : 0;
        group.error = error;
        session::GroupsSnapshot groups;
        groups.groups.append(group);
        SessionFiller::show(*m_session, {}, {}, groups, 1);
    }
    /// What a service finds in the database.
    std::unique_ptr<AlertService> loaded() {
        auto service = std::make_unique<AlertService>(m_session.get(), m_database);
        QSignalSpy changed(service.get(), &AlertService::changed);
        return changed.wait(10'000) ? std::move(service) : nullptr;
    }

private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_database = store::Database::open(m_dir->filePath(QStringLiteral("t.db"))).value();
        session::SessionConfig config;
        config.key = QStringLiteral("c-1");
        config.name = QStringLiteral("payments");
        m_session = std::make_unique<session::ClusterSession>(config);
        SessionFiller::setState(*m_session, session::SessionState::Connected);
    }
    void cleanup() {
        m_session.reset();
        m_database.reset();
    }

    void tellsOnceAndAgainWhenItIsOver() {
        const auto service = loaded();
        QVERIFY(service);
        QList<LagNews> told;
        connect(service.get(), &AlertService::news, this, [&](const LagNews& news) { told.append(news); });
        show(5000);
        service->set({QStringLiteral("billing"), LagRule::Measure::Messages, 1000, 0});
        QCOMPARE(told.size(), 1);
        QVERIFY(!told[0].recovered);
        QCOMPARE(told[0].value, 5000);
        QVERIFY2(told[0].title().contains(QStringLiteral("billing")), qPrintable(told[0].title()));
        QVERIFY2(told[0].text().contains(QStringLiteral("payments")), qPrintable(told[0].text()));
        show(9000);
        show(-1); // not known
        show(9000, Error{ErrorCode::NotAuthorized, {}, {}, 0});
        QCOMPARE(told.size(), 1);
        // What stands there while nothing answers is of before.
        SessionFiller::setState(*m_session, session::SessionState::Stale);
        show(0);
        QCOMPARE(told.size(), 1);
        SessionFiller::setState(*m_session, session::SessionState::Connected);
        show(0);
        QCOMPARE(told.size(), 2);
        QVERIFY(told[1].recovered);
    }

    void seconds() {
        const auto service = loaded();
        QList<LagNews> told;
        connect(service.get(), &AlertService::news, this, [&](const LagNews& news) { told.append(news); });
        show(5);
        service->set({QStringLiteral("billing"), LagRule::Measure::Seconds, 95, 0});
        QCOMPARE(told.size(), 0);
        service->set({QStringLiteral("billing"), LagRule::Measure::Seconds, 60, 0});
        QCOMPARE(told.size(), 1);
        QVERIFY(told[0].value >= 90);
    }

    void outlivesTheWindow() {
        const LagRule rule{QStringLiteral("billing"), LagRule::Measure::Seconds, 42, 7000};
        const LagRule at{QStringLiteral("'); DROP TABLE lag_alert;--"), LagRule::Measure::Messages, 1, 0};
        {
            const auto service = loaded();
            service->set(rule);
            service->set(at);
            service->set({QStringLiteral("gone"), LagRule::Measure::Messages, 1, 0});
            service->remove(QStringLiteral("gone"));
        }
        auto service = loaded();
        QCOMPARE(service->groups().size(), 2);
        QCOMPARE(service->find(rule.group)->rule(), rule);
        QCOMPARE(service->find(at.group)->rule(), at);
        // An episode that was told is not told again by the next window.
        show(5000);
        service->set({QStringLiteral("billing"), LagRule::Measure::Messages, 1000, 0});
        QVERIFY(service->find(rule.group)->state() == LagAlert::State::Firing);
        service = loaded();
        QSignalSpy told(service.get(), &AlertService::news);
        show(6000);
        QCOMPARE(told.count(), 0);
        show(0);
        QCOMPARE(told.count(), 1);
        // Another cluster has its own.
        session::SessionConfig other;
        other.key = QStringLiteral("c-2");
        session::ClusterSession elsewhere(other);
        AlertService others(&elsewhere, m_database);
        QSignalSpy changed(&others, &AlertService::changed);
        QVERIFY(changed.wait(10'000));
        QVERIFY(others.groups().isEmpty());
    }
};

SAMSA_TEST(AlertServiceTest)
#include "alert_service_test.moc"
