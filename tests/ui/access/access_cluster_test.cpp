// The page on a real secure cluster: a rule by the form gives alice her right, deleting it takes the right away, undo gives it back; a user of SCRAM logs
// in, and no longer after its deletion; who may not see the rules is told so.
#include "models/audit/audit_log.h"
#include "models/wire/access_client.h"
#include "tests/support/cluster_home.h"
#include "tests/support/command.h"
#include "tests/support/test_registry.h"
#include "tests/ui/access/access_rig.h"
#include "ui/theme/style.h"
#include "ui/widgets/table_view.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QProcess>

using namespace models;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using client::AclOperation;
using client::AclPermission;
using client::AclResource;
using client::AclRule;
using tests::AccessContext;
using tests::ClusterHome;
using tests::Outcome;
using tests::samsa;
using tests::dialogOver;
using tests::fieldNamed;
using tests::press;
using tests::trigger;

namespace {

/// Somebody's window on the cluster.
struct Seat {
    std::unique_ptr<session::ClusterSession> session;
    std::unique_ptr<changes::ChangeService> service;
    AccessContext context;
    QWidget window;
    ui::access::AccessPage* page = nullptr;

    Seat(const client::ClientConfig& config, audit::AuditLog* audit) {
        session::SessionConfig wanted;
        wanted.key = wanted.name = u"secure"_s;
        wanted.client = config;
        wanted.cadence = session::Cadence::local();
        session = std::make_unique<session::ClusterSession>(wanted);
        service = std::make_unique<changes::ChangeService>(changes::targetOf(session.get()), audit);
        page = new ui::access::AccessPage(context, session.get(), service.get(), &window);
        page->open({u"secure"_s, u"access"_s, {}, {}});
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(page);
        window.resize(1200, 800);
        window.show();
        session->connectToCluster();
    }
    ~Seat() { delete page; }
    [[nodiscard]] models::access::AccessService* access() const { return page->findChild<models::access::AccessService*>(); }
    bool approve(const QString& title, const QString& button, const QString& typed = {}) {
        if (!QTest::qWaitFor([&] { return dialogOver(window) && dialogOver(window)->accessibleName() == title; }, 20'000))
            return false;
        if (!typed.isEmpty())
            dialogOver(window)->findChild<QLineEdit*>()->setText(typed);
        const auto before = context.notices.size();
        return press(*dialogOver(window), button) && QTest::qWaitFor([&] { return context.notices.size() > before && !dialogOver(window); }, 20'000);
    }
};

} // namespace

class AccessClusterTest : public QObject {
    Q_OBJECT
    std::unique_ptr<ClusterHome> m_home;
    std::unique_ptr<audit::AuditLog> m_audit;
    QString m_servers, m_ca;
    QMap<QString, QString> m_passwords;

    [[nodiscard]] client::ClientConfig as(const QString& user, const QString& password, const QString& mechanism = u"SCRAM-SHA-512"_s) const {
        client::ClientConfig config;
        config.bootstrapServers = m_servers;
        config.set(u"security.protocol"_s, u"SASL_SSL"_s);
        config.set(u"sasl.mechanism"_s, mechanism);
        config.set(u"ssl.ca.location"_s, m_ca);
        config.set(u"sasl.username"_s, user);
        config.set(u"sasl.password"_s, password);
        return config;
    }
    /// Topics are seen by those who may describe them.
    bool seesOrders(const QString& user) {
        auto handle = client::ClusterHandle::open(as(user, m_passwords[user])).value();
        const auto metadata = handle->metadata().result();
        if (!metadata)
            return false;
        for (const auto& topic : metadata->topics)
            if (topic.name == u"orders"_s)
                return true;
        return false;
    }

private slots:
    void initTestCase() {
        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        m_home = std::make_unique<ClusterHome>();
        qunsetenv("SAMSA_BROKER");
        const auto up = samsa({u"cluster"_s, u"up"_s, u"secure"_s, u"--secure"_s, u"--json"_s, u"--brokers"_s, u"3"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);
        const auto told = QJsonDocument::fromJson(up.out).object();
        m_servers = told[u"bootstrapServers"_s].toString();
        m_ca = told[u"caFile"_s].toString();
        for (const auto& user : told[u"users"_s].toArray())
            m_passwords.insert(user[u"name"_s].toString(), user[u"password"_s].toString());
        QCOMPARE(m_passwords.size(), 2);
        m_audit = std::make_unique<audit::AuditLog>(store::Database::open(m_home->path() + u"/t.db"_s).value());
    }
    void cleanupTestCase() {
        m_audit.reset();
        m_home.reset();
    }

    void aRuleByTheFormIsARight() {
        Seat admin(as(u"admin"_s, m_passwords[u"admin"_s]), m_audit.get());
        QTRY_VERIFY_WITH_TIMEOUT(admin.access()->rulesState() == models::access::PartState::Known, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(admin.access()->usersState() == models::access::PartState::Known, 30'000);
        std::optional<bool> made;
        admin.service->plan(changes::CreateTopic{{u"orders"_s, 1, 3, {}}}, this, [&](Result<changes::Plan> plan) {
            QVERIFY(plan.has_value());
            admin.service->apply(*plan, this, [&](const Result<changes::Applied>& applied) { made = applied.has_value(); });
        });
        QTRY_VERIFY_WITH_TIMEOUT(made.has_value(), 20'000);
        QVERIFY(*made);
        QVERIFY(!seesOrders(u"alice"_s));

        QVERIFY(trigger(admin.context, "access.add"));
        fieldNamed<QLineEdit>(*dialogOver(admin.window), u"Principal"_s)->setText(u"alice"_s);
        fieldNamed<QLineEdit>(*dialogOver(admin.window), u"Name of the resource"_s)->setText(u"orders"_s);
        QVERIFY(press(*dialogOver(admin.window), u"Show the plan"_s));
        QVERIFY(admin.approve(u"Add rule for User:alice"_s, u"Add rule"_s));
        QTRY_VERIFY_WITH_TIMEOUT(seesOrders(u"alice"_s), 20'000);

        auto* table = fieldNamed<ui::widgets::TableView>(*admin.page, u"Rules"_s);
        const AclRule rule{AclResource::Topic, u"orders"_s, client::AclPattern::Literal, u"User:alice"_s, u"*"_s, AclOperation::Read, AclPermission::Allow};
        QTRY_VERIFY_WITH_TIMEOUT(table->selectKey(models::access::keyOf(rule)), 20'000);
        QVERIFY(trigger(admin.context, "access.delete"));
        QVERIFY(admin.approve(u"Delete rule of User:alice"_s, u"Delete rule"_s, u"User:alice"_s));
        QTRY_VERIFY_WITH_TIMEOUT(!seesOrders(u"alice"_s), 20'000);

        QCOMPARE(admin.context.notices.last().actionText, u"Undo"_s);
        admin.context.notices.last().action();
        QVERIFY(admin.approve(u"Add rule for User:alice"_s, u"Add rule"_s));
        QTRY_VERIFY_WITH_TIMEOUT(seesOrders(u"alice"_s), 20'000);
        const auto rows = m_audit->newest({}, 10).result().value();
        int closed = 0;
        for (const auto& row : rows)
            closed += row.kind == u"AlterAcls"_s && row.outcome == audit::Outcome::Done ? 1 : 0;
        QCOMPARE(closed, 3);
    }

    void whoMayNotSeeThemIsToldSo() {
        Seat alice(as(u"alice"_s, m_passwords[u"alice"_s]), m_audit.get());
        QTRY_VERIFY_WITH_TIMEOUT(alice.access()->rulesState() == models::access::PartState::NotAllowed, 30'000);
        QVERIFY(alice.access()->usersState() == models::access::PartState::NotAllowed);
        QVERIFY(!trigger(alice.context, "access.add"));
    }

    void aUserLogsInUntilDeleted() {
        Seat admin(as(u"admin"_s, m_passwords[u"admin"_s]), m_audit.get());
        QTRY_VERIFY_WITH_TIMEOUT(admin.access()->usersState() == models::access::PartState::Known, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(admin.context.registry.find(u"access.addUser"_s)->isEnabled(), 10'000);
        QVERIFY(trigger(admin.context, "access.addUser"));
        auto* form = dialogOver(admin.window);
        fieldNamed<QLineEdit>(*form, u"User"_s)->setText(u"bob"_s);
        for (const auto& field : {u"Password"_s, u"Password again"_s})
            fieldNamed<QLineEdit>(*form, field)->setText(u"bobs-own-secret"_s);
        QVERIFY(press(*form, u"Show the plan"_s));
        QVERIFY(admin.approve(u"Add user bob"_s, u"Add user"_s));
        // Logged in, and still nobody: the refusal comes after the login.
        wire::AccessClient bob(as(u"bob"_s, u"bobs-own-secret"_s));
        QTRY_COMPARE_WITH_TIMEOUT(static_cast<int>(bob.acls(5s).error().code), static_cast<int>(ErrorCode::NotAuthorized), 20'000);
        wire::AccessClient wrong(as(u"bob"_s, u"another"_s));
        QVERIFY(wrong.acls(5s).error().code == ErrorCode::AuthenticationFailed);

        auto* users = fieldNamed<ui::widgets::TableView>(*admin.page, u"Users"_s);
        admin.page->open({u"secure"_s, u"access"_s, {}, {{u"show"_s, u"users"_s}}});
        QTRY_VERIFY_WITH_TIMEOUT(users->selectKey(u"bob"_s), 20'000);
        QVERIFY(trigger(admin.context, "access.deleteUser"));
        QVERIFY(admin.approve(u"Delete user bob"_s, u"Delete user"_s, u"bob"_s));
        QTRY_VERIFY_WITH_TIMEOUT(wire::AccessClient(as(u"bob"_s, u"bobs-own-secret"_s)).acls(5s).error().code == ErrorCode::AuthenticationFailed, 20'000);
    }

    void aClusterWithoutAnAuthorizerIsNoClusterWithoutRules() {
        const auto up = samsa({u"cluster"_s, u"up"_s, u"open"_s, u"--json"_s, u"--brokers"_s, u"1"_s, u"--port"_s, QString::number(ClusterHome::freePorts())});
        QVERIFY2(up.code == 0, up.err);
        client::ClientConfig config;
        config.bootstrapServers = QJsonDocument::fromJson(up.out).object()[u"bootstrapServers"_s].toString();
        wire::AccessClient client(config);
        const auto answer = client.acls(5s);
        QVERIFY(!answer.has_value());
        QCOMPARE(answer.error().kafkaCode, wire::kSecurityDisabled);
        Seat seat(config, m_audit.get());
        QTRY_VERIFY_WITH_TIMEOUT(seat.access()->rulesState() == models::access::PartState::Off, 30'000);
        QVERIFY(seat.access()->usersState() == models::access::PartState::Known);
    }
};

SAMSA_TEST(AccessClusterTest)
#include "access_cluster_test.moc"
